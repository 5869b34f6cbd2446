"""Indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql as pg

from convergence.pair import EVERYWHERE, POSTGRESQL, SQLITE, Pair, t

if TYPE_CHECKING:
    from collections.abc import Callable

    Says = Callable[[sa.MetaData], object]

C = sa.Column
ROWS: Final = ("INSERT INTO t (id, a, b) VALUES (1, 'x', 2), (2, 'y', 3)",)


def indexed(*indexes: Callable[[sa.Table], Any]) -> Says:
    def says(m: sa.MetaData) -> None:
        table = t(
            m,
            C("a", sa.String(20)),
            C("b", sa.Integer),
            C("Mixed Case", sa.Text),
            C("j", pg.JSONB().with_variant(sa.JSON(), "sqlite")),
        )
        for index in indexes:
            index(table)

    return says


def i(*expressions: Any, name: str = "i", **options: Any) -> Callable[[sa.Table], Any]:
    """An index; an expression may be a function of the table."""
    return lambda table: sa.Index(
        name,
        *(one(table) if callable(one) else table.c[one] if one in table.c else sa.text(one) for one in expressions),
        _table=table,
        **options,
    )


def index(name: str, before: Says, after: Says, rows: tuple[str, ...] = ROWS, **facts: Any) -> Pair:
    return Pair(f"index {name}", before, after, rows, **facts)


PG: Final[dict[str, Any]] = {"engines": POSTGRESQL, "whole": True}


def event_index(name: str, columns: str) -> Says:
    def says(m: sa.MetaData) -> None:
        table = t(m, C("a", sa.String(20)), C("b", sa.Integer))
        event.listen(table, "after_create", sa.DDL(f"CREATE INDEX {name} ON %(fullname)s ({columns})"))

    return says


def by_code(m: sa.MetaData) -> None:
    table = t(m, C("a", sa.String(20)), C("b", sa.Integer))

    @event.listens_for(table, "after_create")
    def create(target: sa.Table, connection: sa.Connection, **_: Any) -> None:
        table = connection.dialect.identifier_preparer.format_table(placed(connection, target))
        connection.execute(sa.text(f"CREATE INDEX by_code ON {table} (b)"))


def placed(connection: sa.Connection, table: sa.Table) -> sa.Table:
    """The table where the connection's map of schemas puts it."""
    schemas = connection.get_execution_options().get("schema_translate_map") or {}
    return table.to_metadata(sa.MetaData(), schema=schemas.get(table.schema, table.schema))


