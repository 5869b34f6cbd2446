"""What `self.db` does, and that all of it is one transaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
import pytest

from conformance.bench import arrived
from lockgate import MigrationFailed
from lockgate.events import MigrationStopped

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

_PARENT = (
    "await self.db.create_table('parent', sa.Column('id', "
    "sa.Integer, primary_key=True), sa.Column('name', sa.String(50)))\n"
)
_CHILD = (
    "await self.db.create_table('child', sa.Column('id', sa.Integer, primary_key=True),"
    " sa.Column('parent_id', sa.Integer), sa.Column('n', sa.Integer))\n"
)


async def columns(bench: Bench, table: str) -> dict[str, bool]:
    """The columns of a table, and whether each may be NULL."""
    if bench.database.is_mysql:
        query = (
            "SELECT column_name, is_nullable = 'YES' FROM information_schema.columns"
            f" WHERE table_schema = DATABASE() AND table_name = '{table}'"
        )
    elif bench.database.is_postgresql:
        query = (
            f"SELECT attname, NOT attnotnull FROM pg_attribute WHERE attrelid "
            f"= '{table}'::regclass AND attnum > 0 AND NOT attisdropped"
        )
    else:
        query = f"SELECT name, NOT \"notnull\" FROM pragma_table_info('{table}')"
    return {name: bool(nullable) for name, nullable in await bench.database.rows(query)}


# Each: what is done, what undoes it, and a statement which the database refuses afterwards (or none).
VERBS = {
    "create_table": (
        "await self.db.create_table('x', sa.Column('id', sa.Integer, "
        "primary_key=True), sa.Column('t', sa.Text, nullable=False))",
        "await self.db.drop_table('x')",
        "INSERT INTO x (id) VALUES (1)",
    ),
    "create_table_index": (
        "await self.db.create_table('x', sa.Column('id', sa.Integer), sa.Column('t', sa.String(50), index=True))",
        "await self.db.drop_table('x')",
        "",
    ),
    "rename_table": (
        "await self.db.rename_table('child', 'kid')",
        "await self.db.rename_table('kid', 'child')",
        "SELECT * FROM child",
    ),
    "add_column": (
        "await self.db.add_column('child', sa.Column('t', sa.String(9), server_default='x', nullable=False))",
        "await self.db.drop_column('child', 't')",
        "INSERT INTO child (id, t) VALUES (2, NULL)",
    ),
    "add_column_unique": (
        "await self.db.add_column('child', sa.Column('t', sa.String(50)))\n"
        "await self.db.create_unique_constraint('u', 'child', ['t'])",
        "await self.db.drop_constraint('u', 'child', type_='unique')\nawait self.db.drop_column('child', 't')",
        "INSERT INTO child (id, t) VALUES (2, 'a'), (3, 'a')",
    ),
    "rename_column": (
        "await self.db.rename_column('child', 'n', 'm')",
        "await self.db.rename_column('child', 'm', 'n')",
        "SELECT n FROM child",
    ),
    "alter_column_null": (
        "await self.db.alter_column('child', 'n', nullable=False)",
        "await self.db.alter_column('child', 'n', nullable=True)",
        "INSERT INTO child (id) VALUES (2)",
    ),
    "alter_column_default": (
        "await self.db.alter_column('child', 'n', server_default='7')",
        "await self.db.alter_column('child', 'n', server_default=None)",
        "",
    ),
    "alter_column_type": (
        "await self.db.alter_column('child', 'n', type_=sa.BigInteger, existing_type=sa.Integer)",
        "await self.db.alter_column('child', 'n', type_=sa.Integer, existing_type=sa.BigInteger)",
        "",
    ),
    "create_index": (
        "await self.db.create_index('i', 'child', ['n', 'parent_id'], unique=True)",
        "await self.db.drop_index('i', 'child')",
        "INSERT INTO child VALUES (2, 1, 9), (3, 1, 9)",
    ),
    "create_foreign_key": (
        "await self.db.create_foreign_key('fk', 'child', 'parent', ['parent_id'], ['id'], ondelete='CASCADE')",
        "await self.db.drop_constraint('fk', 'child', type_='foreignkey')",
        "FK",
    ),
    "create_unique_constraint": (
        "await self.db.create_unique_constraint('u', 'child', ['n'])",
        "await self.db.drop_constraint('u', 'child', type_='unique')",
        "INSERT INTO child (id, n) VALUES (2, 9), (3, 9)",
    ),
    "create_check_constraint": (
        "await self.db.create_check_constraint('c', 'child', 'n > 0')",
        "await self.db.drop_constraint('c', 'child', type_='check')",
        "INSERT INTO child (id, n) VALUES (2, 0)",
    ),
}


async def refused(bench: Bench, statement: str) -> bool:
    if statement == "FK":
        statement = "INSERT INTO child (id, parent_id) VALUES (2, 99)"
        if bench.database.engine == "sqlite":
            statement = f"PRAGMA foreign_keys = ON; {statement}"
    try:
        await bench.database.execute(statement)
    except Exception:
        return True
    return False


def normal(catalog: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """Without the place of a column: dropping one and adding it again moves it."""
    plain = {
        name: [tuple(value for value in row if not isinstance(value, int) or isinstance(value, bool)) for row in rows]
        for name, rows in catalog.items()
        if name != "objects"
    }
    objects = [row[:3] for row in catalog.get("objects", [])]
    return plain | {"objects": objects}


@pytest.mark.parametrize("verb", VERBS)
async def test_a_verb_does_what_it_says_and_can_be_undone_keeping_the_rows(bench: Bench, verb: str) -> None:
    up, down, forbidden = VERBS[verb]
    if verb == "create_foreign_key" and bench.database.is_mysql:  # makes an index, and keeps it
        down += "\nawait self.db.drop_index('fk', 'child')"
    bench.files.python("001_tables.py", _PARENT + _CHILD)
    await bench.up()
    await bench.database.execute("INSERT INTO parent VALUES (1, 'p'); INSERT INTO child VALUES (1, 1, 5);")
    before = normal(await bench.database.catalog())
    bench.files.python("002_verb.py", up, down)

    await bench.up()
    if forbidden:
        assert await refused(bench, forbidden)
    else:
        assert normal(await bench.database.catalog()) != before
    kept = "kid" if verb == "rename_table" else "child"
    assert (await bench.database.rows(f"SELECT * FROM {kept}"))[0][:3] == (1, 1, 5)

    await bench.down()
    assert normal(await bench.database.catalog()) == before
    assert await bench.database.rows("SELECT id, parent_id, n FROM child") == [(1, 1, 5)]
    if forbidden and not verb.startswith(("create_table", "add_column")):
        assert not await refused(bench, forbidden)


async def test_a_column_that_is_dropped_is_gone_and_the_others_keep_their_rows(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        _CHILD + "await self.db.execute('INSERT INTO child VALUES (1, 2, 3)')\n"
        "await self.db.drop_column('child', 'parent_id')",
    )
    await bench.up()
    assert await columns(bench, "child") == {"id": False, "n": True}
    assert await bench.database.rows("SELECT id, n FROM child") == [(1, 3)]


async def test_rows_are_inserted_and_read_and_every_kind_of_statement_is_understood(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        """
        table = await self.db.create_table('a', sa.Column('id', sa.Integer, primary_key=True), sa.Column('t', sa.Text))
        await self.db.bulk_insert(table, [{'id': 1, 't': 'one'}, {'id': 2, 't': 'two'}])
        await self.db.bulk_insert(sa.table('a', sa.column('id'), sa.column('t')), [{'id': 3, 't': None}])
        await self.db.bulk_insert(table, [])
        await self.db.execute("INSERT INTO a VALUES (4, '100% :name ?; --'); INSERT INTO a VALUES (5, '%s');")
        await self.db.execute('INSERT INTO a (id, t) VALUES (:id, :t)', {'id': 6, 't': 'with: %s'})
        await self.db.execute('INSERT INTO a (id, t) VALUES (:id, :t)', [{'id': 7, 't': 'x'}, {'id': 8, 't': 'y'}])
        await self.db.execute(sa.text("INSERT INTO a VALUES (9, :t)"), {'t': 'text'})
        await self.db.execute(table.update().where(table.c.id == 9).values(t='updated'))
        assert await self.db.scalar('SELECT count(*) FROM a') == 9
        assert await self.db.scalar(sa.select(sa.func.max(table.c.id))) == 9
        assert await self.db.scalar('SELECT t FROM a WHERE id = :id', {'id': 6}) == 'with: %s'
        rows = (await self.db.execute('SELECT id, t FROM a WHERE id < 3 ORDER BY id')).all()
        assert [tuple(row) for row in rows] == [(1, 'one'), (2, 'two')], rows
        rows = (await self.db.execute("SELECT t FROM a WHERE t LIKE '%:name%'")).scalars().all()
        assert rows == ['100% :name ?; --'], rows
        assert await self.db.scalar('SELECT t FROM a WHERE id = 99') is None
        assert (await self.db.execute('CREATE TABLE b (id INTEGER); SELECT 1;')).all() == []
        connection = self.db.connection
        assert (await connection.execute(sa.select(table.c.t).where(table.c.id == 9))).scalar_one() == 'updated'
        assert await connection.run_sync(lambda sync: sync.execute(sa.text('SELECT 5')).scalar()) == 5
        driver = await self.db.driver_connection()
        await driver.DRIVER_CALL("INSERT INTO a VALUES (10, 'driver')")
        assert await self.db.scalar('SELECT count(*) FROM a') == 10
        """.replace("DRIVER_CALL", bench.database.driver_call),
    )
    await bench.up()
    assert await bench.database.rows("SELECT t FROM a WHERE id IN (4, 5, 9, 10) ORDER BY id") == [
        ("100% :name ?; --",),
        ("%s",),
        ("updated",),
        ("driver",),
    ]
    assert await bench.database.tables() == {"a", "b"}


async def test_what_is_there_can_be_asked(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        _CHILD
        + """\
