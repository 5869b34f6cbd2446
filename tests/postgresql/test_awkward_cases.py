"""What only PostgreSQL can do to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from lockgate import DatabaseUnreachable, LockgateError, MigrationFailed

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("text", [r"SELECT E'\u12'", r"SELECT E'\xff'", "SELECT 'nope"])
async def test_a_text_that_the_server_cannot_read_leaves_those_before_it_applied(bench: Bench, text: str) -> None:
    bench.files.write("001_a.sql", "CREATE TABLE a (id INTEGER)")
    bench.files.write("002_b.sql", text)
    bench.files.write("003_c.sql", "CREATE TABLE c (id INTEGER)")
    if text.endswith("'"):
        with pytest.raises(MigrationFailed, match=r"002_b\.sql failed") as raised:
            await bench.up()
        assert raised.value.report is not None
        assert list(raised.value.report.names) == await bench.names() == ["001_a.sql"]
    else:
        with pytest.raises(LockgateError, match="never closed"):
            await bench.up()
        assert await bench.names() == []


async def test_what_an_engines_own_event_has_set_holds_for_every_migration(bench: Bench) -> None:
    await bench.database.execute("CREATE SCHEMA tenant")
    bench.files.write("001_one.sql", "CREATE TABLE one (id INTEGER); SET search_path TO public")
    bench.files.write("002_two.sql", "CREATE TABLE two (id INTEGER)")
    bench.files.python("003_three.py", "await self.db.create_table('three', sa.Column('id', sa.Integer))")
    engine = create_async_engine(bench.database.url.replace("postgresql://", "postgresql+asyncpg://"))

    @event.listens_for(engine.sync_engine, "connect")
    def choose(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("SET search_path TO tenant")
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]

    async with bench.runner(engine) as runner:
        assert len((await runner.up()).names) == 3
    await engine.dispose()
    rows = await bench.database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'tenant' ORDER BY 1")
    assert rows == [("one",), ("schema_migrations",), ("three",), ("two",)]


async def test_a_constraint_that_is_violated_at_the_end_blames_no_line(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        """
        await self.db.execute("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        await self.db.execute("CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED)")
        await self.db.execute("INSERT INTO c VALUES (1)")
        await self.db.execute("CREATE TABLE innocent (id INTEGER)")
        """,
    )
    with pytest.raises(MigrationFailed, match="recorded and committed") as raised:
        await bench.up()
    assert raised.value.line is None


async def test_a_table_that_is_locked_is_not_waited_for_without_end(bench: Bench) -> None:
    bench.files.tables(1)
    await bench.up()
    async with bench.database.connection() as other, bench.runner(connect_timeout=0.3) as runner:  # type: ignore[attr-defined]
        await other.execute("BEGIN; LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(LockgateError, match=r"no answer within 0\.3 s"):
            await runner.status()


async def test_the_file_that_a_connection_was_lost_in_is_the_one_that_is_named(bench: Bench) -> None:
    bench.files.write("001_a.sql", "CREATE TABLE a (id INTEGER)")
    bench.files.write(
        "002_b.sql", "CREATE TABLE b (id INTEGER); SELECT pg_sleep(0.2), pg_terminate_backend(pg_backend_pid())"
    )
    bench.files.write("003_c.sql", "CREATE TABLE c (id INTEGER)")
    with pytest.raises(MigrationFailed, match=r"002_b\.sql failed|001_a\.sql failed") as raised:
        await bench.up()
    assert await bench.names() == ["001_a.sql"]
    assert raised.value.name != "003_c.sql"


async def test_a_transaction_that_would_only_read_is_recorded_all_the_same(bench: Bench) -> None:
    bench.files.write("001_a.sql", "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY; SELECT 1; COMMIT;")
    assert await bench.up() == ["001_a.sql"]


async def test_an_enum_serves_several_tables_and_a_column_that_is_added(bench: Bench) -> None:
    bench.files.python(
        "001_a.py",
        """
        for name in ("a", "b"):
            await self.db.create_table(name, sa.Column("s", sa.Enum("x", "y", name="kind")))
        await self.db.add_column("b", sa.Column("t", sa.Enum("x", "z", name="other"), server_default="z"))
        """,
    )
    await bench.up()
    assert await bench.database.rows("SELECT typname FROM pg_type WHERE typtype = 'e' ORDER BY 1") == [
        ("kind",),
        ("other",),
    ]


async def test_an_engine_that_cannot_connect_is_told_as_a_url_is(bench: Bench) -> None:
    engine = create_async_engine("postgresql+asyncpg://nobody:hunter2@127.0.0.1:1/none")
    async with bench.runner(engine) as runner:
        with pytest.raises(DatabaseUnreachable) as raised:
            await runner.status()
    assert "hunter2" not in str(raised.value)
    await engine.dispose()
    missing = create_async_engine(
        bench.database.url.replace("postgresql://", "postgresql+asyncpg://") + "_is_not_there"
    )
    async with bench.runner(missing) as runner:
        with pytest.raises(DatabaseUnreachable, match="does not exist"):
            await runner.status()
    await missing.dispose()


async def test_a_record_that_cannot_be_written_is_not_waited_for_without_end(bench: Bench) -> None:
    bench.files.tables(1)
    await bench.up()
    bench.files.table(2)
    async with bench.database.connection() as other, bench.runner(connect_timeout=0.3) as runner:  # type: ignore[attr-defined]
        await other.execute("BEGIN; LOCK TABLE schema_migrations IN SHARE MODE")
        with pytest.raises(MigrationFailed, match="lock timeout"):
            await runner.up()


async def test_a_database_that_is_read_only_gets_no_table(bench: Bench) -> None:
    bench.files.tables(1)
    name = bench.database.url.rsplit("/", 1)[1]
    await bench.database.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(LockgateError, match="read-only"):
        await bench.up()
    assert await bench.database.tables() == set()


async def test_an_engines_password_shows_nowhere(bench: Bench) -> None:
    engine = create_async_engine("postgresql+asyncpg://u:sekret@h/x?password=sekret2")
    assert "sekret" not in bench.runner(engine).database
    await engine.dispose()
