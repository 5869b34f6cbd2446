"""Foreign keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from convergence.pair import POSTGRESQL, SQLITE, Pair, t

if TYPE_CHECKING:
    from collections.abc import Callable

    Says = Callable[[sa.MetaData], object]

C = sa.Column
ROWS: Final = ("INSERT INTO p (id) VALUES (1), (2)", "INSERT INTO t (id, p_id) VALUES (1, 1), (2, NULL)")


def to(*target: Any, **options: Any) -> Says:
    """A table `t` that refers to `p`, or to the target; without a key where the target is None."""
    wanted = target or ("p.id",)
    return lambda m: (
        t(m, name="p"),
        t(m, name="q"),
        t(m, C("p_id", sa.Integer, *(sa.ForeignKey(one, **options) for one in wanted if one))),
    )


def cycle(*names: str, on: str = "", **options: Any) -> Says:
    """Tables that refer to each other in a circle."""
    following = dict(zip(names, (*names[1:], *names[:1]), strict=True))
    return lambda m: [
        t(
            m,
            C("next", sa.ForeignKey(f"{following[name]}.id", name=f"fk_{name}", ondelete=on or None, **options)),
            name=name,
        )
        for name in names
    ]


def apart(*names: str) -> Says:
    return lambda m: [t(m, C("next", sa.Integer), name=name) for name in names]


TWO: Final = (
    "INSERT INTO a (id) VALUES (1)",
    "INSERT INTO b (id) VALUES (1)",
    "UPDATE a SET next = 1",
    "UPDATE b SET next = 1",
)


def pair(m: sa.MetaData, *items: Any) -> sa.Table:
    return sa.Table("pair", m, C("x", sa.Integer), C("y", sa.Integer), *items)


FOREIGN: Final = (
    Pair("foreign key added", to(None), to(), ROWS, whole=True),
    Pair("foreign key dropped", to(), to(None), ROWS),
    Pair("foreign key named", to(), to(name="fk"), ROWS),
    Pair("foreign key renamed", to(name="one"), to(name="two"), ROWS),
    Pair("foreign key ondelete", to(), to(ondelete="CASCADE"), ROWS),
    Pair(
        "foreign key ondelete of a named one",
        to(name="fk"),
        to(name="fk", ondelete="SET NULL", onupdate="CASCADE"),
        ROWS,
    ),
    Pair("foreign key without ondelete", to(ondelete="CASCADE"), to(), ROWS),
    Pair("foreign key no action", to(), to(ondelete="NO ACTION"), ROWS, equal=True),
    Pair("foreign key deferrable", to(), to(deferrable=True, initially="DEFERRED"), ROWS),
    Pair("foreign key match full", to(name="fk"), to(name="fk", match="FULL"), ROWS, POSTGRESQL),
    Pair("foreign key to another table", to(), to("q.id"), (*ROWS, "INSERT INTO q (id) VALUES (1)")),
    Pair(
        "foreign key to another table of one name",
        to(name="fk"),
        to("q.id", name="fk"),
        (*ROWS, "INSERT INTO q (id) VALUES (1)"),
    ),
    Pair("foreign key use_alter", to(), to(use_alter=True, name="fk"), ROWS, POSTGRESQL),
    Pair(
        "foreign key to itself",
        lambda m: t(m, C("up", sa.Integer)),
        lambda m: t(m, C("up", sa.ForeignKey("t.id"))),
        ("INSERT INTO t (id, up) VALUES (1, NULL), (2, 1)",),
        whole=True,
    ),
    Pair(
        "foreign key to itself dropped with its column",
        lambda m: t(m, C("up", sa.ForeignKey("t.id"))),
        t,
        ("INSERT INTO t (id, up) VALUES (1, NULL), (2, 1)",),
    ),
    Pair(
        "foreign key of two columns",
        lambda m: (pair(m, sa.UniqueConstraint("x", "y")), t(m, C("x", sa.Integer), C("y", sa.Integer))),
        lambda m: (
            pair(m, sa.UniqueConstraint("x", "y")),
            t(m, C("x", sa.Integer), C("y", sa.Integer), sa.ForeignKeyConstraint(["x", "y"], ["pair.x", "pair.y"])),
        ),
        ("INSERT INTO pair VALUES (1, 2)", "INSERT INTO t (x, y) VALUES (1, 2)"),
        whole=True,
    ),
    Pair(
        "foreign key of two columns to a key of another order",
        lambda m: (pair(m, sa.PrimaryKeyConstraint("x", "y")), t(m, C("x", sa.Integer), C("y", sa.Integer))),
        lambda m: (
            pair(m, sa.PrimaryKeyConstraint("y", "x")),
            t(m, C("x", sa.Integer), C("y", sa.Integer), sa.ForeignKeyConstraint(["x", "y"], ["pair.x", "pair.y"])),
        ),
        ("INSERT INTO pair VALUES (1, 2)", "INSERT INTO t (x, y) VALUES (1, 2)"),
    ),
    Pair(
        "foreign key to a column that is made unique",
        lambda m: (t(m, C("c", sa.Integer), name="p"), t(m, C("p_c", sa.Integer))),
        lambda m: (t(m, C("c", sa.Integer, unique=True), name="p"), t(m, C("p_c", sa.ForeignKey("p.c")))),
        ("INSERT INTO p (id, c) VALUES (1, 5)", "INSERT INTO t (p_c) VALUES (5)"),
        whole=True,
    ),
    Pair(
        "foreign key to a unique index",
        lambda m: (t(m, C("c", sa.Integer), name="p"), t(m, C("p_c", sa.Integer))),
        lambda m: (
            t(m, C("c", sa.Integer, unique=True, index=True), name="p"),
            t(m, C("p_c", sa.ForeignKey("p.c", use_alter=True, name="fk"))),
        ),
        ("INSERT INTO p (id, c) VALUES (1, 5)", "INSERT INTO t (p_c) VALUES (5)"),
        POSTGRESQL,
        whole=True,
    ),
    Pair(
        "foreign key to a unique index of new tables",
        None,
        lambda m: (t(m, C("c", sa.Integer, unique=True, index=True), name="p"), t(m, C("p_c", sa.ForeignKey("p.c")))),
        engines=SQLITE,
        whole=True,
    ),
    Pair(
        "foreign key to an index that becomes a constraint",
        lambda m: (
            t(m, C("c", sa.Integer, unique=True, index=True), name="p"),
            t(m, C("p_c", sa.ForeignKey("p.c", use_alter=True, name="fk"))),
        ),
        lambda m: (
            t(m, C("c", sa.Integer, unique=True), name="p"),
            t(m, C("p_c", sa.ForeignKey("p.c", name="fk", use_alter=True))),
        ),
        ("INSERT INTO p (id, c) VALUES (1, 5)", "INSERT INTO t (p_c) VALUES (5)"),
        POSTGRESQL,
    ),
    Pair(
        "foreign key to a renamed unique constraint",
        lambda m: (
            t(m, C("c", sa.Integer), sa.UniqueConstraint("c", name="one"), name="p"),
            t(m, C("p_c", sa.ForeignKey("p.c"))),
        ),
        lambda m: (
            t(m, C("c", sa.Integer), sa.UniqueConstraint("c", name="two"), name="p"),
            t(m, C("p_c", sa.ForeignKey("p.c"))),
        ),
        ("INSERT INTO p (id, c) VALUES (1, 5)", "INSERT INTO t (p_c) VALUES (5)"),
    ),
    Pair("foreign key to a table that goes", to(), lambda m: (t(m, name="q"), t(m, C("p_id", sa.Integer))), ROWS[:1]),
    Pair("foreign key and its table go", to(), lambda m: t(m, name="p"), ROWS),
    Pair(
        "foreign key to a table that comes",
        lambda m: t(m, C("p_id", sa.Integer)),
        to(),
        ("INSERT INTO t (id, p_id) VALUES (1, NULL)",),
        whole=True,
    ),
    Pair(
        "foreign key to a table that comes, before it in the alphabet",
        lambda m: t(m, C("z_id", sa.Integer), name="a"),
        lambda m: (t(m, C("z_id", sa.ForeignKey("z.id")), name="a"), t(m, name="z")),
        whole=True,
    ),
    Pair("foreign keys twice", to(), to("p.id", "q.id"), (*ROWS, "INSERT INTO q (id) VALUES (1)"), whole=True),
    Pair(
        "foreign keys exchanged",
        lambda m: (
            t(m, name="p"),
            t(m, C("x", sa.ForeignKey("p.id", name="one")), C("y", sa.ForeignKey("p.id", name="two"))),
        ),
        lambda m: (
            t(m, name="p"),
            t(m, C("x", sa.ForeignKey("p.id", name="two")), C("y", sa.ForeignKey("p.id", name="one"))),
        ),
        ROWS[:1],
    ),
    Pair("cycle of two added", None, cycle("a", "b"), engines=POSTGRESQL, whole=True),
    Pair("cycle of two dropped", cycle("a", "b"), None, TWO, POSTGRESQL),
    Pair("cycle of two closed", apart("a", "b"), cycle("a", "b"), TWO, whole=True, engines=POSTGRESQL),
    Pair("cycle of two opened", cycle("a", "b"), apart("a", "b"), TWO, engines=POSTGRESQL),
    Pair("cycle of two changed", cycle("a", "b"), cycle("a", "b", on="CASCADE"), TWO, engines=POSTGRESQL),
    Pair("cycle of three", apart("a", "b", "c"), cycle("a", "b", "c", deferrable=True), engines=POSTGRESQL, whole=True),
    Pair("cycle of three, one dropped", cycle("a", "b", "c"), cycle("a", "b"), engines=POSTGRESQL),
    Pair("cycle with use_alter", None, cycle("a", "b", use_alter=True), engines=POSTGRESQL, whole=True),
    # SQLAlchemy leaves out, on SQLite, the foreign keys of a circle that it cannot open.
    Pair("cycle on SQLite", apart("a", "b"), cycle("a", "b"), TWO, SQLITE),
    Pair("cycle on SQLite dropped", cycle("a", "b"), None, TWO, SQLITE),
    Pair("cycle of three on SQLite, one of them new", cycle("a", "b"), cycle("a", "b", "c"), engines=SQLITE),
)
