"""Reads a CREATE TABLE statement, or a part of one, as SQLite's own grammar (parse.y) has it."""

from __future__ import annotations

from lockgate.errors import SettingsError
from lockgate.sqlite_tables.constraints import Constraint
from lockgate.sqlite_tables.cursor import Cursor
from lockgate.sqlite_tables.definition import Column, Definition, Span
from lockgate.sqlite_tables.grammar import (
    at_column_constraint,
    at_table_constraint,
    column_constraint,
    table_constraint,
)
from lockgate.sqlite_tables.header import header


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
    said = columns, constraints, cursor.tokens, cursor.comments, commas
    return Definition(text, head.schema, head.name.name, *said, close, without_rowid)


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
