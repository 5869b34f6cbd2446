"""What of a database is read, and under which names."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from lockgate.nouns.schema import Name
from lockgate.sqlite_tables.catalog import Row, schema_of
from sqlite_tables.reading import rows_of, schema


def names(script: str, **given: object) -> set[str]:
    return {name.name for name in schema(script, **given).tables}  # type: ignore[arg-type]


def test_what_is_no_table_of_the_application_is_left_out() -> None:
    script = """
        CREATE TABLE kept (id INTEGER PRIMARY KEY AUTOINCREMENT);
        CREATE TABLE _lockgate_kept (a);
        CREATE TABLE Schema_Migrations (a);
        CREATE TABLE docs_notes (a);
        CREATE VIRTUAL TABLE docs USING fts5(body);
        CREATE VIRTUAL TABLE IF NOT EXISTS 'boxes' USING rtree(id, a, b);
        ANALYZE;
    """
    assert names(script, leaving_out={Name("main", "schema_migrations")}) == {"kept", "docs_notes"}


def test_the_tables_of_an_unknown_module_are_left_out() -> None:
    rows = [
        Row("main", "table", "docs", "docs", "CREATE VIRTUAL TABLE docs USING vec0(a)"),
        Row("main", "table", "docs_chunks", "docs_chunks", "CREATE TABLE docs_chunks (a)"),
        Row("main", "table", "docsets", "docsets", "CREATE TABLE docsets (a)"),
    ]
    assert set(schema_of(rows).tables) == {Name("main", "docsets")}


def test_texts_are_those_of_sqlite() -> None:
    made = schema(
        "CREATE TABLE t (a UNIQUE); CREATE TRIGGER tr AFTER INSERT ON T BEGIN SELECT 1; END; CREATE INDEX i ON t (a);"
        "CREATE VIEW v AS SELECT 1; CREATE TRIGGER tv INSTEAD OF INSERT ON v BEGIN SELECT 2; END"
    )
    assert made.texts == {
        Name("main", "t"): (
            "CREATE TABLE t (a UNIQUE)",
            "CREATE INDEX i ON t (a)",
            "CREATE TRIGGER tr AFTER INSERT ON T BEGIN SELECT 1; END",
        ),
        Name("main", "v"): (
            "CREATE VIEW v AS SELECT 1",
            "CREATE TRIGGER tv INSTEAD OF INSERT ON v BEGIN SELECT 2; END",
        ),
    }


@pytest.mark.parametrize(
    ("view", "definition", "uses"),
    [
        ("v AS SELECT A, b FROM t", "SELECT a, b FROM t", ["t"]),
        ("v(X, y) AS VALUES (1, 2)", "(x, y) AS VALUES (1, 2)", []),
        ("v AS select a as userId from main.T, w", "SELECT a AS userId FROM main.t, w", ["t", "w"]),
        ("v AS SELECT 1 FROM (t JOIN w ON t.a = w.a)", "SELECT 1 FROM (t JOIN w ON t.a = w.a)", ["t", "w"]),
        (
            "v AS WITH c AS (SELECT a FROM t WHERE a IS DISTINCT FROM w) SELECT count(*) FROM c ORDER BY w, t",
            "WITH c AS (SELECT a FROM t WHERE a IS DISTINCT FROM w) SELECT count(*) FROM c ORDER BY w, t",
            ["t"],
        ),
        ("v AS SELECT a FROM t UNION SELECT x FROM u", "SELECT a FROM t UNION SELECT x FROM u", ["t", "u"]),
        (
            "v AS SELECT a, w FROM t WHERE a IN (SELECT a FROM w WHERE -1<>-a)",
            "SELECT a, w FROM t WHERE a IN (SELECT a FROM w WHERE -1 <> -a)",
            ["t", "w"],
        ),
    ],
)
def test_a_view_is_its_query_and_what_it_reads(view: str, definition: str, uses: list[str]) -> None:
    made = schema(
        f"CREATE TABLE t (a, b, w); CREATE TABLE w (a, w, t); CREATE VIEW u AS SELECT 1 AS x; CREATE VIEW {view}"
    )
    read = made.views[Name("main", "v")]
    assert (read.definition, [name.name for name in read.uses]) == (definition, uses)


def test_several_databases_are_read_together() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(
            "ATTACH ':memory:' AS aux; CREATE TABLE t (a); CREATE TABLE aux.t (b PRIMARY KEY);"
            "CREATE TABLE aux.c (b REFERENCES t); CREATE INDEX aux.i ON t (b)"
        )
        rows = [*rows_of(connection), *rows_of(connection, "aux")]
    made = schema_of(rows, ("main", "aux"))
    assert set(made.tables) == {Name("main", "t"), Name("aux", "t"), Name("aux", "c")}
    (key,) = made.tables[Name("aux", "c")].constraints
    assert (key.target, key.target_columns) == (Name("aux", "t"), ("b",))
    assert [index.name for index in made.tables[Name("aux", "t")].indexes] == ["i"]
    assert made.namespaces == {"main", "aux"}


def test_names_that_differ_in_case_alone_are_spelled_as_in_the_other_schema() -> None:
    first = schema(
        "CREATE TABLE Users (Id INTEGER PRIMARY KEY, \"userName\" UNIQUE CHECK (userName <> ''));"
        "CREATE TABLE posts (by REFERENCES users); CREATE INDEX IX ON users (username); CREATE VIEW V AS SELECT 1"
    )
    script = (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username UNIQUE CHECK (USERNAME <> ''));"
        "CREATE TABLE Posts (BY REFERENCES Users); CREATE INDEX ix ON users (userName); CREATE VIEW v AS SELECT 1"
    )
    assert schema(script) != first
    assert schema(script, like=first) == first
