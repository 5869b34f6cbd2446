"""Primary keys and unique constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from convergence.pair import POSTGRESQL, SQLITE, Pair, t

if TYPE_CHECKING:
    from collections.abc import Callable

    Says = Callable[[sa.MetaData], object]

C = sa.Column
AB: Final = ("INSERT INTO t (a, b) VALUES (1, 2), (3, 4)",)


def two(*items: Any, keys: str = "", **options: Any) -> Says:
    """A table of `a` and `b`, of which those named in `keys` are the primary key."""
    return lambda m: sa.Table(
        "t",
        m,
        C("a", sa.Integer, primary_key="a" in keys, autoincrement=False),
        C("b", sa.Integer, primary_key="b" in keys, autoincrement=False, nullable="b" not in keys),
        *(item() for item in items),
        **options,
    )


def key(name: str, before: Says, after: Says, rows: tuple[str, ...] = AB, **facts: Any) -> Pair:
    return Pair(name, before, after, rows, **facts)


def unique(*columns: str, **options: Any) -> Callable[[], sa.UniqueConstraint]:
    return lambda: sa.UniqueConstraint(*columns, **options)


PRIMARY: Final = (
    key("primary key added", two(), two(keys="a")),
    key("primary key dropped", two(keys="a"), two()),
    key("primary key changed", two(keys="a"), two(keys="b")),
    key("primary key extended", two(keys="a"), two(keys="ab")),
    key(
        "primary key in another order",
        two(lambda: sa.PrimaryKeyConstraint("a", "b")),
        two(lambda: sa.PrimaryKeyConstraint("b", "a")),
    ),
    key("primary key named", two(keys="a"), two(lambda: sa.PrimaryKeyConstraint("a", name="pk"))),
    key(
        "primary key renamed",
        two(lambda: sa.PrimaryKeyConstraint("a", name="one")),
        two(lambda: sa.PrimaryKeyConstraint("a", name="two")),
    ),
    key(
        "primary key renamed and changed",
        two(lambda: sa.PrimaryKeyConstraint("a", name="one")),
        two(lambda: sa.PrimaryKeyConstraint("b", name="two")),
    ),
    Pair(
        "primary key's column nullable",
        lambda m: sa.Table("t", m, C("a", sa.Text, primary_key=True, nullable=True)),
        lambda m: sa.Table("t", m, C("a", sa.Text, primary_key=True)),
        ("INSERT INTO t VALUES ('x')",),
        SQLITE,
    ),
    Pair(
        "primary key's column nullable where it is the rowid",
        lambda m: sa.Table("t", m, C("a", sa.Integer, primary_key=True, nullable=True), C("b", sa.Integer)),
        lambda m: sa.Table("t", m, C("a", sa.Integer, primary_key=True), C("b", sa.Integer)),
        AB,
        SQLITE,
        equal=True,
    ),
    Pair(
        "primary key's column nullable on PostgreSQL",
        lambda m: sa.Table(
            "t", m, C("a", sa.Integer, primary_key=True, nullable=True, autoincrement=False), C("b", sa.Integer)
        ),
        two(keys="a"),
        AB,
        POSTGRESQL,
        equal=True,
    ),
    Pair(
        "primary key that is referred to replaced",
        lambda m: (two(keys="a")(m), sa.Table("o", m, C("t_a", sa.ForeignKey("t.a")))),
        lambda m: (two(unique("a", name="u"), keys="b")(m), sa.Table("o", m, C("t_a", sa.ForeignKey("t.a")))),
        (*AB, "INSERT INTO o VALUES (1)"),
    ),
    Pair(
        "primary key of text on SQLite",
        lambda m: sa.Table("t", m, C("a", sa.Text, primary_key=True), C("b", sa.Text)),
        lambda m: sa.Table("t", m, C("a", sa.Text), C("b", sa.Text, primary_key=True)),
        ("INSERT INTO t VALUES ('x', 'y')",),
    ),
    Pair("autoincrement", t, lambda m: t(m, sqlite_autoincrement=True), ("INSERT INTO t (id) VALUES (7)",), SQLITE),
    Pair(
        "autoincrement gone", lambda m: t(m, sqlite_autoincrement=True), t, ("INSERT INTO t (id) VALUES (7)",), SQLITE
    ),
    Pair(
        "on conflict",
        lambda m: t(m, C("a", sa.Integer, unique=True)),
        lambda m: t(m, C("a", sa.Integer, unique=True, sqlite_on_conflict_unique="IGNORE")),
        ("INSERT INTO t (id, a) VALUES (7, 1)",),
        SQLITE,
    ),
)

UNIQUE: Final = (
    key("unique added", two(), two(unique("a", name="u")), whole=True),
    key("unique without name added", two(), two(unique("a")), whole=True),
    key("unique of two added", two(), two(unique("a", "b")), whole=True),
    key("unique dropped", two(unique("a", name="u")), two()),
    key("unique without name dropped", two(unique("a")), two()),
    key("unique renamed", two(unique("a", name="u")), two(unique("a", name="v"))),
    key("unique named", two(unique("a")), two(unique("a", name="v"))),
    key("unique columns changed", two(unique("a", name="u")), two(unique("a", "b", name="u"))),
    key("unique columns in another order", two(unique("a", "b", name="u")), two(unique("b", "a", name="u"))),
    key(
        "unique names exchanged",
        two(unique("a", name="u"), unique("b", name="v")),
        two(unique("b", name="u"), unique("a", name="v")),
    ),
    key(
        "unique deferrable",
        two(unique("a", name="u")),
        two(unique("a", name="u", deferrable=True, initially="DEFERRED")),
        engines=POSTGRESQL,
    ),
    key(
        "unique nulls not distinct",
        two(unique("a", name="u")),
        two(unique("a", name="u", postgresql_nulls_not_distinct=True)),
        engines=POSTGRESQL,
    ),
    key(
        "unique including",
        two(unique("a", name="u")),
        two(unique("a", name="u", postgresql_include=["b"])),
        engines=POSTGRESQL,
    ),
    key("unique to a unique index", two(unique("a", name="u")), two(lambda: sa.Index("u", "a", unique=True))),
    key("unique of a unique index", two(lambda: sa.Index("u", "a", unique=True)), two(unique("a", name="u"))),
    key(
        "unique of a unique index of another name",
        two(lambda: sa.Index("i", "a", unique=True)),
        two(unique("a", name="u")),
    ),
    key(
        "unique twice",
        two(unique("a", name="u")),
        lambda m: sa.Table(
            "t", m, C("a", sa.Integer, unique=True), C("b", sa.Integer), sa.UniqueConstraint("a", name="u")
        ),
        engines=POSTGRESQL,
        equal=True,
    ),
    key(
        "unique twice on SQLite",
        two(unique("a", name="u")),
        lambda m: sa.Table(
            "t", m, C("a", sa.Integer, unique=True), C("b", sa.Integer), sa.UniqueConstraint("a", name="u")
        ),
        engines=SQLITE,
    ),
    key(
        "unique once of twice",
        lambda m: sa.Table(
            "t", m, C("a", sa.Integer, unique=True), C("b", sa.Integer), sa.UniqueConstraint("a", name="u")
        ),
        two(),
    ),
    key("unique beside a key", two(keys="a"), two(unique("a", name="u"), keys="a")),
)
