"""Server defaults, and comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from convergence.pair import EVERYWHERE, POSTGRESQL, Pair, t

if TYPE_CHECKING:
    from collections.abc import Callable

C = sa.Column
ROWS: Final = ("INSERT INTO t (id, a) VALUES (1, '5'), (2, NULL)",)
ODD: Final = (
    "it's",
    'say "hi"',
    "back\\slash",
    "100% %(x)s :colon",
    "ünïcödé 漢字 🚤",
    "",
    "  ",
    "NULL",
    "line\nbreak\ttab",
    "$$dollar$$",
)


def with_default(type_: Any, default: Any) -> Callable[[sa.MetaData], sa.Table]:
    return lambda m: t(m, C("a", type_, server_default=default))


def changed(name: str, type_: Any, before: Any, after: Any, **facts: Any) -> Pair:
    return Pair(
        f"default {name}", with_default(type_, before), with_default(type_, after), **{"engines": POSTGRESQL, **facts}
    )


SERVER: Final = (
    *(
        Pair(f"default string {text!r}", with_default(sa.String, None), with_default(sa.String, text), ROWS, whole=True)
        for text in ODD
    ),
    Pair(
        "default between odd strings",
        with_default(sa.String, ODD[0]),
        with_default(sa.String, ODD[2]),
        ROWS,
        whole=True,
    ),
    changed("number", sa.Integer, "1", "2", engines=EVERYWHERE, rows=ROWS, whole=True),
    changed("number as text and as number", sa.Integer, "1", sa.text("1"), equal=True),
    changed("negative", sa.Integer, None, "-1", engines=EVERYWHERE, rows=ROWS, whole=True),
    changed("removed", sa.Integer, "1", None, engines=EVERYWHERE, rows=ROWS),
    changed("numeric", sa.Numeric(10, 2), "0", "1.50", engines=EVERYWHERE, rows=ROWS, whole=True),
    changed("big", sa.BigInteger, "1", str(2**62), engines=EVERYWHERE, whole=True),
    changed("boolean", sa.Boolean, sa.false(), sa.true(), engines=EVERYWHERE, whole=True),
    changed("boolean in words", sa.Boolean, "t", "true", equal=True),
    changed("float", sa.Double, "0", "1e-7", engines=EVERYWHERE, whole=True),
    changed("now", sa.DateTime(timezone=True), None, sa.func.now(), engines=EVERYWHERE, whole=True),
    changed(
        "now and current_timestamp", sa.DateTime(timezone=True), sa.func.now(), sa.func.current_timestamp(), whole=True
    ),
    changed("timezone('utc', now())", sa.DateTime, sa.func.now(), sa.text("timezone('utc', now())"), whole=True),
    changed("at time zone", sa.DateTime, None, sa.text("(now() AT TIME ZONE 'UTC')"), whole=True),
    changed("date", sa.Date, None, sa.text("CURRENT_DATE"), engines=EVERYWHERE, whole=True),
    changed("date literal", sa.Date, "2020-01-01", "2021-12-31", engines=EVERYWHERE, whole=True),
    changed("timestamptz literal", sa.DateTime(timezone=True), None, "2020-06-01 00:00:00+05:30", whole=True),
    changed("infinity", sa.Date, None, "infinity", whole=True),
    changed("interval", sa.Interval, None, sa.text("'1 day 02:00:00'::interval"), whole=True),
    changed("uuid", sa.Uuid, None, sa.text("gen_random_uuid()"), whole=True),
    changed("uuid literal", sa.Uuid, None, "00000000-0000-0000-0000-000000000001", whole=True),
    changed("json", pg.JSON, "{}", '{"a": [1, "b\'s"]}', whole=True),
    changed("jsonb", pg.JSONB, "{}", '{"a": [1, "b"]}', whole=True),
    changed("jsonb function", pg.JSONB, None, sa.text("jsonb_build_object('a', 1)"), whole=True),
    changed("json on SQLite", sa.JSON, "{}", '{"a": 1}', engines=EVERYWHERE, whole=True),
    changed("array", pg.ARRAY(sa.Text), "{}", sa.text("ARRAY['a', 'b']::text[]"), whole=True),
    changed("array of varchar", pg.ARRAY(sa.String), "{}", sa.text("ARRAY['a'::varchar]::text[]"), whole=True),
    changed("concatenation", sa.Text, None, sa.text("('a' || 'b')"), engines=EVERYWHERE, whole=True),
    changed("expression", sa.Integer, None, sa.text("(1 + 2)"), engines=EVERYWHERE, whole=True),
    changed("cast", sa.Numeric(5, 1), None, sa.text("CAST(1 AS numeric)"), whole=True),
    changed(
        "nested and", sa.Boolean, None, sa.text("(1 BETWEEN 0 AND 2 AND true AND (false OR true OR false))"), whole=True
    ),
    changed("bit", pg.BIT(4), None, sa.text("B'1010'"), whole=True),
    changed("bytea", sa.LargeBinary, None, sa.text("'\\\\x00ff'::bytea"), whole=True),
    changed("inet", pg.INET, None, "127.0.0.1", whole=True),
    changed("range", pg.INT4RANGE, None, "[1,5)", whole=True),
    changed("tsvector", pg.TSVECTOR, None, sa.text("to_tsvector('english', 'a')"), whole=True),
    changed("money", pg.MONEY, None, sa.text("12.5::money"), whole=True),
    changed("current user", sa.Text, None, sa.text("CURRENT_USER"), whole=True),
    changed("null", sa.Text, None, sa.text("NULL"), equal=True),
    Pair(
        "default and type together",
        with_default(sa.Integer, "1"),
        with_default(sa.Text, "x"),
        ("INSERT INTO t (id, a) VALUES (1, 3)",),
    ),
    Pair(
        "default in the way of a type",
        with_default(sa.Text, "1"),
        with_default(sa.Integer, "1"),
        ("INSERT INTO t (id, a) VALUES (1, '3')",),
    ),
    Pair(
        "default and NOT NULL together",
        lambda m: t(m, C("a", sa.Text)),
        lambda m: t(m, C("a", sa.Text, server_default="x", nullable=False)),
        ("INSERT INTO t (id, a) VALUES (1, 'y')",),
    ),
    Pair(
        "default of a sequence",
        lambda m: t(m, C("a", sa.Integer)),
        lambda m: t(
            m,
            C(
                "a",
                sa.Integer,
                sa.Sequence("seq", metadata=m),
                server_default=sa.Sequence("seq", metadata=m).next_value(),
            ),
        ),
        ("INSERT INTO t (id, a) VALUES (1, 3)",),
        POSTGRESQL,
    ),
    Pair(
        "default by a function of the schema",
        lambda m: t(m, C("a", sa.Integer)),
        with_default(sa.Integer, sa.text("seven()")),
        engines=POSTGRESQL,
        needs=("CREATE FUNCTION public.seven() RETURNS int LANGUAGE sql AS 'SELECT 7'",),
        whole=True,
    ),
)


def commented(**comments: Any) -> Callable[[sa.MetaData], sa.Table]:
    return lambda m: t(
        m,
        C("a", sa.Integer, comment=comments.get("column")),
        sa.UniqueConstraint("a", name="u", comment=comments.get("unique")),
        sa.CheckConstraint("a > 0", name="c", comment=comments.get("check")),
        sa.Index("i", "a"),
        comment=comments.get("table"),
    )


def comments(name: str, before: dict[str, Any], after: dict[str, Any], **facts: Any) -> Pair:
    return Pair(f"comment {name}", commented(**before), commented(**after), engines=POSTGRESQL, **facts)


COMMENTS: Final = (
    comments("of a table added", {}, {"table": "x"}, whole=True),
    comments("of a table changed", {"table": "y"}, {"table": "it's 100% \\ :x %(y)s\n漢"}, whole=True),
    comments("of a table removed", {"table": "y"}, {}),
    comments("of a column added", {}, {"column": "x"}, whole=True),
    comments("of a column changed", {"column": "x"}, {"column": "'; DROP TABLE t; --"}, whole=True),
    comments("of a column removed", {"column": "x"}, {}),
    comments("of constraints", {"unique": "x"}, {"check": "x", "unique": "y"}, whole=True),
    comments("emptied", {"column": "x", "table": "x"}, {"column": "", "table": ""}),
    Pair(
        "comments where there are none",
        commented(),
        commented(table="x", column="y"),
        engines=frozenset({"sqlite"}),
        equal=True,
    ),
    Pair("comment with its column", t, lambda m: t(m, C("a", sa.Text, comment="new")), engines=POSTGRESQL, whole=True),
    Pair(
        "comment of a column that changes its type",
        lambda m: t(m, C("a", sa.String(5), comment="a")),
        lambda m: t(m, C("a", sa.Text, comment="b")),
        engines=POSTGRESQL,
        whole=True,
    ),
    Pair(
        "comments of a new table",
        None,
        lambda m: t(
            m, C("a", sa.Text, comment="it's"), sa.UniqueConstraint("a", name="u", comment="\\"), comment="all"
        ),
        engines=POSTGRESQL,
        whole=True,
    ),
)
