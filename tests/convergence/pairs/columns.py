"""Columns: added, dropped, nullable or not, and what only Python knows."""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from convergence.pair import POSTGRESQL, SQLITE, Pair, t

C = sa.Column
ROWS: Final = ("INSERT INTO t (id, a) VALUES (1, 'x'), (2, 'it''s')",)
PLAIN: Final = ("INSERT INTO t (id) VALUES (1), (2)",)


def text(m: sa.MetaData) -> sa.Table:
    return t(m, C("a", sa.Text))


COLUMNS: Final = (
    Pair("column added", text, lambda m: t(m, C("a", sa.Text), C("b", sa.Integer)), ROWS, whole=True),
    Pair("column dropped", lambda m: t(m, C("a", sa.Text), C("b", sa.Integer)), text, ROWS),
    Pair(
        "columns in another order",
        lambda m: t(m, C("a", sa.Text), C("b", sa.Text)),
        lambda m: t(m, C("b", sa.Text), C("a", sa.Text)),
        ROWS,
        equal=True,
    ),
    Pair(
        "all columns replaced",
        lambda m: sa.Table("t", m, C("a", sa.Text, index=True), C("b", sa.Text)),
        lambda m: sa.Table("t", m, C("c", sa.Text, index=True), C("d", sa.Text, server_default="x")),
        ("INSERT INTO t VALUES ('1', '2'), ('3', '4')",),
    ),
    Pair(
        "numbers for rows that had none",
        lambda m: sa.Table("t", m, C("a", sa.Text)),
        lambda m: sa.Table("t", m, C("id", sa.Integer, primary_key=True), C("a", sa.Text)),
        ("INSERT INTO t VALUES ('1'), ('3')",),
    ),
    Pair("column renamed", text, lambda m: t(m, C("b", sa.Text)), ROWS),
    Pair("two added, one dropped", text, lambda m: t(m, C("b", sa.Text), C("c", sa.Date)), ROWS),
    Pair(
        "required column added without rows",
        text,
        lambda m: t(m, C("a", sa.Text), C("b", sa.Integer, nullable=False)),
        engines=POSTGRESQL,
        whole=True,
    ),
    Pair(
        "required column with a default added to rows",
        text,
        lambda m: t(m, C("a", sa.Text), C("b", sa.Integer, nullable=False, server_default="7")),
        ROWS,
        whole=True,
    ),
    Pair(
        "column with its key added",
        lambda m: (t(m, C("a", sa.Text)), t(m, name="o")),
        lambda m: (t(m, C("a", sa.Text), C("o_id", sa.ForeignKey("o.id"))), t(m, name="o")),
        ROWS,
        whole=True,
    ),
    Pair(
        "column with its index and check added",
        text,
        lambda m: t(m, C("a", sa.Text), C("b", sa.Integer, sa.CheckConstraint("b > 0"), index=True)),
        ROWS,
        whole=True,
    ),
    Pair(
        "unique column added", text, lambda m: t(m, C("a", sa.Text), C("b", sa.Integer, unique=True)), ROWS, whole=True
    ),
    Pair(
        "column with CURRENT_TIMESTAMP added to rows",
        text,
        lambda m: t(
            m, C("a", sa.Text), C("at", sa.DateTime, nullable=False, server_default=sa.func.current_timestamp())
        ),
        ROWS,
        whole=True,
    ),
    Pair(
        "column dropped with its index, check and unique constraint",
        lambda m: t(
            m,
            C("a", sa.Text),
            C("b", sa.Integer, sa.CheckConstraint("b > 0"), unique=True),
            C("c", sa.Integer, index=True),
        ),
        text,
        ROWS,
    ),
    Pair(
        "column dropped of a composite index",
        lambda m: t(m, C("a", sa.Text), C("b", sa.Text), sa.Index("i", "a", "b")),
        text,
        ROWS,
    ),
    Pair(
        "column dropped of a two-column check",
        lambda m: t(m, C("a", sa.Integer), C("b", sa.Integer), sa.CheckConstraint("a < b", name="ordered")),
        lambda m: t(m, C("a", sa.Integer)),
        ("INSERT INTO t (id, a, b) VALUES (1, 2, 3)",),
    ),
    Pair(
        "column dropped with its foreign key",
        lambda m: (t(m, C("o_id", sa.ForeignKey("o.id"))), t(m, name="o")),
        lambda m: (t(m), t(m, name="o")),
        ("INSERT INTO o (id) VALUES (5)", "INSERT INTO t (id, o_id) VALUES (1, 5)"),
    ),
    Pair("nullable", lambda m: t(m, C("a", sa.Text, nullable=False)), text, ROWS, whole=True),
    Pair("not nullable", text, lambda m: t(m, C("a", sa.Text, nullable=False)), ROWS),
    Pair("not nullable and a default", text, lambda m: t(m, C("a", sa.Text, nullable=False, server_default="")), ROWS),
    Pair(
        "Python's own default",
        text,
        lambda m: t(m, C("a", sa.Text, default="x", onupdate=lambda: "y")),
        ROWS,
        equal=True,
    ),
    Pair(
        "Python's own default of a UUID",
        lambda m: t(m, C("a", sa.Uuid)),
        lambda m: t(m, C("a", sa.Uuid, default=uuid.uuid4)),
        equal=True,
    ),
    Pair(
        "info, key and doc",
        text,
        lambda m: t(m, C("a", sa.Text, key="other", doc="said", info={"x": 1})),
        ROWS,
        equal=True,
    ),
    Pair("quoted where it need not be", text, lambda m: t(m, C("a", sa.Text, quote=True)), ROWS, equal=True),
    Pair(
        "index flag given twice the long way",
        lambda m: t(m, C("a", sa.Text, index=True)),
        lambda m: t(m, C("a", sa.Text), sa.Index("ix_t_a", "a")),
        ROWS,
        equal=True,
    ),
    Pair(
        "column case changed",
        lambda m: t(m, C("a", sa.Text)),
        lambda m: t(m, C("A", sa.Text)),
        ROWS,
        engines=POSTGRESQL,
    ),
    Pair(
        "column case changed on SQLite",
        lambda m: t(m, C("a", sa.Text)),
        lambda m: t(m, C("A", sa.Text)),
        ROWS,
        engines=SQLITE,
        equal=True,
    ),
    Pair(
        "many at once",
        lambda m: t(m, *(C(f"c{n}", sa.Integer) for n in range(8))),
        lambda m: t(m, *(C(f"c{n}", sa.BigInteger if n % 2 else sa.Integer, nullable=n % 3 > 0) for n in range(2, 12))),
        engines=POSTGRESQL,
    ),
    Pair(
        "many at once on SQLite",
        lambda m: t(m, *(C(f"c{n}", sa.Integer) for n in range(8))),
        lambda m: t(m, *(C(f"c{n}", sa.BigInteger if n % 2 else sa.Integer, server_default="0") for n in range(2, 12))),
        PLAIN,
    ),
    Pair(
        "a system column's name as a table's",
        lambda m: t(m, name="xmin"),
        lambda m: t(m, C("oid", sa.Integer), name="xmin"),
    ),
    Pair("every common type", t, lambda m: t(m, *every()), PLAIN, whole=True),
    Pair("no common type", lambda m: t(m, *every()), t, PLAIN),
    Pair("every type of PostgreSQL", t, lambda m: t(m, *postgresqls()), PLAIN, engines=POSTGRESQL, whole=True),
    Pair("no type of PostgreSQL", lambda m: t(m, *postgresqls()), t, PLAIN, engines=POSTGRESQL),
    Pair(
        "hstore added",
        t,
        lambda m: t(m, C("h", pg.HSTORE, server_default="a=>1")),
        PLAIN,
        POSTGRESQL,
        extension="hstore",
        whole=True,
    ),
    Pair("citext to text", lambda m: t(m, C("a", pg.CITEXT)), text, ROWS, POSTGRESQL, extension="citext"),
)


