"""What MySQL and MariaDB can undo, and what only the session knows; tests/mysql asks a server whether it is so."""

from __future__ import annotations

import pytest

from lockgate.sql import Flavour, shape, split
from lockgate.sql.implicit_commits import changes_settings, is_setting, stays

STAYS = [
    "INSERT INTO a VALUES (1)",
    "insert into a values ('drop table a')",
    "/* CREATE TABLE b */ UPDATE a SET id = 1",
    "-- a\nDELETE FROM a",
    "REPLACE INTO a VALUES (1)",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "(SELECT 1) UNION (SELECT 2)",
    "CREATE TEMPORARY TABLE x (id INT)",
    "CREATE OR REPLACE TEMPORARY TABLE x (id INT)",
    "DROP TEMPORARY TABLE x",
    "SET @x = 1",
    "SET NAMES utf8mb4",
    "SET SESSION sql_mode = 'ANSI'",
    "/*!40101 SET NAMES utf8 */",
    "SAVEPOINT a",
    "RELEASE SAVEPOINT a",
    "PREPARE s FROM 'SELECT 1'",
    "DO 1",
    "SHOW TABLES",
    "DESCRIBE a",
    "CHECKSUM TABLE a",
]
COMMITS = [
    "CREATE TABLE x (id INT)",
    "create table if not exists temporary (id int)",
    "ALTER TABLE a ADD COLUMN b INT",
    "CREATE INDEX i ON a (id)",
    "TRUNCATE TABLE a",
    "RENAME TABLE a TO b",
    "ANALYZE TABLE a",
    "LOCK TABLES a WRITE",
    "FLUSH STATUS",
    "GRANT SELECT ON a TO nobody",
    "SET PASSWORD FOR nobody = PASSWORD('x')",
    "/*!50003 CREATE*/ /*!50017 DEFINER=root*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = 1 */",
    "/*!40000 ALTER TABLE a DISABLE KEYS */",
    "/*M!100100 DROP TABLE a */",
]
# They may hold anything, so nobody relies on them.
MAY_COMMIT = [
    "CALL p()",
    "EXECUTE s",
    "BEGIN NOT ATOMIC SELECT 1; END",
    "SET autocommit = 1",
    "SET STATEMENT max_statement_time = 1 FOR DROP TABLE a",
    "something new",
    "",
]


@pytest.mark.parametrize("text", STAYS)
def test_this_leaves_the_transaction_open(text: str) -> None:
    assert stays(text)
    assert shape(text, split(text, Flavour.MYSQL), Flavour.MYSQL).transactional


@pytest.mark.parametrize("text", [*COMMITS, *MAY_COMMIT])
def test_this_is_not_relied_on_to(text: str) -> None:
    assert not stays(text)
    found = shape(text, split(text, Flavour.MYSQL), Flavour.MYSQL)
    assert (found.transactional, found.reason) == (not text, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SET @x = 1", True),
        ("/*!40101 SET @saved = @@character_set_client */", True),
        ("USE other", True),
        ("PREPARE s FROM @sql", True),
        ("DEALLOCATE PREPARE s", True),
        ("LOCK TABLES a WRITE", True),
        ("UNLOCK TABLES", True),
        ("SELECT max(id) INTO @x FROM a", True),
        ("SELECT @x := max(id) FROM a", True),
        ("SELECT id FROM a", False),
        ("INSERT INTO a SELECT @x", False),
        ("EXECUTE s", False),
        ("SET STATEMENT max_statement_time = 1 FOR INSERT INTO a VALUES (1)", False),
        ("SET PASSWORD = PASSWORD('x')", False),
        ("CREATE TEMPORARY TABLE x (id INT)", False),
    ],
)
def test_only_the_session_knows_of_it(text: str, expected: bool) -> None:
    assert is_setting(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SET sql_mode = ''", True),
        ("USE other", True),
        ("CALL p()", True),
        ("EXECUTE s", True),
        ("/*!40101 SET NAMES utf8 */", True),
        ("CREATE TABLE a (id INT)", False),
        ("INSERT INTO a VALUES (1)", False),
    ],
)
def test_settings_may_be_changed_by_it(text: str, expected: bool) -> None:
    assert changes_settings(text) is expected
