"""Views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.sql.ddl import CreateView

from convergence.pair import POSTGRESQL, Pair, t
from convergence.pairs.tables import both, of_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Says = Callable[[sa.MetaData], object]

C = sa.Column


def view(
    *,
    where: int = 0,
    columns: tuple[str, ...] = ("id", "a"),
    type_: Any = sa.Integer,
    name: str = "v",
    base: tuple[str, ...] = ("a", "b"),
    more: Sequence[tuple[str, Any]] = (),
    **options: Any,
) -> Says:
    """A view of the columns of a table, and the table."""

    def says(m: sa.MetaData) -> None:
        said = {"a": type_, "b": sa.Integer}
        table = t(m, *(C(one, said[one]) for one in base), *(C(*one) for one in more))
        CreateView(sa.select(*(table.c[one] for one in columns)).where(table.c.id > where), name, metadata=m, **options)

    return says


def nested(m: sa.MetaData) -> None:
    table = t(m, C("a", sa.Integer), C("b", sa.Integer))
    a, b = table.c.a, table.c.b
    where = sa.and_(a.between(1, 2), b > 0, sa.or_(a == 1, sa.and_(a == 2, b == 1)))
    CreateView(sa.select(table.c.id).where(where), "v", metadata=m)


def views_of_views(m: sa.MetaData, type_: Any = sa.Integer) -> None:
    table = t(m, C("a", type_), C("b", sa.Integer))
    first = CreateView(sa.select(table.c.id, table.c.a), "zz", metadata=m)
    second = CreateView(sa.select(first.table.c.a).where(first.table.c.id > 0), "aa", metadata=m)
    CreateView(
        sa.select(second.table.c.a, table.c.id).join_from(second.table, table, table.c.a == second.table.c.a),
        "mm",
        metadata=m,
    )


def plain(m: sa.MetaData) -> None:
    t(m, C("a", sa.Integer), C("b", sa.Integer))


SEEN: Final = ("INSERT INTO t (id, a, b) VALUES (1, 2, 3)",)
VIEWS: Final = (
    Pair("view added", plain, view(), SEEN, whole=True),
    # Where the models say no view at all, those of the database are nobody's to judge.
    Pair(
        "view beside another dropped",
        both(view(), lambda m: CreateView(sa.select(sa.literal(1).label("x")), "w", metadata=m)),
        view(),
        SEEN,
    ),
    Pair("view with its table", None, view(), whole=True),
    Pair("view's condition", view(), view(where=5), SEEN),
    Pair("view's columns", view(), view(columns=("a", "b", "id")), SEEN),
    Pair("view renamed", view(), view(name="My View"), SEEN),
    Pair("view's table gets a column", view(), view(more=[("c", sa.Integer)]), SEEN, whole=True),
    Pair("view's column changes its type", view(), view(type_=sa.BigInteger), SEEN),
    Pair("view's table loses a column", view(columns=("id", "a", "b")), view(base=("a",)), SEEN),
    Pair("views of views", plain, views_of_views, SEEN, whole=True),
    Pair("views of views over a changed type", views_of_views, lambda m: views_of_views(m, sa.BigInteger), SEEN),
    Pair("view materialized", view(), view(materialized=True), SEEN, POSTGRESQL),
    Pair("view materialized added", plain, view(materialized=True), SEEN, POSTGRESQL, whole=True),
    Pair("view materialized changed", view(materialized=True), view(materialized=True, where=3), SEEN, POSTGRESQL),
    Pair(
        "view in another schema",
        both(plain, of_schema("app")),
        both(view(schema="app"), of_schema("app")),
        SEEN,
        POSTGRESQL,
        whole=True,
    ),
    Pair("view with and", plain, nested, SEEN, whole=True),
)
