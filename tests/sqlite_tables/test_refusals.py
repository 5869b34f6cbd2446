"""What is refused, and what is said of it."""

from __future__ import annotations

import pytest

from lockgate.errors import LockgateError, SettingsError
from lockgate.sqlite_tables import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Change,
    DropColumn,
    DropConstraint,
    TableText,
    rebuild,
)


def table(create: str = "CREATE TABLE t (a, b)", indexes: str = "", trigger: str = "") -> TableText:
    return TableText("t", create, (indexes,) if indexes else (), (trigger,) if trigger else ())


@pytest.mark.parametrize(
    ("body", "use"),
    [
        ("(a, b, PRIMARY KEY (a, b))", "PRIMARY KEY (a, b)"),
        ("(a, b, CONSTRAINT k UNIQUE ('B' COLLATE x DESC))", "constraint k: UNIQUE ('B' COLLATE x DESC)"),
        ("(a, b, CHECK (lower(t.b) <> a))", "CHECK (lower(t.b) <> a)"),
        ("(a, b, FOREIGN KEY ([b]) REFERENCES w (id))", "FOREIGN KEY ([b]) REFERENCES w (id)"),
        ("(a, b, FOREIGN KEY (a) REFERENCES T (b))", "FOREIGN KEY (a) REFERENCES T (b)"),
        ("(a CHECK (a > `b`), b)", "column a: CHECK (a > `b`)"),
        ('(a CONSTRAINT k CHECK (a > "b"), b)', 'column a: constraint k: CHECK (a > "b")'),
        ("(a AS (b + 1), b, c)", "column a: AS (b + 1)"),
        ("(a REFERENCES t(b), b UNIQUE)", "column a: REFERENCES t(b)"),
    ],
)
def test_a_column_that_the_table_names_elsewhere_is_not_dropped(body: str, use: str) -> None:
    with pytest.raises(LockgateError) as refused:
        rebuild(table(f"CREATE TABLE t {body}"), [DropColumn("b")])
    assert refused.value.message == f"The column b of t cannot be dropped: it is used by {use}."
    assert refused.value.hint == "Drop or change what uses it first."


@pytest.mark.parametrize(
    "behind",
    ["(b)", "(a, b DESC)", "(lower(B))", "(a) WHERE b > 0", "(a) WHERE t.b IS NOT NULL", '("b" COLLATE NOCASE)'],
)
def test_a_column_of_an_index_is_not_dropped(behind: str) -> None:
    with pytest.raises(LockgateError, match="it is used by index i x"):
        rebuild(table(indexes=f'CREATE UNIQUE INDEX "i x" ON t {behind}'), [DropColumn("b")])


@pytest.mark.parametrize(
    "trigger",
    [
        "AFTER UPDATE OF a, b ON t BEGIN SELECT 1; END",
        "BEFORE INSERT ON t BEGIN SELECT NEW.b; END",
        'DELETE ON t WHEN "old" . [b] > 0 BEGIN SELECT 1; END',
        "AFTER INSERT ON t BEGIN UPDATE T SET b = 1; END",
        "AFTER INSERT ON t BEGIN INSERT INTO t(a, b) VALUES (1, 2); END",
    ],
)
def test_a_column_of_a_trigger_is_not_dropped(trigger: str) -> None:
    with pytest.raises(LockgateError, match="it is used by trigger tr"):
        rebuild(table(trigger=f"CREATE TRIGGER tr {trigger}"), [DropColumn("b")])


@pytest.mark.parametrize(
    "given",
    [
        table("CREATE TABLE t (a CHECK (b(a) > 'b'), b)"),
        table("CREATE TABLE t (a CHECK (CAST(a AS b) > a COLLATE b), b)"),
        table("CREATE TABLE t (a, b, FOREIGN KEY (a) REFERENCES w (b))"),
        table("CREATE TABLE t (a DEFAULT 'b', b CHECK (b > 0))"),
        table("CREATE TABLE t (a CHECK (b.a > 0), b)"),
        table(indexes="CREATE INDEX b ON t (a DESC)"),
        table(trigger="CREATE TRIGGER tr UPDATE OF a ON t BEGIN UPDATE w SET b = new.a; END"),
        table(trigger="CREATE TRIGGER tr INSERT ON main.t BEGIN UPDATE w SET b = 1; END"),
        table(trigger="CREATE TRIGGER b DELETE ON t BEGIN SELECT old.a; END"),
    ],
)
def test_what_only_looks_like_the_column_does_not_keep_it(given: TableText) -> None:
    assert rebuild(given, [DropColumn("b")]) == ['ALTER TABLE "main"."t" DROP COLUMN "b"']


@pytest.mark.parametrize("name", ["desc", "and"])
def test_a_keyword_is_no_column(name: str) -> None:
    given = table(f'CREATE TABLE t (a, "{name}", CHECK (a > 0 and a < 9), PRIMARY KEY (a DESC))')
    assert rebuild(given, [DropColumn(name)]) == [f'ALTER TABLE "main"."t" DROP COLUMN "{name}"']


