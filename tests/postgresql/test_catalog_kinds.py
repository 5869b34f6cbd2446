"""What the catalog's reader says of types, sequences and views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate.nouns.schema import Constraint, ConstraintKind, Domain, Enumeration, Index, Name, Sequence, View
from postgresql.catalog_bench import made, read

if TYPE_CHECKING:
    from conformance.bench import Database

pytestmark = pytest.mark.asyncio

E, D, S, V = (Name("app", letter) for letter in "edsv")
CHECK = ConstraintKind.CHECK


async def test_labels_stand_in_their_order(database: Database) -> None:
    value = await made(
        database,
        "CREATE TYPE e AS ENUM ('b', 'it''s \\N \"Ü\"', ''); ALTER TYPE e ADD VALUE 'a' BEFORE 'b';"
        "ALTER TYPE e ADD VALUE 'between' AFTER 'b'; ALTER TYPE e RENAME VALUE '' TO 'z'; COMMENT ON TYPE e IS 'moods';"
        "CREATE TYPE \"None\" AS ENUM (); CREATE TYPE empty AS ENUM ('')",
    )
    assert value.enums == {
        E: Enumeration(E, ("a", "b", "between", 'it\'s \\N "Ü"', "z"), "moods"),
        Name("app", "None"): Enumeration(Name("app", "None"), ()),
        Name("app", "empty"): Enumeration(Name("app", "empty"), ("",)),
    }


DOMAINS = {
    "AS int": Domain(D, "integer"),
    "AS numeric(5,2)[] DEFAULT '{}'": Domain(D, "numeric(5,2)[]", default="'{}'::numeric[]"),
    "AS e NOT NULL DEFAULT 'a'": Domain(D, "app.e", nullable=False, default="'a'::app.e"),
    'AS text COLLATE "C"': Domain(D, "text", collation='"C"'),
    "AS int CONSTRAINT z CHECK (VALUE > 0) CONSTRAINT a CHECK (VALUE < 9)": Domain(
        D,
        "integer",
        checks=(Constraint("a", CHECK, "CHECK ((VALUE < 9))"), Constraint("z", CHECK, "CHECK ((VALUE > 0))")),
    ),
    "AS other CHECK (VALUE <> 5)": Domain(
        D, "app.other", checks=(Constraint("d_check", CHECK, "CHECK (((VALUE)::integer <> 5))"),)
    ),
}


@pytest.mark.parametrize("said", DOMAINS)
async def test_a_domain(database: Database, said: str) -> None:
    value = await made(
        database, f"CREATE TYPE e AS ENUM ('a'); CREATE DOMAIN other AS int CHECK (VALUE > 1); CREATE DOMAIN d {said}"
    )
    assert value.domains[D] == DOMAINS[said]


async def test_comments_of_a_domain_and_its_checks(database: Database) -> None:
    value = await made(
        database,
        "CREATE DOMAIN d AS int CONSTRAINT a CHECK (VALUE < 9); COMMENT ON DOMAIN d IS 'd';"
        "COMMENT ON CONSTRAINT a ON DOMAIN d IS 'a'; ALTER DOMAIN d ADD CONSTRAINT b CHECK (VALUE > 1) NOT VALID",
    )
    checks = (
        Constraint("a", CHECK, "CHECK ((VALUE < 9))", comment="a"),
        Constraint("b", CHECK, "CHECK ((VALUE > 1)) NOT VALID"),
    )
    assert value.domains[D] == Domain(D, "integer", checks=checks, comment="d")


SEQUENCES = {
    "": "AS bigint START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1 NO CYCLE",
    "AS smallint START 5 INCREMENT -2 MINVALUE -100 MAXVALUE 10 CACHE 3 CYCLE": "AS smallint START WITH 5 INCREMENT BY -2"
    " MINVALUE -100 MAXVALUE 10 CACHE 3 CYCLE",
}


@pytest.mark.parametrize("said", SEQUENCES)
async def test_a_sequence(database: Database, said: str) -> None:
    value = await made(database, f"CREATE SEQUENCE s {said}; COMMENT ON SEQUENCE s IS 'numbers'")
    assert value.sequences == {S: Sequence(S, SEQUENCES[said], comment="numbers")}
    await database.execute(f"DROP SEQUENCE app.s; CREATE SEQUENCE app.s {SEQUENCES[said]}")
    assert (await read(database)).sequences[S].options == SEQUENCES[said]


async def test_whose_a_sequence_is(database: Database) -> None:
    value = await made(
        database,
        'CREATE TABLE t (id smallserial, "Ü x" int, i int GENERATED ALWAYS AS IDENTITY);'
        'CREATE SEQUENCE s OWNED BY t."Ü x"; CREATE SEQUENCE free',
    )
    t = Name("app", "t")
    assert {name.name: one.owner for name, one in value.sequences.items()} == {
        "t_id_seq": (t, "id"),
        "s": (t, "Ü x"),
        "free": None,
    }
    assert value.sequences[Name("app", "t_id_seq")].options.startswith("AS smallint ")


async def test_views(database: Database) -> None:
    value = await made(
        database,
        'CREATE SCHEMA other; CREATE TABLE other."T" (a int, b text); CREATE TABLE p (a int) PARTITION BY LIST (a);'
        "CREATE VIEW v WITH (check_option = cascaded, security_invoker) AS SELECT a, 'x\n;' AS x FROM other.\"T\" WHERE a > 1;"
        "CREATE VIEW w (q) AS SELECT v.a FROM v, p, v again WHERE v.a = (SELECT max(a) FROM p);"
        "COMMENT ON VIEW v IS 'seen'; CREATE VIEW alone AS VALUES (1)",
    )
    table = Name("other", "T")
    assert value.views[V] == View(
        V,
        "SELECT a,\n    'x\n;'::text AS x\n   FROM other.\"T\"\n  WHERE (a > 1)"
        if "18" in database.engine
        else 'SELECT "T".a,\n    \'x\n;\'::text AS x\n   FROM other."T"\n  WHERE ("T".a > 1)',
        uses=(table,),
        comment="seen",
        options="WITH (check_option=cascaded, security_invoker='true')",
    )
    assert value.views[Name("app", "w")].uses == (Name("app", "p"), V)
    assert value.views[Name("app", "alone")] == View(Name("app", "alone"), "VALUES (1)")


async def test_materialised_views(database: Database) -> None:
    value = await made(
        database,
        "CREATE TABLE t (a int); CREATE MATERIALIZED VIEW v WITH (fillfactor = 70) AS SELECT a, a + 1 AS b FROM t WITH NO DATA;"
        "CREATE UNIQUE INDEX i ON v (b, a); CREATE INDEX j ON v ((a * 2)); COMMENT ON MATERIALIZED VIEW v IS 'kept';"
        "COMMENT ON INDEX i IS 'unique'",
    )
    view = value.views[V]
    assert (view.materialized, view.comment, view.options) == (True, "kept", "WITH (fillfactor='70')")
    assert view.indexes == (
        Index("i", "USING btree (b, a)", unique=True, columns=("b", "a"), comment="unique"),
        Index("j", "USING btree (((a * 2)))"),
    )
    assert view.uses == (Name("app", "t"),)
    assert not set(value.tables) & {V}


async def test_a_view_is_said_again_as_it_was_read(database: Database) -> None:
    before = await made(
        database,
        'CREATE TABLE t (a int, b text, c text[]); CREATE VIEW v WITH (security_barrier) AS SELECT t.*, u.a AS "A",'
        " row_number() OVER w FROM t LEFT JOIN t u USING (b) WHERE t.c && ARRAY['x;', E'\\\\'] WINDOW w AS (ORDER BY t.a);"
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM v",
    )
    await database.execute("DROP VIEW app.v CASCADE")
    for view in sorted(before.views.values(), key=lambda one: one.materialized):
        kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
        await database.execute(f"CREATE {kind} app.{view.name.name} {view.options} AS {view.definition}")
    assert await read(database) == before
