"""The changes that SQLite's own ALTER TABLE can make ("ALTER TABLE", https://www.sqlite.org/lang_altertable.html)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.sqlite_tables.changes import AddColumn, DropColumn
from lockgate.sqlite_tables.constraints import Constraint, Kind
from lockgate.sqlite_tables.parse import parse_column
from lockgate.sqlite_tables.tokens import quoted

if TYPE_CHECKING:
    from lockgate.sqlite_tables.changes import Change
    from lockgate.sqlite_tables.definition import Column, Definition


def native(definition: Definition, change: Change) -> str | None:
    """What follows ALTER TABLE and the table's name, or None if the table has to be rebuilt."""
    match change:
        case AddColumn():
            column, text = parse_column(change.definition)
            return f"ADD COLUMN {text}" if _can_be_added(column) else None
        case DropColumn():
            column = definition.column(change.column)
            return f"DROP COLUMN {quoted(column.name)}" if _can_be_dropped(definition, column) else None
        case _:
            return None


def _can_be_added(column: Column) -> bool:
    if column.having(Kind.PRIMARY_KEY) or column.having(Kind.UNIQUE):
        return False
    if generated := column.having(Kind.GENERATED):
        return not any(token.word == "STORED" for token in generated[-1].tokens)
    default = column.having(Kind.DEFAULT)[-1:]
    if default and not _is_constant(default[0]):
        return False
    has_value = bool(default) and default[0].tokens[1].word != "NULL"
    return not column.having(Kind.FOREIGN_KEY) if has_value else not column.having(Kind.NOT_NULL)


def _is_constant(default: Constraint) -> bool:
    return default.tokens[1].text != "(" and not default.tokens[1].word.startswith("CURRENT_")


def _can_be_dropped(definition: Definition, column: Column) -> bool:
    """Whether its own constraints permit it; comments do not, since SQLite looks for commas in them as well.

    alter.c, dropColumnFunc(): the last column is cut from the comma before it, wherever that may stand.
    """
    kinds = {constraint.kind for constraint in column.constraints}
    return not definition.comments and not kinds & {Kind.PRIMARY_KEY, Kind.UNIQUE, Kind.FOREIGN_KEY, Kind.DEFERRABLE}