def every() -> list[C]:
    types = [
        sa.SmallInteger(),
        sa.Integer(),
        sa.BigInteger(),
        sa.Float(),
        sa.Float(24),
        sa.Double(),
        sa.Numeric(),
        sa.Numeric(10, 2),
        sa.String(),
        sa.String(20),
        sa.Unicode(9),
        sa.Text(),
        sa.UnicodeText(),
        sa.CHAR(3),
        sa.Boolean(),
        sa.Date(),
        sa.Time(),
        sa.Time(timezone=True),
        sa.DateTime(),
        sa.DateTime(timezone=True),
        sa.Interval(),
        sa.LargeBinary(),
        sa.JSON(),
        sa.Uuid(),
        sa.Uuid(native_uuid=False),
        sa.PickleType(),
        sa.Enum("x", "y", name="letters"),
        sa.Enum("p", "q", native_enum=False),
        sa.Boolean(create_constraint=True, name="truth"),
        sa.Enum("m", "n", native_enum=False, create_constraint=True, name="side"),
    ]
    return [C(f"c{place}", type_) for place, type_ in enumerate(types)]


def postgresqls() -> list[C]:
    types = [
        pg.ARRAY(sa.Integer),
        pg.ARRAY(sa.String(5), dimensions=2),
        pg.ARRAY(sa.Numeric(5, 1)),
        pg.JSONB(),
        pg.JSON(),
        pg.UUID(),
        pg.INET(),
        pg.CIDR(),
        pg.MACADDR(),
        pg.MACADDR8(),
        pg.INT4RANGE(),
        pg.INT8RANGE(),
        pg.NUMRANGE(),
        pg.DATERANGE(),
        pg.TSRANGE(),
        pg.TSTZRANGE(),
        pg.INT4MULTIRANGE(),
        pg.TSVECTOR(),
        pg.TSQUERY(),
        pg.BIT(3),
        pg.BIT(varying=True),
        pg.BIT(8, varying=True),
        pg.MONEY(),
        pg.OID(),
        pg.REGCLASS(),
        pg.INTERVAL(),
        pg.INTERVAL(fields="DAY TO SECOND"),
        pg.INTERVAL(precision=3),
        pg.TIMESTAMP(precision=3),
        pg.TIMESTAMP(timezone=True, precision=0),
        pg.TIME(precision=1),
        pg.BYTEA(),
        pg.REAL(),
        pg.DOUBLE_PRECISION(),
        pg.ENUM("x", "y", name="axes"),
        pg.ARRAY(pg.ENUM("o", "p", name="shapes")),
        pg.DOMAIN("positive", sa.Integer, check="VALUE > 0", not_null=False, default="1"),
        pg.JSONPATH(),
        pg.ARRAY(pg.TIMESTAMP(timezone=True)),
        pg.CHAR(1),
        sa.String(collation="C"),
        pg.ARRAY(sa.Text(collation="C")),
    ]
    return [C(f"c{place}", type_) for place, type_ in enumerate(types)]