def test_the_last_column_that_stores_anything_is_not_dropped() -> None:
    with pytest.raises(LockgateError, match="no other column would keep its values"):
        rebuild(table("CREATE TABLE t (a, b AS (1))"), [DropColumn("a")])


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        (AlterColumn("c", type="INT"), "The table t has no column c.", "Its columns are: a, b."),
        (AlterColumn("c", new_name="d"), "The table t has no column c.", "Its columns are: a, b."),
        (DropColumn("c"), "The table t has no column c.", "Its columns are: a, b."),
        (AddColumn("[B] INT"), "The table t has a column B already.", ""),
        (AlterColumn("a", new_name="B"), "The table t has a column B already.", ""),
        (AlterColumn("a", new_name=""), "A column of t cannot be renamed to nothing.", ""),
        (DropConstraint("k"), "The table t has no constraint k.", "Its named constraints are: none."),
        (AddColumn("c INT, d INT"), "The definition of the column cannot be read at ,: c INT, d INT", ""),
        (AddColumn("c UNIQUE NOT"), "The definition of the column cannot be read at NOT: c UNIQUE NOT", ""),
        (AddColumn("c CHECK (1"), "The definition of the column cannot be read as it ends too early: c CHECK (1", ""),
        (AddColumn("c CHECK 1"), "The definition of the column cannot be read at 1: c CHECK 1", ""),
        (AddColumn("c DEFAULT ,"), "The definition of the column cannot be read at ,: c DEFAULT ,", ""),
        (AddColumn("("), "The definition of the column cannot be read at (: (", ""),
        (AddColumn(""), "The definition of the column cannot be read as it ends too early: ", ""),
        (AddColumn("c 'x"), "A quote that opens here is never closed: 'x", ""),
        (AddConstraint("NOT NULL"), "The definition of the constraint cannot be read at NOT: NOT NULL", ""),
        (AddConstraint("UNIQUE (a); x"), "The definition of the constraint cannot be read at ;: UNIQUE (a); x", ""),
        (
            AddConstraint("FOREIGN KEY (a)"),
            "The definition of the constraint cannot be read as it ends too early: FOREIGN KEY (a)",
            "",
        ),
        (AlterColumn("a", type="INT, c"), "The type cannot be read at ,: INT, c", ""),
        (AlterColumn("a", type="INT NOT NULL"), "The type cannot be read at NOT: INT NOT NULL", ""),
        (AlterColumn("a", default=""), "The default cannot be read as it ends too early: ", ""),
        (AlterColumn("a", default="1), (2"), "The default cannot be read at ,: (1), (2)", ""),
        (AlterColumn("a", default="f( -- x"), "The default cannot be read as it ends too early: (f( -- x)", ""),
    ],
)
def test_a_change_that_cannot_be_made_says_why(change: Change, message: str, hint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        rebuild(table(), [change])
    assert (refused.value.message, refused.value.hint) == (message, hint)


def test_the_constraints_that_there_are_are_listed() -> None:
    given = table("CREATE TABLE t (a CONSTRAINT n NOT NULL, CONSTRAINT [u x] UNIQUE (a))")
    with pytest.raises(SettingsError) as refused:
        rebuild(given, [DropConstraint("k")])
    assert refused.value.hint == "Its named constraints are: u x, n."


@pytest.mark.parametrize(
    ("create", "message"),
    [
        ("CREATE VIRTUAL TABLE t USING fts5(a)", "t is a virtual table: its module alone says what columns it has."),
        ("CREATE INDEX t ON u (a)", "The definition of the table cannot be read at ON: CREATE INDEX t ON u (a)"),
        ("CREATE VIEW t AS SELECT 1", "The definition of the table cannot be read at AS: CREATE VIEW t AS SELECT 1"),
        ("DROP TABLE t", "The definition of the table cannot be read at DROP: DROP TABLE t"),
        ("CREATE TABLE t AS SELECT 1", "The definition of the table cannot be read at AS: CREATE TABLE t AS SELECT 1"),
        ("CREATE TABLE t (a b(1) c)", "The definition of the table cannot be read at c: CREATE TABLE t (a b(1) c)"),
        ("CREATE TABLE t (a;)", "The definition of the table cannot be read at ;: CREATE TABLE t (a;)"),
        (
            "CREATE TABLE t (a, UNIQUE (a), b)",
            "The definition of the table cannot be read at b: CREATE TABLE t (a, UNIQUE (a), b)",
        ),
        ("CREATE TABLE u (a)", "The definition creates the table u, not t."),
    ],
)
def test_a_text_that_defines_no_such_table_is_refused(create: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        rebuild(table(create), [])
    assert refused.value.message == message
