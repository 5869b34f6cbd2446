"""Tables, schemas, and names that need care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.sql.ddl import CreateTableAs

from convergence.pair import POSTGRESQL, SQLITE, Pair, t

if TYPE_CHECKING:
    from collections.abc import Callable

    Says = Callable[[sa.MetaData], object]

C = sa.Column
ROW: Final = ("INSERT INTO t (id) VALUES (1)",)


def shop(m: sa.MetaData, *without: str) -> None:
    """Tables that refer to each other, of which some may be missing."""

    def refers(column: str, to: str, **options: Any) -> C:
        return C(column, sa.Integer, *([] if to in without else [sa.ForeignKey(f"{to}.id", **options)]))

    if "a_customers" not in without:
        t(m, C("name", sa.String(50), nullable=False, unique=True), name="a_customers")
    if "orders" not in without:
        at = C("at", sa.DateTime, server_default=sa.func.now(), index=True)
        t(m, refers("customer_id", "a_customers", ondelete="CASCADE"), at, name="orders")
    if "lines" not in without:
        n = C("n", sa.Integer, sa.CheckConstraint("n > 0", name="some"))
        t(m, refers("order_id", "orders"), n, name="lines")


TABLES: Final = (
    Pair("nothing", None, None, equal=True),
    Pair("table added", None, lambda m: t(m, C("a", sa.Text)), whole=True),
    Pair("table dropped", lambda m: t(m, C("a", sa.Text)), None, ROW),
    Pair("table renamed", lambda m: t(m, C("a", sa.Text)), lambda m: t(m, C("a", sa.Text), name="u"), ROW),
    Pair("table beside another", t, lambda m: (t(m), t(m, name="u")), ROW, whole=True),
    Pair("tables with keys added", None, shop, whole=True),
    Pair(
        "tables with keys dropped",
        shop,
        None,
        ("INSERT INTO a_customers (id, name) VALUES (1, 'x')", "INSERT INTO orders (customer_id) VALUES (1)"),
    ),
    Pair("table with a key to it dropped", shop, lambda m: shop(m, "a_customers")),
    Pair("table between dropped", shop, lambda m: shop(m, "orders")),
    Pair("last table dropped", shop, lambda m: shop(m, "lines")),
    Pair("first table added", lambda m: shop(m, "a_customers"), shop, whole=True),
    Pair("table without columns", t, lambda m: (t(m), sa.Table("empty", m)), engines=POSTGRESQL, whole=True),
    Pair("table without key", None, lambda m: sa.Table("t", m, C("a", sa.Integer)), whole=True),
    Pair(
        "table of fifty columns",
        None,
        lambda m: t(m, *(C(f"c{n}", sa.Integer, server_default=str(n)) for n in range(50))),
        whole=True,
    ),
    Pair("table unlogged", None, lambda m: t(m, prefixes=["UNLOGGED"]), engines=POSTGRESQL, whole=True),
    Pair("table becomes unlogged", t, lambda m: t(m, prefixes=["UNLOGGED"]), ROW, POSTGRESQL),
    Pair("table temporary", t, lambda m: (t(m), t(m, name="gone", prefixes=["TEMPORARY"])), ROW, equal=True),
    Pair(
        "table with options", None, lambda m: t(m, postgresql_with={"fillfactor": 70}), engines=POSTGRESQL, whole=True
    ),
    Pair(
        "table options added",
        t,
        lambda m: t(m, postgresql_with={"fillfactor": 70, "autovacuum_enabled": "false"}),
        ROW,
        POSTGRESQL,
    ),
    Pair(
        "table options changed",
        lambda m: t(m, postgresql_with={"fillfactor": 70}),
        lambda m: t(m, postgresql_with={"fillfactor": 80}),
        ROW,
        POSTGRESQL,
    ),
    Pair("table options removed", lambda m: t(m, postgresql_with={"fillfactor": 70}), t, ROW, POSTGRESQL),
    Pair(
        "table partitioned",
        None,
        lambda m: sa.Table("t", m, C("at", sa.Date), postgresql_partition_by="RANGE (at)"),
        engines=POSTGRESQL,
        whole=True,
    ),
    Pair(
        "table partitioned, column added",
        lambda m: sa.Table("t", m, C("at", sa.Date), postgresql_partition_by="RANGE (at)"),
        lambda m: sa.Table("t", m, C("at", sa.Date), C("a", sa.Text, index=True), postgresql_partition_by="RANGE (at)"),
        engines=POSTGRESQL,
        whole=True,
    ),
    Pair(
        "table inherits",
        lambda m: t(m, name="base"),
        lambda m: (t(m, name="base"), sa.Table("t", m, C("a", sa.Text), postgresql_inherits="base")),
        engines=POSTGRESQL,
        whole=True,
    ),
    Pair("table STRICT", t, lambda m: t(m, sqlite_strict=True), ROW, SQLITE),
    Pair(
        "table WITHOUT ROWID",
        lambda m: t(m, C("a", sa.Text)),
        lambda m: t(m, C("a", sa.Text), sqlite_with_rowid=False),
        ROW,
        SQLITE,
    ),
    Pair(
        "table as a query",
        t,
        lambda m: (t(m), CreateTableAs(sa.select(sa.literal(1, sa.Integer).label("one")), "made", metadata=m)),
        ROW,
        whole=True,
    ),
)


def of_schema(schema: str | None, *items: Callable[[], Any], **options: Any) -> Says:
    return lambda m: t(m, *(item() for item in items), schema=schema, **options)


def both(*says: Says) -> Says:
    return lambda m: [one(m) for one in says]


def across(*, key: bool = True) -> Says:
    return both(
        of_schema("app"),
        of_schema("other", lambda: C("app_id", sa.Integer, *([sa.ForeignKey("app.t.id")] if key else []))),
    )


SCHEMAS: Final = (
    Pair("schema that is there", None, of_schema("app"), engines=POSTGRESQL, needs=("CREATE SCHEMA app",), whole=True),
    Pair("schema that is not there", None, of_schema("app"), engines=POSTGRESQL, whole=True),
    Pair(
        "schema with another table",
        both(t, of_schema("app", name="u")),
        both(t, of_schema("app", name="v")),
        engines=POSTGRESQL,
    ),
    Pair(
        "schemas with tables of one name",
        both(t, of_schema("app")),
        both(t, of_schema("app", lambda: C("a", sa.Text)), of_schema("other")),
        engines=POSTGRESQL,
        whole=True,
    ),
    Pair("schemas of one table said as the default", t, of_schema("public"), ROW, POSTGRESQL, equal=True),
    Pair("schemas with a key across", across(key=False), across(), engines=POSTGRESQL, whole=True),
    Pair("schemas with a key across dropped", across(), across(key=False), engines=POSTGRESQL),
    Pair(
        "schemas with all in them",
        both(of_schema("app"), of_schema("other")),
        both(
            of_schema(
                "app",
                lambda: C("k", pg.ENUM("x", name="kind", schema="app")),
                lambda: C("b", sa.Integer, index=True, unique=True),
                lambda: C(
                    "n",
                    sa.Integer,
                    sa.Sequence("s", schema="app"),
                    server_default=sa.Sequence("s", schema="app").next_value(),
                ),
                comment="x",
            ),
            of_schema("other", lambda: C("t_id", sa.ForeignKey("app.t.id")), lambda: sa.CheckConstraint("id > 0")),
        ),
        engines=POSTGRESQL,
        whole=True,
    ),
    Pair(
        "schema of a name to be quoted",
        of_schema("My App"),
        of_schema("My App", lambda: C("a", sa.Text, index=True), lambda: C("b", sa.Integer, sa.Identity())),
        engines=POSTGRESQL,
        whole=True,
    ),
    Pair(
        "schema with a serial to identity",
        of_schema("My App"),
        lambda m: sa.Table("t", m, C("id", sa.Integer, sa.Identity(), primary_key=True), schema="My App"),
        engines=POSTGRESQL,
    ),
)


LONG: Final = "l" * 63
ODD_NAMES: Final = (
    "select",
    "Order",
    "user",
    "with space",
    'quo"te',
    "ünïcödé",
    "1st",
    "a.b",
    "semi;colon",
    "dollar$",
    "per%cent",
    "it's",
    "UPPER",
    LONG,
)


def odd(name: str) -> tuple[Says, Says]:
    """A table of that name, and one with a column of that name under all that can be on it."""

    def before(m: sa.MetaData) -> None:
        sa.Table(name, m, C("id", sa.Integer, primary_key=True), C("plain", sa.Integer))

    def after(m: sa.MetaData) -> None:
        sa.Table(
            name,
            m,
            C("id", sa.Integer, primary_key=True),
            C("plain", sa.BigInteger),
            C(name, sa.String(9), nullable=False, server_default=name[:9]),
            sa.UniqueConstraint(name, name=f"u {name}"[:63]),
            sa.Index(f"i {name}"[:63], name, "plain"),
        )
        key = sa.ForeignKeyConstraint(["up"], [m.tables[name].c.id], name=f"f {name}"[:63])
        sa.Table(f"o {name}"[:63], m, C(name, sa.Integer, primary_key=True), C("up", sa.Integer), key)

    return before, after


NAMES: Final = tuple(Pair(f"name {name!r}", *odd(name), whole=True) for name in ODD_NAMES)
