"""The lease instead of the named lock, as a cluster needs it, where a named lock is known to one node only."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from lockgate import LockgateError
from lockgate.running.journal import Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Bench
    from lockgate.dialects.seam import Step

pytestmark = pytest.mark.asyncio


async def test_one_at_a_time_by_the_lease(bench: Bench) -> None:
    bench.files.write("01_c.sql", "CREATE TABLE counted (n INTEGER);")
    for number in range(2, 6):
        bench.files.write(f"{number:02}_c.sql", f"INSERT INTO counted VALUES ({number});")
    runners = [bench.runner(lock="lease", lock_timeout=30) for _ in range(4)]
    reports = await asyncio.gather(*(runner.up() for runner in runners))
    for runner in runners:
        await runner.close()
    assert sorted(len(report.names) for report in reports) == [0, 0, 0, 5]
    assert await bench.database.rows("SELECT n FROM counted ORDER BY n") == [(2,), (3,), (4,), (5,)]
    assert await bench.database.rows("SELECT holder FROM schema_migrations_lease") == [(None,)]


async def test_whoever_has_lost_the_lease_commits_nothing_more(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER)")
    bench.files.write("001_t.sql", "INSERT INTO t VALUES (1);\nDO sleep(1);\n")
    async with bench.runner(lock="lease", lease_seconds=30) as runner:
        running = asyncio.create_task(runner.up())
        await bench.database.running("%DO sleep%")
        await bench.database.execute("UPDATE schema_migrations_lease SET fence = fence + 1")
        with pytest.raises(LockgateError, match="lease"):
            await running
    assert await bench.database.rows("SELECT id FROM t") == []
    assert await bench.names() == []


async def test_whoever_has_lost_the_lease_writes_no_row_of_the_journal(bench: Bench) -> None:
    """The next holder has looked up by then what became of the step, and has struck it out."""
    bench.files.write("001_t.sql", "CREATE TABLE t AS SELECT sleep(1) AS id;\nCREATE TABLE u (id INTEGER);\n")
    async with bench.runner(lock="lease", lease_seconds=30) as runner:
        running = asyncio.create_task(runner.up())
        await bench.database.running("%SELECT sleep%")
        await bench.database.execute(
            "UPDATE schema_migrations_lease SET fence = fence + 1; DELETE FROM schema_migrations_journal"
        )
        with pytest.raises(LockgateError, match="lease"):
            await running
    assert (await bench.journal(), await bench.database.tables()) == ([], {"t"})


async def _silenced(bench: Bench) -> None:
    """A lease as a holder leaves it behind that has logged in as `lockgate` and is gone."""
    texts = "holder VARCHAR(512), mark VARCHAR(512), heard_at DATETIME(6)"
    mark = f"lockgate ff {b'lockgate@%'.hex()}"
    await bench.database.execute(
        f"CREATE TABLE schema_migrations_lease (id INT PRIMARY KEY, fence BIGINT, beats BIGINT, {texts});"
        f"INSERT INTO schema_migrations_lease VALUES (1, 7, 1, 'gone', '{mark}', NULL)"
    )


@asynccontextmanager
async def _left_running(bench: Bench) -> AsyncIterator[asyncio.Task[Any]]:
    """What that holder has begun, and the server goes on with."""
    async with bench.database.connection() as left:
        sleeping = asyncio.create_task(left.query(f"/* lockgate ff {b'lockgate@%'.hex()} */ SELECT sleep(60)"))
        await bench.database.running("%SELECT sleep(60)")
        try:
            yield sleeping
        finally:
            if not sleeping.done():
                await bench.database.execute(f"KILL {left.thread_id()}")
            await asyncio.gather(sleeping, return_exceptions=True)
            left.close()


@asynccontextmanager
async def _account(bench: Bench, grants: str) -> AsyncIterator[str]:
    """A URL by which another account migrates, for the time of a block."""
    parts = urlsplit(bench.database.url)
    name = f"a_{secrets.token_hex(4)}"
    await bench.database.execute(
        f"CREATE USER {name} IDENTIFIED BY 'w'; GRANT ALL ON {parts.path[1:]}.* TO {name}; GRANT {grants} ON *.* TO {name}"
    )
    try:
        yield parts._replace(netloc=f"{name}:w@{parts.hostname}:{parts.port}").geturl()
    finally:
        await bench.database.execute(f"DROP USER {name}")


async def test_who_takes_over_ends_what_the_other_has_left_running(bench: Bench) -> None:
    await _silenced(bench)
    bench.files.table(1)
    async with _left_running(bench) as sleeping:
        async with bench.runner(lock="lease", lease_seconds=1, lock_timeout=20) as other:
            assert (await other.up()).names == ("001_t1.sql",)
        with pytest.raises(Exception, match=r"Lost connection|kill"):
            await sleeping


@pytest.mark.parametrize("grants", ["SELECT", "PROCESS"])
async def test_who_may_not_see_or_end_it_does_not_go_on(bench: Bench, grants: str) -> None:
    """SELECT on all databases shows all accounts' privileges, and not their sessions."""
    await _silenced(bench)
    bench.files.table(1)
    async with _left_running(bench), _account(bench, grants) as url:
        for _ in range(2):
            async with bench.runner(url, lock="lease", lease_seconds=0.5, lock_timeout=20) as other:
                with pytest.raises(LockgateError, match="could not be ended, or this user may not see") as raised:
                    await other.up()
            assert (raised.value.exit_code, "CONNECTION ADMIN" in raised.value.hint) == (1, True)
    assert await bench.database.rows("SELECT fence, holder FROM schema_migrations_lease") == [(7, "gone")]
    assert await bench.database.tables() == set()


async def test_who_sees_that_nothing_is_left_goes_on(bench: Bench) -> None:
    await _silenced(bench)
    bench.files.table(1)
    async with _account(bench, "PROCESS") as url, bench.runner(url, lock="lease", lease_seconds=0.5) as other:
        assert (await other.up()).names == ("001_t1.sql",)


async def test_who_has_stood_still_for_too_long_sends_nothing_that_no_transaction_fences(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is paused when the journal says that the step begins, and is awake before its heartbeat."""
    bench.files.write("001_t.sql", "CREATE TABLE t (id INTEGER);")
    write = Journal._write

    async def stand_still(journal: Journal, step: Step) -> None:
        await write(journal, step)
        time.sleep(1.2)  # noqa: ASYNC251 - as SIGSTOP does it

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "_write", stand_still)
        async with bench.runner(lock="lease", lease_seconds=1) as runner:
            with pytest.raises(LockgateError, match="lease"):
                await asyncio.wait_for(runner.up(), 20)
    assert await bench.database.tables() == set()
    assert await bench.up() == ["001_t.sql"]
