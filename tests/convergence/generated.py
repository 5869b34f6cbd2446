"""Models that hypothesis makes up: a few tables, and the same with some changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql as pg

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES: Final = ("a", "b", "Odd One")
COLUMNS: Final = ("x", "y", "Z z", "select")
ACTIONS: Final = (None, "CASCADE", "SET NULL")
# Of a name: the type, and defaults that it takes.
COMMON: Final[dict[str, tuple[Callable[[], Any], tuple[Any, ...]]]] = {
    "integer": (sa.Integer, ("0", "-5")),
    "bigint": (sa.BigInteger, ("7",)),
    "short": (lambda: sa.String(5), ("it's", "")),
    "long": (lambda: sa.String(50), ("back\\slash", "ü %")),
    "text": (sa.Text, ("x", "y")),
    "numeric": (lambda: sa.Numeric(10, 2), ("1.50",)),
    "boolean": (sa.Boolean, (sa.true(), sa.false())),
    "time": (lambda: sa.DateTime(timezone=True), (sa.func.current_timestamp(),)),
    "date": (sa.Date, ("2020-01-01",)),
    "uuid": (sa.Uuid, ()),
    "json": (sa.JSON, ("{}",)),
    "letters": (lambda: sa.Enum("p", "q", name="letters"), ("p",)),
}
POSTGRESQL: Final[dict[str, tuple[Callable[[], Any], tuple[Any, ...]]]] = {
    **COMMON,
    "jsonb": (pg.JSONB, ('{"a": 1}',)),
    "array": (lambda: pg.ARRAY(sa.Integer), ("{}", "{1,2}")),
    "arrays": (lambda: pg.ARRAY(sa.Text), (sa.text("ARRAY['a', 'b']"),)),
    "inet": (pg.INET, ("127.0.0.1",)),
    "range": (pg.INT4RANGE, ("[1,5)",)),
    "more letters": (lambda: pg.ENUM("it's", "b", "c", name="Letters"), ("b",)),
}


class ColumnPlan(NamedTuple):
    type: str
    nullable: bool
    default: int
    comment: str | None


class TablePlan(NamedTuple):
    """What a table is made of; the names of its parts say which columns they have."""

    columns: dict[str, ColumnPlan]
    key: bool
    refers: tuple[str, str | None] | None
    unique: tuple[str, ...]
    index: tuple[str, ...]
    descending: bool
    check: str
    computed: int


def plans(types: dict[str, Any]) -> st.SearchStrategy[dict[str, TablePlan]]:
    column = st.builds(
        ColumnPlan,
        st.sampled_from(sorted(types)),
        st.booleans(),
        st.integers(-1, 1),
        st.sampled_from([None, None, "it's"]),
    )
    names = st.lists(st.sampled_from(COLUMNS), max_size=2, unique=True).map(tuple)
    refers = st.none() | st.tuples(st.sampled_from(TABLES), st.sampled_from(ACTIONS))
    table = st.builds(
        TablePlan,
        st.dictionaries(st.sampled_from(COLUMNS), column, max_size=3),
        st.booleans(),
        refers,
        names,
        names,
        st.booleans(),
        st.sampled_from(["", "n > 0", "n IN (1, 2)", "n BETWEEN 1 AND 5 AND n <> 3"]),
        st.integers(0, 2),
    )
    return st.dictionaries(st.sampled_from(TABLES), table, min_size=1, max_size=3)


def metadata_of(plan: dict[str, TablePlan], types: dict[str, Any]) -> sa.MetaData:
    """The models that a plan says."""
    metadata = sa.MetaData()
    for name, table in plan.items():
        _table(metadata, name, table, plan, types)
    return metadata


def _table(
    metadata: sa.MetaData, name: str, plan: TablePlan, others: dict[str, TablePlan], types: dict[str, Any]
) -> None:
    made = sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=plan.key, autoincrement=plan.key),
        sa.Column("n", sa.Integer),
    )
    for column, said in plan.columns.items():
        made.append_column(_column(column, said, types))
    if plan.computed:
        made.append_column(sa.Column("twice", sa.Integer, sa.Computed(f"n * {plan.computed}", persisted=True)))
    target, action = plan.refers or ("", None)
    # Of a circle SQLAlchemy makes on SQLite no more than it can open; tables refer to those before them only.
    if target in others and others[target].key and TABLES.index(target) <= TABLES.index(name):
        made.append_column(sa.Column("ref", sa.Integer))
        made.append_constraint(sa.ForeignKeyConstraint(["ref"], [f"{target}.id"], ondelete=action))
    _parts(made, plan)


def _column(name: str, plan: ColumnPlan, types: dict[str, Any]) -> sa.Column[Any]:
    make, defaults = types[plan.type]
    default = defaults[plan.default % len(defaults)] if defaults and plan.default >= 0 else None
    nullable = plan.nullable or default is None
    return sa.Column(name, make(), nullable=nullable, server_default=default, comment=plan.comment)


def _parts(made: sa.Table, plan: TablePlan) -> None:
    comparable = {column.name for column in made.columns if not isinstance(column.type, (sa.JSON, pg.JSONB))}
    unique, index = (tuple(name for name in names if name in comparable) for names in (plan.unique, plan.index))
    if unique:
        made.append_constraint(sa.UniqueConstraint(*unique, name=None if plan.descending else f"u {made.name}"))
    if index:
        columns = [made.c[name].desc() if plan.descending else made.c[name] for name in index]
        sa.Index(f"i {made.name}", *columns, unique=plan.computed == 1)
    if plan.check:
        made.append_constraint(sa.CheckConstraint(plan.check, name=f"c {made.name}" if plan.key else None))
