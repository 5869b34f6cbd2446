"""Takes columns and named constraints out of a definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import LockgateError, SettingsError
from lockgate.sqlite_tables.alter import cut_kind
from lockgate.sqlite_tables.constraints import Constraint, Kind
from lockgate.sqlite_tables.draft import Draft
from lockgate.sqlite_tables.parse import parse_table
from lockgate.sqlite_tables.splice import cut, remove
from lockgate.sqlite_tables.tokens import fold
from lockgate.sqlite_tables.uses import uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.sqlite_tables.definition import Column, Definition


def drop_column(now: Draft, name: str) -> Draft:
    """The draft without the column and its own constraints.

    Raises:
        SettingsError: there is no such column.
        LockgateError: something else names it, as PostgreSQL says without CASCADE; or no other column that stores
            values would be left.
    """
    column = now.definition.column(name)
    what = f"The column {column.name} of {now.definition.name} cannot be dropped"
    if found := uses(column, now.definition, now.table):
        raise LockgateError(f"{what}: it is used by {'; '.join(found)}.", hint="Drop or change what uses it first.")
    stored = tuple(kept for kept in now.stored if fold(kept) != fold(column.name))
    if not stored:
        raise LockgateError(f"{what}: no other column would keep its values.", hint="Drop the table instead.")
    return Draft(now.table, parse_table(remove(now.definition, column)), stored)


def drop_constraint(definition: Definition, name: str) -> str:
    """The text without the constraints of that name.

    Raises:
        SettingsError: there is none.
    """
    if not _bearing(definition, name):
        there = ", ".join(key.name for _, key in _constraints(definition) if key.name is not None)
        hint = f"Its named constraints are: {there or 'none'}."
        raise SettingsError(f"The table {definition.name} has no constraint {name}.", hint=hint)
    while found := _bearing(definition, name):
        definition = parse_table(without(definition, *found[0]))
    return definition.text


def _constraints(definition: Definition) -> Iterator[tuple[Column | None, Constraint]]:
    yield from ((None, constraint) for constraint in definition.constraints)
    for column in definition.columns:
        yield from ((column, constraint) for constraint in column.constraints)


def _bearing(definition: Definition, name: str) -> list[tuple[Column | None, Constraint]]:
    return [
        (column, constraint)
        for column, constraint in _constraints(definition)
        if constraint.name is not None and fold(constraint.name) == fold(name)
    ]


def without(definition: Definition, column: Column | None, constraint: Constraint) -> str:
    """The text without a constraint, be it a column's or the table's."""
    if column is None:
        return remove(definition, constraint)
    text = cut(definition, constraint.start, constraint.end)
    after = parse_table(text)
    if constraint.kind is Kind.FOREIGN_KEY and not after.column(column.name).having(Kind.FOREIGN_KEY):
        # SQLite would take a DEFERRABLE that stands apart as said of the foreign key before it, another column's.
        return cut_kind(after, column.name, Kind.DEFERRABLE)
    return text