await self.db.create_index('i', 'child', ['n'])
assert await self.db.has_table('child') and not await self.db.has_table('nowhere')
assert await self.db.has_column('child', 'n') and not await self.db.has_column('child', 'nope')
assert await self.db.has_index('child', 'i') and not await self.db.has_index('child', 'nope')
await self.db.drop_index('i', 'child')
assert not await self.db.has_index('child', 'i')
await self.db.drop_table('child')
assert not await self.db.has_table('child')
await self.db.drop_table('child', if_exists=True)
""",
    )
    await bench.up()
    assert await bench.database.tables() == set()


async def test_a_select_sees_a_table_that_was_altered_since_it_was_selected_from(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        """
        await self.db.execute('CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (1);')
        assert (await self.db.execute('SELECT * FROM a')).one() == (1,)
        assert (await self.db.execute(sa.text('SELECT * FROM a'))).one() == (1,)
        await self.db.execute("ALTER TABLE a ADD COLUMN b INTEGER DEFAULT 2")
        assert (await self.db.execute('SELECT * FROM a')).one() == (1, 2)
        assert (await self.db.execute(sa.text('SELECT * FROM a'))).one() == (1, 2)
        """,
    )
    await bench.up()


async def test_a_savepoint_is_undone_by_itself(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        """
        await self.db.execute('CREATE TABLE a (id INTEGER PRIMARY KEY)')
        for number in (1, 2, 1, 3):
            try:
                async with self.db.savepoint():
                    await self.db.execute(f'INSERT INTO a VALUES ({number})')
                    await self.db.scalar('SELECT 1')
            except Exception as error:
                assert number == 1, error
        """,
    )
    await bench.up()
    assert await bench.database.rows("SELECT id FROM a ORDER BY id") == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    "block", ["self.db.savepoint()", "self.db.connection.begin()", "self.db.connection.begin_nested()"]
)
@pytest.mark.parametrize(
    "end",
    [
        "await self.db.execute('CREATE TABLE a (id INTEGER)')",
        "await self.db.create_table('a', sa.Column('id', sa.Integer))",
        "await self.db.execute('CREATE TABLE a (id INTEGER)')\n        raise RuntimeError('a table')",
        "raise RuntimeError('a table')",
    ],
)
async def test_a_savepoint_undoes_verbs_and_text_that_are_refused_within_it(bench: Bench, block: str, end: str) -> None:
    """PostgreSQL is sent verbs late, at the latest with the savepoint's own end; where DDL commits it is refused there."""
    said = "commits on this engine" if bench.database.is_mysql else "already exists"
    bench.files.python(
        "001_a.py",
        f"""\
await self.db.execute('CREATE TABLE a (id INTEGER PRIMARY KEY)')
try:
    async with {block}:
        await self.db.execute('CREATE TABLE b (id INTEGER)')
        {end}
except Exception as error:
    assert 'a table' in str(error) or {said!r} in str(error), error
    self.caught = True
assert self.caught
await self.db.execute('CREATE TABLE c (id INTEGER)')
""",
    )
    assert await bench.up() == ["001_a.py"]
    assert await bench.database.tables() == {"a", "c"}


