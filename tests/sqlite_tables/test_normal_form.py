"""Texts that say the same are read as the same, and texts that do not are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgate.nouns.schema import Column, Constraint, ConstraintKind, Generated, Index, Name
from lockgate.sqlite_tables.tokens import scan
from sqlite_tables.reading import schema, table

OTHER = "CREATE TABLE w (x INTEGER PRIMARY KEY, y, z, UNIQUE (y, z));"

SAME = [
    ("a INT", "[a] int", '"a"\tInt', "`a` /* the type */ iNT -- said\n", "'a' INT"),
    ("a VARCHAR(50)", "a varchar ( 50 )", "a VarChar(50/**/)"),
    ("a DECIMAL(10, 2)", "a decimal(10,2)"),
    ("a CHARACTER VARYING(5)", "a character\n varying (5)"),
    ("a", "a NULL", "a DEFAULT NULL", "a DEFAULT (null)", "a CONSTRAINT lonely", "a COLLATE binary"),
    ("a DEFAULT 'x'", "a DEFAULT ('x')", "a DEFAULT (('x'))", "a DEFAULT x", 'a DEFAULT "x"', "a DEFAULT [x]"),
    ("a DEFAULT 1", "a DEFAULT (1)", "a DEFAULT +1", "a DEFAULT ( 1 )", "a DEFAULT 2 DEFAULT 1"),
    ("a DEFAULT -1", "a DEFAULT (-1)", "a DEFAULT - 1", "a DEFAULT (- 1)"),
    ("a DEFAULT CURRENT_TIMESTAMP", "a DEFAULT current_timestamp", "a DEFAULT (Current_Timestamp)"),
    ("a DEFAULT TRUE", "a DEFAULT true", "a DEFAULT (True)"),
    ("a DEFAULT x'ab'", "a DEFAULT X'AB'"),
    ("a DEFAULT (1 + 2)", "a DEFAULT ((1+2))", "a DEFAULT (1 /* and */ + 2)"),
    ("a DEFAULT (lower('X'))", "a DEFAULT (LOWER ( 'X' ))"),
    ("a NOT NULL DEFAULT 1", "a DEFAULT 1 NOT NULL", "a CONSTRAINT n NOT NULL DEFAULT 1", "a NULL DEFAULT 1 NOT NULL"),
    ("a COLLATE NOCASE", "a collate nocase", 'a COLLATE "NoCase"', "a COLLATE RTRIM COLLATE NOCASE"),
    ("a, b AS (a + 1)", "a, b GENERATED ALWAYS AS (A+1)", 'a, b AS (("a" + 1)) VIRTUAL'),
    ("a, b AS (a) STORED", "a, b generated always as (A) stored"),
    ("a INTEGER PRIMARY KEY", "a INTEGER, PRIMARY KEY (a)", "a INTEGER NOT NULL PRIMARY KEY ASC",
     "a integer, PRIMARY KEY ([A] DESC)", "a INTEGER PRIMARY KEY ON CONFLICT abort"),
    ("a INTEGER PRIMARY KEY AUTOINCREMENT", "a INTEGER, PRIMARY KEY (a AUTOINCREMENT)",
     "a INTEGER NOT NULL PRIMARY KEY autoincrement"),
    ("a INTEGER PRIMARY KEY DESC", "a INTEGER PRIMARY KEY desc"),
    ("a TEXT CONSTRAINT k PRIMARY KEY ON CONFLICT REPLACE", "a TEXT, CONSTRAINT [k] PRIMARY KEY ('a') on conflict replace"),
    ("a UNIQUE", "a, UNIQUE (a)", "a, UNIQUE ([A] ASC)", "a UNIQUE UNIQUE", "a, UNIQUE (a COLLATE binary)"),
    ("a COLLATE NOCASE UNIQUE", "a COLLATE NOCASE, UNIQUE (a)", "a COLLATE NOCASE, UNIQUE (A COLLATE nocase)"),
    ("a, b, UNIQUE (a, b DESC)", "a, b, unique (`A`, 'b' desc)"),
    ("a CHECK (a > 0)", "a, CHECK (a > 0)", "a, CHECK ((A>0))", "a, CHECK (t.a>0)", 'a, CHECK ("T"."a" > 0)',
     "a CHECK ((\n[a] -- the value\n > 0))", "a CHECK (a > 0) CHECK (a > 0)"),
    ("a CHECK (a <> 'x' OR a IS NOT NULL)", "a CHECK (a!='x' or A is not null)", 'a CHECK (a != "x" OR "a" IS NOT NULL)'),
    ("a CHECK (a = 1 AND a IN (1, 2))", "a CHECK (a==1 and a in(1,2))"),
    ("a CHECK (length(a) > 1)", "a CHECK (LENGTH (a)>1)", 'a CHECK ("length"(a) > 1)'),
    ("a CHECK (a BETWEEN -1 AND 0x1F)", "a CHECK (a between - 1 and 0X1f)"),
    ("a CHECK (CAST(a AS TEXT) LIKE 'x')", "a CHECK (cast (a as text) like 'x')"),
    ('"order" CHECK ("order" > 0)', '"order", CHECK ([ORDER] > 0)'),
    ('"key" CHECK ("key" > 0)', "key CHECK (key > 0)", "key CHECK (KEY > 0)"),
    ("a CHECK (a -> '$.x' ->> 'y' || 'z' << 1)", "a CHECK (a->'$.x'->>'y'||'z'<<1)"),
    ("a REFERENCES w (x)", "a REFERENCES w", "a, FOREIGN KEY (a) REFERENCES W", 'a references "w" ([X])',
     "a REFERENCES w ON DELETE NO ACTION", "a REFERENCES w MATCH FULL", "a REFERENCES w NOT DEFERRABLE",
     "a REFERENCES w DEFERRABLE INITIALLY IMMEDIATE", "a REFERENCES w NOT DEFERRABLE INITIALLY DEFERRED",
     "a REFERENCES w ON DELETE CASCADE ON DELETE NO ACTION"),
    ("a REFERENCES w ON DELETE SET NULL ON UPDATE CASCADE",
     "a, FOREIGN KEY (A) REFERENCES w(x) on update cascade on delete set null"),
    ("a REFERENCES w DEFERRABLE INITIALLY DEFERRED", "a REFERENCES w CONSTRAINT d DEFERRABLE INITIALLY DEFERRED"),
    ("a, b, FOREIGN KEY (a, b) REFERENCES w (y, z)", "a, b, foreign key (A, [b]) references w (Y,'z')"),
    ("a CHECK (a > 0) UNIQUE NOT NULL", "a NOT NULL, UNIQUE (a), CHECK (a > 0)", "a NOT NULL, CHECK (a > 0) UNIQUE (a)"),
]  # fmt: skip

DIFFERENT = [
    ("a INT", "a INTEGER", "a", "b INT", "a INT, b", "a INT NOT NULL", "a INT DEFAULT 0",
     "a INT COLLATE NOCASE", "a INT UNIQUE"),
    ("a VARCHAR(50)", "a VARCHAR(51)", "a VARCHAR"),
    ("a DEFAULT 1", "a DEFAULT '1'", "a DEFAULT -1", "a DEFAULT 1.0", "a DEFAULT x'01'", "a DEFAULT (1 + 0)"),
    ("a DEFAULT 'x'", "a DEFAULT 'X'", "a DEFAULT ' x'"),
    ("a DEFAULT CURRENT_TIMESTAMP", "a DEFAULT 'CURRENT_TIMESTAMP'", "a DEFAULT CURRENT_DATE"),
    ("a DEFAULT TRUE", 'a DEFAULT "TRUE"', "a DEFAULT FALSE"),
    ("a, b AS (a)", "a, b AS (a) STORED", "a, b AS (a + 1)", "a, b"),
    ("a INTEGER PRIMARY KEY", "a INTEGER PRIMARY KEY AUTOINCREMENT", "a INTEGER PRIMARY KEY DESC", "a INT PRIMARY KEY",
     "a INTEGER", "a INTEGER UNIQUE", "a INTEGER PRIMARY KEY ON CONFLICT REPLACE"),
    ("a TEXT PRIMARY KEY", "a TEXT NOT NULL PRIMARY KEY", "a TEXT, CONSTRAINT k PRIMARY KEY (a)"),
    ("a, b, UNIQUE (a, b)", "a, b, UNIQUE (b, a)", "a, b, UNIQUE (a, b DESC)", "a, b, UNIQUE (a COLLATE NOCASE, b)",
     "a, b, UNIQUE (a, b) ON CONFLICT IGNORE", "a, b, CONSTRAINT u UNIQUE (a, b)", "a UNIQUE, b UNIQUE"),
    ("a CHECK (a > 0)", "a CHECK (a >= 0)", "a CHECK (a > 0 AND a)", "a CHECK (a > '0')", "a CONSTRAINT c CHECK (a > 0)",
     "a CHECK (+a > 0)", "a CHECK (- a > 0)"),
    ("a, b, CHECK (a - -b)", "a, b, CHECK (a + b)", "a, b, CHECK (a - b)"),
    ("a CHECK (a = 'x')", "a CHECK (a = 'X')", "a, x, CHECK (a = x)"),
    ("a REFERENCES w", "a REFERENCES w (y)", "a REFERENCES v (x)", "a REFERENCES w ON DELETE CASCADE",
     "a REFERENCES w ON UPDATE CASCADE", "a REFERENCES w DEFERRABLE INITIALLY DEFERRED", "a CONSTRAINT f REFERENCES w"),
]  # fmt: skip


@pytest.mark.parametrize("bodies", SAME, ids=lambda bodies: bodies[0])
def test_what_is_said_otherwise_is_the_same(bodies: tuple[str, ...]) -> None:
    first, *others = (table(f"{OTHER} CREATE TABLE t ({body})") for body in bodies)
    for body, other in zip(bodies[1:], others, strict=True):
        assert other == first, body


@pytest.mark.parametrize("bodies", DIFFERENT, ids=lambda bodies: bodies[0])
def test_what_is_another_thing_differs(bodies: tuple[str, ...]) -> None:
    read = [table(f"{OTHER} CREATE TABLE t ({body})") for body in bodies]
    assert len(set(read)) == len(bodies)


def test_a_table_is_read_in_full() -> None:
    made = table(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, Name varchar(50) COLLATE nocase NOT NULL DEFAULT ('x')"
        " CONSTRAINT named CHECK (NAME <> ''), twice AS (id * 2) STORED, up REFERENCES T ON DELETE CASCADE,"
        " CONSTRAINT u UNIQUE (name, up DESC));"
        "CREATE UNIQUE INDEX i ON t (NAME COLLATE binary, lower(name) DESC, [up]) WHERE id>1"
    )
    assert made.columns == (
        Column("id", "INTEGER", nullable=False),
        Column("Name", "VARCHAR(50)", nullable=False, default="'x'", collation="NOCASE"),
        Column("twice", "", generated=Generated("id * 2", stored=True)),
        Column("up", ""),
    )
    assert made.constraints == (
        Constraint("named", ConstraintKind.CHECK, "CHECK (Name <> '')"),
        Constraint(
            *("", ConstraintKind.FOREIGN, "FOREIGN KEY (up) REFERENCES t (id) ON DELETE CASCADE", ("up",)),
            *(Name("main", "t"), ("id",)),
        ),
        Constraint("", ConstraintKind.PRIMARY, "PRIMARY KEY (id AUTOINCREMENT)", ("id",)),
        Constraint("u", ConstraintKind.UNIQUE, "UNIQUE (Name, up DESC)", ("Name", "up")),
    )
    said = "(Name COLLATE BINARY, lower(Name) DESC, up) WHERE id > 1"
    assert made.indexes == (Index("i", said, unique=True, columns=("Name", "up")),)


@pytest.mark.parametrize(
    ("create", "after", "nullable"),
    [
        ("CREATE TABLE t (a TEXT PRIMARY KEY)", "", True),
        ("CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID", "WITHOUT ROWID", False),
        ("CREATE TABLE t (a TEXT PRIMARY KEY) strict", "STRICT", False),
        ("CREATE TABLE t (a TEXT, PRIMARY KEY ('A')) without rowid , STRICT", "STRICT, WITHOUT ROWID", False),
        ("CREATE TABLE t (a INTEGER, PRIMARY KEY (a)) WITHOUT ROWID", "WITHOUT ROWID", False),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY DESC)", "", True),
        ("CREATE TABLE t (a INT PRIMARY KEY)", "", True),
        ('CREATE TABLE t (a "integer" PRIMARY KEY)', "", False),
    ],
)
def test_whether_a_key_can_be_null(create: str, after: str, nullable: bool) -> None:
    made = table(create)
    assert (made.after, made.columns[0].nullable) == (after, nullable)


def test_a_deferrable_that_stands_apart_is_said_of_the_foreign_key_before_it() -> None:
    said = "CREATE TABLE t (a REFERENCES w, b DEFERRABLE INITIALLY DEFERRED, c REFERENCES w)"
    keys = {key.columns[0]: key.definition for key in table(OTHER + said).constraints}
    assert keys["a"] == "FOREIGN KEY (a) REFERENCES w (x) DEFERRABLE INITIALLY DEFERRED"
    assert keys["c"] == "FOREIGN KEY (c) REFERENCES w (x)"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(a, b DESC)", "([A] ASC, `b` desc)"),
        ("(a)", "('a')"),
        ("(a)", "((a))"),
        ("(a COLLATE NOCASE)", "((a) collate NoCase asc)"),
        ("(lower(a)) WHERE b > 1 AND a IS NOT NULL", "( LOWER([a]) ) where (t.b>1 and a is not null)"),
        ("(a + 1)", "((a+1))"),
        ("(a) WHERE b", "(a )WHERE(b)"),
    ],
)
def test_indexes_are_read_in_normal_form(one: str, other: str) -> None:
    assert table(f"CREATE TABLE t (a, b); CREATE INDEX i ON t {one}") == table(
        f'CREATE TABLE t (a, b); create index if not exists "i" on [T] {other}'
    )


# A re-spelling changes what carries no meaning: the case of words, blanks, comments, quotes.
GAPS = st.sampled_from((" ", "\n\t", " /* , ( 'x */ ", " -- it's\n", "\r\n"))
NAMES = frozenset({"a", "b", "c", "w", "x", "t"})
CONSTRAINTS = frozenset({"u", "k"})


@st.composite
def respelled(draw: st.DrawFn, text: str) -> str:
    tokens, _ = scan(text)
    said = ""
    for before, token in zip((None, *tokens), tokens, strict=False):
        one = token.text
        if token.text in NAMES:
            one = draw(st.sampled_from((one, one.upper(), f'"{one}"', f"[{one.upper()}]", f"`{one}`")))
        elif token.kind == "word" and token.text not in CONSTRAINTS:
            one = draw(st.sampled_from((one, one.lower(), one.upper(), one.title())))
        glued = before is not None and before.kind == token.kind == "mark" and before.end == token.start
        said += ("" if glued else draw(GAPS)) + one
    return said


COLUMNS = st.sampled_from(
    (
        "INT NOT NULL DEFAULT (1 + -2)",
        "VARCHAR(10) COLLATE NOCASE CHECK (a <> 'It''s' AND length(b) >= 0x1f) UNIQUE",
        "DECIMAL(10, 2) DEFAULT -1.5e3",
        "TEXT DEFAULT CURRENT_TIME CONSTRAINT k REFERENCES w (x) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
        "DEFAULT TRUE CHECK (a IN (1, 2) OR NOT b BETWEEN 1 AND 2)",
    )
)
COMPUTED = st.just("GENERATED ALWAYS AS (CASE WHEN a IS NULL THEN b || 'x' ELSE CAST(a AS TEXT) END) STORED")
TABLES = st.sampled_from(
    (
        "",
        ", PRIMARY KEY (b DESC, a) ON CONFLICT IGNORE",
        ", CONSTRAINT u UNIQUE (a COLLATE RTRIM, b), CHECK (a -> 'x' <> t.b)",
        ", FOREIGN KEY (a, b) REFERENCES w (x, c) ON UPDATE CASCADE",
    )
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_respelling_is_the_same(data: st.DataObject) -> None:
    draw = data.draw
    create = f"CREATE TABLE t (a INT, b {draw(COLUMNS)}, c {draw(COLUMNS | COMPUTED)}{draw(TABLES)})"
    index = "CREATE UNIQUE INDEX i ON t (b DESC, a + 1) WHERE a > 1 AND b IS NOT NULL"
    view = "CREATE VIEW v AS SELECT a, count(*) FROM t JOIN w ON a = x WHERE b <> 1 GROUP BY b"
    plain = schema(f"CREATE TABLE w (x, c); {create}; {index}; {view}")
    spelled = (draw(respelled(said)) for said in (create, index, view))
    other = schema(f"CREATE TABLE w (x, c); {'; '.join(spelled)}", like=plain)
    assert other == plain
