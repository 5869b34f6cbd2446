"""Which changes are left to SQLite's own ALTER TABLE."""

from __future__ import annotations

import pytest

from lockgate.sqlite_tables import AddColumn, AddConstraint, AlterColumn, Change, DropColumn, TableText, rebuild
from sqlite_tables.lab import Lab


def table(create: str) -> TableText:
    return TableText("t", create, (), ())


@pytest.mark.parametrize(
    ("definition", "native"),
    [
        ("b", True),
        ("b INT NOT NULL DEFAULT 0", True),
        ("b INT NOT NULL DEFAULT -1 CHECK (b < 0) COLLATE NOCASE", True),
        ("b INT DEFAULT TRUE NOT NULL", True),
        ("b INT DEFAULT x'00'", True),
        ("b INT REFERENCES w (id)", True),
        ("b INT DEFAULT NULL REFERENCES w (id) ON DELETE CASCADE", True),
        ("b AS (a + 1)", True),
        ("b AS (a + 1) VIRTUAL NOT NULL", True),
        ("b AS (a + 1) STORED", False),
        ("b INTEGER PRIMARY KEY", False),
        ("b INT CONSTRAINT u UNIQUE", False),
        ("b INT NOT NULL DEFAULT 0 REFERENCES w (id)", False),
        ("b INT DEFAULT (1)", False),
        ("b INT DEFAULT CURRENT_TIME", False),
        ("b INT DEFAULT current_timestamp NOT NULL", False),
        ("b INT NOT NULL", False),
        ("b INT NOT NULL DEFAULT NULL", False),
    ],
)
def test_a_column_is_added_natively_if_sqlite_can(definition: str, native: bool) -> None:
    lab = Lab("CREATE TABLE w (id INTEGER PRIMARY KEY); INSERT INTO w VALUES (0); CREATE TABLE t (a);")
    if native:
        lab("INSERT INTO t VALUES (1)")
    statements = lab.change(AddColumn(f" {definition} -- so"))
    assert (statements == [f'ALTER TABLE "main"."t" ADD COLUMN {definition}']) is native
    assert lab.sql() == f"CREATE TABLE t (a, {definition})"


@pytest.mark.parametrize(
    ("create", "native"),
    [
        ("(a, b)", True),
        ("(a, b INT NOT NULL CHECK (b > 0) DEFAULT 1)", True),
        ("(a, b AS (a) STORED)", True),
        ("(a, b PRIMARY KEY)", False),
        ("(a, b UNIQUE)", False),
        ("(a, b REFERENCES w)", False),
        ("(a, /* x, y */ b)", False),
    ],
)
def test_a_column_is_dropped_natively_if_sqlite_can(create: str, native: bool) -> None:
    lab = Lab(f"CREATE TABLE t {create}")
    statements = lab.change(DropColumn("B"))
    assert (statements == ['ALTER TABLE "main"."t" DROP COLUMN "b"']) is native
    assert lab("SELECT name FROM pragma_table_xinfo('t')") == [("a",)]


def test_a_rename_is_all_that_a_rename_takes() -> None:
    statements = rebuild(table("CREATE TABLE t (a)"), [AlterColumn("A", new_name="b")])
    assert statements == ['ALTER TABLE "main"."t" RENAME COLUMN "a" TO b']


@pytest.mark.parametrize("name", ["order", "a b", "1a", "é", 'a"b'])
def test_a_new_name_is_quoted_where_it_has_to_be(name: str) -> None:
    lab = Lab("CREATE TABLE t (a)")
    lab.change(AlterColumn("a", new_name=name))
    assert lab("SELECT name FROM pragma_table_info('t')") == [(name,)]


def test_native_changes_keep_their_order() -> None:
    statements = rebuild(
        table("CREATE TABLE t (a, b)"), [AddColumn("c"), AlterColumn("a", new_name="d"), DropColumn("b")]
    )
    assert [statement.split(".")[1] for statement in statements] == [
        '"t" ADD COLUMN c',
        '"t" DROP COLUMN "b"',
        '"t" RENAME COLUMN "a" TO d',
    ]


def test_one_rebuild_serves_all_changes() -> None:
    statements = rebuild(
        table("CREATE TABLE t (a)"), [AddColumn("b"), AlterColumn("a", nullable=False), AddConstraint("UNIQUE (b)")]
    )
    assert statements == [
        "PRAGMA legacy_alter_table=ON",
        'ALTER TABLE "main"."t" RENAME TO "_lockgate_t"',
        "PRAGMA legacy_alter_table=OFF",
        'CREATE TABLE "main".t (a NOT NULL, b, UNIQUE (b))',
        'INSERT OR ABORT INTO "main"."t" (rowid, "a") SELECT rowid, "a" FROM "main"."_lockgate_t"',
        'DROP TABLE "main"."_lockgate_t"',
    ]


@pytest.mark.parametrize(
    "change",
    [
        AlterColumn("a"),
        AlterColumn("a", nullable=True),
        AlterColumn("a", type="INT", default="1"),
        AlterColumn("a", new_name="a"),
    ],
)
def test_nothing_is_done_where_nothing_changes(change: Change) -> None:
    assert rebuild(table("CREATE TABLE t (a INT DEFAULT 1)"), [change]) == []


@pytest.mark.parametrize("create", ["CREATE TEMP TABLE t (a)", "create temporary table IF NOT EXISTS temp.t (a)"])
def test_the_text_may_say_itself_where_the_table_is(create: str) -> None:
    lab = Lab(create)
    lab.run(rebuild(table(create), [AlterColumn("a", nullable=False)]))
    assert lab("SELECT sql FROM temp.sqlite_master") == [("CREATE TABLE t (a NOT NULL)",)]
