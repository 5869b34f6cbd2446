"""A database becomes what is wanted, and keeps its rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diffing.sqlite_lab import Bringing, brought, run
from lockgate.diffing.differ import diff
from lockgate.diffing.sqlite import statements
from lockgate.errors import LockgateError
from lockgate.nouns.changes import Kind
from lockgate.sqlite_tables.catalog import schema_of
from sqlite_tables.reading import rows_of

OTHERS = """
CREATE TABLE w (x INTEGER PRIMARY KEY, y TEXT UNIQUE);
CREATE TABLE child (t_id INTEGER REFERENCES t (id) ON DELETE CASCADE);
CREATE VIEW seen AS SELECT id, a FROM t;
CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO w (y) VALUES (new.a); END;
"""
START = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1);"
ROWS = "INSERT INTO t (id, a, b) VALUES (1, '10', 11), (7, '70', NULL); INSERT INTO child VALUES (7);"

TABLES = [
    "(id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1, c)",
    "(id INTEGER PRIMARY KEY, n VARCHAR(5) NOT NULL DEFAULT 'x' CHECK (n <> ''), a TEXT, b INT DEFAULT 1)",
    "(id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1, r INTEGER REFERENCES w)",
    "(id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1, r INT, CONSTRAINT f FOREIGN KEY (r) REFERENCES w ON DELETE SET NULL)",
    "(id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1, c AS (a || b))",
    "(id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1, c AS (a || b) STORED, d AS (c) UNIQUE)",
    "(id INTEGER PRIMARY KEY, a TEXT)",
    "(id INTEGER PRIMARY KEY, a TEXT NOT NULL)",
    "(id INTEGER PRIMARY KEY, a INTEGER)",
    "(id INTEGER PRIMARY KEY, a NUMERIC(10, 2) COLLATE NOCASE DEFAULT ('z' || 'y'), b INT)",
    "(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT UNIQUE, b INT DEFAULT (1 + abs(1)))",
    "(id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1, at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    "(b INT DEFAULT 1, a TEXT CONSTRAINT k PRIMARY KEY, id INTEGER UNIQUE)",
    "(id INTEGER, a TEXT, b INT, CONSTRAINT k PRIMARY KEY (a, id DESC), CONSTRAINT u UNIQUE (id), CHECK (t.id > 0))",
    "(id INTEGER PRIMARY KEY, a TEXT, b AS (id + 1))",
    "(id INTEGER PRIMARY KEY, a ANY, b INT DEFAULT 2 /* two */) STRICT",
    "(id INTEGER PRIMARY KEY, a TEXT, b INT) WITHOUT ROWID",
    '(ID INTEGER PRIMARY KEY, A TEXT, B INT DEFAULT 1, \'c d\' "e f" DEFAULT "it\'s")',
]

# The columns that stay may have types that a strict table does not know.
LOOSE = [body for body in TABLES if not body.endswith("STRICT")]


@pytest.mark.parametrize("body", TABLES, ids=range(len(TABLES)))
@pytest.mark.parametrize(
    "index", ["", "CREATE INDEX i ON t (a);", "CREATE UNIQUE INDEX i ON t (lower(a) DESC) WHERE a > 1;"]
)
def test_there_and_back(body: str, index: str) -> None:
    after = f"CREATE TABLE t {body}; {OTHERS} CREATE INDEX j ON t (id, a); {index}"
    there = brought(START + OTHERS + index + ROWS, after)
    assert there.left == []
    assert there.rows("SELECT id, CAST(a AS TEXT) FROM t ORDER BY id") == [(1, "10"), (7, "70")]
    assert there.rows("SELECT count(*) FROM child") == [(1,)]
    back = brought(
        f"{after} INSERT INTO t (id, a) VALUES (1, '10'), (7, '70'); INSERT INTO child VALUES (7)",
        f"{START} {OTHERS} {index} CREATE INDEX more ON t (b)",
    )
    assert back.left == []
    assert back.rows("SELECT id, CAST(a AS TEXT) FROM t ORDER BY id") == [(1, "10"), (7, "70")]
    assert back.rows("SELECT id FROM seen ORDER BY id") == [(1,), (7,)]
    back.connection.execute("INSERT INTO t (id, a) VALUES (8, 'by trigger')")
    assert ("by trigger",) in back.rows("SELECT y FROM w")


@pytest.mark.parametrize("one", TABLES, ids=range(len(TABLES)))
@pytest.mark.parametrize("other", TABLES, ids=range(len(TABLES)))
def test_from_each_to_each(one: str, other: str) -> None:
    rows = "INSERT INTO t (id, a) VALUES (1, '10'), (7, '70');"
    made = brought(f"CREATE TABLE t {one}; {OTHERS} {rows}", f"CREATE TABLE t {other}; {OTHERS}")
    assert made.left == []
    assert made.rows("SELECT id, CAST(a AS TEXT) FROM t ORDER BY id") == [(1, "10"), (7, "70")]


@pytest.mark.parametrize("one", TABLES, ids=range(len(TABLES)))
@pytest.mark.parametrize("other", LOOSE, ids=range(len(LOOSE)))
def test_what_is_only_in_the_database_stays(one: str, other: str) -> None:
    """Nothing is dropped; but there is one primary key, so that another one replaces it."""
    rows = "INSERT INTO t (id, a) VALUES (1, '10'), (7, '70');"
    extra = "CREATE INDEX mine ON t (a); CREATE TRIGGER tr AFTER UPDATE ON t BEGIN SELECT new.a; END;"
    made = brought(
        f"CREATE TABLE w (x INTEGER PRIMARY KEY, y); CREATE TABLE t {one}; {extra} {rows}",
        f"CREATE TABLE w (x INTEGER PRIMARY KEY, y); CREATE TABLE t {other}",
        lambda change: not change.drops or str(change.before).count("PRIMARY KEY") > 0,
    )
    assert all(change.drops for change in made.left), made.left
    assert made.rows("SELECT id, CAST(a AS TEXT) FROM t ORDER BY id") == [(1, "10"), (7, "70")]
    assert made.rows("SELECT name FROM sqlite_master WHERE name IN ('mine', 'tr')") == [("mine",), ("tr",)]


def test_a_rebuild_to_what_is_wanted_takes_over_its_text() -> None:
    wanted = "CREATE TABLE t (\n  b INT, -- first\n  id INTEGER PRIMARY KEY, a TEXT NOT NULL\n)"
    made = brought(START, wanted)
    assert made.rows("SELECT sql FROM sqlite_master") == [(wanted,)]
    assert sum("CREATE TABLE" in text for text in made.texts) == 1


def test_a_part_of_the_differences_leaves_the_rest_to_the_letter() -> None:
    before = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, -- the key\n  a TEXT, old /* of mine */ INT CHECK (old > 0), UNIQUE (old));"
        "CREATE INDEX mine ON t (old)"
    )
    after = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, new INT, CONSTRAINT c CHECK (new > 0))"
    made = brought(before, after, lambda change: not change.drops)
    (sql,), _ = made.rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC")
    assert sql == (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, -- the key\n  a TEXT NOT NULL, old /* of mine */ INT CHECK (old > 0),"
        " new INT CONSTRAINT c CHECK (new > 0), UNIQUE (old))"
    )
    assert {change.kind for change in made.left} == {Kind.COLUMN, Kind.CONSTRAINT, Kind.INDEX}


def test_all_changes_of_a_table_are_one_rebuild() -> None:
    made = brought(START, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT NOT NULL, b TEXT DEFAULT 2, c UNIQUE)")
    assert sum("INSERT" in text for text in made.texts) == 1
    assert {statement.changes for statement in made.statements} == {tuple(made.changes)}


@pytest.mark.parametrize(
    "body",
    [
        "id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1, c INT, d TEXT NOT NULL DEFAULT ''",
        "id INTEGER PRIMARY KEY, c INT REFERENCES w ON DELETE CASCADE, a TEXT, b INT DEFAULT 1",
        "id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1, c INT, FOREIGN KEY(c) REFERENCES w (x), CHECK (c > b)",
        "id INTEGER PRIMARY KEY, a TEXT",
    ],
)
def test_sqlites_own_alter_table_does_what_it_can(body: str) -> None:
    others = "CREATE TABLE w (x INTEGER PRIMARY KEY);"
    made = brought(f"{others} {START} INSERT INTO t VALUES (1, 2, 3)", f"{others} CREATE TABLE t ({body})")
    assert made.left == []
    assert all(text.startswith("ALTER TABLE") for text in made.texts)


def test_tables_indexes_and_views_come_and_go() -> None:
    before = """
        CREATE TABLE gone (a PRIMARY KEY); CREATE INDEX gi ON gone (a);
        CREATE TABLE swapped (a); CREATE VIEW turned AS SELECT 1 AS x;
        CREATE TABLE kept (a, b); CREATE INDEX ki ON kept (a); CREATE INDEX kj ON kept (b);
        CREATE VIEW v AS SELECT a FROM kept; CREATE TRIGGER vt INSTEAD OF INSERT ON v BEGIN SELECT 1; END;
        CREATE VIEW old AS SELECT a FROM gone;
    """
    after = """
        CREATE TABLE new (a INTEGER PRIMARY KEY AUTOINCREMENT, up REFERENCES new); CREATE UNIQUE INDEX ni ON new (up);
        CREATE TRIGGER nt AFTER INSERT ON new BEGIN SELECT 1; END;
        CREATE VIEW swapped AS SELECT 1 AS Kept; CREATE TABLE turned (x);
        CREATE TABLE kept (b, c); CREATE UNIQUE INDEX ki ON kept (c); CREATE INDEX kk ON kept (b);
        CREATE VIEW V AS SELECT c FROM kept; CREATE VIEW more AS SELECT up FROM new;
    """
    made = brought(before, after)
    assert made.left == []
    names = {name for (name,) in made.rows("SELECT name FROM sqlite_master WHERE sql IS NOT NULL")}
    assert names == {"new", "ni", "nt", "swapped", "turned", "kept", "ki", "kk", "V", "vt", "more", "sqlite_sequence"}
    assert made.connection.execute("SELECT * FROM swapped").description[0][0] == "Kept"


def test_names_in_another_case_are_no_difference() -> None:
    made = brought(
        "CREATE TABLE Users (Id INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT); INSERT INTO Users VALUES (41, 'x')",
        "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL)",
    )
    assert [change.kind for change in made.changes] == [Kind.NULLABLE]
    made.connection.execute("DELETE FROM users")
    made.connection.execute("INSERT INTO users (name) VALUES ('y')")
    assert made.rows("SELECT id FROM users") == [(42,)]


def test_a_column_that_a_trigger_names_stays() -> None:
    trigger = "CREATE TRIGGER tr AFTER UPDATE OF b ON t BEGIN SELECT 1; END;"
    with pytest.raises(LockgateError, match="column b of t cannot be dropped: it is used by trigger tr"):
        brought(START + trigger, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL)")


def test_a_trigger_that_is_wanted_otherwise_comes_with_the_rebuild() -> None:
    before, after = (f"CREATE TRIGGER tr AFTER UPDATE OF {column} ON t BEGIN SELECT 1; END;" for column in "ba")
    made = brought(START + before, f"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL); {after}")
    assert made.rows("SELECT sql FROM sqlite_master WHERE name = 'tr'") == [(after[:-1],)]


@pytest.mark.parametrize("more", ["", ", CHECK (a)"])
def test_where_no_column_stays_the_rows_do(more: str) -> None:
    rows = "INSERT INTO t (rowid, a) VALUES (3, 1), (5, 2)"
    made = brought(f"CREATE TABLE t (a{more}); {rows}", "CREATE TABLE t (b DEFAULT 'x')")
    assert made.rows("SELECT rowid, b FROM t") == [(3, "x"), (5, "x")]


def test_where_neither_a_column_nor_a_number_stays_nothing_is_rebuilt() -> None:
    with pytest.raises(LockgateError, match="would keep its values"):
        brought("CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID", "CREATE TABLE t (b PRIMARY KEY)")


def test_a_value_that_was_computed_is_kept() -> None:
    made = brought("CREATE TABLE t (a, b AS (a * 2)); INSERT INTO t VALUES (4)", "CREATE TABLE t (a, b)")
    assert made.rows("SELECT a, b FROM t") == [(4, 8)]


@pytest.mark.parametrize("body", TABLES, ids=range(len(TABLES)))
def test_a_schema_without_texts_is_said_from_its_nouns(body: str) -> None:
    table = f'CREATE TABLE "order" {body.replace("t.", "")}'
    index = 'CREATE UNIQUE INDEX "i j" ON "order" (lower(a), id DESC) WHERE id > 1'
    made = Bringing("", f"CREATE TABLE w (x INTEGER PRIMARY KEY); {table}; {index}; CREATE VIEW v(q) AS SELECT 1")
    run(made.connection, statements(made.changes, made.have, replace(made.want, texts={})))
    assert diff(made.read(), made.want) == ()


def test_an_attached_database_is_changed_where_it_is() -> None:
    before = "CREATE TABLE aux.t (a); CREATE INDEX aux.i ON t (a); INSERT INTO aux.t VALUES (5)"
    made = Bringing(f"ATTACH ':memory:' AS aux; CREATE TABLE t (mine); {before}", "")
    have = schema_of(rows_of(made.connection, "aux"), ("aux",))
    script = (
        "CREATE TABLE t (a NOT NULL, b); CREATE INDEX j ON t (b); CREATE TABLE u (x); CREATE VIEW v AS SELECT a FROM t"
    )
    wanted = Bringing(script, "")
    want = schema_of([row._replace(schema="aux") for row in rows_of(wanted.connection)], ("aux",))
    run(made.connection, statements(diff(have, want), have, want))
    assert diff(schema_of(rows_of(made.connection, "aux"), ("aux",)), want) == ()
    assert made.rows("SELECT a, b FROM aux.t") == [(5, None)]
    assert made.rows("SELECT sql FROM main.sqlite_master") == [("CREATE TABLE t (mine)",)]