INDEXES: Final = (
    index("added", indexed(), indexed(i("a")), whole=True),
    index("dropped", indexed(i("a")), indexed()),
    index("unique", indexed(i("a")), indexed(i("a", unique=True))),
    index("not unique", indexed(i("a", unique=True)), indexed(i("a"))),
    index("of other columns", indexed(i("a")), indexed(i("a", "b"))),
    index("in another order", indexed(i("a", "b")), indexed(i("b", "a"))),
    index("renamed", indexed(i("a", name="one")), indexed(i("a", name="two"))),
    index("renamed and changed", indexed(i("a", name="one")), indexed(i("b", name="two"))),
    index(
        "names exchanged",
        indexed(i("a", name="one"), i("b", name="two")),
        indexed(i("b", name="one"), i("a", name="two")),
    ),
    index(
        "twice of one meaning", indexed(i("a", name="one")), indexed(i("a", name="one"), i("a", name="two")), whole=True
    ),
    index("of a column to be quoted", indexed(), indexed(i("Mixed Case", name="Odd Index")), whole=True),
    index("descending", indexed(i("a")), indexed(i(lambda t: t.c.a.desc()))),
    index("nulls last", indexed(i("a")), indexed(i(lambda t: t.c.a.desc().nulls_last(), "b")), engines=POSTGRESQL),
    index("nulls first of ascending", indexed(), indexed(i(lambda t: t.c.a.asc().nulls_first())), **PG),
    index("of a function", indexed(), indexed(i(lambda t: sa.func.lower(t.c.a))), whole=True),
    index(
        "of a function changed", indexed(i(lambda t: sa.func.lower(t.c.a))), indexed(i(lambda t: sa.func.upper(t.c.a)))
    ),
    index("of an expression", indexed(), indexed(i("(b + 1)")), engines=EVERYWHERE, whole=True),
    index(
        "of mixed expressions",
        indexed(),
        indexed(i("b", lambda t: sa.func.coalesce(t.c.a, "it's"), lambda t: t.c.b + 1, unique=True)),
        **PG,
    ),
    index("of a cast", indexed(), indexed(i("(j ->> 'k')")), **PG),
    index("with a collation", indexed(), indexed(i(lambda t: t.c.a.collate("C"))), **PG),
    index(
        "with a collation on SQLite",
        indexed(),
        indexed(i(lambda t: t.c.a.collate("NOCASE"))),
        engines=SQLITE,
        whole=True,
    ),
    index("where", indexed(i("a")), indexed(i("a", postgresql_where=sa.text("b > 0"), sqlite_where=sa.text("b > 0")))),
    index(
        "where with and and in",
        indexed(),
        indexed(i("b", postgresql_where=sa.text("b BETWEEN 1 AND 9 AND a IN ('x', 'y') AND a <> 'z'"))),
        **PG,
    ),
    index(
        "where changed",
        indexed(i("a", postgresql_where=sa.text("b > 0"), sqlite_where=sa.text("b > 0"))),
        indexed(i("a", postgresql_where=sa.text("b > 1"), sqlite_where=sa.text("b > 1"))),
    ),
    index("hash", indexed(i("a")), indexed(i("a", postgresql_using="hash")), engines=POSTGRESQL),
    index("brin", indexed(), indexed(i("b", postgresql_using="brin", postgresql_with={"pages_per_range": 16})), **PG),
    index("gin", indexed(), indexed(i("j", postgresql_using="gin")), **PG),
    index(
        "gin of another class",
        indexed(i("j", postgresql_using="gin")),
        indexed(i("j", postgresql_using="gin", postgresql_ops={"j": "jsonb_path_ops"})),
        engines=POSTGRESQL,
    ),
    index(
        "gin of an expression",
        indexed(),
        indexed(i(lambda t: sa.func.to_tsvector(sa.text("'english'"), t.c.a), postgresql_using="gin")),
        **PG,
    ),
    index(
        "gin of trigrams",
        indexed(),
        indexed(i("a", postgresql_using="gin", postgresql_ops={"a": "gin_trgm_ops"})),
        extension="pg_trgm",
        **PG,
    ),
    index(
        "gist of a range",
        lambda m: t(m, C("r", pg.TSRANGE)),
        lambda m: t(m, C("r", pg.TSRANGE), sa.Index("i", "r", postgresql_using="gist")),
        (),
        **PG,
    ),
    index(
        "operator class",
        indexed(i("a")),
        indexed(i("a", postgresql_ops={"a": "varchar_pattern_ops"})),
        engines=POSTGRESQL,
    ),
    index(
        "default operator class said",
        indexed(i("b")),
        indexed(i("b", postgresql_ops={"b": "int4_ops"})),
        engines=POSTGRESQL,
        equal=True,
    ),
    index("including", indexed(i("a")), indexed(i("a", postgresql_include=["b"])), engines=POSTGRESQL),
    index("fillfactor", indexed(i("a")), indexed(i("a", postgresql_with={"fillfactor": 50})), engines=POSTGRESQL),
    index(
        "nulls not distinct",
        indexed(i("a", unique=True)),
        indexed(i("a", unique=True, postgresql_nulls_not_distinct=True)),
        engines=POSTGRESQL,
    ),
    index(
        "concurrently is how, not what",
        indexed(i("a")),
        indexed(i("a", postgresql_concurrently=False)),
        engines=POSTGRESQL,
        equal=True,
    ),
    index("of a long name", indexed(), indexed(i("a", name="n" * 63)), **PG),
    index(
        "of a name too long",
        t,
        lambda m: t(m, C("a_column_with_quite_a_long_name", sa.Integer, index=True), name="t"),
        (),
        whole=True,
    ),
    index(
        "by an event",
        lambda m: t(m, C("a", sa.String(20)), C("b", sa.Integer)),
        event_index("by_event", "a"),
        whole=True,
    ),
    index("by an event changed", event_index("by_event", "a"), event_index("by_event", "b")),
    index("by code", lambda m: t(m, C("a", sa.String(20)), C("b", sa.Integer)), by_code, **PG),
    index(
        "of a column that changes its type",
        lambda m: t(m, C("a", sa.String(5)), sa.Index("i", sa.text("lower(a)"), postgresql_where=sa.text("a <> ''"))),
        lambda m: t(m, C("a", sa.Text), sa.Index("i", sa.text("lower(a)"), postgresql_where=sa.text("a <> ''"))),
        (),
        engines=POSTGRESQL,
    ),
    index(
        "of a new column beside a dropped one",
        lambda m: t(m, C("a", sa.Integer), sa.Index("i", "a")),
        lambda m: t(m, C("z", sa.Integer), sa.Index("i", "z")),
        ("INSERT INTO t (a) VALUES (1)",),
    ),
)