async def test_the_connections_own_begin_is_a_savepoint(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        """
        await self.db.execute('CREATE TABLE a (id INTEGER PRIMARY KEY)')
        connection = self.db.connection
        async with connection.begin():
            await connection.execute(sa.text('INSERT INTO a VALUES (1)'))
        part = await connection.begin()
        await connection.execute(sa.text('INSERT INTO a VALUES (2)'))
        await part.rollback()
        part = await connection.begin()
        await connection.execute(sa.text('INSERT INTO a VALUES (3)'))
        await part.commit()
        assert connection.in_transaction()
        """,
    )
    bench.files.python(
        "002_b.py",
        """
        connection = self.db.connection
        await connection.begin()
        await connection.execute(sa.text('INSERT INTO a VALUES (4)'))
        """,
    )
    bench.files.python(
        "003_c.py", "await self.db.connection.execute(sa.text('INSERT INTO a VALUES (5)'))\nraise ValueError"
    )
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="003_c"):
            await runner.up()
    assert await bench.database.rows("SELECT id FROM a ORDER BY id") == [(1,), (3,), (4,)]


@pytest.mark.parametrize(
    "ending",
    [
        "await self.db.connection.commit()",
        "await self.db.connection.rollback()",
        "await self.db.execute('COMMIT')",
        "await self.db.execute('BEGIN')",
        "await self.db.execute('INSERT INTO a VALUES (2); ROLLBACK; SELECT 1')",
        "await self.db.execute('-- a comment\\nEND')",
        "await self.db.execute(sa.text('COMMIT'))",
        "await self.db.connection.exec_driver_sql('ROLLBACK')",
        "await self.db.connection.run_sync(lambda connection: connection.commit())",
        "await self.db.connection.run_sync(lambda connection: connection.rollback())",
    ],
)
async def test_the_transaction_is_the_runners_to_end(bench: Bench, ending: str) -> None:
    if bench.database.is_mysql:  # which has no END
        ending = ending.replace("\\nEND", "\\nROLLBACK")
    bench.files.python("001_a.py", f"await self.db.execute('CREATE TABLE a (id INTEGER)')\n{ending}")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="the runner's") as raised:
            await runner.up()
    assert raised.value.line is not None
    assert "savepoint" in raised.value.hint
    assert await bench.database.tables() == bench.kept("a")
    assert await bench.names() == []


