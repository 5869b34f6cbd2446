"""What holds for every table that SQLite takes."""

from __future__ import annotations

import sqlite3

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lockgate.errors import LockgateError
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
from lockgate.sqlite_tables.parse import parse_table
from sqlite_tables.lab import Lab

# The columns a0, a1 … in every kind of quotes: a definition may refer to a0, which there always is.
NAMES = ("a{}", '"a{}"', "[a{}]", "`a{}`", "'a{}'", "A{}")
TYPES = (
    "",
    " INT",
    " DECIMAL(10, 2)",
    " VARYING CHARACTER ( +255 )",
    ' "odd, (type"',
    " [x] y 'z'",
    " GENERATED",
    " KEY",
)
CONSTRAINTS = (
    *("NOT NULL", "NOT NULL ON CONFLICT FAIL", "NULL", "UNIQUE", "UNIQUE ON CONFLICT IGNORE", "COLLATE NOCASE"),
    *(
        "DEFAULT 1",
        "DEFAULT -1.5e3",
        "DEFAULT (1 + (2))",
        "DEFAULT 'it''s, )'",
        "DEFAULT CURRENT_DATE",
        "DEFAULT x'ff'",
    ),
    *("DEFAULT abc", "CHECK (a0 <> ')' AND a0 > 1)", "REFERENCES t", "CONSTRAINT lonely", "CONSTRAINT k UNIQUE"),
    *("REFERENCES w (x) ON DELETE SET NULL ON UPDATE NO ACTION MATCH FULL", "REFERENCES w NOT DEFERRABLE"),
    *("CONSTRAINT [k] REFERENCES w ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED", "NOT DEFERRABLE"),
    *("AS (a0 || ',')", "GENERATED ALWAYS AS (a0 + 1) STORED", "CONSTRAINT `k` CHECK(length(a0) IN (1, 2))"),
    *("PRIMARY KEY", "PRIMARY KEY DESC ON CONFLICT ABORT"),
)
TABLE_CONSTRAINTS = (
    *(", UNIQUE (a0 COLLATE RTRIM DESC) ON CONFLICT REPLACE", ", CHECK (a0 <> ','  )", " CHECK (t.a0 > 0)"),
    *(", CONSTRAINT 'k' FOREIGN KEY (a0) REFERENCES w (x) ON DELETE CASCADE", ", CONSTRAINT k CHECK (a0)"),
    *(", PRIMARY KEY (a0)", " CONSTRAINT k2"),
)
GAPS = st.sampled_from((" ", "\n  ", " /* , ( */ ", " -- it's, (\n  ", "\t", "\r\n", "/**/"))
INDEXES = (
    "CREATE INDEX i ON t (a0 DESC) WHERE a0 > 0",
    "CREATE UNIQUE INDEX [i 2] ON 't' (lower(a0), a0) WHERE t.a0 <> ''",
)
CHANGES = st.one_of(
    st.builds(
        AlterColumn,
        st.just("a0"),
        st.sampled_from((None, "", "TEXT")),
        st.sampled_from((None, True, False)),
        st.sampled_from((None, "7", "1 + 1")),
    ),
    st.sampled_from((AddColumn("z UNIQUE"), AddConstraint("CONSTRAINT z CHECK (a0 <> 5)"), DropColumn("a1"))),
    st.sampled_from((DropColumn("a2"), DropConstraint("k"), DropConstraint("k2"))),
)
LAW = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


@st.composite
def columns(draw: st.DrawFn, number: int) -> str:
    name = draw(st.sampled_from(NAMES)).format(number)
    possible = [said for said in CONSTRAINTS if number or " AS " not in f" {said}"]
    said = draw(st.lists(st.sampled_from(possible), max_size=3, unique=True))
    return name + draw(st.sampled_from(TYPES)) + "".join(draw(GAPS) + constraint for constraint in said)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, ...]:
    body = draw(GAPS)
    for number in range(draw(st.integers(1, 4))):
        body += ("," + draw(GAPS) if number else "") + draw(columns(number)) + draw(GAPS)
    first = draw(st.sampled_from(("", *(said for said in TABLE_CONSTRAINTS if said.startswith(",")))))
    more = draw(st.lists(st.sampled_from(TABLE_CONSTRAINTS), max_size=2)) if first else []
    create = f"CREATE TABLE t ({body}{''.join(said + draw(GAPS) for said in (first, *more))})"
    return create, *draw(st.sampled_from(((), INDEXES[:1], INDEXES)))


def shown(lab: Lab) -> dict[str, tuple[object, ...]]:
    return {row[1].lower(): row[2:] for row in lab("PRAGMA table_xinfo(t)")}


def touched(change: Change) -> set[str]:
    match change:
        case AlterColumn(column) | DropColumn(column):
            return {column}
        case DropConstraint():
            return {"a0", "a1", "a2", "a3"}
        case _:
            return {"z"}


def created(create: tuple[str, ...]) -> Lab:
    lab = Lab("CREATE TABLE w (x PRIMARY KEY)")
    try:
        for statement in create:
            lab(statement)
    except sqlite3.OperationalError:
        assume(False)
    return lab


@LAW
@given(tables())
def test_the_columns_are_those_that_sqlite_sees(create: tuple[str, ...]) -> None:
    lab = created(create)
    names = [column.name for column in parse_table(lab.sql()).columns]
    assert names == [row[0] for row in lab("SELECT name FROM pragma_table_xinfo('t')")]


@LAW
@given(tables())
def test_a_rebuild_that_changes_nothing_changes_nothing(create: tuple[str, ...]) -> None:
    lab = created(create)
    master = lab.master()
    lab.run(rebuild(lab.text(), [AddColumn("z UNIQUE"), DropColumn("z")]))
    assert lab.master() == master


@LAW
@given(tables(), CHANGES)
def test_what_changes_is_what_was_asked_for(create: tuple[str, ...], change: Change) -> None:
    lab = created(create)
    before = shown(lab)
    try:
        statements = rebuild(lab.text(), [change])
    except LockgateError:
        return
    lab.run(statements)
    after = shown(lab)
    for name in touched(change):
        before.pop(name, None)
        after.pop(name, None)
    assert after == before


@LAW
@given(st.text("(),'\"`[]ab1 -/*\n.;", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    given_table = TableText("t", "CREATE TABLE t (a, b)", (), ())
    for change in (AddColumn(text), AddConstraint(text), AlterColumn("a", text), AlterColumn("a", default=text)):
        try:
            rebuild(given_table, [change])
        except LockgateError:
            continue
