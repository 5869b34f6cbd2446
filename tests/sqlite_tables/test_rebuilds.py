"""What a rebuild keeps, seen in a database."""

from __future__ import annotations

import sqlite3

import pytest

from lockgate.sqlite_tables import AddColumn, AddConstraint, AlterColumn, DropColumn, DropConstraint
from sqlite_tables.lab import Lab

FULL = """
CREATE TABLE w (id INTEGER PRIMARY KEY);
INSERT INTO w VALUES (1), (2);
CREATE TABLE "t" (
  id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT, -- never used twice
  [name] VARYING CHARACTER(255) COLLATE NOCASE NOT NULL ON CONFLICT IGNORE DEFAULT 'it''s, (',
  `price` DECIMAL(10, 2) DEFAULT -1.5 CHECK (price > -2), /* in euro, net */
  w INT CONSTRAINT "to w" REFERENCES w (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  parent INTEGER REFERENCES t,
  loose,
  twice INT GENERATED ALWAYS AS (price * 2) STORED,
  thrice AS (price * 3),
  UNIQUE (name, w) ON CONFLICT ABORT CHECK (length(name) < 99)
);
CREATE TABLE child (t INTEGER REFERENCES t ON DELETE CASCADE, u REFERENCES "T" (id));
CREATE VIEW v AS SELECT t.id, name AS n FROM t;
CREATE TABLE log (what);
CREATE TRIGGER tr AFTER UPDATE OF name ON t WHEN new.name <> old.name BEGIN
  INSERT INTO log SELECT new.name || count(*) FROM t; -- a comment
END;
CREATE INDEX i1 ON t (loose COLLATE RTRIM DESC) WHERE price > 0; -- partial
CREATE UNIQUE INDEX [i 2] ON "t" (lower(name), id);
INSERT INTO t (id, name, price, w, parent) VALUES (7, 'a', 1, 1, 7), (9, 'b', 2, 2, 7), (50, 'c', 3, 1, 9);
DELETE FROM t WHERE id = 50;
INSERT INTO child VALUES (7, 9), (9, 9);
"""


def test_everything_that_is_not_meant_to_change_stays_as_it_is() -> None:
    lab = Lab(FULL)
    lab("UPDATE t SET loose = '1'")
    master, rows = lab.master(), lab("SELECT *, thrice FROM t")
    lab.change(AlterColumn("loose", nullable=False, default="0", type="BLOB"), AddConstraint("CHECK (id > 0)"))
    changed = lab.sql()
    assert changed != next(sql for _, name, _, sql in master if name == "t")
    assert [row for row in lab.master() if row[1] != "t"] == [row for row in master if row[1] != "t"]
    lab.change(AlterColumn("loose", nullable=True, default=None, type=""))
    assert lab.sql().replace(", CHECK (id > 0)", "") == next(sql for _, name, _, sql in master if name == "t")
    assert lab("SELECT *, thrice FROM t") == rows


@pytest.fixture(name="lab")
def _lab() -> Lab:
    lab = Lab(FULL)
    lab("UPDATE t SET loose = 'x'")
    lab.change(AlterColumn("loose", nullable=False))
    return lab


def test_the_highest_rowid_is_kept(lab: Lab) -> None:
    lab("INSERT INTO t (name, loose) VALUES ('new', 1)")
    assert lab("SELECT id FROM t WHERE name = 'new'") == [(51,)]
    assert lab("SELECT * FROM sqlite_sequence") == [("t", 51)]


def test_the_highest_rowid_of_an_empty_table_is_kept() -> None:
    lab = Lab("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO t VALUES (9, 1); DELETE FROM t;")
    lab.change(AlterColumn("a", nullable=False))
    assert lab("SELECT * FROM sqlite_sequence") == [("t", 9)]


def test_without_autoincrement_the_highest_rowid_is_forgotten() -> None:
    lab = Lab("CREATE TABLE t (id INTEGER CONSTRAINT k PRIMARY KEY AUTOINCREMENT, a); INSERT INTO t VALUES (9, 1);")
    lab.change(DropConstraint("k"))
    assert lab("SELECT * FROM sqlite_sequence") == []


def test_an_autoincrement_among_the_table_s_constraints_is_seen() -> None:
    lab = Lab("CREATE TABLE t (id INTEGER, a, PRIMARY KEY (id AUTOINCREMENT)); INSERT INTO t VALUES (9, 1);")
    lab("DELETE FROM t")
    lab.change(AlterColumn("a", nullable=False))
    assert lab("SELECT * FROM sqlite_sequence") == [("t", 9)]


def test_foreign_keys_lead_to_the_new_table(lab: Lab) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        lab("INSERT INTO child VALUES (100, 7)")
    with pytest.raises(sqlite3.IntegrityError):
        lab("UPDATE t SET parent = 100")
    assert lab("SELECT * FROM child") == [(7, 9), (9, 9)]
    lab("UPDATE child SET u = 7")
    lab("UPDATE t SET parent = NULL")
    lab("DELETE FROM t WHERE id = 9")
    assert lab("SELECT * FROM child") == [(7, 7)]


