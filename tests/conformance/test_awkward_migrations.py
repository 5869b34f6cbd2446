"""Migrations and callers that do what is allowed, but seldom done."""

from __future__ import annotations

import asyncio
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lockgate import HistoryError, Irreversible, MigrationFailed, Migrator, SettingsError

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


async def test_a_data_step_of_a_python_migration_is_not_done_twice(bench: Bench) -> None:
    bench.files.write("001_t.sql", "CREATE TABLE t (id INTEGER); CREATE TABLE u (id INTEGER)")
    bench.files.python(
        "002_data.py",
        """
        await self.db.execute("INSERT INTO t VALUES (1)")
        await self.db.execute("INSERT INTO t VALUES (:id)", {"id": 2})
        await self.db.execute(sa.insert(T).values(id=3))
        await self.db.bulk_insert(T, [{"id": 4}])
        assert await self.db.scalar("SELECT count(*) FROM t") == 4
        if await self.db.scalar("SELECT count(*) FROM u") == 0:
            raise RuntimeError("not yet")
        """,
        head="T = sa.table('t', sa.column('id'))",
        attributes="transactional = False",
    )
    with pytest.raises(MigrationFailed, match="first 4 steps are kept"):
        await bench.up()
    await bench.database.execute("INSERT INTO u VALUES (1)")
    await bench.up()
    assert await bench.database.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,), (4,)]


async def test_the_drivers_connection_is_within_the_transaction_however_it_is_had(bench: Bench) -> None:
    call = bench.database.driver_call
    bench.files.python(
        "001_a.py",
        f"""
        await self.db.execute("INSERT INTO t VALUES (1)")
        fairy = await self.db.connection.run_sync(lambda connection: connection.connection)
        await fairy.driver_connection.{call}("INSERT INTO t VALUES (2)")
        await self.db.bulk_insert(sa.table("t", sa.column("id")), [{{"id": 3}}])
        await (await self.db.driver_connection()).{call}("INSERT INTO t VALUES (4)")
        assert await self.db.scalar("SELECT count(*) FROM t") == 4
        raise RuntimeError("all of it")
        """,
    )
    await bench.database.execute("CREATE TABLE t (id INTEGER)")
    with pytest.raises(MigrationFailed, match=r"all of it[\s\S]*rolled back"):
        await bench.up()
    assert await bench.database.rows("SELECT id FROM t") == []


class OnlyUp(Migrator):
    async def up(self) -> None:
        """Change nothing."""


async def test_what_is_inherited_from_the_protocol_is_no_down(bench: Bench) -> None:
    async with bench.runner(migrations=[("001_up.py", OnlyUp)]) as runner:
        await runner.up()
        with pytest.raises(Irreversible, match=r"001_up\.py"):
            await runner.down()
        assert len(await runner.history()) == 1


async def test_one_runner_serves_several_tasks(bench: Bench) -> None:
    names = bench.files.tables(3)
    async with bench.runner() as runner:
        reports = await asyncio.gather(*(runner.up() for _ in range(4)), *(runner.status() for _ in range(4)))
        assert [name for report in reports[:4] for name in report.names] == names
        assert (await runner.status()).state == "current"


async def test_a_lock_is_free_after_its_taking_was_cancelled(bench: Bench) -> None:
    bench.files.tables(1)
    async with bench.runner() as runner, bench.runner(lock_timeout=2) as other:
        await runner.history()
        for turn in range(30):
            task = asyncio.create_task(runner.up())
            for _ in range(turn):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await other.up()
        assert (await other.status()).state == "current"


