"""The lease instead of the named lock, as a cluster needs it, where a named lock is known to one node only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.bench import pausing
from lockgate import LockgateError

if TYPE_CHECKING:
    from conformance.bench import Bench

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


async def test_who_takes_over_ends_what_the_other_has_left_running(bench: Bench) -> None:
    holds, reached, _ = pausing()
    async with bench.runner(migrations=[("001_p", holds)]) as one:
        running = asyncio.create_task(one.up())
        await asyncio.wait_for(reached.wait(), 20)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    async with bench.database.connection() as left:
        texts = "holder VARCHAR(512), mark VARCHAR(512), heard_at DATETIME(6)"
        await bench.database.execute(
            f"CREATE TABLE schema_migrations_lease (id INT PRIMARY KEY, fence BIGINT, beats BIGINT, {texts});"
            "INSERT INTO schema_migrations_lease VALUES (1, 7, 1, 'gone', 'lockgate ff', NULL)"
        )
        sleeping = asyncio.create_task(left.query("/* lockgate ff */ SELECT sleep(60)"))
        await asyncio.sleep(0.1)
        bench.files.table(1)
        async with bench.runner(lock="lease", lease_seconds=2, lock_timeout=20) as other:
            assert (await other.up()).names == ("001_t1.sql",)
        with pytest.raises(Exception, match=r"Lost connection|kill"):
            await sleeping
        left.close()
