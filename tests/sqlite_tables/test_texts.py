"""Definitions, changes, and the definitions that come out."""

from __future__ import annotations

import pytest

from lockgate.sqlite_tables import AddColumn, AddConstraint, AlterColumn, Change, DropColumn, DropConstraint
from sqlite_tables.lab import Lab

NOT_NULL = AlterColumn("a", nullable=False)
NULL = AlterColumn("a", nullable=True)
NO_DEFAULT = AlterColumn("a", default=None)

COMMENTS_ABOVE = "(\n  a, -- one\n  -- of b\n  -- of c\n  c\n)"

CASES: tuple[tuple[str, Change, str], ...] = (
    # nullability
    ("(a INT)", NOT_NULL, "(a INT NOT NULL)"),
    ("(a)", NOT_NULL, "(a NOT NULL)"),
    ("(a INT NOT NULL)", NOT_NULL, "(a INT NOT NULL)"),
    ("(a INT not  null)", NOT_NULL, "(a INT not  null)"),
    ("(a INT NULL)", NOT_NULL, "(a INT NOT NULL)"),
    ("(a INT NULL ON CONFLICT FAIL UNIQUE)", NOT_NULL, "(a INT NOT NULL UNIQUE)"),
    ("(a INT DEFAULT NULL)", NOT_NULL, "(a INT DEFAULT NULL NOT NULL)"),
    ("(a INT DEFAULT 3 CHECK (a > 0))", NOT_NULL, "(a INT DEFAULT 3 NOT NULL CHECK (a > 0))"),
    ("(a TEXT COLLATE NOCASE UNIQUE)", NOT_NULL, "(a TEXT COLLATE NOCASE NOT NULL UNIQUE)"),
    ("(a INT -- the count\n, b)", NOT_NULL, "(a INT NOT NULL -- the count\n, b)"),
    ('(a "INT"CHECK (a > 0))', NOT_NULL, '(a "INT" NOT NULL CHECK (a > 0))'),
    ("(a REFERENCES w DEFERRABLE)", NOT_NULL, "(a NOT NULL REFERENCES w DEFERRABLE)"),
    ("(a INT REFERENCES w NOT DEFERRABLE)", NULL, "(a INT REFERENCES w NOT DEFERRABLE)"),
    ("(a INT REFERENCES w NOT NULL)", NULL, "(a INT REFERENCES w)"),
    ("(a INT CHECK (a NOT NULL) NOT NULL)", NULL, "(a INT CHECK (a NOT NULL))"),
    ("(a INT CONSTRAINT n NOT NULL ON CONFLICT IGNORE, b)", NULL, "(a INT, b)"),
    ("(a INT NOT NULL DEFAULT 0 NOT NULL)", NULL, "(a INT DEFAULT 0)"),
    ("(a INT -- note\n NOT NULL, b)", NULL, "(a INT -- note\n , b)"),
    ("(a INT /* note */ NOT NULL, b)", NULL, "(a INT /* note */, b)"),
    ("(a INT DEFAULT(3)NOT NULL CHECK(a>0))", NULL, "(a INT DEFAULT(3) CHECK(a>0))"),
    ("(a TEXT PRIMARY KEY)", NOT_NULL, "(a TEXT NOT NULL PRIMARY KEY)"),
    ("(a TEXT PRIMARY KEY NOT NULL)", NULL, "(a TEXT PRIMARY KEY)"),
    # types
    ("(a INT, b)", AlterColumn("a", type="TEXT"), "(a TEXT, b)"),
    ("(a, b)", AlterColumn("a", type="TEXT"), "(a TEXT, b)"),
    ("(a, b)", AlterColumn("b", type="DECIMAL(10, 2)"), "(a, b DECIMAL(10, 2))"),
    ("(a NOT NULL)", AlterColumn("a", type="TEXT"), "(a TEXT NOT NULL)"),
    ("(a VARYING CHARACTER ( 255 ) NOT NULL)", AlterColumn("a", type="TEXT"), "(a TEXT NOT NULL)"),
    ("(a DOUBLE PRECISION, b)", AlterColumn("a", type=""), "(a, b)"),
    ("(a, b)", AlterColumn("a", type=""), "(a, b)"),
    ("(a DECIMAL(-10, +2) DEFAULT -1)", AlterColumn("a", type="INT -- no"), "(a INT DEFAULT -1)"),
    ("([a]INT, b)", AlterColumn("a", type='"odd type"'), '([a] "odd type", b)'),
    ('("a"[INT]UNIQUE, b)', AlterColumn("a", type='"odd"'), '("a" "odd" UNIQUE, b)'),
    ('(€"INT"UNIQUE, b)', AlterColumn("€", type=""), "(€ UNIQUE, b)"),
    ("(a 'x' \"y z\" [w], b)", AlterColumn("a", type="INT"), "(a INT, b)"),
    ("(a GENERATED, b)", AlterColumn("a", type="INT"), "(a INT, b)"),
    # defaults
    ("(a INT)", AlterColumn("a", default="0"), "(a INT DEFAULT 0)"),
    ("(a INT NOT NULL)", AlterColumn("a", default="-1.5e3"), "(a INT DEFAULT -1.5e3 NOT NULL)"),
    ("(a DEFAULT 0)", AlterColumn("a", default="'it''s'"), "(a DEFAULT 'it''s')"),
    ("(a DEFAULT(0)NOT NULL)", AlterColumn("a", default="1"), "(a DEFAULT 1 NOT NULL)"),
    ("(a DEFAULT 0)", AlterColumn("a", default="lower('X')"), "(a DEFAULT (lower('X')))"),
    ("(a DEFAULT 0)", AlterColumn("a", default=" (1) + 2 "), "(a DEFAULT ((1) + 2))"),
    ("(a DEFAULT 0)", AlterColumn("a", default="(1 + 2)"), "(a DEFAULT (1 + 2))"),
    ("(a DEFAULT 0)", AlterColumn("a", default="CURRENT_TIMESTAMP"), "(a DEFAULT CURRENT_TIMESTAMP)"),
    ("(a DEFAULT 0)", AlterColumn("a", default="x'00ff' -- blob"), "(a DEFAULT x'00ff')"),
    ("(a DEFAULT 0)", AlterColumn("a", default="0"), "(a DEFAULT 0)"),
    ("(a INT CONSTRAINT d DEFAULT (')') NOT NULL)", NO_DEFAULT, "(a INT NOT NULL)"),
    ("(a INT DEFAULT - 1 NOT NULL)", NO_DEFAULT, "(a INT NOT NULL)"),
    ("(a INT DEFAULT 'x, y' NOT NULL)", NO_DEFAULT, "(a INT NOT NULL)"),
    ("(a INT DEFAULT TRUE DEFAULT NULL)", NO_DEFAULT, "(a INT)"),
    ("(a INT)", NO_DEFAULT, "(a INT)"),
    ("(a INT, b)", AlterColumn("A", "TEXT", False, "1"), "(a TEXT DEFAULT 1 NOT NULL, b)"),
    # adding
    ("(a INT)", AddColumn("b INT UNIQUE"), "(a INT, b INT UNIQUE)"),
    ("(a,c)", AddColumn("b UNIQUE"), "(a,c,b UNIQUE)"),
    ("(\n  a INT\n)", AddColumn(" b INT UNIQUE -- x"), "(\n  a INT,\n  b INT UNIQUE\n)"),
    ("(a -- one\n)", AddColumn("b UNIQUE"), "(a, -- one\nb UNIQUE\n)"),
    ("(\n  a, -- one\n  c -- three\n)", AddColumn("b UNIQUE"), "(\n  a, -- one\n  c, -- three\n  b UNIQUE\n)"),
    ("(a /* , */)", AddColumn("b UNIQUE"), "(a, /* , */ b UNIQUE)"),
    ("(a, CHECK (a > 0))", AddColumn("b UNIQUE"), "(a, b UNIQUE, CHECK (a > 0))"),
    ("(a,\n  CHECK (a > 0)\n)", AddColumn("b UNIQUE"), "(a,\n  b UNIQUE,\n  CHECK (a > 0)\n)"),
    ("(a INT)", AddConstraint("CHECK (a > 0)"), "(a INT, CHECK (a > 0))"),
    ("(a, CHECK (a > 0) )", AddConstraint("UNIQUE (a)"), "(a, CHECK (a > 0), UNIQUE (a) )"),
    (
        "(a INT)",
        AddConstraint('CONSTRAINT "fk" FOREIGN KEY(a) REFERENCES w (id) ON DELETE SET NULL ON UPDATE NO ACTION'),
        '(a INT, CONSTRAINT "fk" FOREIGN KEY(a) REFERENCES w (id) ON DELETE SET NULL ON UPDATE NO ACTION)',
    ),
    # dropping columns
    ("(a, b UNIQUE)", DropColumn("b"), "(a)"),
    ("(b UNIQUE, a)", DropColumn("B"), "(a)"),
    ("(a, [b] UNIQUE, c)", DropColumn("b"), "(a, c)"),
    ("(a,b UNIQUE,c)", DropColumn("b"), "(a,c)"),
    ("(a, b UNIQUE, CHECK (a > 0))", DropColumn("b"), "(a, CHECK (a > 0))"),
    ("(\n  a, -- x, y\n  b -- z\n)", DropColumn("b"), "(\n  a -- x, y\n)"),
    ("(\n  a -- x\n  , b -- y\n  , c\n)", DropColumn("b"), "(\n  a -- x\n  , c\n)"),
    ("(\n  a -- x\n  , c -- y\n)", DropColumn("c"), "(\n  a -- x\n  \n)"),
    ("(\n  a\n  , c UNIQUE\n)", DropColumn("c"), "(\n  a\n)"),
    ("(\n  a, -- one\n  -- of b\n  b, -- two\n  -- of c\n  c\n)", DropColumn("b"), COMMENTS_ABOVE),
    ("(a, -- one\n b)", DropColumn("b"), "(a -- one\n )"),
    ("(b /* b */, /* c */ c)", DropColumn("b"), "(/* c */ c)"),
    ("(a, b INT CONSTRAINT k REFERENCES w ON DELETE CASCADE, c)", DropColumn("b"), "(a, c)"),
    # dropping constraints
    ("(a, CONSTRAINT k CHECK (a > 0))", DropConstraint("K"), "(a)"),
    ("(a, CONSTRAINT 'k' UNIQUE (a) ON CONFLICT IGNORE, CHECK (a > 0))", DropConstraint("k"), "(a, CHECK (a > 0))"),
    ("(a, CHECK (a > 0) CONSTRAINT k CHECK (a > 1))", DropConstraint("k"), "(a, CHECK (a > 0))"),
    ("(a, CONSTRAINT k CHECK (a > 0) CHECK (a > 1))", DropConstraint("k"), "(a, CHECK (a > 1))"),
    ("(a, CHECK (a > 0) CONSTRAINT k)", DropConstraint("k"), "(a, CHECK (a > 0))"),
    ("(a INT CONSTRAINT [k] CHECK (a > 0) UNIQUE)", DropConstraint("k"), "(a INT UNIQUE)"),
    ("(a INT CONSTRAINT k CONSTRAINT l UNIQUE)", DropConstraint("k"), "(a INT CONSTRAINT l UNIQUE)"),
    ("(a INT CONSTRAINT k NOT NULL, CONSTRAINT k UNIQUE (a))", DropConstraint("k"), "(a INT)"),
    (
        "(a CONSTRAINT k REFERENCES w(id) MATCH FULL ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED)",
        DropConstraint("k"),
        "(a)",
    ),
    ("(a CONSTRAINT k REFERENCES w NOT NULL DEFERRABLE INITIALLY DEFERRED)", DropConstraint("k"), "(a NOT NULL)"),
    ("(a INTEGER CONSTRAINT `k` PRIMARY KEY DESC ON CONFLICT FAIL)", DropConstraint("k"), "(a INTEGER)"),
    ("(a INTEGER CONSTRAINT k PRIMARY KEY AUTOINCREMENT)", DropConstraint("k"), "(a INTEGER)"),
    ("(a, g INT CONSTRAINT k GENERATED ALWAYS AS (a) STORED)", DropConstraint("k"), "(a, g INT)"),
    ("(a TEXT CONSTRAINT k COLLATE NOCASE)", DropConstraint("k"), "(a TEXT)"),
)


