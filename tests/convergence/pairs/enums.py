"""Enum types of PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.sql.ddl import CreateView

from convergence.pair import POSTGRESQL, Pair, t

if TYPE_CHECKING:
    from collections.abc import Callable

    Says = Callable[[sa.MetaData], object]

C = sa.Column
ROWS: Final = ("INSERT INTO t (id, a) VALUES (1, 'x'), (2, 'y'), (3, NULL)",)


def of(labels: str, *items: Callable[[], Any], name: str = "kind", array: bool = False, **options: Any) -> Says:
    """A table of an enum of these labels, or of an array of it."""
    kind = pg.ENUM(*labels.split(), name=name)
    return lambda m: t(m, C("a", pg.ARRAY(kind) if array else kind, **options), *(item() for item in items))


def enum(name: str, before: Says | None, after: Says | None, rows: tuple[str, ...] = ROWS, **facts: Any) -> Pair:
    return Pair(f"enum {name}", before, after, rows, **{"engines": POSTGRESQL, **facts})


def shared(labels: str, *names: str) -> Says:
    kind = pg.ENUM(*labels.split(), name="kind")
    return lambda m: [t(m, C("a", kind), name=name) for name in names]


def loose(*labels: str) -> Says:
    return lambda m: (t(m), sa.Enum(*labels, name="loose", metadata=m))


def viewed(labels: str) -> Says:
    def says(m: sa.MetaData) -> None:
        table = of(labels)(m)
        first = CreateView(sa.select(table.c.a).where(table.c.a == sa.text("'x'")), "v", metadata=m)
        CreateView(sa.select(first.table.c.a), "a_view", metadata=m)

    return says


def check() -> sa.CheckConstraint:
    return sa.CheckConstraint("a <> 'x' OR a IS NULL OR id = 1", name="c")


def partial() -> sa.Index:
    return sa.Index("i", "a", unique=True, postgresql_where=sa.text("a = 'y'"))


ENUMS: Final = (
    enum("added", t, of("x y"), (), whole=True),
    enum("dropped with its last column", of("x y"), t),
    enum("label appended", of("x y"), of("x y z"), whole=True),
    enum("label in the middle", of("x y"), of("x m y"), whole=True),
    enum("label in front", of("x y"), of("w x y"), whole=True),
    enum("labels everywhere", of("x y"), of("v w x m n y z zz"), whole=True),
    enum("label removed", of("x y z"), of("x y")),
    enum("labels reordered", of("x y z"), of("y x z")),
    enum("label removed and another added", of("x y z"), of("x q y")),
    enum(
        "of odd labels",
        t,
        lambda m: t(m, C("a", pg.ENUM("it's", "a b", "ünï", "%", "\\", '"', name="odd"))),
        (),
        whole=True,
    ),
    enum(
        "odd label appended",
        lambda m: t(m, C("a", pg.ENUM("x", name="Odd Kind"))),
        lambda m: t(m, C("a", pg.ENUM("x", "it's \\ 100%", name="Odd Kind"))),
        whole=True,
        rows=ROWS[:0],
    ),
    enum("of another name", of("x y"), of("x y", name="sort")),
    enum("of another name and other labels", of("x y"), of("y z x", name="sort")),
    enum("new label as the default", of("x y"), of("x y z", server_default="z"), whole=True),
    enum(
        "new label as the default instead of another",
        of("x y", server_default="x"),
        of("x y z", server_default="z"),
        whole=True,
    ),
    enum("new label in a check", of("x y"), of("x y z", lambda: sa.CheckConstraint("a <> 'z'", name="c")), whole=True),
    enum(
        "new label in a new table",
        of("x y"),
        lambda m: (of("x y z")(m), t(m, C("b", pg.ENUM("x", "y", "z", name="kind"), server_default="z"), name="n")),
        whole=True,
    ),
    enum("remade under a default", of("x y z", server_default="x"), of("y x", server_default="x")),
    enum("remade under a default that changes", of("x y z", server_default="z"), of("y x", server_default="y")),
    enum("remade under a check and an index", of("x y z", check, partial), of("y x", check, partial)),
    enum("remade under a view's eyes", viewed("x y z"), viewed("y x")),
    enum("of an array", t, of("x y", array=True), (), whole=True),
    enum(
        "of an array, appended",
        of("x y", array=True),
        of("x y z", array=True),
        ("INSERT INTO t (a) VALUES ('{x,y}')",),
        whole=True,
    ),
    enum(
        "of an array, removed",
        of("x y z", array=True, server_default="{x}"),
        of("x y", array=True, server_default="{x}"),
        ("INSERT INTO t (a) VALUES ('{x,y}')",),
    ),
    enum("shared by two", shared("x y", "t"), shared("x y", "t", "u"), whole=True),
    enum("shared by two, appended", shared("x y", "t", "u"), shared("x y z", "t", "u"), whole=True),
    enum("shared by two, removed", shared("x y z", "t", "u"), shared("x y", "t", "u")),
    enum("shared by two, one dropped", shared("x y", "t", "u"), shared("x y", "t")),
    enum(
        "column exchanged for one of the same type", of("x y"), lambda m: t(m, C("b", pg.ENUM("x", "y", name="kind")))
    ),
    enum("loose", t, loose("x"), (), whole=True),
    enum("loose, appended", loose("x"), loose("x", "y"), (), whole=True),
    enum("loose, removed", loose("x", "y"), loose("y"), ()),
    enum(
        "in a schema",
        t,
        lambda m: t(m, C("a", pg.ENUM("x", name="kind", schema="app"))),
        (),
        needs=("CREATE SCHEMA app",),
        whole=True,
    ),
    enum("in a new schema", t, lambda m: t(m, C("a", pg.ENUM("x", name="kind", schema="app"))), (), whole=True),
    enum("from Python's", lambda m: t(m, C("a", sa.Enum("x", "y", name="kind"))), of("x y"), equal=True),
    enum(
        "of a key",
        lambda m: sa.Table("t", m, C("a", pg.ENUM("x", "y", "z", name="kind"), primary_key=True)),
        lambda m: sa.Table("t", m, C("a", pg.ENUM("y", "x", name="kind"), primary_key=True)),
        ("INSERT INTO t VALUES ('x'), ('y')",),
    ),
    enum(
        "of a key that is referred to",
        lambda m: (
            sa.Table("t", m, C("a", pg.ENUM("x", "y", "z", name="kind"), primary_key=True)),
            t(m, C("a", pg.ENUM("x", "y", "z", name="kind"), sa.ForeignKey("t.a")), name="u"),
        ),
        lambda m: (
            sa.Table("t", m, C("a", pg.ENUM("y", "x", name="kind"), primary_key=True)),
            t(m, C("a", pg.ENUM("y", "x", name="kind"), sa.ForeignKey("t.a")), name="u"),
        ),
        ("INSERT INTO t VALUES ('x'), ('y')", "INSERT INTO u (a) VALUES ('x')"),
    ),
    enum(
        "read by a computed column",
        lambda m: t(
            m, C("a", pg.ENUM("x", "y", "z", name="kind")), C("b", sa.Boolean, sa.Computed("a = 'x'", persisted=True))
        ),
        lambda m: t(
            m, C("a", pg.ENUM("y", "x", name="kind")), C("b", sa.Boolean, sa.Computed("a = 'x'", persisted=True))
        ),
    ),
    enum("to text and away", of("x y", server_default="x"), lambda m: t(m, C("a", sa.Text, server_default="x"))),
    enum(
        "in a domain's stead",
        lambda m: t(m, C("a", pg.DOMAIN("kind", sa.Text, check="VALUE IN ('x', 'y')"))),
        of("x y", name="kind2"),
    ),
)
