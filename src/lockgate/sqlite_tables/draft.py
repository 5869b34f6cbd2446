"""A table on its way from the old definition to the new one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.sqlite_tables.constraints import Kind
from lockgate.sqlite_tables.parse import parse_table
from lockgate.sqlite_tables.tokens import fold

if TYPE_CHECKING:
    from lockgate.sqlite_tables.changes import TableText
    from lockgate.sqlite_tables.definition import Definition


@dataclass(frozen=True, slots=True)
class Draft:
    """The definition so far; `stored` are the columns whose values are carried over."""

    table: TableText
    definition: Definition
    stored: tuple[str, ...]

    def to(self, text: str) -> Draft:
        """The draft with another text."""
        return Draft(self.table, parse_table(text), self.stored)


def draft(table: TableText) -> Draft:
    """The draft of a table as it is.

    Raises:
        SettingsError: the text defines no table, or one of another name.
    """
    definition = parse_table(table.create)
    if fold(definition.name) != fold(table.name):
        raise SettingsError(f"The definition creates the table {definition.name}, not {table.name}.")
    stored = tuple(column.name for column in definition.columns if not column.having(Kind.GENERATED))
    return Draft(replace(table, schema=definition.schema or table.schema), definition, stored)