async def test_a_listener_that_raises_harms_nothing(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    names = bench.files.tables(3)

    def listener(event: object) -> None:
        raise RuntimeError("of the listener's own")

    async with bench.runner(on_event=listener) as runner:
        assert list((await runner.up()).names) == names
    assert "listener" in caplog.text


async def test_a_file_name_in_either_form_of_unicode_is_read(bench: Bench) -> None:
    bench.files.write(unicodedata.normalize("NFD", "001_café.sql"), "CREATE TABLE cafe (id INTEGER)")
    assert await bench.up() == [unicodedata.normalize("NFC", "001_café.sql")]


async def test_a_folder_that_has_lost_all_its_files_is_not_taken_for_current(bench: Bench) -> None:
    names = bench.files.tables(2)
    await bench.up()
    for name in names:
        bench.files.remove(name)
    with pytest.raises(HistoryError, match="no migration here, but 2 are applied"):
        await bench.up()


async def test_queries_in_any_form_give_their_rows(bench: Bench) -> None:
    is_mysql = bench.database.engine == "mysql"  # which has no RETURNING
    insert = "SELECT 4" if is_mysql else "INSERT INTO a VALUES (4) RETURNING id"
    bench.files.python(
        "001_a.py",
        f"""
        assert await self.db.scalar("SELECT 1 UNION SELECT 1") == 1
        assert await self.db.scalar("VALUES {"ROW" * is_mysql}(2)") == 2
        assert await self.db.scalar("WITH x AS (SELECT 3 AS n) SELECT n FROM x") == 3
        await self.db.execute("CREATE TABLE a (id INTEGER)")
        assert (await self.db.execute("{insert}")).scalar() == 4
        assert (await self.db.execute("CREATE TABLE b (id INTEGER); CREATE TABLE c (id INTEGER)")).all() == []
        """,
    )
    await bench.up()


async def test_what_alembic_generates_can_be_pasted(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        """
        await self.db.create_table('t',
            sa.Column('id', sa.Integer(), nullable=False),
            sa.Column('name', sa.String(length=30), nullable=True),
            sa.PrimaryKeyConstraint('id', name=self.db.f('pk_t')),
        )
        await self.db.create_index(self.db.f('ix_t_name'), 't', ['name'], unique=False)
        await self.db.alter_column('t', 'name', existing_type=sa.VARCHAR(length=30), nullable=False)
        """,
        """
        await self.db.alter_column('t', 'name', existing_type=sa.VARCHAR(length=30), nullable=True)
        await self.db.drop_index(self.db.f('ix_t_name'), table_name='t')
        await self.db.drop_table('t')
        """,
    )
    bench.files.python("002_b.py", "self.db.get_bind()")
    with pytest.raises(MigrationFailed, match=r"self\.db\.connection is SQLAlchemy's"):
        await bench.up()
    assert await bench.down() == ["001_a.py"]


async def test_the_connection_is_whole_before_its_first_statement(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        """
        from sqlalchemy.ext.asyncio import AsyncSession
        connection = self.db.connection
        assert connection.dialect.name in {"sqlite", "postgresql", "mysql"}
        async with connection, AsyncSession(bind=connection) as session:
            assert (await session.execute(sa.text("SELECT 1"))).scalar() == 1
        assert (await connection.scalar(sa.text("SELECT 2"))) == 2
        """,
    )
    await bench.up()


async def test_a_migration_of_steps_can_begin_anew(bench: Bench) -> None:
    bench.files.write("001_s.sql", "-- migrate:up transaction:false\nCREATE TABLE one (id INTEGER);\nSELECT nope;\n")
    with pytest.raises(MigrationFailed, match="first step is kept"):
        await bench.up()
    bench.files.write("001_s.sql", "-- migrate:up transaction:false\nCREATE TABLE two (id INTEGER);\n")
    with pytest.raises(MigrationFailed, match="reads otherwise now"):
        await bench.up()
    async with bench.runner() as runner:
        assert (await runner.repair("001")).decided == ("001_s.sql",)
        assert (await runner.up()).names == ("001_s.sql",)
    assert {"one", "two"} <= await bench.database.tables()


async def test_a_synchronous_engine_is_refused_in_words(bench: Bench) -> None:
    engine = sa.create_engine("sqlite://")
    with pytest.raises(SettingsError, match="AsyncEngine"):
        bench.runner(engine)
    engine.dispose()


@pytest.mark.parametrize("kind", ["sql", "python"])
async def test_a_table_that_is_there_already_offers_stamp(bench: Bench, kind: str) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER)")
    if kind == "sql":
        bench.files.write("001_t.sql", "CREATE TABLE t (id INTEGER)")
    else:
        bench.files.python("001_t.py", "await self.db.create_table('t', sa.Column('id', sa.Integer))")
    with pytest.raises(MigrationFailed) as raised:
        await bench.up()
    assert "lockgate stamp NAME" in raised.value.hint
    async with bench.runner() as runner:
        assert len((await runner.stamp("001")).recorded) == 1
        assert (await runner.status()).state == "current"


@pytest.mark.parametrize("end", ["raise SystemExit(0)", "raise asyncio.CancelledError", "import sys; sys.exit(5)"])
async def test_a_migration_that_ends_the_program_or_cancels_itself_has_failed(bench: Bench, end: str) -> None:
    names = bench.files.tables(1)
    bench.files.python(
        "002_end.py", f"await self.db.execute('CREATE TABLE two (id INTEGER)')\n{end}", head="import asyncio"
    )
    with pytest.raises(MigrationFailed, match=r"002_end\.py failed") as raised:
        await bench.up()
    assert bench.outcome(1) in raised.value.message
    assert await bench.names() == names
    assert await bench.database.tables() == {"t1"} | bench.kept("two")


async def test_a_relative_folder_leaves_no_module_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.files.write("_kept_helper.py", "TABLE = 'helped'")
    bench.files.python(
        "001_a.py", "await self.db.execute(f'CREATE TABLE {TABLE} (id INTEGER)')", head="from _kept_helper import TABLE"
    )
    monkeypatch.chdir(bench.files.folder.parent)
    async with bench.runner(directory=f"../{bench.files.folder.parent.name}/migrations") as runner:
        assert (await runner.up()).names == ("001_a.py",)
    assert "_kept_helper" not in sys.modules
