"""Behind a pooler, where no session keeps another out: one runner at a time by a lease, which outlives nobody for long."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from conformance.bench import arrived, pausing
from lockgate import LockTimeout, MigrationFailed, SettingsError
from lockgate.errors import LockgateError
from lockgate.running.journal import Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lockgate.dialects.seam import Step
    from pooled.conftest import PooledBench

pytestmark = pytest.mark.asyncio

ROW = "SELECT fence, holder, mark FROM schema_migrations_lease"


async def _locks(bench: PooledBench) -> int:
    ((count,),) = await bench.database.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    return int(count)


async def test_the_pooler_is_seen_and_the_lease_taken_and_given_back(bench: PooledBench) -> None:
    bench.files.tables(3)
    bench.files.python("004_p.py", "await self.db.create_table('p', sa.Column('id', sa.Integer))")
    bench.files.write(
        "005_i.sql", "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON p (id);\nVACUUM p;\n"
    )
    assert await bench.up() == ["001_t1.sql", "002_t2.sql", "003_t3.sql", "004_p.py", "005_i.sql"]
    assert await bench.database.rows(ROW) == [(1, None, None)]
    assert await _locks(bench) == 0
    assert await bench.up() == []
    assert await bench.database.rows(ROW) == [(1, None, None)]


async def test_directly_no_lease_is_made(bench: PooledBench) -> None:
    bench.files.tables(1)
    async with bench.runner(bench.database.url) as runner:
        await runner.up()
    assert await bench.database.rows("SELECT to_regclass('schema_migrations_lease') IS NULL") == [(True,)]


async def test_a_lease_may_be_asked_for_and_an_advisory_lock_may_not(bench: PooledBench) -> None:
    bench.files.tables(2)
    async with bench.runner(bench.database.url, lock="lease") as runner:
        await runner.up(steps=1)
    assert await bench.database.rows(ROW) == [(1, None, None)]
    async with bench.runner(lock="advisory") as runner:
        with pytest.raises(SettingsError, match="keeps nobody out"):
            await runner.up()
    assert await _locks(bench) == 0


async def test_many_at_once_apply_each_migration_once(bench: PooledBench) -> None:
    bench.files.tables(7)
    query = "await self.db.scalar(sa.text('SELECT count(*) FROM t1 WHERE id <> :x'), {'x': 1})"
    bench.files.python("008_t8.py", f"{query}\n{query}\nawait self.db.execute('CREATE TABLE t8 (id integer)')\n{query}")
    runners = [bench.runner() for _ in range(12)]
    reports = await asyncio.gather(*(runner.up() for runner in runners))
    for runner in runners:
        await runner.close()
    assert sorted(name for report in reports for name in report.names) == [
        *(f"00{n}_t{n}.sql" for n in range(1, 8)),
        "008_t8.py",
    ]
    assert await bench.database.rows("SELECT holder FROM schema_migrations_lease") == [(None,)]


def _slow(bench: PooledBench) -> None:
    bench.files.write("001_a.sql", "CREATE TABLE a (id integer);")
    bench.files.write("002_slow.sql", "CREATE TABLE slow (id integer); SELECT pg_sleep(30);")


async def _until_it_sleeps(bench: PooledBench) -> None:
    query = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active' AND pid <> pg_backend_pid()"
    while not await bench.database.rows(query):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.02)


async def test_who_waits_too_long_is_told_who_has_it(bench: PooledBench) -> None:
    _slow(bench)
    async with bench.runner() as runner:
        working = asyncio.create_task(runner.up())
        await _until_it_sleeps(bench)
        async with bench.runner(lock_timeout=0.3) as other:
            assert (await other.status()).state == "locked"
            with pytest.raises(LockTimeout, match=r"lockgate\[\d+\] on "):
                await other.up()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
    assert await bench.database.rows("SELECT holder FROM schema_migrations_lease") == [(None,)]


async def _silenced(bench: PooledBench) -> None:
    """Leave a lease behind as a process does that is gone; what it has begun goes on on the server."""
    _slow(bench)
    async with bench.runner(lease_seconds=60) as runner:
        working = asyncio.create_task(runner.up())
        await _until_it_sleeps(bench)
        await bench.database.execute("CREATE TABLE was AS SELECT * FROM schema_migrations_lease")
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
    await bench.database.execute(
        "UPDATE schema_migrations_lease l SET fence = w.fence, holder = w.holder, mark = w.mark, beats = 7,"
        " heard_at = w.heard_at FROM was w; DROP TABLE was"
    )


async def test_a_lease_whose_holder_is_gone_is_taken_over_after_its_time(bench: PooledBench) -> None:
    await _silenced(bench)
    bench.files.write("002_slow.sql", "CREATE TABLE slow (id integer);")
    async with bench.runner(lease_seconds=1, lock_timeout=20) as runner:
        before = asyncio.get_running_loop().time()
        assert (await runner.up()).names == ("002_slow.sql",)
        assert asyncio.get_running_loop().time() - before > 0.5
    assert await bench.database.rows(ROW) == [(2, None, None)]


async def test_who_has_not_been_heard_of_is_not_told_to_hold_it(bench: PooledBench) -> None:
    await _silenced(bench)
    heard = "SELECT heard_at > now() - interval '5 seconds' FROM schema_migrations_lease"
    assert await bench.database.rows(heard) == [(True,)]
    async with bench.runner(lease_seconds=60) as patient, bench.runner(lease_seconds=0.2) as other:
        assert (await patient.status()).state == "locked"
        await asyncio.sleep(0.5)
        assert (await other.status()).state == "behind"


async def test_what_the_former_holder_has_left_running_is_ended_first(bench: PooledBench) -> None:
    await _silenced(bench)
    ((mark,),) = await bench.database.rows("SELECT mark FROM schema_migrations_lease")
    bench.files.write("002_slow.sql", "CREATE TABLE slow (id integer);")
    async with bench.database.connection() as left:
        running = asyncio.create_task(left.execute(f"/* {mark} */ SELECT pg_sleep(30)"))
        await _until_it_sleeps(bench)
        async with bench.runner(lease_seconds=1) as runner:
            assert (await runner.up()).names == ("002_slow.sql",)
        with pytest.raises(Exception, match="terminating connection"):
            await running


async def test_who_may_not_see_what_the_former_holder_runs_does_not_go_on(bench: PooledBench) -> None:
    """An ordinary role sees that another's session is there, and neither its query nor whether it is at work."""
    await _silenced(bench)
    ((mark,),) = await bench.database.rows("SELECT mark FROM schema_migrations_lease")
    async with _role(bench, "blind", "pg_read_all_data, pg_write_all_data") as url, bench.database.connection() as left:
        running = asyncio.create_task(left.execute(f"/* {mark} */ SELECT pg_sleep(30)"))
        await _until_it_sleeps(bench)
        async with bench.runner(url, lock="lease", lease_seconds=1) as runner:
            with pytest.raises(LockgateError, match="may not see whether there is something"):
                await runner.up()
        assert await bench.database.rows("SELECT mark FROM schema_migrations_lease") == [(mark,)]
        await bench.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()"
        )
        await asyncio.wait([running])


