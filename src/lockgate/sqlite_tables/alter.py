"""Changes the type, the default and the NOT NULL of a column within its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.sqlite_tables.changes import Keep
from lockgate.sqlite_tables.constraints import Kind
from lockgate.sqlite_tables.cursor import Cursor
from lockgate.sqlite_tables.grammar import take_default
from lockgate.sqlite_tables.parse import parse_table, take_type
from lockgate.sqlite_tables.splice import cut, put

if TYPE_CHECKING:
    from lockgate.sqlite_tables.changes import AlterColumn
    from lockgate.sqlite_tables.definition import Column, Definition


def alter_column(definition: Definition, change: AlterColumn) -> str:
    """The text with the column changed; parsed anew between the parts, since each moves what stands behind it.

    Raises:
        SettingsError: there is no such column, or the type or default cannot be read as one.
    """
    text, column = definition.text, definition.column(change.column)
    if change.type is not None:
        text = _set_type(definition, column, change.type)
    if not isinstance(change.default, Keep):
        text = _set_default(definition := parse_table(text), definition.column(change.column), change.default)
    if change.nullable is not None:
        text = _set_nullable(definition := parse_table(text), definition.column(change.column), change.nullable)
    return text


def default_text(text: str) -> str:
    """The operand of DEFAULT: a literal, a signed number or a name as it is, anything else in parentheses.

    https://www.sqlite.org/lang_createtable.html#the_default_clause

    Raises:
        SettingsError: the text is not one expression.
    """
    cursor = Cursor(text, "The default")
    start = cursor.next.start
    try:
        take_default(cursor)
        cursor.end()
    except SettingsError:
        return _in_parentheses(cursor)
    return text[start : cursor.last.end]


def cut_kind(definition: Definition, name: str, kind: Kind) -> str:
    """The text without the column's constraints of that kind."""
    while there := definition.column(name).having(kind):
        definition = parse_table(cut(definition, there[0].start, there[0].end))
    return definition.text


def _in_parentheses(bare: Cursor) -> str:
    if not bare.tokens:
        bare.fail()
    cursor = Cursor(f"({bare.text.strip()})", bare.what)
    cursor.group()
    cursor.end()
    return cursor.text


def _set_type(definition: Definition, column: Column, new: str) -> str:
    new = _type_text(new)
    if not new:
        return cut(definition, *column.type) if column.type else definition.text
    start, end = column.type or (column.name_end, column.name_end)
    return put(definition.text, start, end, new if column.type else f" {new}")


def _type_text(text: str) -> str:
    cursor = Cursor(text, "The type")
    span = take_type(cursor)
    cursor.end()
    return text[span.start : span.end] if span else ""


def _set_default(definition: Definition, column: Column, new: str | None) -> str:
    there = column.having(Kind.DEFAULT)
    if new is None:
        return cut_kind(definition, column.name, Kind.DEFAULT)
    if there:
        return put(definition.text, there[-1].tokens[1].start, there[-1].end, default_text(new))
    place = _after_type(column)
    return put(definition.text, place, place, f" DEFAULT {default_text(new)}")


def _set_nullable(definition: Definition, column: Column, nullable: bool) -> str:
    if nullable:
        return cut_kind(definition, column.name, Kind.NOT_NULL)
    if column.having(Kind.NOT_NULL):
        return definition.text
    if null := column.having(Kind.NULL):
        return put(definition.text, null[0].tokens[0].start, null[0].end, "NOT NULL")
    default = column.having(Kind.DEFAULT)
    place = default[-1].end if default else _after_type(column)
    return put(definition.text, place, place, " NOT NULL")


def _after_type(column: Column) -> int:
    """Where SQLAlchemy puts what it says of a column: behind its type, to which it counts COLLATE."""
    first = column.constraints[:1]
    if first and first[0].kind is Kind.COLLATE:
        return first[0].end
    return column.type.end if column.type else column.name_end
