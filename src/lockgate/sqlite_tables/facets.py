"""Changes the collation and the expression of a column within its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.sqlite_tables.alter import cut_kind
from lockgate.sqlite_tables.constraints import Kind
from lockgate.sqlite_tables.parse import parse_table
from lockgate.sqlite_tables.splice import cut, put

if TYPE_CHECKING:
    from lockgate.sqlite_tables.definition import Definition


def set_collation(definition: Definition, name: str, collation: str | None) -> str:
    """The text with another collation of the column; None leaves it without one."""
    definition = parse_table(cut_kind(definition, name, Kind.COLLATE))
    column = definition.column(name)
    place = column.type.end if column.type else column.name_end
    return put(definition.text, place, place, f" COLLATE {collation}") if collation else definition.text


def set_generated(definition: Definition, name: str, said: str) -> str:
    """The text with another `GENERATED ALWAYS AS (…)` of the column; "" leaves it without one."""
    definition = parse_table(cut_kind(definition, name, Kind.GENERATED))
    place = definition.column(name).end
    return put(definition.text, place, place, f" {said}") if said else definition.text


def set_options(definition: Definition, said: str) -> str:
    """The text with other words behind its closing parenthesis."""
    text = cut(definition, definition.close + 1, len(definition.text))
    return f"{text} {said}" if said else text