@pytest.mark.parametrize(("before", "change", "after"), CASES)
def test_the_definition_changes_where_it_is_asked_to_and_nowhere_else(before: str, change: Change, after: str) -> None:
    lab = Lab(f"CREATE TABLE w (id INTEGER PRIMARY KEY); CREATE TABLE t {before};")
    lab.change(change)
    assert lab.sql() == f"CREATE TABLE t {after}"


@pytest.mark.parametrize("before", ["(a)", "(a INT, b)", "(\n a,\n b\n)", "(a,CHECK (a>0))", "(a -- x\n)", "(a,\nb)"])
@pytest.mark.parametrize(
    ("there", "back"),
    [
        (AlterColumn("a", nullable=False), AlterColumn("a", nullable=True)),
        (AlterColumn("a", default="f(1)"), AlterColumn("a", default=None)),
        (AddColumn("n INT UNIQUE"), DropColumn("n")),
        (AddColumn("n INT"), DropColumn("n")),
        (AddConstraint("CONSTRAINT k UNIQUE (a)"), DropConstraint("k")),
        (AlterColumn("a", new_name="n"), AlterColumn("n", new_name="a")),
    ],
)
def test_what_is_changed_and_changed_back_is_what_it_was(before: str, there: Change, back: Change) -> None:
    lab = Lab(f"CREATE TABLE t {before}; CREATE INDEX i ON t (a DESC)")
    lab.connection.create_function("f", 1, lambda value: value, deterministic=True)
    master = lab.master()
    lab.change(there)
    assert lab.master() != master
    lab.change(back)
    assert lab.master() == master
