"""DDL commits: what a migration keeps where it fails or is killed, and how the next run goes on."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from asyncmy.errors import MySQLError

from lockgate import MigrationFailed
from lockgate.dialects.mysql import IN_TRANSACTION
from lockgate.events import MigrationStarted
from sql.test_implicit_commits import COMMITS, STAYS

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


async def test_the_server_agrees_on_what_commits(bench: Bench) -> None:
    """By trying: a statement that fails commits all the same."""
    async with bench.database.connection() as connection:

        async def ends(statement: str) -> bool:
            made = "CREATE TABLE IF NOT EXISTS a (id INTEGER PRIMARY KEY)"
            for one in ("UNLOCK TABLES", "DROP TABLE IF EXISTS b, x", made, "START TRANSACTION", "SELECT * FROM a"):
                await connection.query(one)
            with suppress(MySQLError):
                await connection.query(statement)
            await connection.query("DO 0")  # an error does not tell
            return not connection.server_status & IN_TRANSACTION

        harmless = [one for one in STAYS if not one.startswith(("RELEASE", "CREATE OR", "DROP TEMP"))]
        assert [one for one in harmless if await ends(one)] == []
        elsewhere = ("/*M!", "SET PASSWORD") if bench.database.engine == "mysql" else ()  # comments, and mistakes
        sure = [one for one in COMMITS if not one.startswith(("GRANT", "/*!50003", *elsewhere))]
        assert [one for one in sure if not await ends(one)] == []


async def test_a_file_of_data_is_one_transaction_and_needs_no_journal(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    bench.files.write("001_d.sql", "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\nINSERT INTO t VALUES (1);\n")
    with pytest.raises(MigrationFailed, match=r"statement 3[\s\S]*Duplicate entry[\s\S]*It was rolled back"):
        await bench.up()
    assert await bench.database.rows("SELECT id FROM t") == []
    assert await bench.own_tables() == {"schema_migrations"}


async def test_ddl_in_the_middle_keeps_what_stands_before_it_and_nothing_is_done_twice(bench: Bench) -> None:
    events: list[object] = []
    head = "CREATE TABLE t (id INT);\nINSERT INTO t VALUES (1);\nALTER TABLE t ADD COLUMN n INT;\n"
    bench.files.write("001_m.sql", f"BEGIN;\n{head}INSERT INTO t VALUES (2, 2);\nSELECT nope;\nCOMMIT;\n")
    async with bench.runner(on_event=events.append) as runner:
        with pytest.raises(MigrationFailed, match="its first 4 steps are kept"):
            await runner.up()
        assert await bench.journal() == [("001_m.sql", "up", number, "done") for number in (1, 2, 3, 4)]
        bench.files.write("001_m.sql", f"BEGIN;\n{head}INSERT INTO t VALUES (2, 2);\nDELETE FROM t LIMIT 0;\nCOMMIT;\n")
        await runner.up()
    assert await bench.database.rows("SELECT id, n FROM t ORDER BY id") == [(1, None), (2, 2)]
    assert [one.note for one in events if isinstance(one, MigrationStarted)] == ["", ""]


async def test_a_transaction_of_the_files_own_is_a_step(bench: Bench) -> None:
    bench.files.write(
        "001_b.sql",
        "CREATE TABLE t (id INTEGER PRIMARY KEY);\nSTART TRANSACTION;\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (1);\n"
        "COMMIT;\n",
    )
    with pytest.raises(MigrationFailed, match="statement 4") as raised:
        await bench.up()
    assert "its first step is kept" in raised.value.message
    assert await bench.database.rows("SELECT id FROM t") == []


async def test_variables_and_prepared_statements_are_said_again_when_a_file_resumes(bench: Bench) -> None:
    """The way to change a schema only where it needs it, as many write it."""
    text = (
        "CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (7);\nSELECT max(id) INTO @last FROM t;\n"
        "SET @sql = IF(1 = 1, 'ALTER TABLE t ADD COLUMN n INTEGER', 'SELECT 1');\nPREPARE s FROM @sql;\nEXECUTE s;\n"
        "SET sql_mode = 'ANSI_QUOTES';\n{}\n"
        'INSERT INTO t (id, "n") VALUES (8, @last);\n'
        "PREPARE s FROM 'SELECT ?';\nEXECUTE s USING @last;\nDEALLOCATE PREPARE s;\n"
    )
    bench.files.write("001_p.sql", text.format("SELECT nope;"))
    with pytest.raises(MigrationFailed, match="first 3 steps are kept"):
        await bench.up()
    bench.files.write("001_p.sql", text.format(""))
    await bench.up()
    assert await bench.database.rows("SELECT id, n FROM t ORDER BY id") == [(7, None), (8, 7)]
    assert await bench.journal() == []


async def test_a_procedure_that_commits_is_a_step_by_itself(bench: Bench) -> None:
    await bench.database.execute(
        "CREATE TABLE t (id INTEGER);"
        "CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (1); CREATE TABLE made (id INTEGER); INSERT INTO t VALUES (2); END"
    )
    bench.files.write("001_c.sql", "CALL p();\nINSERT INTO t VALUES (3);\nSELECT nope;")
    with pytest.raises(MigrationFailed, match="first 2 steps are kept"):
        await bench.up()
    bench.files.write("001_c.sql", "CALL p();\nINSERT INTO t VALUES (3);\n")
    await bench.up()
    assert await bench.database.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]


_PROCESS = """
import asyncio, sys
from lockgate import Runner
async def main():
    async with Runner(sys.argv[1], directory=sys.argv[2]) as runner:
        await runner.up()
