"""The beginning of a CREATE statement, up to the name of what it creates."""

from __future__ import annotations

from typing import NamedTuple

from lockgate.sqlite_tables.cursor import Cursor
from lockgate.sqlite_tables.tokens import Token, quoted


class Header(NamedTuple):
    """What is created: `kind` is such as TABLE or UNIQUE INDEX; `schema` is the database that the text names, or ""."""

    kind: str
    schema: str
    name: Token


def header(cursor: Cursor) -> Header:
    """Take the beginning of a CREATE statement."""
    if not cursor.accept("CREATE"):
        cursor.fail()
    schema = "temp" if cursor.accept("TEMP") or cursor.accept("TEMPORARY") else ""
    kind = _kind(cursor)
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.name()
    if cursor.accept_mark("."):
        schema, name = name.name, cursor.name()
    return Header(kind, schema, name)


def qualified(text: str, schema: str) -> str:
    """The CREATE statement for the database `schema`.

    SQLite keeps the text from the bare name on (build.c: "CREATE %s %.*s"), so that nothing of it changes by this.
    Without the database's name, a temporary table of the same name would be taken instead.
    """
    head = header(Cursor(text, "The statement"))
    return f"CREATE {head.kind} {quoted(schema)}.{text[head.name.start :]}"


def _kind(cursor: Cursor) -> str:
    kinds = ("TABLE",), ("INDEX",), ("TRIGGER",), ("VIEW",), ("UNIQUE", "INDEX"), ("VIRTUAL", "TABLE")
    return next((" ".join(words) for words in kinds if cursor.accept(*words)), None) or cursor.fail()
