"""The tracking table, read past Lockgate."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from lockgate import HistoryError, MigrationFailed

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


async def test_it_has_the_columns_and_types_of_the_specification(bench: Bench) -> None:
    bench.files.tables(1)
    await bench.up()
    if bench.database.is_postgresql:
        columns = await bench.database.rows(
            "SELECT column_name::text, data_type::text, is_nullable::text, column_default FROM information_schema.columns"
            " WHERE table_name = 'schema_migrations' AND table_schema = 'public' ORDER BY ordinal_position"
        )
        assert columns == [
            ("id", "integer", "NO", "nextval('schema_migrations_id_seq'::regclass)"),
            ("name", "text", "NO", None),
            ("hash", "text", "NO", None),
            ("applied_at", "timestamp with time zone", "NO", None),
            ("batch_no", "integer", "NO", None),
        ]
        constraints = await bench.database.rows(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'schema_migrations'::regclass"
            " AND contype IN ('p', 'u') ORDER BY 1"
        )
        assert constraints == [("PRIMARY KEY (id)",), ("UNIQUE (name)",)]
    elif bench.database.is_mysql:
        columns = await bench.database.rows(
            "SELECT column_name, column_type, collation_name, is_nullable, column_key, extra"
            " FROM information_schema.columns WHERE table_name = 'schema_migrations' AND table_schema = DATABASE()"
            " ORDER BY ordinal_position"
        )
        assert [(name, kind.replace("(11)", ""), *rest) for name, kind, *rest in columns] == [
            ("id", "int", None, "NO", "PRI", "auto_increment"),
            ("name", "varchar(512)", "utf8mb4_bin", "NO", "UNI", ""),
            ("hash", "varchar(512)", "utf8mb4_bin", "NO", "", ""),
            ("applied_at", "datetime(6)", None, "NO", "", ""),
            ("batch_no", "int", None, "NO", "", ""),
        ]
    else:
        columns = await bench.database.rows(
            "SELECT name, type, \"notnull\", pk FROM pragma_table_info('schema_migrations') ORDER BY cid"
        )
        assert columns == [
            ("id", "INTEGER", 0, 1),
            ("name", "TEXT", 1, 0),
            ("hash", "TEXT", 1, 0),
            ("applied_at", "TIMESTAMP", 1, 0),
            ("batch_no", "INT", 1, 0),
        ]
        unique = await bench.database.rows(
            "SELECT c.name FROM pragma_index_list('schema_migrations') i, pragma_index_info(i.name) c WHERE i.\"unique\""
        )
        assert unique == [("name",)]


async def test_a_row_has_the_name_suffix_and_all_the_texts_hash_the_time_and_the_batch(bench: Bench) -> None:
    text = "CREATE TABLE a (id INTEGER PRIMARY KEY);\n-- ä ☃\n"
    bench.files.write("001_a.up.sql", text)
    bench.files.write("001_a.down.sql", "DROP TABLE a;")
    bench.files.write("002_b.sql", b"\xef\xbb\xbf" + text.replace(" a ", " b ").replace("\n", "\r\n").encode())
    bench.files.python("003_c.py", "await self.db.execute('CREATE TABLE c (id INTEGER PRIMARY KEY)')")
    started = datetime.now(UTC)
    async with bench.runner() as runner:
        await runner.up()
        rows = (await runner.history()).rows
    hashes = [
        hashlib.sha256(text.encode()).hexdigest(),
        hashlib.sha256(text.replace(" a ", " b ").encode()).hexdigest(),
        hashlib.sha256((bench.files.folder / "003_c.py").read_bytes()).hexdigest(),
    ]
    assert [(row.name, row.hash, row.batch_no) for row in rows] == [
        (name, digest, 1) for name, digest in zip(["001_a.up.sql", "002_b.sql", "003_c.py"], hashes, strict=True)
    ]
    assert all(abs((row.applied_at - started).total_seconds()) < 30 for row in rows)


@pytest.mark.parametrize("kind", ["sql", "python"])
async def test_a_migration_and_its_row_are_one_transaction(bench: Bench, kind: str) -> None:
    """What makes the row impossible undoes the migration; where DDL commits, that of one which has none."""
    if bench.database.is_mysql:
        await bench.database.execute("CREATE TABLE t1 (id INTEGER)")
        bench.files.write("001_t1.sql", "-- migrate:up\nINSERT INTO t1 VALUES (1);\n-- migrate:down\nDELETE FROM t1;")
    else:
        bench.files.tables(1)
    await bench.up()
    rows = await bench.database.rows("SELECT id FROM t1")
    if bench.database.is_postgresql:
        await bench.database.execute(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no more rows'; END$$;"
            "CREATE TRIGGER no BEFORE INSERT OR DELETE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION no();"
        )
    elif bench.database.is_mysql:
        for event in ("INSERT", "DELETE"):
            await bench.database.execute(
                f"CREATE TRIGGER no_{event} BEFORE {event} ON schema_migrations FOR EACH ROW"
                " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no more rows'"
            )
    else:
        for event in ("INSERT", "DELETE"):
            await bench.database.execute(
                f"CREATE TRIGGER no_{event} BEFORE {event} ON schema_migrations BEGIN SELECT RAISE(ABORT, 'no more rows'); END;"
            )
    second = "INSERT INTO t1 VALUES (2)" if bench.database.is_mysql else "CREATE TABLE t2 (id INTEGER PRIMARY KEY)"
    if kind == "sql":
        bench.files.write("002_t2.sql", second)
    else:
        bench.files.python("002_t2.py", f"await self.db.execute('{second}')")
    with pytest.raises(MigrationFailed, match="no more rows"):
        await bench.up()
    assert await bench.database.tables() == {"t1"}
    with pytest.raises(MigrationFailed, match="no more rows"):
        await bench.down()
    assert await bench.database.tables() == {"t1"}
    assert await bench.database.rows("SELECT id FROM t1") == rows
    assert await bench.names() == ["001_t1.sql"]


async def test_another_name_may_be_given_to_it(bench: Bench) -> None:
    bench.files.tables(2)
    async with bench.runner(table="our_migrations") as runner:
        await runner.up()
        assert (await runner.up()).migrations == ()
    assert await bench.database.rows("SELECT name FROM our_migrations ORDER BY id") == [
        ("001_t1.sql",),
        ("002_t2.sql",),
    ]
    assert await bench.recorded() == []


async def test_it_may_be_in_another_schema(bench: Bench) -> None:
    if bench.database.is_postgresql:
        await bench.database.execute("CREATE SCHEMA ops")
    schema = "ops" if bench.database.is_postgresql else "main"
    if bench.database.is_mysql:
        ((schema,),) = await bench.database.rows("SELECT concat(DATABASE(), '_ops')")
        await bench.database.execute(f"CREATE DATABASE {schema}")
    bench.files.tables(1)
    async with bench.runner(table=f"{schema}.changes") as runner:
        await runner.up()
        assert (await runner.status()).state == "current"
    assert await bench.database.rows(f"SELECT name FROM {schema}.changes") == [("001_t1.sql",)]
    if bench.database.is_mysql:
        await bench.database.execute(f"DROP DATABASE {schema}")


FOREIGN = {
    "golang-migrate": "CREATE TABLE schema_migrations (version BIGINT NOT NULL PRIMARY KEY, dirty BOOLEAN NOT NULL);"
    "INSERT INTO schema_migrations VALUES (7, false);",
    "dbmate": "CREATE TABLE schema_migrations (version VARCHAR(128) PRIMARY KEY);"
    "INSERT INTO schema_migrations VALUES ('20240101');",
    "Ecto": "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, inserted_at TIMESTAMP);",
    "with some of our columns": "CREATE TABLE schema_migrations (id INTEGER PRIMARY KEY, name TEXT);",
}


@pytest.mark.parametrize("tool", FOREIGN)
@pytest.mark.parametrize("call", ["up", "down", "status", "history", "plan", "stamp", "repair"])
async def test_another_tools_table_is_an_error_and_is_not_touched(bench: Bench, tool: str, call: str) -> None:
    await bench.database.execute(FOREIGN[tool])
    before = await bench.database.rows("SELECT * FROM schema_migrations")
    bench.files.tables(1)
    async with bench.runner() as runner:
        with pytest.raises(HistoryError, match=r"schema_migrations.* is not Lockgate's") as raised:
            await getattr(runner, call)(*(["1"] if call == "stamp" else []))
    assert "LOCKGATE_TABLE" in raised.value.hint
    assert raised.value.exit_code == 4
    assert await bench.database.rows("SELECT * FROM schema_migrations") == before
    assert await bench.database.tables() == set()


async def test_another_name_goes_past_another_tools_table(bench: Bench) -> None:
    await bench.database.execute(FOREIGN["golang-migrate"])
    bench.files.tables(1)
    async with bench.runner(table="lockgate_migrations") as runner:
        await runner.up()
    assert await bench.database.tables() >= {"t1"}


async def test_names_with_quotes_backslashes_and_tabs_are_kept_as_they_are(bench: Bench) -> None:
    names = [
        r"001_it's.sql",
        r"002_back\slash.sql",
        "003_tab\there.sql",
        '004_"quoted".sql',
        r"005_\x41\n.sql",
        "006_☃ ä.sql",
    ]
    for number, name in enumerate(names, 1):
        bench.files.table(number, name)
    assert await bench.up() == names
    async with bench.runner() as runner:
        assert (await runner.status()).state == "current"
        assert list((await runner.history()).names) == names
    assert await bench.names() == names
    assert await bench.down() == names[::-1]
