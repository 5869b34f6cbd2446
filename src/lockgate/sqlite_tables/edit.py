"""Applies one change to the text of a CREATE TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.sqlite_tables.alter import alter_column
from lockgate.sqlite_tables.changes import AddColumn, AddConstraint, AlterColumn, DropColumn, DropConstraint
from lockgate.sqlite_tables.drop import drop_column, drop_constraint
from lockgate.sqlite_tables.parse import parse_column, parse_constraint
from lockgate.sqlite_tables.splice import append, insert
from lockgate.sqlite_tables.tokens import fold

if TYPE_CHECKING:
    from lockgate.sqlite_tables.changes import Change
    from lockgate.sqlite_tables.definition import Definition
    from lockgate.sqlite_tables.draft import Draft


def apply(now: Draft, change: Change) -> Draft:
    """The draft after one change; renaming is not part of it.

    Raises:
        SettingsError: the change names what is not there, adds what is, or cannot be read.
        LockgateError: a column to be dropped is named elsewhere, or no other would keep its values.
    """
    match change:
        case AlterColumn():
            return now.to(alter_column(now.definition, change))
        case AddColumn():
            return now.to(_add_column(now.definition, change.definition))
        case DropColumn():
            return drop_column(now, change.column)
        case AddConstraint():
            return now.to(append(now.definition, parse_constraint(change.definition)))
        case DropConstraint():
            return now.to(drop_constraint(now.definition, change.name))


def _add_column(definition: Definition, text: str) -> str:
    column, text = parse_column(text)
    if any(fold(other.name) == fold(column.name) for other in definition.columns):
        raise SettingsError(f"The table {definition.name} has a column {column.name} already.")
    if definition.constraints:
        return insert(definition, definition.constraints[0], text)
    return append(definition, text)