asyncio.run(main())
"""


async def killed_while(bench: Bench, doing: str) -> None:
    """Run a process up to the moment where the server shows this statement, and kill it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROCESS, bench.database.url, str(bench.files.folder), env=os.environ | {"ENV": "test"}
    )
    await bench.database.running(doing)
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def test_a_runner_that_is_killed_between_and_in_steps_of_data_is_healed_by_the_next(bench: Bench) -> None:
    bench.files.write(
        "001_k.sql",
        "CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (1);\nINSERT INTO t SELECT 2 + sleep(2);\n"
        "INSERT INTO t VALUES (3);\n",
    )
    await killed_while(bench, "INSERT INTO t SELECT 2 + sleep%")
    assert await bench.up() == ["001_k.sql"]
    assert await bench.database.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]
    assert await bench.journal() == []


@pytest.mark.parametrize("statement", ["ADD COLUMN n INTEGER", "ADD COLUMN n INTEGER, ADD COLUMN m INTEGER"])
async def test_a_runner_that_is_killed_during_ddl_is_healed_or_names_the_step(bench: Bench, statement: str) -> None:
    """The server goes on with the statement; its session holds the lock until that has ended, so nobody comes too early."""
    await bench.database.execute("CREATE TABLE t (id INTEGER)")
    bench.files.write("001_k.sql", f"ALTER TABLE t {statement};\nINSERT INTO t (id, n) VALUES (1, 2);\n")
    async with bench.database.connection() as other:
        await other.query("START TRANSACTION")
        await other.query("SELECT * FROM t")
        await killed_while(bench, "ALTER TABLE t ADD%")
        await other.query("COMMIT")
    async with bench.runner() as runner:
        if "," in statement:
            with pytest.raises(MigrationFailed, match="step 1 was running") as raised:
                await runner.up()
            assert "lockgate repair 001_k.sql --step" in raised.value.hint
            await runner.repair("001", step="done")
        await runner.up()
    assert await bench.database.rows("SELECT id, n FROM t") == [(1, 2)]


# What stands there before, and the step that was running when everything ended; done or not, the next run goes on.
INTERRUPTED = {
    "a table": ("", "CREATE TABLE `a``b` (id INTEGER)"),
    "a table, quoted": ("", "-- a\nCREATE TABLE `t;2` (\n id INTEGER)"),
    "no table": ("CREATE TABLE a (id INTEGER)", "DROP TABLE a"),
    "a table or not": ("", "CREATE TABLE IF NOT EXISTS a (id INTEGER)"),
    "another table": ("CREATE TABLE a (n INTEGER)", "CREATE OR REPLACE TABLE a (id INTEGER)"),
    "an index": ("", "CREATE UNIQUE INDEX i ON t (id)"),
    "no index": ("CREATE INDEX i ON t (id)", "DROP INDEX i ON t"),
    "a column": ("", "ALTER TABLE t ADD COLUMN n DECIMAL(10, 2) NOT NULL DEFAULT 0"),
    "no column": ("ALTER TABLE t ADD COLUMN n INTEGER", "alter table t drop column n"),
    "a view": ("", "CREATE VIEW v AS SELECT id FROM t"),
    "a trigger": ("", "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1"),
    "a procedure": ("CREATE FUNCTION p() RETURNS INT RETURN 1", "CREATE PROCEDURE p() SELECT 1"),
    "no procedure": ("CREATE PROCEDURE p() SELECT 1", "DROP PROCEDURE p"),
}


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("kind", INTERRUPTED)
async def test_ddl_that_was_interrupted_is_looked_up(bench: Bench, kind: str, *, done: bool) -> None:
    before, statement = INTERRUPTED[kind]
    if bench.database.engine == "mysql" and "OR REPLACE TABLE" in statement:
        pytest.skip("MySQL has no such statement")
    bench.files.write("001_t.sql", "CREATE TABLE t (id INTEGER);\n" + (f"{before};" if before else ""))
    await bench.up()
    bench.files.write("002_x.sql", "SELECT 1;\nDELETE FROM nowhere;\nTRUNCATE TABLE t;")
    with pytest.raises(MigrationFailed, match="first step is kept"):
        await bench.up()
    bench.files.write("002_x.sql", f"SELECT 1;\n{statement};\nINSERT INTO t (id) VALUES (7);\nANALYZE TABLE t;")
    text = statement.removeprefix("-- a\n")
    await bench.database.execute(
        "INSERT INTO schema_migrations_journal (name, direction, step, hash, state, at)"
        f" VALUES ('002_x.sql', 'up', 2, '{hashlib.sha256(text.encode()).hexdigest()}', 'started', now())"
    )
    if done:
        await bench.database.execute(statement)
    await bench.up()
    assert await bench.database.rows("SELECT id FROM t") == [(7,)]
    healed = await bench.database.catalog()
    assert (await bench.journal(), await bench.names()) == ([], ["001_t.sql", "002_x.sql"])
    await bench.database.execute("DROP TABLE t")
    for left in ("TABLE `a``b`", "TABLE `t;2`", "TABLE a", "VIEW v", "PROCEDURE p", "FUNCTION p"):
        await bench.database.execute(f"DROP {left.replace(' ', ' IF EXISTS ', 1)}")
    await bench.database.execute(f"CREATE TABLE t (id INTEGER); {before}")
    await bench.database.execute(statement)
    assert await bench.database.catalog() == healed