@pytest.mark.parametrize(
    "work",
    [
        "await self.db.execute('CREATE TABLE a (id INTEGER)')\nawait asyncio.sleep(60)",
        "await self.db.execute('CREATE TABLE a (id INTEGER)')\nawait self.db.scalar('SELECT 1')\nawait asyncio.sleep(60)",
        "await self.db.connection.execute(sa.text('CREATE TABLE a (id INTEGER)'))\nawait asyncio.sleep(60)",
    ],
)
@pytest.mark.parametrize("way", ["anyio", "asyncio"])
async def test_a_migration_that_is_cancelled_leaves_nothing_and_the_lock_free(
    bench: Bench, work: str, way: str
) -> None:
    bench.files.table(1)
    bench.files.python(
        "002_a.py",
        f"{work.replace('await asyncio.sleep(60)', 'REACHED.set()')}\nawait asyncio.sleep(60)",
        head="import lockgate\nREACHED = lockgate.reached",
    )
    reached = asyncio.Event()
    import lockgate  # noqa: PLC0415

    lockgate.reached = reached  # type: ignore[attr-defined]
    events: list[object] = []
    try:
        async with bench.runner(on_event=events.append) as runner:
            if way == "asyncio":
                task = asyncio.create_task(runner.up())
                await arrived(reached, task)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            else:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(runner.up)
                    await asyncio.wait_for(reached.wait(), 20)
                    tasks.cancel_scope.cancel()
            assert await bench.names() == ["001_t1.sql"]
            assert await bench.database.tables() == {"t1"} | bench.kept("a")
            stopped = [event for event in events if isinstance(event, MigrationStopped)]
            keeps = "its finished steps are kept, and the next run resumes"
            outcome = keeps if bench.database.is_mysql else "it was rolled back"
            assert [(event.name, event.outcome) for event in stopped] == [("002_a.py", outcome)]
            bench.files.table(2, "002_a.py".replace(".py", ".sql"))
            bench.files.remove("002_a.py")
            async with bench.runner(lock_timeout=5) as other:
                assert (await other.up()).names == ("002_a.sql",)
            assert (await runner.up()).migrations == ()
    finally:
        del lockgate.reached  # type: ignore[attr-defined]


async def test_consecutive_python_migrations_share_nothing_but_the_database(bench: Bench) -> None:
    bench.files.python("001_a.py", "await self.db.create_table('a', sa.Column('id', sa.Integer, primary_key=True))")
    bench.files.python(
        "002_b.py", "await self.db.create_table('b', sa.Column('id', sa.Integer, sa.ForeignKey('a.id')))"
    )
    bench.files.python(
        "003_c.py",
        "await self.db.create_table('a2', sa.Column('id', sa.Integer))\nawait self.db.rename_table('a2', 'c')",
    )
    bench.files.python("004_d.py", "await self.db.create_table('a2', sa.Column('id', sa.Integer))")
    assert len(await bench.up()) == 4
    assert await bench.database.tables() == {"a", "b", "c", "a2"}


async def test_the_way_down_has_the_same_verbs(bench: Bench) -> None:
    bench.files.python(
        "001_a.py", "pass", "await self.db.execute('CREATE TABLE undone (id INTEGER)')\nraise ValueError('no way back')"
    )
    await bench.up()
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="no way back"):
            await runner.down()
    assert await bench.names() == ["001_a.py"]
    assert await bench.database.tables() == bench.kept("undone")
