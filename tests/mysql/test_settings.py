"""What a migration sets in its session disturbs neither Lockgate nor the next migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import MigrationFailed

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

LEFT = {
    "sql_mode": ("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", "@@sql_mode"),
    "Oracle": ("SET sql_mode = ORACLE", "@@sql_mode"),
    "foreign keys": ("SET foreign_key_checks = 0", "@@foreign_key_checks"),
    "time_zone": ("SET time_zone = '-09:00'", "@@time_zone"),
    "timestamp": ("SET timestamp = 1000000000", "@@timestamp < 1100000000"),
    "autocommit": ("SET autocommit = 0", "@@autocommit"),
    "names": ("SET NAMES latin1 COLLATE latin1_german2_ci", "concat(@@character_set_client, @@collation_connection)"),
    "in a comment": ("/*!40101 SET sql_mode = 'ANSI' */", "@@sql_mode"),
    "isolation": ("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "@@{isolation}"),
    "a number": ("SET sort_buffer_size = 65536, div_precision_increment = 9", "@@div_precision_increment"),
    "USE": ("USE information_schema", "DATABASE()"),
    "a procedure's": ("CALL sets()", "@@sql_safe_updates"),
    "LOCK TABLES": ("LOCK TABLES seen READ", "1"),
}


@pytest.mark.parametrize("place", ["data", "ddl", "python", "driver"])
@pytest.mark.parametrize("kind", LEFT)
async def test_the_next_migration_starts_from_the_sessions_own_settings(bench: Bench, kind: str, place: str) -> None:
    statement, value = LEFT[kind]
    if bench.database.engine == "mysql" and kind == "Oracle":
        pytest.skip("MySQL has no such mode")
    value = value.format(isolation="transaction_isolation" if bench.database.engine == "mysql" else "tx_isolation")
    await bench.database.execute(
        "CREATE TABLE seen (id INTEGER PRIMARY KEY, value TEXT);CREATE PROCEDURE sets() SET sql_safe_updates = 1;"
    )
    ((database,),) = await bench.database.rows("SELECT DATABASE()")
    look = f"INSERT INTO `{database}`.seen SELECT {{}}, {value};"
    bench.files.write("001_before.sql", look.format(1))
    if place == "data":
        bench.files.write("002_it's.sql", f"{statement};\n")
    elif place == "ddl":
        statement = statement.replace("seen READ", "seen READ, seen2 WRITE")
        bench.files.write(
            "002_it's.sql", f"CREATE TABLE seen2 (id INTEGER);\n{statement};\nDROP TABLE `{database}`.seen2;"
        )
    elif place == "python":
        bench.files.python("002_it's.py", f"await self.db.execute({statement!r})")
    else:
        bench.files.python("002_it's.py", f"await (await self.db.driver_connection()).query({statement!r})")
    bench.files.write("003_after.sql", look.format(3))
    if place == "driver" and kind == "LOCK TABLES":  # commits, and Lockgate did not hear of it
        with pytest.raises(MigrationFailed, match="ended the transaction"):
            await bench.up()
        return
    await bench.up()
    rows = dict(await bench.database.rows("SELECT id, value FROM seen"))
    assert rows[1] == rows[3]
    async with bench.runner() as runner:
        assert (await runner.status()).state == "current"


async def test_times_and_backslashes_are_read_as_they_are_under_any_setting(bench: Bench) -> None:
    bench.files.write(
        r"001_back\slash 'quoted' ä.sql",
        "SET sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+11:00';\nSET NAMES latin1;",
    )
    bench.files.write("002_t.sql", r"CREATE TABLE t AS SELECT 'a\\b' AS v;")
    await bench.up()
    async with bench.runner() as runner:
        history = await runner.history()
        assert history.names == (r"001_back\slash 'quoted' ä.sql", "002_t.sql")
        assert abs((history.rows[0].applied_at - history.rows[1].applied_at).total_seconds()) < 30
    assert await bench.database.rows("SELECT v FROM t") == [("a\\b",)]


async def test_a_file_without_autocommit_is_committed_with_its_record(bench: Bench) -> None:
    bench.files.write(
        "001_a.sql",
        "CREATE TABLE t (id INTEGER);\nSET autocommit = 0;\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);",
    )
    bench.files.python(
        "002_b.py", "await self.db.execute('SET autocommit = 0')\nawait self.db.execute('INSERT INTO t VALUES (3)')"
    )
    assert len(await bench.up()) == 2
    assert await bench.database.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]


async def test_what_a_failed_migration_has_set_is_gone_as_well(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE seen (mode TEXT)")
    bench.files.write("001_a.sql", "SET sql_mode = 'ANSI';\nSELECT nope;")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed):
            await runner.up()
        bench.files.write("001_a.sql", "INSERT INTO seen SELECT @@sql_mode;")
        await runner.up()
    ((mode,),) = await bench.database.rows("SELECT mode FROM seen")
    assert "ANSI" not in mode


async def test_no_setting_commits_a_migration_without_its_record(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER)")
    bench.files.table(1)
    await bench.up()
    await bench.database.execute(
        "CREATE TRIGGER no BEFORE INSERT ON schema_migrations FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no more'"
    )
    for setting in ("SET autocommit = 0", "LOCK TABLES t WRITE"):
        bench.files.python(
            "002_s.py", f"await self.db.execute('{setting}')\nawait self.db.execute('INSERT INTO t VALUES (1)')"
        )
        with pytest.raises(MigrationFailed, match="no more"):
            await bench.up()
        assert await bench.database.rows("SELECT id FROM t") == []
        await bench.database.execute("DELETE FROM schema_migrations_journal")


async def test_the_record_has_the_time_of_the_run_whatever_a_migration_sets(bench: Bench) -> None:
    bench.files.write("001_a.sql", "SET timestamp = 1000000000;\nDO 1;")
    bench.files.python("002_b.py", "await self.db.execute('SET timestamp = 1000000000')")
    bench.files.write("003_c.sql", "SET timestamp = 1000000000;\nCREATE TABLE t (id INTEGER);")
    await bench.up()
    query = "SELECT count(*) FROM schema_migrations WHERE applied_at > UTC_TIMESTAMP() - INTERVAL 1 HOUR"
    assert await bench.database.rows(query) == [(3,)]
