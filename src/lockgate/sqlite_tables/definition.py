"""A table's definition: its columns and constraints, which know their places in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lockgate.errors import SettingsError
from lockgate.sqlite_tables.constraints import Constraint, Kind
from lockgate.sqlite_tables.tokens import Token, fold


class Span(NamedTuple):
    """A stretch of the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `name_end` is the offset after its name, and `type` is None if it has none."""

    name: str
    start: int
    end: int
    name_end: int
    type: Span | None
    constraints: tuple[Constraint, ...]

    def having(self, kind: Kind) -> list[Constraint]:
        """Its constraints of that kind; SQLite lets most come more than once, and the last one counts."""
        return [constraint for constraint in self.constraints if constraint.kind is kind]


@dataclass(frozen=True, slots=True)
class Definition:
    """A table as `text` defines it; `commas` stand between its columns and constraints, `close` after the last.

    `schema` is "" unless the text says where the table is, as that of sqlite_master never does.
    """

    text: str
    schema: str
    name: str
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]
    tokens: tuple[Token, ...]
    comments: tuple[Token, ...]
    commas: tuple[int, ...]
    close: int
    without_rowid: bool

    @property
    def items(self) -> tuple[Column | Constraint, ...]:
        """All that stands in the parentheses, in order."""
        return self.columns + self.constraints

    @property
    def autoincrement(self) -> bool:
        """Whether SQLite keeps the highest rowid in sqlite_sequence."""
        keys = (key for column in self.columns for key in column.having(Kind.PRIMARY_KEY))
        grouped = (key for key in self.constraints if key.kind is Kind.PRIMARY_KEY)
        return any(token.word == "AUTOINCREMENT" for key in (*keys, *grouped) for token in key.tokens)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            SettingsError: there is none.
        """
        for column in self.columns:
            if fold(column.name) == fold(name):
                return column
        there = ", ".join(column.name for column in self.columns)
        raise SettingsError(f"The table {self.name} has no column {name}.", hint=f"Its columns are: {there}.")