@asynccontextmanager
async def _role(bench: PooledBench, name: str, of: str) -> AsyncIterator[str]:
    """A URL by which another role migrates, for the time of a block."""
    role = f"{name}_{secrets.token_hex(4)}"
    await bench.database.execute(
        f"CREATE ROLE {role} LOGIN PASSWORD 'w' IN ROLE {of}; GRANT CREATE, USAGE ON SCHEMA public TO {role}"
    )
    parts = urlsplit(bench.database.url)
    try:
        yield parts._replace(netloc=f"{role}:w@{parts.netloc.rpartition('@')[2]}").geturl()
    finally:
        await bench.database.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_where_it_may_not_be_ended_no_run_goes_on_until_it_has(bench: PooledBench) -> None:
    """Neither the first nor, as an orchestrator would start it again, the next."""
    await _silenced(bench)
    ((mark,),) = await bench.database.rows("SELECT mark FROM schema_migrations_lease")
    bench.files.write("002_slow.sql", "CREATE TABLE slow (id integer);")
    async with _role(bench, "watcher", "pg_read_all_stats, pg_read_all_data, pg_write_all_data") as url:
        async with bench.database.connection() as left:
            running = asyncio.create_task(left.execute(f"/* {mark} */ SELECT pg_sleep(30)"))
            await _until_it_sleeps(bench)
            for _ in range(2):
                async with bench.runner(url, lock="lease", lease_seconds=1) as runner:
                    with pytest.raises(LockgateError, match="could not be ended") as raised:
                        await runner.up()
                assert raised.value.exit_code == 1
                assert await bench.database.rows("SELECT mark FROM schema_migrations_lease") == [(mark,)]
            await bench.database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()"
            )
            await asyncio.wait([running])
        async with bench.runner(url, lock="lease", lease_seconds=1) as runner:
            assert (await runner.up()).names == ("002_slow.sql",)


async def test_who_has_lost_the_lease_commits_nothing(bench: PooledBench) -> None:
    """Its heartbeat has not noticed yet: the server itself refuses."""
    bench.files.write("001_a.sql", "CREATE TABLE a (id integer); SELECT pg_sleep(0.5);")
    async with bench.runner() as runner:
        working = asyncio.create_task(runner.up())
        while not await bench.database.rows(  # noqa: ASYNC110 - the server tells nobody
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE '/* lockgate %pg_sleep(0.5)%'"
        ):
            await asyncio.sleep(0.02)
        await bench.database.execute("UPDATE schema_migrations_lease SET fence = fence + 1, holder = 'another'")
        with pytest.raises(MigrationFailed, match="the lease was lost to another runner"):
            await working
    assert await bench.database.tables() == set()
    assert await bench.names() == []
    assert await bench.database.rows("SELECT holder FROM schema_migrations_lease") == [("another",)]


