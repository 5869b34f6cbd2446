"""What a table is once changes have been made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.nouns.changes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockgate.nouns.changes import Change
    from lockgate.nouns.schema import Column, Constraint, Table

FACETS = {
    Kind.TYPE: "type",
    Kind.NULLABLE: "nullable",
    Kind.DEFAULT: "default",
    Kind.GENERATED: "generated",
    Kind.COLLATION: "collation",
}


def target(table: Table, changes: Iterable[Change]) -> Table:
    """The table with these changes and no others."""
    columns = {column.name: column for column in table.columns}
    constraints = list(table.constraints)
    for change in changes:
        if change.kind is Kind.CONSTRAINT:
            _change_constraint(constraints, change)
        elif change.kind is Kind.TABLE_OPTIONS:
            table = table._replace(after=change.after.after)
        else:
            _change_column(columns, change)
    return table._replace(columns=tuple(columns.values()), constraints=tuple(constraints))


def same(table: Table, other: Table) -> bool:
    """Whether two tables differ in their indexes and the order of their columns at the most."""
    return _meaning(table) == _meaning(other)


def _meaning(table: Table) -> tuple[object, ...]:
    return sorted(table.columns), sorted(map(str, table.constraints)), table.after


def _change_constraint(constraints: list[Constraint], change: Change) -> None:
    if change.before is not None:
        constraints.remove(change.before)
    if change.after is not None:
        constraints.append(change.after)


def _change_column(columns: dict[str, Column], change: Change) -> None:
    if change.kind in FACETS:
        facet = FACETS[change.kind]
        columns[change.part] = columns[change.part]._replace(**{facet: getattr(change.after, facet)})
    elif change.after is None:
        del columns[change.part]
    else:
        columns[change.part] = change.after
