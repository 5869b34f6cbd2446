"""Files run as the mariadb client would run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import LockgateError, MigrationFailed, Runner, SettingsError
from lockgate.errors import MigrationFileError

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

_ROUTINES = """\
-- migrate:up
CREATE TABLE t (id INTEGER PRIMARY KEY AUTO_INCREMENT, n INTEGER); # a comment; of MySQL's
DELIMITER //
CREATE TRIGGER t_n BEFORE INSERT ON t FOR EACH ROW
BEGIN
    IF NEW.n IS NULL THEN SET NEW.n = 7; END IF;
END//
CREATE PROCEDURE fill(IN many INTEGER)
BEGIN
    WHILE many > 0 DO INSERT INTO t (n) VALUES (NULL); SET many = many - 1; END WHILE;
END//
DELIMITER ;
CALL fill(2);
/*!50003 CREATE*/ /*!50003 TRIGGER t_m BEFORE UPDATE ON t FOR EACH ROW SET NEW.n = NEW.n * 2 */;
UPDATE t SET n = n + 1 WHERE id = 1;
-- migrate:down
DROP PROCEDURE fill;
DROP TABLE t;
"""


async def test_triggers_and_procedures_with_another_delimiter(bench: Bench) -> None:
    bench.files.write("001_r.sql", _ROUTINES)
    before = await bench.database.catalog()
    await bench.up()
    assert await bench.database.rows("SELECT id, n FROM t ORDER BY id") == [(1, 16), (2, 7)]
    await bench.down()
    assert await bench.database.catalog() == before


_DUMP = """\
/*M!999999\\- enable the sandbox mode */\x20
-- MariaDB dump 10.19  Distrib 10.11.18-MariaDB, for debian-linux-gnu (x86_64)
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
DROP TABLE IF EXISTS `child`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
CREATE TABLE `child` (`id` int(11) NOT NULL, CONSTRAINT `fk` FOREIGN KEY (`id`) REFERENCES `parent` (`id`));
LOCK TABLES `child` WRITE;
/*!40000 ALTER TABLE `child` DISABLE KEYS */;
INSERT INTO `child` VALUES (1);
/*!40000 ALTER TABLE `child` ENABLE KEYS */;
UNLOCK TABLES;
CREATE TABLE `parent` (`id` int(11) NOT NULL PRIMARY KEY);
LOCK TABLES `parent` WRITE;
INSERT INTO `parent` VALUES (1),(2);
{}UNLOCK TABLES;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
"""


async def test_a_dump_is_loaded_and_resumed(bench: Bench) -> None:
    bench.files.write("001_dump.sql", _DUMP.format("SELECT nope;\n"))
    with pytest.raises(MigrationFailed, match="Unknown column 'nope'"):
        await bench.up()
    bench.files.write("001_dump.sql", _DUMP.format("INSERT INTO `parent` VALUES (3);\n"))
    await bench.up()
    assert await bench.database.rows("SELECT id FROM parent ORDER BY id") == [(1,), (2,), (3,)]
    assert await bench.database.rows("SELECT id FROM child") == [(1,)]
    assert await bench.journal() == []


async def test_locked_tables_stay_locked_between_the_statements_of_a_file(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER); CREATE TABLE u (id INTEGER)")
    bench.files.write("001_l.sql", "LOCK TABLES t WRITE;\nINSERT INTO t VALUES (1);\nINSERT INTO u VALUES (1);\n")
    with pytest.raises(MigrationFailed, match="'u' was not locked"):
        await bench.up()
    assert await bench.database.rows("SELECT id FROM t") == [(1,)]
    assert await bench.database.rows("SELECT id FROM u") == []


async def test_names_with_every_quote_and_an_emoji(bench: Bench) -> None:
    table = "`ta``ble \"'ä ☃`"
    bench.files.write("001_🚀.sql", f"CREATE TABLE {table} (`c``o'l` TEXT);\nINSERT INTO {table} VALUES ('🚀\\'');")
    bench.files.python(
        "002_🚀.py",
        r"""
        column = sa.Column("c`%s", sa.String(20), server_default="50% ':x' \\ ä", comment="it's 5%")
        await self.db.create_table("ta`b'le", column)
        await self.db.alter_column("ta`b'le", "c`%s", nullable=False)
        await self.db.execute("INSERT INTO `ta``b'le` VALUES (DEFAULT), ('🚀')")
        """,
    )
    async with bench.runner() as runner:
        assert (await runner.up()).names == ("001_🚀.sql", "002_🚀.py")
        assert (await runner.status()).state == "current"
    assert await bench.database.rows(f"SELECT * FROM {table}") == [("🚀'",)]
    assert await bench.database.rows("SELECT * FROM `ta``b'le`") == [("50% ':x' \\ ä",), ("🚀",)]


async def test_a_default_that_the_server_cannot_show_is_not_lost_with_a_change(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE t (a VARCHAR(20) DEFAULT '🚀?')")
    bench.files.python("001_a.py", "await self.db.alter_column('t', 'a', nullable=False)")
    if bench.database.engine == "mariadb":  # MySQL shows it
        with pytest.raises(MigrationFailed, match=r"shows? a \? for"):
            await bench.up()
        said = "nullable=False, existing_server_default='🚀?'"
        bench.files.python("001_a.py", f"await self.db.alter_column('t', 'a', {said})")
    await bench.up()
    await bench.database.execute("INSERT INTO t VALUES (DEFAULT)")
    assert await bench.database.rows("SELECT a FROM t") == [("🚀?",)]


async def test_several_statements_where_one_is_expected_are_refused_by_the_server(bench: Bench) -> None:
    bench.files.write(
        "001_d.sql",
        "CREATE TABLE t (id INTEGER);\nDELIMITER //\nINSERT INTO t VALUES (1); INSERT INTO t VALUES (2)//\n",
    )
    with pytest.raises(MigrationFailed, match="error in your SQL syntax"):
        await bench.up()
    assert await bench.database.rows("SELECT id FROM t") == []


@pytest.mark.parametrize(
    "statement", ["LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t", "LOAD XML LOCAL INFILE 'x' INTO TABLE t"]
)
async def test_a_file_of_the_clients_is_not_read(bench: Bench, statement: str) -> None:
    await bench.database.execute("CREATE TABLE t (name TEXT)")
    bench.files.write("001_l.sql", f"{statement};")
    with pytest.raises(MigrationFailed, match=r"disabled the local infile capability|Loading local data is disabled"):
        await bench.up()
    bench.files.remove("001_l.sql")
    bench.files.python("001_l.py", f"await self.db.execute({statement!r})")
    with pytest.raises(MigrationFailed, match=r"disabled the local infile capability|Loading local data is disabled"):
        await bench.up()
    assert await bench.database.rows("SELECT name FROM t") == []


async def test_models_are_not_followed_here(bench: Bench) -> None:
    bench.files.python(
        "001_a.py", "await self.db.auto_migrate(sa.Table('t', sa.MetaData(), sa.Column('id', sa.Integer)))"
    )
    with pytest.raises(LockgateError, match="versioned migrations only"):
        await bench.up()
    import sqlalchemy as sa  # noqa: PLC0415

    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer))
    async with Runner(bench.database.url, models=metadata) as runner:
        for call in (runner.auto_migrate, runner.check):
            with pytest.raises(SettingsError, match="versioned migrations only"):
                await call()
    assert await bench.database.tables() == set()


async def test_a_block_without_its_end_is_named(bench: Bench) -> None:
    bench.files.write("001_b.sql", "BEGIN;\nINSERT INTO t VALUES (1);\nCREATE TABLE t (id INTEGER);")
    with pytest.raises(MigrationFileError, match="line 1: the block that begins here is never committed"):
        await bench.up()
