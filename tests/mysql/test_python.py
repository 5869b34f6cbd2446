"""Python migrations: what stands between two statements that commit is one transaction, and is done once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from lockgate import MigrationFailed
from mariadb_database import HEAVY

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


async def test_data_alone_is_all_of_it_or_nothing(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    bench.files.python("001_d.py", "await self.db.execute('INSERT INTO t VALUES (1)')\nraise ValueError")
    with pytest.raises(MigrationFailed, match="It was rolled back"):
        await bench.up()
    assert await bench.database.rows("SELECT id FROM t") == []
    assert await bench.journal() == []


_PARTS = """
await self.db.execute('INSERT INTO t VALUES (1)')
await self.db.bulk_insert(T, [{'id': 2}])
await self.db.add_column('t', sa.Column('n', sa.Integer, server_default='5', nullable=False))
await self.db.alter_column('t', 'n', nullable=True)
await self.db.execute('UPDATE t SET n = n + 1')
await self.db.alter_column('t', 'n', type_=sa.BigInteger)
await self.db.execute('UPDATE t SET n = n * 2')
if await self.db.scalar('SELECT count(*) FROM may_go_on') == 0:
    raise RuntimeError('not yet')
await self.db.execute('UPDATE t SET n = n + 100')
"""


async def test_each_part_is_done_once_however_often_it_is_resumed(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER); CREATE TABLE may_go_on (id INTEGER)")
    bench.files.python("001_p.py", _PARTS, head="T = sa.table('t', sa.column('id'))")
    for _ in range(2):
        with pytest.raises(MigrationFailed, match=r"not yet[\s\S]*first 6 steps are kept"):
            await bench.up()
        assert await bench.database.rows("SELECT id, n FROM t ORDER BY id") == [(1, 6), (2, 6)]
    await bench.database.execute("INSERT INTO may_go_on VALUES (1)")
    await bench.up()
    assert await bench.database.rows("SELECT id, n FROM t ORDER BY id") == [(1, 112), (2, 112)]
    assert await bench.journal() == []


async def test_what_goes_past_the_methods_is_not_done_twice_but_stops(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER)")
    past = "await self.db.connection.execute(sa.text('INSERT INTO t VALUES (1)'))\n"
    bench.files.python("001_p.py", f"{past}await self.db.execute('CREATE TABLE u (id INTEGER)')\nraise ValueError")
    with pytest.raises(MigrationFailed, match="first 2 steps are kept"):
        await bench.up()
    with pytest.raises(MigrationFailed, match="Step 1 was done by an earlier run") as raised:
        await bench.up()
    assert "lockgate repair" in raised.value.hint
    assert await bench.database.rows("SELECT id FROM t") == [(1,)]
    await bench.database.execute("DELETE FROM t; DROP TABLE u")
    bench.files.python("001_p.py", f"{past}await self.db.execute('CREATE TABLE u (id INTEGER)')")
    async with bench.runner() as runner:
        await runner.repair("001")
        await runner.up()
    assert await bench.database.rows("SELECT id FROM t") == [(1,)]


async def test_create_all_of_sqlalchemys_own_may_be_resumed(bench: Bench) -> None:
    body = "await self.db.connection.run_sync(META.create_all)\nawait self.db.execute('INSERT INTO a VALUES (1)')\n"
    head = "META = sa.MetaData()\nfor name in 'ab':\n    sa.Table(name, META, sa.Column('id', sa.Integer))"
    bench.files.python("001_c.py", f"{body}raise ValueError", head=head)
    with pytest.raises(MigrationFailed):
        await bench.up()
    assert await bench.database.tables() == {"a", "b"}
    assert await bench.database.rows("SELECT id FROM a") == []
    bench.files.python("001_c.py", body, head=head)
    await bench.up()
    assert await bench.database.rows("SELECT id FROM a") == [(1,)]


async def test_what_is_undone_with_a_savepoint_is_no_step(bench: Bench) -> None:
    await bench.database.execute(
        "CREATE TABLE t (id INTEGER); CREATE TABLE fails (id INTEGER); INSERT INTO fails VALUES (1)"
    )
    body = """
    try:
        async with self.db.savepoint():
            await self.db.execute('INSERT INTO t VALUES (1)')
            if await self.db.scalar('SELECT count(*) FROM fails'):
                raise ValueError
    except ValueError:
        pass
    await self.db.execute('CREATE TABLE u (id INTEGER)')
    """
    bench.files.python("001_s.py", f"{body}\n    raise RuntimeError")
    with pytest.raises(MigrationFailed):
        await bench.up()
    await bench.database.execute("DELETE FROM fails")
    bench.files.python("001_s.py", body)
    await bench.up()
    assert await bench.database.rows("SELECT id FROM t") == [(1,)]


async def test_a_transaction_that_the_server_has_ended_is_noticed_though_the_error_was_caught(bench: Bench) -> None:
    """A deadlock rolls all of it back, and what follows would be committed without what came before."""
    await bench.database.execute(
        "CREATE TABLE d (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO d VALUES (1, 0), (2, 0)"
    )
    bench.files.python(
        "001_d.py",
        """
        import asyncio, lockgate
        await self.db.execute('UPDATE d SET n = 1 WHERE id = 1')
        lockgate.reached.set()
        await lockgate.go.wait()
        try:
            await self.db.execute('UPDATE d SET n = 1 WHERE id = 2')
        except Exception as error:
            assert 'Deadlock' in str(error), error
        """,
    )
    import lockgate  # noqa: PLC0415

    lockgate.reached, lockgate.go = asyncio.Event(), asyncio.Event()  # type: ignore[attr-defined]
    try:
        async with bench.runner() as runner, bench.database.connection() as other:
            running = asyncio.create_task(runner.up())
            await asyncio.wait_for(lockgate.reached.wait(), 20)  # type: ignore[attr-defined]
            # The heavier transaction survives.
            for statement in (
                "START TRANSACTION",
                "CREATE TEMPORARY TABLE x (id INTEGER)",
                "UPDATE d SET n = 2 WHERE id = 2",
            ):
                await other.query(statement)
            await other.query(HEAVY)
            waiting = asyncio.create_task(other.query("UPDATE d SET n = 2 WHERE id = 1"))
            await asyncio.sleep(0.2)
            lockgate.go.set()  # type: ignore[attr-defined]
            with pytest.raises(MigrationFailed, match="had ended before it was committed"):
                await asyncio.wait_for(running, 20)
            await waiting
            await other.query("ROLLBACK")
    finally:
        del lockgate.reached, lockgate.go  # type: ignore[attr-defined]
    assert await bench.names() == []
    assert await bench.database.rows("SELECT n FROM d") == [(0,), (0,)]


async def test_what_a_change_of_a_column_does_not_say_stays(bench: Bench) -> None:
    await bench.database.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTO_INCREMENT,"
        " s VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL DEFAULT 'a:b' COMMENT 'it''s',"
        " at DATETIME NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),"
        " e ENUM('x', 'y') NOT NULL DEFAULT 'x')"
    )
    columns = (
        "SELECT column_name, column_type, collation_name, is_nullable, column_default, extra, column_comment"
        " FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 't' ORDER BY ordinal_position"
    )
    before = await bench.database.rows(columns)
    bench.files.python(
        "001_c.py",
        """
        await self.db.rename_column('t', 'id', 'number')
        await self.db.alter_column('t', 's', nullable=True)
        await self.db.alter_column('t', 'at', comment='when')
        await self.db.alter_column('t', 'e', new_column_name='f')
        """,
        """
        await self.db.rename_column('t', 'number', 'id')
        await self.db.alter_column('t', 's', nullable=False)
        await self.db.alter_column('t', 'at', comment=None)
        await self.db.alter_column('t', 'f', new_column_name='e')
        """,
    )
    await bench.up()
    now = await bench.database.rows(columns)
    assert [row[0] for row in now] == ["number", "s", "at", "f"]
    assert now[0][1:] == before[0][1:]
    assert (now[1][3], now[1][4:]) == ("YES", before[1][4:])
    assert (now[2][:6], now[2][6]) == (before[2][:6], "when")
    assert now[3][1:] == before[3][1:]
    await bench.down()
    assert await bench.database.rows(columns) == before