def test_views_and_triggers_work(lab: Lab) -> None:
    assert lab("SELECT * FROM v") == [(7, "a"), (9, "b")]
    lab("UPDATE t SET name = 'z' WHERE id = 7")
    assert lab("SELECT * FROM log") == [("z2",)]


@pytest.mark.parametrize("name", ['"odd ""one"', "[select]", "`a``b`", "'s t'", "plain", "Größe", '"_lockgate_t"'])
@pytest.mark.parametrize("schema", ["main", "temp", "aux"])
def test_a_table_may_have_any_name_and_stand_anywhere(name: str, schema: str) -> None:
    create = f"CREATE TABLE IF NOT EXISTS {schema} /* x */ . {name} (id INTEGER PRIMARY KEY AUTOINCREMENT, a -- x\n)"
    lab = Lab(f"{create}; CREATE TABLE {'aux' if schema == 'main' else 'main'}.{name} (a);")
    bare = lab(f"SELECT name FROM {schema}.sqlite_master WHERE name <> 'sqlite_sequence'")[0][0]
    table = f'{schema}."{bare.replace(chr(34), chr(34) * 2)}"'
    lab(f"CREATE UNIQUE INDEX IF NOT EXISTS {schema}.i ON {name} (a DESC)")
    lab(f"CREATE TRIGGER {schema}.tr DELETE ON {name} BEGIN SELECT 1; END")
    lab(f"INSERT INTO {table} VALUES (4, 'x')")
    master = lab.master(schema)
    assert "legacy" in lab.change(AlterColumn("a", nullable=False), name=bare, schema=schema)[0]
    lab.change(AlterColumn("a", nullable=True), name=bare, schema=schema)
    assert lab.master(schema) == master
    assert lab(f"SELECT * FROM {table}") == [(4, "x")]
    assert lab(f"SELECT seq FROM {schema}.sqlite_sequence WHERE name = ?", bare) == [(4,)]


@pytest.mark.parametrize("schema", ["temp", "main"])
def test_a_temporary_table_that_hides_another_is_left_alone(schema: str) -> None:
    other = "main" if schema == "temp" else "temp"
    lab = Lab("".join(f"CREATE TABLE {place}.t (a); CREATE INDEX {place}.i ON t (a);" for place in ("main", "temp")))
    lab.change(AlterColumn("a", nullable=False), schema=schema)
    assert lab(f"SELECT sql FROM {schema}.sqlite_master LIMIT 1") == [("CREATE TABLE t (a NOT NULL)",)]
    assert lab(f"SELECT sql FROM {other}.sqlite_master") == [("CREATE TABLE t (a)",), ("CREATE INDEX i ON t (a)",)]
    assert [name for _, name, _, _ in lab.master(schema)] == ["i", "t"]


def test_a_trigger_may_say_where_its_table_is() -> None:
    lab = Lab("CREATE TABLE t (a); CREATE TRIGGER tr INSERT ON main.t BEGIN UPDATE t SET a = 1; END;")
    master = lab.master()
    lab.change(AlterColumn("a", nullable=False))
    lab.change(AlterColumn("a", nullable=True))
    assert lab.master() == master


def test_rowids_are_kept() -> None:
    lab = Lab("CREATE TABLE t (rowid, oid, a); INSERT INTO t VALUES (1, 2, 3), (4, 5, 6); DELETE FROM t WHERE a = 3;")
    lab.change(AlterColumn("a", nullable=False))
    assert lab("SELECT _rowid_, * FROM t") == [(2, 4, 5, 6)]


def test_rowids_without_a_name_are_given_anew() -> None:
    lab = Lab("CREATE TABLE t (rowid, oid, _rowid_, a); INSERT INTO t VALUES (1, 2, 3, 4);")
    lab.change(AlterColumn("a", nullable=False))
    assert lab("SELECT * FROM t") == [(1, 2, 3, 4)]


def test_a_column_that_becomes_the_rowid_keeps_its_values() -> None:
    lab = Lab("CREATE TABLE t (id BIGINT PRIMARY KEY); INSERT INTO t (rowid, id) VALUES (1, 42);")
    lab.change(AlterColumn("id", type="INTEGER"))
    assert lab("SELECT rowid, id FROM t") == [(42, 42)]


@pytest.mark.parametrize("options", ["WITHOUT ROWID", "STRICT", "STRICT, WITHOUT ROWID", "without rowid , strict"])
def test_options_stay(options: str) -> None:
    lab = Lab(f"CREATE TABLE t (id TEXT PRIMARY KEY, a ANY) {options}; INSERT INTO t VALUES ('k', '007');")
    master, rows = lab.master(), lab("SELECT *, typeof(a) FROM t")
    lab.change(AlterColumn("a", nullable=False))
    assert lab.sql() == f"CREATE TABLE t (id TEXT PRIMARY KEY, a ANY NOT NULL) {options}"
    lab.change(AlterColumn("a", nullable=True))
    assert (lab.master(), lab("SELECT *, typeof(a) FROM t")) == (master, rows)


