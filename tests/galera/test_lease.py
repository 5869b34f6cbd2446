"""Three nodes that all take writes: one runner at a time, wherever it is connected."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lockgate import LockgateError, LockTimeout, MigrationFailed
from lockgate.dialects.mysql import MysqlSession

if TYPE_CHECKING:
    from galera.conftest import ClusterBench

pytestmark = pytest.mark.asyncio

_SLOW = "DO SLEEP(30)"


async def test_a_named_lock_keeps_nobody_out_who_is_at_another_node(bench: ClusterBench) -> None:
    """Why there is a lease."""
    async with bench.nodes[0].connection() as one, bench.nodes[1].connection() as other:
        for connection in (one, other):
            await connection.query("SELECT GET_LOCK('x', 0)")
            assert connection._result.rows == ((1,),)


async def test_the_cluster_is_seen_and_the_lease_taken_and_given_back(bench: ClusterBench) -> None:
    bench.files.tables(2)
    column = "sa.Column('id', sa.Integer, primary_key=True)"
    bench.files.python("003_p.py", f"await self.db.create_table('p', {column})", "await self.db.drop_table('p')")
    async with bench.runner(at=1) as runner:
        assert len((await runner.up()).names) == 3
    rows = await bench.nodes[2].rows("SELECT fence, holder FROM schema_migrations_lease")
    assert rows == [(1, None)]
    async with bench.runner(at=2) as runner:
        assert (await runner.status()).state == "current"
        assert len((await runner.down(all=True)).names) == 3
    assert await bench.nodes[0].rows("SELECT name FROM schema_migrations") == []


async def test_what_is_read_under_a_lease_is_what_all_nodes_have_agreed_on(bench: ClusterBench) -> None:
    """Also where nobody had to look first whether a named lock would do."""
    bench.files.write("001_w.sql", "CREATE TABLE w (n integer primary key); INSERT INTO w SELECT @@wsrep_sync_wait;")
    async with bench.runner(lock="lease") as runner:
        await runner.up()
    assert await bench.database.rows("SELECT n FROM w") == [(15,)]


async def test_many_at_all_nodes_apply_each_migration_once(bench: ClusterBench) -> None:
    bench.files.tables(5)
    bench.files.write("006_rows.sql", "INSERT INTO t1 (id) VALUES (7);")
    runners = [bench.runner(at=number % 3) for number in range(12)]
    reports = await asyncio.gather(*(runner.up() for runner in runners))
    for runner in runners:
        await runner.close()
    applied = sorted(name for report in reports for name in report.names)
    assert applied == [*(f"00{n}_t{n}.sql" for n in range(1, 6)), "006_rows.sql"]
    assert await bench.nodes[1].rows("SELECT id FROM t1") == [(7,)]
    assert await bench.nodes[0].rows("SELECT name FROM schema_migrations_journal") == []


async def test_who_waits_at_another_node_is_told_who_has_it(bench: ClusterBench) -> None:
    bench.files.write("001_slow.sql", f"{_SLOW};")
    async with bench.runner(at=0) as runner, bench.runner(at=1, lock_timeout=0.5) as other:
        working = asyncio.create_task(runner.up())
        await bench.nodes[0].running(f"%{_SLOW}%")
        with pytest.raises(LockTimeout, match=r"lockgate\[\d+\] on "):
            await other.up()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working


async def test_after_a_kill_another_node_goes_on(bench: ClusterBench) -> None:
    """The killed runner's statement still runs at its node; it is at another node that the next runner begins."""
    bench.files.table(1)
    bench.files.write("002_slow.sql", f"CREATE TABLE a (id integer primary key);\n{_SLOW};\nINSERT INTO a VALUES (1);")
    environment = {"ENV": "test", "LOCKGATE_LEASE_SECONDS": "1", "LOCKGATE_DIRECTORY": str(bench.files.folder)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lockgate", "up", env={**environment, "DATABASE_URL": bench.nodes[0].url}
    )
    await bench.nodes[0].running(f"%{_SLOW}%")
    process.send_signal(signal.SIGKILL)
    await process.wait()
    bench.files.write(
        "002_slow.sql", "CREATE TABLE a (id integer primary key);\nDO SLEEP(0);\nINSERT INTO a VALUES (1);"
    )
    async with bench.runner(at=2, lease_seconds=1) as runner:
        report: Any = await runner.up()
    assert report.names == ("002_slow.sql",)
    assert await bench.nodes[1].rows("SELECT id FROM a") == [(1,)]


async def test_who_has_lost_the_lease_commits_nothing(bench: ClusterBench) -> None:
    bench.files.write("001_a.sql", "CREATE TABLE a (id integer primary key);")
    bench.files.write("002_rows.sql", "INSERT INTO a VALUES (1); DO SLEEP(1);")
    async with bench.runner(at=0) as runner:
        working = asyncio.create_task(runner.up())
        await bench.nodes[0].running("%DO SLEEP(1)%")
        await bench.nodes[1].execute("UPDATE schema_migrations_lease SET fence = fence + 1, holder = 'another'")
        with pytest.raises(MigrationFailed, match=r"lease was lost|[Dd]eadlock"):
            await working
    assert await bench.nodes[2].rows("SELECT * FROM a") == []
    assert await bench.names() == ["001_a.sql"]


async def test_a_commit_that_crosses_the_takeover_at_another_node_is_refused(
    bench: ClusterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its node has not heard of the other holder yet: what locks a row there, as SELECT FOR UPDATE does, keeps nobody out."""
    bench.files.write(
        "001_a.sql", "CREATE TABLE a (id integer primary key); CREATE TABLE held (id integer primary key);"
    )
    bench.files.write("002_rows.sql", "INSERT INTO a VALUES (1);")
    run, crossing = MysqlSession._run, list[asyncio.Task[None]]()
    async with bench.nodes[0].connection() as here, bench.runner(at=0) as runner:

        async def let_go() -> None:
            await asyncio.sleep(0.5)
            await here.query("UNLOCK TABLES")

        async def crossed(session: MysqlSession, statement: str, *place: int) -> None:
            if statement == "COMMIT" and not crossing and await session.fetch("SELECT 1 FROM a"):
                await here.query("FLUSH TABLES held WITH READ LOCK")  # what this node is told waits behind it
                await bench.nodes[1].execute(
                    "INSERT INTO held VALUES (1); UPDATE schema_migrations_lease SET fence = fence + 1, holder = 'another'"
                )
                crossing.append(asyncio.create_task(let_go()))
            await run(session, statement, *place)

        await runner.up(steps=1)
        monkeypatch.setattr(MysqlSession, "_run", crossed)
        with pytest.raises(LockgateError, match="lease"):
            await asyncio.wait_for(runner.up(), 20)
        await crossing[0]
    assert await bench.nodes[2].rows("SELECT id FROM a") == []
    assert await bench.names() == ["001_a.sql"]
