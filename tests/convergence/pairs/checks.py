"""Checks, naming conventions, and excludes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from convergence.pair import POSTGRESQL, SQLITE, Pair, t
from convergence.pairs.keys import key, two

if TYPE_CHECKING:
    from collections.abc import Callable

    Says = Callable[[sa.MetaData], object]

C = sa.Column
NAMED: Final = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def check(text: str, **options: Any) -> Callable[[], sa.CheckConstraint]:
    return lambda: sa.CheckConstraint(text, **options)


CHECKS: Final = (
    key("check added", two(), two(check("a > 0", name="c")), whole=True),
    key("check without name added", two(), two(check("a > 0")), whole=True),
    key("check dropped", two(check("a > 0", name="c")), two()),
    key("check without name dropped", two(check("a > 0")), two()),
    key("check changed", two(check("a > 0", name="c")), two(check("a >= 0", name="c"))),
    key("check without name changed", two(check("a > 0")), two(check("a >= 0"))),
    key(
        "check spelled otherwise",
        two(check("a > 0 AND b > 0", name="c")),
        two(check("(a>0) and (b>0)", name="c")),
        engines=POSTGRESQL,
        equal=True,
    ),
    key("check renamed", two(check("a > 0", name="c")), two(check("a > 0", name="d"))),
    key("check named", two(check("a > 0")), two(check("a > 0", name="d"))),
    key(
        "two checks of one meaning",
        two(check("a > 0")),
        two(check("a > 0"), check("a > 0")),
        engines=POSTGRESQL,
        whole=True,
    ),
    key(
        "checks without names in another order",
        two(check("a > 0"), check("a < 9"), check("b > a")),
        two(check("b > a"), check("a < 9")),
    ),
    key("check between", two(), two(check("a BETWEEN 0 AND 9 AND b > 0 OR a IS NULL OR b = 7", name="c")), whole=True),
    key("check in", two(), two(check("a IN (1, 3)", name="c")), whole=True),
    key(
        "check of words",
        lambda m: t(m, C("a", sa.String(9))),
        lambda m: t(
            m,
            C(
                "a",
                sa.String(9),
                sa.CheckConstraint("a IN ('x', 'it''s', 'ä)') AND a <> 'q AND r' AND a NOT LIKE '%z'", name="c"),
            ),
        ),
        ("INSERT INTO t (id, a) VALUES (1, 'x')",),
        whole=True,
    ),
    key("check of NOT", two(), two(check("NOT (a > 5 AND b > 5 AND a > b)", name="c")), whole=True),
    key(
        "check of case",
        two(),
        two(check("CASE WHEN a > 0 AND b > 0 AND a < b THEN true ELSE a IS NULL END", name="c")),
        whole=True,
    ),
    key("check of a function", two(), two(check("abs(a) < 100 AND coalesce(b, 0) < 100", name="c")), whole=True),
    key("check not valid", two(), two(check("a > 0", name="c", postgresql_not_valid=True)), engines=POSTGRESQL),
    key("check of an expression", two(), two(lambda: sa.CheckConstraint(sa.column("a") > 0, name="c")), whole=True),
    Pair(
        "check of a Boolean",
        lambda m: t(m, C("a", sa.Boolean)),
        lambda m: t(m, C("a", sa.Boolean(create_constraint=True, name="is_bool"))),
        ("INSERT INTO t (id, a) VALUES (1, true)",),
        SQLITE,
        whole=True,
    ),
    Pair(
        "check of a Boolean on PostgreSQL",
        lambda m: t(m, C("a", sa.Boolean)),
        lambda m: t(m, C("a", sa.Boolean(create_constraint=True, name="is_bool"))),
        ("INSERT INTO t (id, a) VALUES (1, true)",),
        POSTGRESQL,
        equal=True,
    ),
    Pair(
        "check of a Boolean without name",
        lambda m: t(m, C("a", sa.Boolean)),
        lambda m: t(m, C("a", sa.Boolean(create_constraint=True))),
        ("INSERT INTO t (id, a) VALUES (1, true)",),
        SQLITE,
        whole=True,
    ),
    Pair(
        "check of an Enum",
        lambda m: t(m, C("a", sa.String(1))),
        lambda m: t(m, C("a", sa.Enum("x", "y", native_enum=False, create_constraint=True, name="letters"))),
        ("INSERT INTO t (id, a) VALUES (1, 'x')",),
        whole=True,
    ),
    Pair(
        "check of an Enum, a label more",
        lambda m: t(m, C("a", sa.Enum("x", "y", native_enum=False, create_constraint=True, name="letters"))),
        lambda m: t(m, C("a", sa.Enum("x", "y", "zz", native_enum=False, create_constraint=True, name="letters"))),
        ("INSERT INTO t (id, a) VALUES (1, 'x')",),
    ),
    Pair(
        "naming convention",
        t,
        lambda m: (
            t(
                m,
                C("a", sa.Integer, unique=True, index=False),
                C("b", sa.Integer, index=True),
                C("o_id", sa.ForeignKey("o.id")),
                sa.CheckConstraint("a > 0", name="positive"),
            ),
            t(m, name="o"),
        ),
        conventions=NAMED,
        whole=True,
    ),
    Pair(
        "naming convention, dropped",
        lambda m: (t(m, C("a", sa.Integer, unique=True), C("o_id", sa.ForeignKey("o.id"))), t(m, name="o")),
        lambda m: (t(m, C("a", sa.Integer), C("o_id", sa.Integer)), t(m, name="o")),
        conventions=NAMED,
    ),
    Pair(
        "naming convention of a Boolean",
        t,
        lambda m: t(m, C("a", sa.Boolean(create_constraint=True, name="flag"))),
        conventions=NAMED,
        whole=True,
    ),
    Pair(
        "exclude added",
        lambda m: t(m, C("r", pg.INT4RANGE)),
        lambda m: t(m, C("r", pg.INT4RANGE), pg.ExcludeConstraint(("r", "&&"), name="e")),
        ("INSERT INTO t (r) VALUES ('[1,3)'), ('[3,4)')",),
        POSTGRESQL,
        whole=True,
    ),
    Pair(
        "exclude changed",
        lambda m: t(m, C("r", pg.INT4RANGE), pg.ExcludeConstraint(("r", "&&"), name="e")),
        lambda m: t(
            m,
            C("r", pg.INT4RANGE),
            pg.ExcludeConstraint(
                ("r", "&&"), name="e", where=sa.text("id > 0 AND id < 99 AND id <> 7"), deferrable=True
            ),
        ),
        ("INSERT INTO t (r) VALUES ('[1,3)'), ('[3,4)')",),
        POSTGRESQL,
    ),
    Pair(
        "exclude dropped",
        lambda m: t(m, C("r", pg.INT4RANGE), pg.ExcludeConstraint(("r", "&&"), name="e", using="gist")),
        lambda m: t(m, C("r", pg.INT4RANGE)),
        ("INSERT INTO t (r) VALUES ('[1,3)')",),
        POSTGRESQL,
    ),
    Pair(
        "exclude with equality",
        lambda m: t(m, C("a", sa.Integer), C("r", pg.TSTZRANGE)),
        lambda m: t(m, C("a", sa.Integer), C("r", pg.TSTZRANGE), pg.ExcludeConstraint(("a", "="), ("r", "&&"))),
        engines=POSTGRESQL,
        extension="btree_gist",
        whole=True,
    ),
)
