"""How the constraints of columns and tables are written, as SQLite's own grammar (parse.y) has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from lockgate.sqlite_tables.constraints import Constraint, Kind

if TYPE_CHECKING:
    from lockgate.sqlite_tables.cursor import Cursor


def column_constraint(cursor: Cursor) -> Constraint:
    """Take a column's constraint."""
    return _constraint(cursor, _OF_COLUMNS)


def table_constraint(cursor: Cursor) -> Constraint:
    """Take a table's constraint."""
    return _constraint(cursor, _OF_TABLES)


def at_column_constraint(cursor: Cursor) -> bool:
    """Whether a column's constraint comes next, so that its type is over."""
    return cursor.at("CONSTRAINT") or cursor.at_any([words for words, _, _ in _OF_COLUMNS])


def at_table_constraint(cursor: Cursor) -> bool:
    """Whether a table's constraint comes next; none of its first words can be a column's name."""
    return cursor.at("CONSTRAINT") or cursor.at_any([words for words, _, _ in _OF_TABLES])


def take_default(cursor: Cursor) -> None:
    """Take the operand of DEFAULT: an expression in parentheses, or one literal or name, which may have a sign."""
    if cursor.next.text == "(":
        cursor.group()
        return
    _ = cursor.accept_mark("-") or cursor.accept_mark("+")
    if not (cursor.next.names or cursor.next.kind == "number"):
        cursor.fail()
    cursor.take()


_Grammar: TypeAlias = tuple[tuple[tuple[str, ...], Kind, Callable[["Cursor"], None]], ...]


def _constraint(cursor: Cursor, grammar: _Grammar) -> Constraint:
    start = cursor.next.start
    name = cursor.name().name if cursor.accept("CONSTRAINT") else None
    first, kind = cursor.pos, Kind.NAME
    for words, found, rest in grammar:
        if cursor.accept(*words):
            kind = found
            rest(cursor)
            break
    if kind is Kind.NAME and name is None:
        cursor.fail()
    return Constraint(kind, name, start, cursor.last.end, cursor.tokens[first : cursor.pos])


def _conflict(cursor: Cursor) -> None:
    if cursor.accept("ON", "CONFLICT"):
        cursor.name()


def _primary_key(cursor: Cursor) -> None:
    _ = cursor.accept("ASC") or cursor.accept("DESC")
    _conflict(cursor)
    cursor.accept("AUTOINCREMENT")


def _group_conflict(cursor: Cursor) -> None:
    cursor.group()
    _conflict(cursor)


def _generated(cursor: Cursor) -> None:
    cursor.group()
    _ = cursor.accept("STORED") or cursor.accept("VIRTUAL")


def _references(cursor: Cursor) -> None:
    cursor.name()
    if cursor.next.text == "(":
        cursor.group()
    while cursor.at("ON") or cursor.at("MATCH"):
        _action(cursor)
    if cursor.accept("NOT", "DEFERRABLE") or cursor.accept("DEFERRABLE"):
        _initially(cursor)


def _action(cursor: Cursor) -> None:
    if cursor.accept("MATCH"):
        cursor.name()
        return
    cursor.pos += 1
    cursor.name()
    _ = cursor.accept("SET") or cursor.accept("NO")
    cursor.name()


def _initially(cursor: Cursor) -> None:
    if cursor.accept("INITIALLY"):
        cursor.name()


def _foreign_key(cursor: Cursor) -> None:
    cursor.group()
    if not cursor.accept("REFERENCES"):
        cursor.fail()
    _references(cursor)


def _one_name(cursor: Cursor) -> None:
    cursor.name()


_OF_COLUMNS: Final[_Grammar] = (
    (("DEFAULT",), Kind.DEFAULT, take_default),
    (("NOT", "NULL"), Kind.NOT_NULL, _conflict),
    (("NULL",), Kind.NULL, _conflict),
    (("PRIMARY", "KEY"), Kind.PRIMARY_KEY, _primary_key),
    (("UNIQUE",), Kind.UNIQUE, _conflict),
    (("CHECK",), Kind.CHECK, _group_conflict),
    (("REFERENCES",), Kind.FOREIGN_KEY, _references),
    (("DEFERRABLE",), Kind.DEFERRABLE, _initially),
    (("NOT", "DEFERRABLE"), Kind.DEFERRABLE, _initially),
    (("COLLATE",), Kind.COLLATE, _one_name),
    (("GENERATED", "ALWAYS", "AS"), Kind.GENERATED, _generated),
    (("AS",), Kind.GENERATED, _generated),
)
_OF_TABLES: Final[_Grammar] = (
    (("PRIMARY", "KEY"), Kind.PRIMARY_KEY, _group_conflict),
    (("UNIQUE",), Kind.UNIQUE, _group_conflict),
    (("CHECK",), Kind.CHECK, _group_conflict),
    (("FOREIGN", "KEY"), Kind.FOREIGN_KEY, _foreign_key),
)
