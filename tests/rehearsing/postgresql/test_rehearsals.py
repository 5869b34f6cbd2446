"""What a rehearsal tells where something stands in its way; and nothing of it is left, on the target least of all."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import anyio
import pytest

from lockgate import LockgateError, MigrationConfig, SettingsError
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import Selection
from lockgate.rehearsing import Asked, rehearse
from lockgate.rehearsing.script import script
from servers import psql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.bench import Bench, Database

pytestmark = pytest.mark.asyncio

_SLEEPING = "SELECT pid FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep' AND datname ~ '^lockgate_scratch'"


def config(bench: Bench, **settings: Any) -> MigrationConfig:
    known = {"database_url": bench.database.url, "environment": "development", "directory": str(bench.files.folder)}
    return MigrationConfig(**(known | settings))


async def scratches(bench: Bench) -> list[Any]:
    return await bench.database.rows("SELECT datname FROM pg_database WHERE datname ~ '^lockgate_scratch_'")


async def everything(bench: Bench) -> dict[str, Any]:
    """All that the database has: catalog and rows."""
    tables = await bench.database.rows(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE relkind = 'r' AND oid >= 16384"
    )
    rows = {
        name: await bench.database.rows(f"SELECT x::text, xmin, ctid FROM {name} x ORDER BY 3") for (name,) in tables
    }
    return {**await bench.database.catalog(), "rows": rows}


async def writes(bench: Bench) -> Any:
    query = "SELECT tup_inserted, tup_updated, tup_deleted FROM pg_stat_database WHERE datname = current_database()"
    return await bench.database.rows(query)


@pytest.mark.parametrize("environment", ["development", "production"])
async def test_a_user_who_may_only_read_rehearses_all_the_same(bench: Bench, environment: str) -> None:
    bench.files.tables(2)
    bench.files.python("003_more.py", 'await self.db.add_column("t1", sa.Column("n", sa.Integer))')
    await bench.up(steps=1)
    await bench.database.execute("INSERT INTO t1 SELECT generate_series(1, 100); ANALYZE t1")
    parts = urlsplit(bench.database.url)
    reader = f"reader_{parts.path[1:]}"
    await bench.database.execute(f"CREATE ROLE {reader} LOGIN PASSWORD 'r' IN ROLE pg_read_all_data")
    await bench.database.execute(f"ALTER ROLE {reader} SET default_transaction_read_only = on")
    url = urlunsplit(parts._replace(netloc=f"{reader}:r@{parts.hostname}:{parts.port}"))
    try:
        before, counted = await everything(bench), await writes(bench)
        asked = config(bench, database_url=url, scratch_url=bench.database.url, environment=environment)
        rehearsal = await rehearse(asked, Asked(restores=True))
        after, now = await everything(bench), await writes(bench)
    finally:
        await bench.database.execute(f"DROP OWNED BY {reader}; DROP ROLE {reader}")
    assert after == before
    assert now == counted
    assert [one.name for one in rehearsal.migrations] == ["002_t2.sql", "003_more.py"]
    (touch,) = [touch for sent in rehearsal.migrations[1].sent for touch in sent.touches if touch.kind == "r"]
    assert (str(touch.relation), touch.held.words) == ("public.t1", "ACCESS EXCLUSIVE")
    assert rehearsal.live
    assert rehearsal.live.tables[touch.relation].rows == 100
    assert await scratches(bench) == []


async def test_a_closed_environment_without_a_scratch_says_what_it_cannot_know(bench: Bench) -> None:
    bench.files.tables(2)
    bench.files.python("003_reads.py", 'await self.db.scalar("SELECT count(*) FROM t1")')
    bench.files.python("004_verbs.py", 'await self.db.drop_table("t2")')
    await bench.up(steps=1)
    before = await everything(bench)
    rehearsal = await rehearse(config(bench, environment="production"))
    assert await everything(bench) == before
    assert "LOCKGATE_SCRATCH_URL" in rehearsal.unknown[0]
    assert [bool(one.unknown) for one in rehearsal.migrations] == [False, True, False]
    assert "DROP TABLE t2" in [sent.text for sent in rehearsal.migrations[2].sent]
    status, said = by_psql(bench, script(rehearsal))
    assert status == 3
    assert "003_reads.py is not in this script" in said
    assert await bench.names() == ["001_t1.sql", "002_t2.sql"]


async def test_a_migration_that_fails_says_that_nothing_reached_the_target(bench: Bench) -> None:
    bench.files.tables(1)
    bench.files.write("002_wrong.sql", "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON t1 (absent);\n")
    with pytest.raises(LockgateError, match=r"(?s)002_wrong\.sql.*absent.*Nothing was sent to the target") as caught:
        await rehearse(config(bench))
    assert "Kept from this run" not in caught.value.message
    assert await bench.database.tables() == set()
    assert await scratches(bench) == []


async def test_no_scratch_may_be_made(bench: Bench) -> None:
    bench.files.tables(1)
    parts = urlsplit(bench.database.url)
    role = f"maker_{parts.path[1:]}"
    await bench.database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'r'")
    try:
        url = urlunsplit(parts._replace(netloc=f"{role}:r@{parts.hostname}:{parts.port}"))
        with pytest.raises(SettingsError, match="No database could be made") as caught:
            await rehearse(config(bench, database_url=url))
    finally:
        await bench.database.execute(f"DROP ROLE {role}")
    assert "CREATEDB" in caught.value.hint


async def test_where_the_applied_files_do_not_run_the_catalog_is_copied(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE by_hand (id int)")
    bench.files.write("001_first.sql", "-- migrate:up\nALTER TABLE by_hand ADD COLUMN first int;\n")
    await bench.up()
    bench.files.write("002_more.sql", "-- migrate:up\nALTER TABLE by_hand ADD COLUMN n float8 DEFAULT random();\n")
    rehearsal = await rehearse(config(bench))
    assert (rehearsal.place, rehearsal.differs) == ("database", ())
    assert "do not run on an empty database" in rehearsal.unknown[0]
    (touch,) = [one for sent in rehearsal.migrations[0].sent for one in sent.touches if one.kind == "r"]
    assert (str(touch.relation), touch.rewritten) == ("public.by_hand", True)


@pytest.mark.parametrize("is_apart", [True, False])
async def test_what_reaches_beyond_the_database_is_kept_and_not_run(bench: Bench, is_apart: bool) -> None:
    role = f"beyond_{urlsplit(bench.database.url).path[1:]}"
    bench.files.write(
        "001_role.sql",
        f"""
        -- migrate:up
        CREATE ROLE {role};
        CREATE TABLE t1 (id int);
        GRANT SELECT ON t1 TO PUBLIC, {role};
        ALTER TABLE t1 OWNER TO {role};
        DO $$ BEGIN CREATE ROLE {role}_2; END $$;
        CREATE POLICY p ON t1 TO "{role}_2" USING (id > 0);
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role};
        DO $$ BEGIN EXECUTE 'GRANT SELECT ON t1 TO CURRENT_USER'; GRANT pg_monitor TO CURRENT_USER; END $$;
        GRANT SELECT ON t1 TO CURRENT_USER, pg_monitor;
        ALTER TABLE t1 RENAME COLUMN id TO number;
        """,
    )
    bench.files.python(
        "002_role.py",
        f"""
        await self.db.execute("DROP ROLE {role}")
        driver = await self.db.driver_connection()
        await driver.fetch("/* a comment; */ CREATE ROLE {role}_3")
        """,
    )
    scratch_url = None if is_apart else bench.database.url
    rehearsal = await rehearse(config(bench, scratch_url=scratch_url))
    assert await bench.database.rows(f"SELECT rolname FROM pg_roles WHERE rolname ~ '^{role}'") == []
    skipped = [one.partition(": ")[2].split()[0] for one in rehearsal.unknown]
    assert skipped == ["CREATE", "GRANT", "ALTER", "DO", "CREATE", "ALTER", "DO", "DROP", "/*"]
    assert f"Not run in the scratch, because there is no role {role} there" in rehearsal.unknown[1]
    text = script(rehearsal)
    assert all(words in text for words in (f"CREATE ROLE {role};", f"TO PUBLIC, {role};", f"DROP ROLE {role};"))
    assert rehearsal.after
    (table,) = rehearsal.after.tables.values()
    assert [column.name for column in table.columns] == ["number"]


async def test_a_role_that_a_migration_takes_on_is_not_taken_on_in_the_scratch(bench: Bench, beside: Database) -> None:
    role = f"taken_{urlsplit(bench.database.url).path[1:]}"
    await bench.database.execute(f"CREATE ROLE {role}")
    try:
        for database in (bench.database, beside):
            await database.execute(f"GRANT CREATE ON SCHEMA public TO {role}")  # of which no file says anything
        bench.files.write("001_t1.sql", f"-- migrate:up\nSET ROLE {role};\nCREATE TABLE t1 (id int);\n")
        bench.files.write("002_t2.sql", f"-- migrate:up\nSET LOCAL ROLE = {role};\nCREATE TABLE t2 (id int);\n")
        for steps in (1, 1):
            rehearsal = await rehearse(config(bench), Asked(selection=Selection(steps=steps)))
            assert rehearsal.place == "files"
            assert ["SET" in one and role in one for one in rehearsal.unknown] == [True]
            assert by_psql(bench, script(rehearsal)) == (0, "")
        async with bench.runner(beside.url) as runner:
            await runner.up()
        assert await bench.database.catalog() == await beside.catalog()
    finally:
        for database in (bench.database, beside):
            await database.execute(f"DROP OWNED BY {role}")
        await bench.database.execute(f"DROP ROLE {role}")


async def test_rows_that_are_read_are_named(bench: Bench) -> None:
    bench.files.tables(1)
    await bench.up()
    bench.files.python(
        "002_reads.py",
        'for row in await self.db.execute("SELECT id FROM t1"):\n    await self.db.execute(f"CREATE TABLE t_{row.id} (i int)")',
    )
    rehearsal = await rehearse(config(bench))
    assert rehearsal.migrations[0].reads == ("public.t1",)
    assert "It reads public.t1" in script(rehearsal)
    bench.files.python(
        "002_reads.py",
        """
        driver = await self.db.driver_connection()
        async for row in driver.cursor("SELECT id FROM t1 WHERE id > $1", 0):
            raise AssertionError
        assert await (await driver.cursor("SELECT id FROM t1 WHERE id = 2")).fetch(9) == []
        prepared = await driver.prepare("SELECT id FROM t1 WHERE id = $1")
        async for row in prepared.cursor(3):
            raise AssertionError
        async with self.db.connection.stream(sa.text("SELECT id FROM t1 WHERE id = 4")) as rows:
            assert [row async for row in rows] == []
        await driver.fetchmany("INSERT INTO t1 VALUES ($1) RETURNING id", [(5,), (6,)])
        """,
    )
    rehearsal = await rehearse(config(bench))
    assert rehearsal.migrations[0].reads == ("public.t1",)
    assert [one.text.partition("t1 ")[2] for one in rehearsal.migrations[0].sent if not one.own] == [
        "WHERE id > 0",
        "WHERE id = 2",
        "WHERE id = 3",
        "WHERE id = 4",
        "VALUES (5) RETURNING id",
        "VALUES (6) RETURNING id",
    ]


async def test_offline_asks_nobody(bench: Bench) -> None:
    bench.files.tables(3)
    bench.files.python("004_reads.py", 'await self.db.execute(sa.text("SELECT 1"))')
    nowhere = config(bench, database_url="postgresql://nobody@127.0.0.1:1/none")
    first = await rehearse(nowhere, Asked(offline=True))
    assert [bool(one.unknown) for one in first.migrations] == [False, False, False, True]
    assert any("CREATE TABLE IF NOT EXISTS" in one.text for one in first.opening)
    rest = await rehearse(nowhere, Asked(offline=True, after="002"))
    assert [one.name for one in rest.migrations] == ["003_t3.sql", "004_reads.py"]
    assert not any("CREATE TABLE IF NOT EXISTS" in one.text for one in rest.opening)


async def test_awkward_migrations_are_rehearsed(bench: Bench, beside: Database) -> None:
    bench.files.tables(1)
    await bench.up()
    bench.files.python(
        "003_savepoint.py",
        """
        try:
            async with self.db.savepoint():
                await self.db.execute("CREATE TABLE gone (id int)")
                await self.db.execute("SELECT 1 / 0")
        except Exception:
            await self.db.execute("CREATE TABLE kept (id int)")
        """,
    )
    bench.files.python(
        "004_auto.py",
        "await self.db.auto_migrate(sa.Table('t1', sa.MetaData(), sa.Column('id', sa.Integer, primary_key=True,"
        " autoincrement=False), sa.Column('n', sa.Integer)))",
    )
    bench.files.write(
        "005_procedure.sql",
        "-- migrate:up transaction:false\nDO $$ BEGIN CREATE TABLE done (id int); COMMIT; END $$;\n",
    )
    rehearsal = await rehearse(config(bench))
    (added,) = [sent for sent in rehearsal.migrations[1].sent if sent.text.startswith("ALTER TABLE")]
    assert [(str(one.relation), one.held.words) for one in added.touches] == [("public.t1", "ACCESS EXCLUSIVE")]
    assert await bench.database.tables() == {"t1"}
    assert by_psql(bench, script(rehearsal)) == (0, "")
    async with bench.runner(beside.url) as runner:
        await runner.up()
    assert await bench.database.catalog() == await beside.catalog()
    assert await bench.database.tables() == {"t1", "kept", "done"}


async def test_rows_that_the_driver_copies_are_inserted_by_the_script(bench: Bench, beside: Database) -> None:
    bench.files.write(
        "001_made.sql",
        '-- migrate:up\nCREATE TABLE "Made" (id int GENERATED ALWAYS AS IDENTITY, word text, at timestamptz, n numeric,'
        " list int[], said jsonb, twice int GENERATED ALWAYS AS (id * 2) STORED, other int DEFAULT 7);\n",
    )
    rows = """[
        (5, "it's \\\\ :x", datetime(2026, 1, 2, 3, tzinfo=UTC), Decimal("1.50"), [1, None], '{"a": 1}'),
        [6, None, None, None, None, None],
    ]"""
    bench.files.python(
        "002_copies.py",
        "from datetime import UTC, datetime\nfrom decimal import Decimal\n"
        "async def one_by_one(rows):\n    for row in rows:\n        yield row\n"
        "driver = await self.db.driver_connection()\n"
        f"rows = {rows}\n"
        'columns = ["id", "word", "at", "n", "list", "said"]\n'
        'await driver.copy_records_to_table("Made", records=rows, columns=columns, schema_name="public")\n'
        'await driver.copy_records_to_table("Made", records=one_by_one([("late",)]), columns=["word"])\n'
        'await driver.copy_records_to_table("Made", records=[], columns=["word"])',
    )
    assert by_psql(bench, script(await rehearse(config(bench)))) == (0, "")
    async with bench.runner(beside.url) as runner:
        await runner.up()
    query = 'SELECT id, word, at, n, list::text, said::text, twice, other FROM "Made" ORDER BY id'
    found = [await one.rows(query) for one in (bench.database, beside)]
    assert found[0] == found[1]
    assert len(found[0]) == 3


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder that the server's user may write to."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO PROGRAM 'cat > {}'",
        "COPY t1 FROM PROGRAM 'echo 1 | tee {}'",
        "COPY (SELECT id FROM t1) TO '{}'",
        "DO $$ BEGIN COPY t1 TO '{}'; END $$",
    ],
)
async def test_what_the_server_would_do_outside_itself_is_not_done(
    bench: Bench, anybodys: Path, statement: str
) -> None:
    written, text = anybodys / "written", statement.format(anybodys / "written")
    bench.files.tables(1)
    bench.files.write("002_out.sql", f"-- migrate:up\n{text};\n")
    rehearsal = await rehearse(config(bench))
    assert not await anyio.Path(written).exists()
    assert text in script(rehearsal)
    (told,) = rehearsal.unknown
    assert told.startswith("Not run in the scratch, because it runs a program or writes a file on the server: ")


async def test_rows_that_the_driver_copies_by_a_condition_stop_the_script(bench: Bench) -> None:
    bench.files.tables(1)
    bench.files.python(
        "002_copies.py",
        "driver = await self.db.driver_connection()\n"
        'await driver.copy_records_to_table("t1", records=[(1,), (2,)], where="id > 1")',
    )
    text = script(await rehearse(config(bench)))
    assert "NOT IN THIS SCRIPT: rows are copied into t1 by the driver" in text
    status, said = by_psql(bench, text)
    assert (status, "is not in this script" in said) == (3, True)
    assert await bench.names() == ["001_t1.sql"]


def by_psql(bench: Bench, text: str) -> tuple[int, str]:
    """Its exit and what it complains of."""
    command = [psql(), "-X", "-q", "-d", bench.database.url]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


async def test_a_search_path_of_the_application_s_holds_in_the_scratch(bench: Bench) -> None:
    await bench.database.execute("CREATE SCHEMA app")
    bench.files.write("001_t1.sql", "-- migrate:up\nCREATE TABLE t1 (id int);\n")
    bench.files.write("002_more.sql", "-- migrate:up\nALTER TABLE app.t1 ADD COLUMN n int;\n")
    url = f"{bench.database.url}?options=-csearch_path%3Dapp"
    for scratch_url in (None, bench.database.url):
        rehearsal = await rehearse(config(bench, database_url=url, scratch_url=scratch_url))
        assert rehearsal.after
        assert [str(name) for name in rehearsal.after.tables] == ["app.t1"]


@pytest.mark.parametrize("table", ["ops.schema_migrations", "schema_migrations"])
async def test_the_tracking_table_is_where_the_target_has_it(bench: Bench, beside: Database, table: str) -> None:
    bench.files.write("001_t1.sql", "-- migrate:up\nCREATE SCHEMA app;\nCREATE TABLE public.t1 (id int);\n")
    bench.files.write("002_more.sql", "-- migrate:up\nALTER TABLE t1 ADD COLUMN n int;\nCREATE TABLE t2 (id int);\n")
    bench.files.write("003_more.sql", "-- migrate:up\nCREATE TABLE t3 (id int);\n")
    for database in (bench.database, beside):
        await database.execute("CREATE SCHEMA ops")  # by hand, as is `ops` in the search_path
        name = urlsplit(database.url).path[1:]
        await database.execute(f"ALTER DATABASE {name} SET search_path = app, ops, public")
    async with bench.runner(beside.url, table=table) as runner:
        await runner.up()
    for steps, environment in ((1, "development"), (1, "development"), (1, "production")):
        rehearsal = await rehearse(
            config(bench, table=table, environment=environment), Asked(selection=Selection(steps=steps))
        )
        assert by_psql(bench, script(rehearsal)) == (0, "")
        assert "pg_advisory_lock" in rehearsal.opening[0].text
    assert await bench.database.catalog() == await beside.catalog()
    names = "SELECT id, name, hash FROM ops.schema_migrations ORDER BY 1"
    assert await bench.database.rows(names) == await beside.rows(names)


async def test_the_script_marks_what_a_closed_environment_migrates(bench: Bench, beside: Database) -> None:
    bench.files.tables(3)
    for database in (bench.database, beside):
        async with bench.runner(database.url) as runner:
            await runner.up(steps=1)
    closed = config(bench, environment="production", scratch_url=bench.database.url)
    for is_first in (True, False):
        text = script(await rehearse(closed, Asked(selection=Selection(steps=1))))
        assert ("'closed', E'production'" in text) is is_first
        assert by_psql(bench, text) == (0, "")
    async with bench.runner(beside.url, environment="production", force_migration=True) as runner:
        await runner.up()
    marks = "SELECT * FROM schema_migrations_marks"
    assert await bench.database.rows(marks) == await beside.rows(marks)


async def test_what_fails_on_what_the_files_make_is_tried_on_what_the_target_is(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up()
    bench.files.write("003_more.sql", "-- migrate:up\nALTER TABLE t1 ALTER COLUMN by_hand TYPE bigint;\n")
    with pytest.raises(LockgateError, match="by_hand"):
        await rehearse(config(bench))
    await bench.database.execute("ALTER TABLE t1 ADD COLUMN by_hand int")
    rehearsal = await rehearse(config(bench))
    assert (rehearsal.place, rehearsal.differs) == ("database", ())
    assert "because on what the applied files make, 003_more.sql failed" in rehearsal.unknown[0]
    assert "\n" not in rehearsal.unknown[0]
    (touch,) = [one for sent in rehearsal.migrations[0].sent for one in sent.touches if one.kind == "r"]
    assert (str(touch.relation), touch.rewritten) == ("public.t1", True)


async def test_an_applied_file_that_is_gone_is_no_hindrance(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up()
    bench.files.remove("001_t1.sql")
    rehearsal = await rehearse(config(bench), Asked(Direction.DOWN, Selection(steps=1)))
    assert rehearsal.place == "database"
    assert "because the file of 001_t1.sql is gone" in rehearsal.unknown[0]
    assert by_psql(bench, script(rehearsal)) == (0, "")
    assert await bench.names() == ["001_t1.sql"]
    assert await bench.database.tables() == {"t1"}


async def until(bench: Bench, query: str, count: int) -> None:
    """Wait until a query has so many rows."""
    async with asyncio.timeout(30):
        while len(await bench.database.rows(query)) != count:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)


async def test_two_at_once_and_one_that_is_cancelled(bench: Bench) -> None:
    bench.files.tables(2)
    first, second = await asyncio.gather(rehearse(config(bench)), rehearse(config(bench)))
    assert script(first) == script(second)
    bench.files.write("003_long.sql", "-- migrate:up\nSELECT pg_sleep(60);\n")
    work = asyncio.create_task(rehearse(config(bench)))
    await until(bench, _SLEEPING, 1)
    assert len(await scratches(bench)) == 1
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert await scratches(bench) == []


async def test_what_a_killed_one_leaves_the_next_one_sweeps(bench: Bench, tmp_path: Path) -> None:
    bench.files.write("001_long.sql", "-- migrate:up\nSELECT pg_sleep(60);\n")
    code = (
        "import asyncio; from lockgate import MigrationConfig; from lockgate.rehearsing import rehearse;"
        f"asyncio.run(rehearse(MigrationConfig(database_url={bench.database.url!r}, environment='development',"
        f" directory={str(bench.files.folder)!r})))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=tmp_path)
    await until(bench, _SLEEPING, 1)
    process.kill()
    await process.wait()
    assert len(await scratches(bench)) == 1
    await bench.database.rows(f"SELECT pg_terminate_backend(pid) FROM ({_SLEEPING}) one")
    await bench.database.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ~ '^lockgate_scratch'"
    )
    bench.files.remove("001_long.sql")
    bench.files.tables(1)
    await until(bench, "SELECT 1 FROM pg_stat_activity WHERE application_name ~ '^lockgate'", 0)
    await rehearse(config(bench))
    assert await scratches(bench) == []


async def test_a_backfill_stops_the_script(bench: Bench) -> None:
    bench.files.write("001_t1.sql", "-- migrate:up\nCREATE TABLE t1 (id int PRIMARY KEY, n int);\n")
    await bench.up()
    bench.files.python(
        "002_fill.py", 'await self.db.backfill("t1", set={"n": "id * 2"})', attributes="transactional = False"
    )
    bench.files.python("003_later.py", 'await self.db.backfill("t1", set={"n": "id * 3"}, later=True)')
    rehearsal = await rehearse(config(bench))
    for one in rehearsal.migrations:
        assert [sent.text for sent in one.sent if sent.text.startswith("-- rows of t1 are filled")]
    assert rehearsal.migrations[0].reads == ("public.t1",)
    status, said = by_psql(bench, script(rehearsal))
    assert (status, "is not in this script" in said) == (3, True)
    assert await bench.names() == ["001_t1.sql"]