QUALIFIED = """
CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a CHECK ("t".a <> 0), b TEXT, g AS (a));
CREATE INDEX i ON t (b) WHERE t.b <> '';
CREATE TABLE c (t REFERENCES t);
CREATE VIEW v AS SELECT b FROM t;
CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET b = 'fired' WHERE t.id = new.id; END;
INSERT INTO t (a, b) VALUES (1, 'x'), ('007', 'y'), (x'00', 'z'), (1.5, NULL);
DELETE FROM t WHERE b IS NULL;
INSERT INTO c VALUES (2);
"""


def test_a_table_whose_expressions_say_its_name_is_rebuilt_as_well() -> None:
    lab = Lab(QUALIFIED)
    master, rows = lab.master(), lab("SELECT *, typeof(a) FROM t")
    lab.change(AlterColumn("b", nullable=False))
    lab.change(AlterColumn("b", nullable=True))
    assert (lab.master(), lab("SELECT *, typeof(a) FROM t")) == (master, rows)
    lab("INSERT INTO t (a) VALUES (3)")
    assert lab("SELECT max(id), b FROM t") == [(5, "fired")]
    assert lab("SELECT * FROM v")[-1] == ("fired",)
    with pytest.raises(sqlite3.IntegrityError):
        lab("DELETE FROM t WHERE id = 2")


def test_a_table_that_says_its_name_only_in_an_index_is_rebuilt_as_well() -> None:
    lab = Lab("CREATE TABLE t (a); CREATE INDEX i ON t (a) WHERE t.a > 0; INSERT INTO t VALUES (1);")
    lab.change(AddConstraint("UNIQUE (a)"))
    assert lab("SELECT * FROM t INDEXED BY i WHERE t.a > 0") == [(1,)]


@pytest.mark.parametrize("conflict", ["REPLACE", "IGNORE"])
def test_rows_never_go_missing_because_of_what_a_constraint_says_of_conflicts(conflict: str) -> None:
    lab = Lab("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 1), (1, NULL);")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        lab.change(AddConstraint(f"UNIQUE (a) ON CONFLICT {conflict}"))
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
        lab.change(DropColumn("b"), AddColumn(f"b NOT NULL ON CONFLICT {conflict}"))
    assert lab("SELECT * FROM t") == [(1, 1), (1, None)]


def test_rows_that_the_new_definition_forbids_stop_the_change() -> None:
    lab = Lab("CREATE TABLE t (a); INSERT INTO t VALUES (NULL);")
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
        lab.change(AlterColumn("a", nullable=False))
    assert lab.sql() == "CREATE TABLE t (a)"


def test_added_columns_take_their_defaults_and_dropped_ones_are_forgotten() -> None:
    lab = Lab("CREATE TABLE t (a, b UNIQUE); INSERT INTO t VALUES (1, 2);")
    lab.change(AddColumn("c DEFAULT (1 + 2)"), DropColumn("b"), AddColumn("b INT NOT NULL DEFAULT 9"))
    assert lab("SELECT a, b, c FROM t") == [(1, 9, 3)]


def test_a_stored_generated_column_can_be_added() -> None:
    lab = Lab("CREATE TABLE t (a); INSERT INTO t VALUES (1);")
    lab.change(AddColumn("g INT GENERATED ALWAYS AS (a + 1) STORED"))
    assert lab("SELECT * FROM t") == [(1, 2)]


def test_renaming_comes_last_and_reaches_views_triggers_indexes_and_foreign_keys() -> None:
    lab = Lab(FULL)
    lab.change(AlterColumn("name", new_name="title", type="TEXT"), AlterColumn("id", new_name="order"))
    assert lab("SELECT * FROM v") == [(7, "a"), (9, "b")]
    assert lab("SELECT name FROM pragma_table_info('t') LIMIT 2") == [("order",), ("title",)]
    lab("UPDATE t SET title = 'z' WHERE \"order\" = 7")
    assert lab("SELECT * FROM log") == [("z2",)]
    assert "lower(title)" in lab.sql("i 2")
    assert '"order"' in lab.sql("child")


def test_columns_can_be_renamed_one_after_the_other() -> None:
    lab = Lab("CREATE TABLE t (a, b)")
    lab.change(AlterColumn("b", new_name="c"), AlterColumn("a", new_name="b"))
    assert lab.sql() == "CREATE TABLE t (b, c)"
    lab.change(AlterColumn("b", new_name="B"))
    assert lab.sql() == "CREATE TABLE t (B, c)"
