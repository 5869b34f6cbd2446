"""A CREATE TABLE statement, read into columns and constraints that know their places in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lockgate.errors import SettingsError
from lockgate.sqlite_tables.constraints import (
    Constraint,
    Kind,
    at_column_constraint,
    at_table_constraint,
    column_constraint,
    table_constraint,
)
from lockgate.sqlite_tables.cursor import Cursor
from lockgate.sqlite_tables.header import header
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
    """A table as `text` defines it; `commas` stand between its columns and constraints, `close` after the last."""

    text: str
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


def parse_table(text: str) -> Definition:
    """Read a CREATE TABLE statement.

    Raises:
        SettingsError: it is none, or that of a virtual table.
    """
    cursor = Cursor(text, "The definition of the table")
    head = header(cursor)
    if head.kind == "VIRTUAL TABLE":
        raise SettingsError(f"{head.name.name} is a virtual table: its module alone says what columns it has.")
    if head.kind != "TABLE" or not cursor.accept_mark("("):
        cursor.fail()
    columns, constraints, commas = _items(cursor)
    close = cursor.last.start
    without_rowid = any(token.word == "ROWID" for token in cursor.tokens[cursor.pos :])
    name = head.name.name
    return Definition(
        text, name, columns, constraints, cursor.tokens, cursor.comments, commas, close, without_rowid
    )


def parse_column(text: str) -> tuple[Column, str]:
    """Read one column's definition, and give it with the text from its first token to its last."""
    cursor = Cursor(text, "The definition of the column")
    column = _column(cursor)
    cursor.end()
    return column, text[column.start : column.end]


def parse_constraint(text: str) -> str:
    """Read one table constraint, and give its text from its first token to its last."""
    cursor = Cursor(text, "The definition of the constraint")
    constraint = table_constraint(cursor)
    cursor.end()
    return text[constraint.start : constraint.end]


def take_type(cursor: Cursor) -> Span | None:
    """Take a type if there is one: any words (https://www.sqlite.org/datatype3.html), and up to two numbers."""
    start = cursor.next.start
    first = cursor.pos
    while cursor.next.names and not at_column_constraint(cursor):
        cursor.take()
    if cursor.pos == first:
        return None
    if cursor.next.text == "(":
        cursor.group()
    return Span(start, cursor.last.end)


def _items(cursor: Cursor) -> tuple[tuple[Column, ...], tuple[Constraint, ...], tuple[int, ...]]:
    columns, constraints, commas = [_column(cursor)], list[Constraint](), list[int]()
    while not cursor.accept_mark(")"):
        if cursor.accept_mark(","):
            commas.append(cursor.last.start)
        elif not constraints:
            cursor.fail()
        if at_table_constraint(cursor):
            constraints.append(table_constraint(cursor))
        elif not constraints:
            columns.append(_column(cursor))
        else:
            cursor.fail()
    return tuple(columns), tuple(constraints), tuple(commas)


def _column(cursor: Cursor) -> Column:
    name = cursor.name()
    kind = take_type(cursor)
    constraints = list[Constraint]()
    while cursor.next.names:
        constraints.append(column_constraint(cursor))
    return Column(name.name, name.start, cursor.last.end, name.end, kind, tuple(constraints))
