"""Texts that only PostgreSQL knows, run as psql runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import LockgateError, MigrationFailed, MigrationFileError
from lockgate.events import MigrationStarted

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

TEXTS = {
    "a function with a tagged body": (
        "CREATE FUNCTION f(n integer) RETURNS integer LANGUAGE plpgsql AS $body$\nBEGIN\n  -- it's; a $$ comment\n"
        "  RETURN n % 7; END;\n$body$;\nSELECT f(8);",
        "SELECT f(15) = 1",
    ),
    "a DO block": (
        "DO $$ BEGIN CREATE TABLE a (id integer); INSERT INTO a VALUES (1); END $$;",
        "SELECT id = 1 FROM a",
    ),
    "nested comments": ("/* a /* b; */ c; */ CREATE TABLE a (id integer);", "SELECT count(*) = 0 FROM a"),
    "an escape string": (
        r"CREATE TABLE a (t text); INSERT INTO a VALUES (E'it\'s; %s'), ('back\slash'), (U&'\00e4');",
        "SELECT count(*) = 3 FROM a",
    ),
    "BEGIN ATOMIC": (
        "CREATE FUNCTION f() RETURNS integer BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT f();",
        "SELECT f() = 2",
    ),
    "percent and colon": (
        "CREATE TABLE a (t text); INSERT INTO a SELECT ':name' WHERE 'x' LIKE '%' AND 5 % 2 = 1 AND '{}'::jsonb::text = '{}';",
        "SELECT t = ':name' FROM a",
    ),
    "question marks": ("SELECT '{\"a\": 1}'::jsonb ? 'a'; CREATE TABLE a (id integer);", "SELECT count(*) = 0 FROM a"),
    "a comment at the end without a line break": ("CREATE TABLE a (id integer) -- ;", "SELECT count(*) = 0 FROM a"),
    "a block comment at the end": ("CREATE TABLE a (id integer); /* ; */", "SELECT count(*) = 0 FROM a"),
    "an enum that is extended and used later": (
        "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b';",
        "SELECT 'b'::e = 'b'",
    ),
    "a prepared statement": (
        "PREPARE p AS SELECT 1; EXECUTE p; DEALLOCATE p; CREATE TABLE a (id integer);",
        "SELECT count(*) = 0 FROM a",
    ),
    "a temporary table": (
        "CREATE TEMP TABLE x (id integer) ON COMMIT DROP; INSERT INTO x VALUES (3); CREATE TABLE a AS SELECT * FROM x;",
        "SELECT id = 3 FROM a",
    ),
    "deferred constraints": (
        "CREATE TABLE a (id integer PRIMARY KEY, b integer REFERENCES a DEFERRABLE INITIALLY DEFERRED);"
        " INSERT INTO a VALUES (1, 2); INSERT INTO a VALUES (2, 1);",
        "SELECT count(*) = 2 FROM a",
    ),
    "non-ASCII": (
        'CREATE TABLE "täble ☃" ("cölumn" text); INSERT INTO "täble ☃" VALUES (\'🚀;\');',
        'SELECT "cölumn" = \'🚀;\' FROM "täble ☃"',
    ),
    "an isolation level": (
        "BEGIN ISOLATION LEVEL SERIALIZABLE; CREATE TABLE a AS SELECT current_setting('transaction_isolation') AS i; COMMIT;",
        "SELECT i = 'serializable' FROM a",
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
async def test_a_text_runs_as_it_is_alone_and_among_others(bench: Bench, kind: str) -> None:
    text, proof = TEXTS[kind]
    bench.files.table(1)
    bench.files.write("002_text.sql", text)
    bench.files.table(3)
    assert len(await bench.up()) == 3
    assert await bench.database.rows(proof) == [(True,)]
    assert await bench.database.rows("SELECT count(*) FROM t3") == [(0,)]
    assert await bench.journal() == []


@pytest.mark.parametrize(
    "text",
    ["SELECT 1;\nSELECT 'x;\n", "SELECT 1;\n/* x\n", "SELECT 1;\nDO $a$ BEGIN END $$;\n", 'SELECT 1;\nSELECT "x;\n'],
)
async def test_a_quote_without_an_end_does_not_reach_the_next_file(bench: Bench, text: str) -> None:
    bench.files.table(1)
    path = bench.files.write("002_open.sql", text)
    bench.files.table(3)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFileError, match="002_open") as raised:
            await runner.up()
    assert (raised.value.path, raised.value.line) == (str(path), 2)
    assert await bench.database.tables() == set()


async def test_an_index_is_built_concurrently_outside_a_transaction(bench: Bench) -> None:
    bench.files.table(1)
    bench.files.write(
        "002_index.sql",
        """\
        -- migrate:up transaction:false
        CREATE INDEX CONCURRENTLY IF NOT EXISTS t1_id ON t1 (id);
        ALTER TABLE t1 ADD COLUMN t text;
        CREATE INDEX CONCURRENTLY t1_t ON t1 (t);
        -- migrate:down transaction:false
        DROP INDEX CONCURRENTLY t1_t;
        DROP INDEX CONCURRENTLY t1_id;
        """.replace("        ", ""),
    )
    bench.files.python(
        "003_index.py",
        "await self.db.create_index('t1_both', 't1', ['id', 't'], postgresql_concurrently=True)",
        "await self.db.execute('DROP INDEX CONCURRENTLY t1_both')",
        attributes="transactional = False",
    )
    await bench.up()
    indexes = (
        "SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = "
        "indexrelid WHERE indrelid = 't1'::regclass AND indisvalid ORDER BY 1"
    )
    assert [row[0] for row in await bench.database.rows(indexes)] == ["t1_both", "t1_id", "t1_pkey", "t1_t"]
    await bench.down(steps=2)
    assert [row[0] for row in await bench.database.rows(indexes)] == ["t1_pkey"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX CONCURRENTLY i ON t1 (id)",
        "VACUUM t1",
        "CREATE DATABASE never_made",
        "ALTER SYSTEM SET work_mem = '4MB'",
    ],
)
async def test_what_refuses_transactions_says_how_to_leave_them_out(bench: Bench, statement: str) -> None:
    bench.files.table(1)
    bench.files.write("002_refuses.sql", statement)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed) as raised:
            await runner.up()
    assert "transaction:false" in raised.value.hint
    assert raised.value.line == 1
    assert await bench.names() == ["001_t1.sql"]


@pytest.mark.parametrize("marker", ["", "-- migrate:up transaction:false\n"])
async def test_a_commit_within_a_do_block_runs_outside_a_transaction_and_that_is_said(
    bench: Bench, marker: str
) -> None:
    events: list[object] = []
    bench.files.table(1)
    bench.files.write(
        "002_commit.sql", f"{marker}DO $$ BEGIN INSERT INTO t1 VALUES (1); COMMIT; INSERT INTO t1 VALUES (2); END $$;"
    )
    async with bench.runner(on_event=events.append) as runner:
        assert len((await runner.up()).names) == 2
    assert await bench.database.rows("SELECT count(*) FROM t1") == [(2,)]
    assert await bench.journal() == []
    notes = [event.note for event in events if isinstance(event, MigrationStarted) and event.note]
    assert len(notes) == (0 if marker else 1)


async def test_a_setting_of_a_file_of_steps_holds_again_when_it_resumes(bench: Bench) -> None:
    await bench.database.execute("CREATE SCHEMA other")
    head = "-- migrate:up transaction:false\nSET search_path TO other;\nCREATE TABLE a (id integer);\n"
    bench.files.write("001_steps.sql", f"{head}INSERT INTO nowhere VALUES (1);\n")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed):
            await runner.up()
    bench.files.write("001_steps.sql", f"{head}CREATE TABLE b (id integer);\n")
    assert await bench.up() == ["001_steps.sql"]
    where = await bench.database.rows(
        "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname IN ('a', 'b')"
    )
    assert where == [("other",), ("other",)]


async def test_a_procedure_that_commits_runs_as_a_step(bench: Bench) -> None:
    bench.files.write(
        "001_p.sql",
        "CREATE TABLE a (id integer); CREATE PROCEDURE p() LANGUAGE "
        "plpgsql AS $$BEGIN INSERT INTO a VALUES (1); COMMIT; END$$;",
    )
    bench.files.write("002_call.sql", "-- migrate:up transaction:false\nCALL p();")
    await bench.up()
    assert await bench.database.rows("SELECT count(*) FROM a") == [(1,)]


async def test_a_deferred_constraint_that_fails_at_commit_undoes_the_migration_and_says_which(bench: Bench) -> None:
    bench.files.table(1)
    bench.files.write(
        "002_deferred.sql",
        "CREATE TABLE a (id integer PRIMARY KEY, b integer REFERENCES "
        "a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);",
    )
    bench.files.table(3)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="foreign key") as raised:
            await runner.up()
    assert raised.value.name == "002_deferred.sql"
    assert await bench.names() == ["001_t1.sql"]
    assert await bench.database.tables() == {"t1"}


async def test_an_error_behind_characters_of_several_bytes_is_pointed_at(bench: Bench) -> None:
    path = bench.files.write("001_f.sql", "-- äöü ☃ 🚀\nCREATE TABLE a (\"ä\" text);\nSELECT '🚀🚀', nope FROM a;\n")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed) as raised:
            await runner.up()
    assert (raised.value.path, raised.value.line, raised.value.statement) == (str(path), 3, 3 - 1)
    shown = raised.value.message.splitlines()
    caret = next(index for index, line in enumerate(shown) if line.strip() == "^")
    assert shown[caret - 1][shown[caret].index("^") :].startswith("nope")


async def test_a_file_that_breaks_off_is_the_one_that_is_blamed(bench: Bench) -> None:
    bench.files.table(1)
    bench.files.write("002_broken.sql", "SELECT 1;\nSELECT 1 +\n")
    bench.files.table(3)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="at or near") as raised:
            await runner.up()
    assert (raised.value.name, raised.value.line) == ("002_broken.sql", 3)
    assert await bench.names() == ["001_t1.sql"]


async def test_an_error_within_a_function_is_laid_at_the_statement_that_calls_it(bench: Bench) -> None:
    bench.files.write("001_f.sql", "SELECT 1;\nDO $$\nBEGIN\n  PERFORM nope();\nEND $$;\nSELECT 2;")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="nope") as raised:
            await runner.up()
    assert (raised.value.statement, raised.value.line) == (2, 2)


async def test_many_results_of_selects_are_passed_over_and_errors_still_counted(bench: Bench) -> None:
    bench.files.write("001_f.sql", "SELECT generate_series(1, 20000), repeat('x', 50);\nSELECT 1;\n;\nSELECT 1 / 0;\n")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="division by zero") as raised:
            await runner.up()
    assert (raised.value.statement, raised.value.line) == (3, 4)


async def test_a_rule_that_doubles_a_statement_does_not_move_the_count(bench: Bench) -> None:
    bench.files.write(
        "001_f.sql",
        "CREATE TABLE a (id integer);\nCREATE TABLE b (id integer);\n"
        "CREATE RULE r AS ON INSERT TO a DO ALSO INSERT INTO b VALUES (new.id);\n"
        "INSERT INTO a VALUES (1);\nSELECT 1 / 0;\n",
    )
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed) as raised:
            await runner.up()
    assert (raised.value.statement, raised.value.line) == (5, 5)


@pytest.mark.parametrize("text", ["COPY t1 FROM STDIN;\n1\n\\.\n", "\\d t1\n", "COPY t1 FROM STDIN;"])
async def test_what_only_a_client_can_do_is_refused_in_bounded_time(bench: Bench, text: str) -> None:
    bench.files.table(1)
    bench.files.write("002_copy.sql", text)
    async with bench.runner() as runner:
        with pytest.raises(LockgateError, match="002_copy"):
            await runner.up()
        bench.files.write("002_copy.sql", "SELECT 1")
        await runner.up()
    assert await bench.names() == ["001_t1.sql", "002_copy.sql"]


async def test_notes_say_why_a_file_keeps_steps(bench: Bench) -> None:
    events: list[object] = []
    bench.files.write("001_a.sql", "BEGIN; CREATE TABLE a (id integer); COMMIT; CREATE INDEX CONCURRENTLY i ON a (id);")
    async with bench.runner(on_event=events.append) as runner:
        await runner.up()
    assert [bool(event.note) for event in events if isinstance(event, MigrationStarted)] == [True]
