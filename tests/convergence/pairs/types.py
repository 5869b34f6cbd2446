"""Types that change, widening and not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from convergence.pair import EVERYWHERE, POSTGRESQL, Pair, t

if TYPE_CHECKING:
    from collections.abc import Callable

C = sa.Column


def of(type_: Any, **options: Any) -> Callable[[sa.MetaData], sa.Table]:
    return lambda m: t(m, C("a", type_, **options))


def becomes(name: str, before: Any, after: Any, *values: str, to: list[Any] | None = None, **facts: Any) -> Pair:
    rows = tuple(f"INSERT INTO t (id, a) VALUES ({place}, {value})" for place, value in enumerate(values, 1))
    return Pair(
        f"type {name}",
        of(before),
        of(after),
        rows,
        becomes={} if to is None else {"t.a": to},
        **{"engines": POSTGRESQL, **facts},
    )


SIDES: Final = ("x", "y", "it's")
TYPES: Final = (
    becomes("int to bigint", sa.Integer, sa.BigInteger, "1", "-5", "NULL", engines=EVERYWHERE, whole=True),
    becomes("bigint to int", sa.BigInteger, sa.Integer, "1", engines=EVERYWHERE),
    becomes("smallint to int", sa.SmallInteger, sa.Integer, "1", engines=EVERYWHERE, whole=True),
    becomes("longer varchar", sa.String(10), sa.String(20), "'x'", engines=EVERYWHERE, whole=True),
    becomes("shorter varchar", sa.String(20), sa.String(10), "'x'", engines=EVERYWHERE),
    becomes("varchar to text", sa.String(10), sa.Text, "'x'", engines=EVERYWHERE, whole=True),
    becomes("text to varchar", sa.Text, sa.String(10), "'x'", engines=EVERYWHERE),
    becomes("varchar without length", sa.String(10), sa.String(), "'x'", engines=EVERYWHERE, whole=True),
    becomes("char to varchar", sa.CHAR(3), sa.String(3), "'abc'", engines=EVERYWHERE),
    becomes("longer char", sa.CHAR(3), sa.CHAR(5), "'abc'", to=["abc  "], engines=EVERYWHERE),
    becomes("wider numeric", sa.Numeric(5, 2), sa.Numeric(10, 2), "1.25", engines=EVERYWHERE, whole=True),
    becomes("numeric with more scale", sa.Numeric(5, 2), sa.Numeric(5, 4), "1.25", to=["1.2500"], engines=EVERYWHERE),
    becomes(
        "numeric with more of both",
        sa.Numeric(5, 2),
        sa.Numeric(8, 4),
        "1.25",
        to=["1.2500"],
        engines=EVERYWHERE,
        whole=True,
    ),
    becomes("numeric without bounds", sa.Numeric(5, 2), sa.Numeric(), "1.25", engines=EVERYWHERE, whole=True),
    becomes("int to numeric", sa.Integer, sa.Numeric(), "3", engines=EVERYWHERE, whole=True),
    becomes("real to double", sa.REAL, sa.Double, "1.5", engines=EVERYWHERE, whole=True),
    becomes("text to int", sa.Text, sa.Integer, "'3'", "NULL", engines=EVERYWHERE),
    becomes("int to text", sa.Integer, sa.Text, "3", "NULL", engines=EVERYWHERE),
    becomes("varchar to enum", sa.String(5), sa.Enum(*SIDES, name="sides"), "'x'", "'y'"),
    becomes("enum to varchar", sa.Enum(*SIDES, name="sides"), sa.String(5), "'x'", "'y'"),
    becomes("enum to enum", sa.Enum("x", "y", name="one"), sa.Enum("y", "x", "z", name="two"), "'x'", "'y'"),
    becomes("bool to int", sa.Boolean, sa.Integer, "true", to=["1"]),
    becomes("int to bool", sa.Integer, sa.Boolean, "1", to=["True"]),
    becomes("bool to smallint", sa.Boolean, sa.SmallInteger, "true", "false", to=["1", "0"]),
    becomes("bool to text", sa.Boolean, sa.Text, "true", to=["true"]),
    becomes(
        "timestamp to timestamptz",
        sa.DateTime,
        sa.DateTime(timezone=True),
        "'2020-01-01'",
        to=["2019-12-31 18:15:00+00:00"],
    ),
    becomes(
        "timestamptz to timestamp",
        sa.DateTime(timezone=True),
        sa.DateTime,
        "'2020-01-01+00'",
        to=["2020-01-01 05:45:00"],
    ),
    becomes("date to timestamp", sa.Date, sa.DateTime, "'2020-01-01'", to=["2020-01-01 00:00:00"]),
    becomes("timestamp precision", pg.TIMESTAMP(precision=3), pg.TIMESTAMP(precision=6), "'2020-01-01'", whole=True),
    becomes("text to date", sa.Text, sa.Date, "'2020-01-01'"),
    becomes("json to jsonb", pg.JSON, pg.JSONB, """'{"a": 1}'"""),
    becomes("jsonb to json", pg.JSONB, pg.JSON, """'{"a": 1}'"""),
    becomes("text to jsonb", sa.Text, pg.JSONB, """'{"a": 1}'"""),
    becomes("text to uuid", sa.Text, sa.Uuid, "'00000000-0000-0000-0000-000000000001'"),
    becomes(
        "char to uuid",
        sa.Uuid(native_uuid=False),
        sa.Uuid,
        "'00000000000000000000000000000001'",
        to=["00000000-0000-0000-0000-000000000001"],
    ),
    becomes(
        "uuid on SQLite", sa.String(32), sa.Uuid, "'00000000000000000000000000000001'", engines=frozenset({"sqlite"})
    ),
    becomes("array of wider", pg.ARRAY(sa.Integer), pg.ARRAY(sa.BigInteger), "'{1,2}'", whole=True),
    becomes("array of others", pg.ARRAY(sa.Integer), pg.ARRAY(sa.Text), "'{1,2}'", to=["['1', '2']"]),
    becomes("array of longer", pg.ARRAY(sa.String(3)), pg.ARRAY(sa.String(5)), "'{x}'", whole=True),
    becomes("array to jsonb", pg.ARRAY(sa.Integer), pg.JSONB, "NULL"),
    becomes("inet to cidr", pg.INET, pg.CIDR, "'10.0.0.0/8'"),
    becomes("text to inet", sa.Text, pg.INET, "'10.0.0.1'"),
    becomes("bit to varying", pg.BIT(3), pg.BIT(8, varying=True), "B'101'"),
    becomes("longer bit varying", pg.BIT(3, varying=True), pg.BIT(8, varying=True), "B'101'"),
    becomes("money to numeric", pg.MONEY, sa.Numeric(10, 2), "5.25", to=["5.25"]),
    becomes("int to money", sa.Integer, pg.MONEY, "5", to=["$5.00"]),
    becomes("array of shorter varchar", pg.ARRAY(sa.String(20)), pg.ARRAY(sa.String(10)), "'{x,y}'"),
    becomes("int to varchar", sa.Integer, sa.String(5), "5"),
    becomes("interval fields", pg.INTERVAL, pg.INTERVAL(fields="DAY TO SECOND"), "'1 day'"),
    becomes("int4range to int8range", pg.INT4RANGE, pg.INT8RANGE, "'[1,5)'"),
    becomes("bytea to text", sa.LargeBinary, sa.Text, "NULL"),
    becomes("int to domain", sa.Integer, pg.DOMAIN("positive", sa.Integer, check="VALUE > 0"), "1"),
    becomes("domain to int", pg.DOMAIN("positive", sa.Integer, check="VALUE > 0"), sa.Integer, "1"),
    becomes(
        "domain's check",
        pg.DOMAIN("positive", sa.Integer, check="VALUE > 0"),
        pg.DOMAIN("positive", sa.Integer, check="VALUE > 1"),
        "2",
    ),
    becomes("domain's base", pg.DOMAIN("short", sa.String(5)), pg.DOMAIN("short", sa.String(9), not_null=True), "'x'"),
    becomes(
        "domain's base with a check",
        pg.DOMAIN("short", sa.Integer, check="VALUE > 0", constraint_name="ck"),
        pg.DOMAIN("short", sa.BigInteger, check="VALUE > 0", constraint_name="ck"),
        "3",
    ),
    becomes("domain's default", pg.DOMAIN("short", sa.Text), pg.DOMAIN("short", sa.Text, default="it's"), "'x'"),
    becomes(
        "domain's default gone",
        pg.DOMAIN("short", sa.Text, default="a"),
        pg.DOMAIN("short", sa.Text, not_null=True),
        "'x'",
    ),
    becomes("domain's check with IN", sa.Text, pg.DOMAIN("colour", sa.String, check="VALUE IN ('r', 'g')"), "'r'"),
    becomes("collation", sa.Text(collation="C"), sa.Text, "'x'"),
    becomes("collation added", sa.String(9), sa.String(9, collation="POSIX"), "'x'"),
    becomes("collation of SQLite", sa.Text, sa.Text(collation="NOCASE"), "'x'", engines=frozenset({"sqlite"})),
    becomes("variant", sa.Text, sa.Text().with_variant(sa.String(9), "mysql"), "'x'", engines=EVERYWHERE, equal=True),
    becomes("float of another precision", sa.Float(20), sa.Float(24), "1.5", equal=True),
    Pair(
        "type of an indexed column",
        lambda m: t(m, C("a", sa.Integer, index=True, unique=True)),
        lambda m: t(m, C("a", sa.BigInteger, index=True, unique=True)),
        ("INSERT INTO t (id, a) VALUES (1, 2)",),
        whole=True,
    ),
    Pair(
        "type of a checked column",
        lambda m: t(m, C("a", sa.Integer, sa.CheckConstraint("a > 0", name="c"))),
        lambda m: t(m, C("a", sa.Numeric, sa.CheckConstraint("a > 0", name="c"))),
        ("INSERT INTO t (id, a) VALUES (1, 2)",),
    ),
    Pair(
        "type of a checked and partly indexed text",
        lambda m: t(
            m,
            C("a", sa.String(5)),
            sa.CheckConstraint("a IN ('x', 'y')", name="c"),
            sa.Index("i", "a", postgresql_where=sa.text("a <> 'x'")),
        ),
        lambda m: t(
            m,
            C("a", sa.Text),
            sa.CheckConstraint("a IN ('x', 'y')", name="c"),
            sa.Index("i", "a", postgresql_where=sa.text("a <> 'x'")),
        ),
        ("INSERT INTO t (id, a) VALUES (1, 'x')",),
        POSTGRESQL,
    ),
    Pair(
        "type to an enum under a check and a default",
        lambda m: t(
            m,
            C("a", sa.String(5), server_default="x"),
            sa.CheckConstraint("a <> ''", name="c"),
            sa.Index("i", "a", unique=True),
        ),
        lambda m: t(m, C("a", sa.Enum("x", "y", name="xy"), server_default="y"), sa.Index("i", "a", unique=True)),
        ("INSERT INTO t (id, a) VALUES (1, 'x')",),
        POSTGRESQL,
    ),
    Pair(
        "type of a primary key",
        lambda m: sa.Table("t", m, C("id", sa.Integer, primary_key=True, autoincrement=False)),
        lambda m: sa.Table("t", m, C("id", sa.BigInteger, primary_key=True, autoincrement=False)),
        ("INSERT INTO t (id) VALUES (7)",),
        POSTGRESQL,
        whole=True,
    ),
    Pair(
        "serial to bigserial",
        t,
        lambda m: sa.Table("t", m, C("id", sa.BigInteger, primary_key=True)),
        ("INSERT INTO t DEFAULT VALUES", "INSERT INTO t DEFAULT VALUES"),
    ),
    Pair(
        "bigserial to serial",
        lambda m: sa.Table("t", m, C("id", sa.BigInteger, primary_key=True)),
        t,
        ("INSERT INTO t (id) VALUES (1)",),
    ),
    Pair(
        "types of a key and what refers to it",
        lambda m: (t(m, name="p"), t(m, C("p_id", sa.ForeignKey("p.id")))),
        lambda m: (
            sa.Table("p", m, C("id", sa.BigInteger, primary_key=True)),
            t(m, C("p_id", sa.BigInteger, sa.ForeignKey("p.id"))),
        ),
        ("INSERT INTO p (id) VALUES (1)", "INSERT INTO t (id, p_id) VALUES (1, 1)"),
    ),
    Pair(
        "types of a key and what refers to it to text",
        lambda m: (
            sa.Table("p", m, C("id", sa.Integer, primary_key=True, autoincrement=False)),
            t(m, C("p_id", sa.ForeignKey("p.id"))),
        ),
        lambda m: (
            sa.Table("p", m, C("id", sa.Text, primary_key=True)),
            t(m, C("p_id", sa.Text, sa.ForeignKey("p.id"))),
        ),
        ("INSERT INTO p (id) VALUES (1)", "INSERT INTO t (id, p_id) VALUES (1, 1)"),
    ),
)