async def test_a_heartbeat_that_finds_another_holder_ends_the_run(bench: PooledBench) -> None:
    _slow(bench)
    async with bench.runner(lease_seconds=1) as runner:
        working = asyncio.create_task(runner.up())
        await _until_it_sleeps(bench)
        await bench.database.execute("UPDATE schema_migrations_lease SET fence = fence + 1, holder = 'another'")
        with pytest.raises(LockgateError, match="The lease on this database was lost") as raised:
            await asyncio.wait_for(working, 10)
    assert (raised.value.kind, raised.value.exit_code) == ("lock_lost", 1)
    assert "Kept from this run: 001_a.sql (applied)." in raised.value.message
    assert await bench.database.tables() == {"a"}


async def test_a_heartbeat_goes_on_while_a_long_migration_runs(bench: PooledBench) -> None:
    bench.files.write("001_a.sql", "CREATE TABLE a (id integer); SELECT pg_sleep(4);")
    bench.files.table(2)
    async with bench.runner(lease_seconds=2) as runner, bench.runner(lease_seconds=2) as other:
        reports: list[Any] = await asyncio.gather(runner.up(), other.up())
    assert sorted(name for report in reports for name in report.names) == ["001_a.sql", "002_t2.sql"]
    assert sorted(len(report.names) for report in reports) == [0, 2]


async def _next_heartbeat(bench: PooledBench, former: int = 0) -> int:
    """The session of the heartbeat's latest beat; not `former`."""
    beats = f"query LIKE '%schema_migrations_lease%' AND state = 'idle' AND pid NOT IN ({former}, pg_backend_pid())"
    query = f"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND {beats}"
    async with asyncio.timeout(10):
        while not (rows := await bench.database.rows(query)):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
    return int(rows[0][0])


async def test_a_heartbeat_that_is_cut_off_once_goes_on_with_another_connection(bench: PooledBench) -> None:
    holds, reached, go = pausing()
    runner = bench.runner(bench.database.url, migrations=[("001_p", holds)], lock="lease", lease_seconds=3)
    async with runner, bench.database.connection() as other:
        running = asyncio.create_task(runner.up())
        await arrived(reached, running)
        first = await _next_heartbeat(bench)
        await other.execute(f"SELECT pg_terminate_backend({first})")
        assert await _next_heartbeat(bench, first) != first
        beats = await other.fetchval("SELECT beats FROM schema_migrations_lease")
        await asyncio.sleep(3.1)  # longer than an unheard one would keep it
        assert await other.fetchval("SELECT beats FROM schema_migrations_lease") > beats
        go.set()
        assert (await asyncio.wait_for(running, 30)).names == ("001_p",)
    assert await bench.database.rows(ROW) == [(1, None, None)]


@pytest.mark.parametrize("lock", ["auto", "lease"])
async def test_a_setting_would_reach_others_and_is_refused(bench: PooledBench, lock: str) -> None:
    bench.files.write("001_s.sql", "-- migrate:up transaction:false\nSET statement_timeout = 0;\nVACUUM;\n")
    async with bench.runner(lock=lock) as runner:
        with pytest.raises(MigrationFailed, match="reaches whoever comes next") as raised:
            await runner.up()
    assert "LOCKGATE_DIRECT_URL" in raised.value.hint


async def test_who_is_in_the_way_is_named_behind_a_pooler_too(bench: PooledBench) -> None:
    bench.files.write("001_a.sql", "CREATE TABLE a (id integer);")
    bench.files.write("002_b.sql", "ALTER TABLE a ADD b integer;")
    async with bench.runner(ddl_lock_timeout=0.2, lock_timeout=0.5) as runner:
        await runner.up(steps=1)
        async with bench.database.connection() as other:
            await other.execute("SET application_name = 'the culprit'; BEGIN; LOCK TABLE a IN ACCESS SHARE MODE")
            with pytest.raises(MigrationFailed, match=r"in the way: pid \d+ \(the culprit"):
                await runner.up()


async def test_who_has_stood_still_for_too_long_sends_nothing_that_no_transaction_fences(
    bench: PooledBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is paused when the journal says that the step begins, and is awake before its heartbeat."""
    await bench.database.execute("CREATE TABLE t (id integer)")
    bench.files.write("001_i.sql", "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON t (id);")
    write = Journal._write

    async def stand_still(journal: Journal, step: Step) -> None:
        await write(journal, step)
        time.sleep(1.2)  # noqa: ASYNC251 - as SIGSTOP does it

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "_write", stand_still)
        async with bench.runner(bench.database.url, lock="lease", lease_seconds=1) as runner:
            with pytest.raises(LockgateError, match="lease"):
                await asyncio.wait_for(runner.up(), 20)
    assert await bench.database.rows("SELECT to_regclass('i') IS NULL") == [(True,)]
    assert await bench.up() == ["001_i.sql"]
