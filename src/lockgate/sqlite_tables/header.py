"""The beginning of a CREATE statement, up to the name of what it creates."""

from __future__ import annotations

from typing import NamedTuple

from lockgate.sqlite_tables.cursor import Cursor
from lockgate.sqlite_tables.tokens import Token, quoted


class Header(NamedTuple):
    """What is created: `kind` is such as TABLE or UNIQUE INDEX, and `name` stands without its database."""

    kind: str
    temporary: bool
    name: Token


def header(cursor: Cursor) -> Header:
    """Take the beginning of a CREATE statement."""
    if not cursor.accept("CREATE"):
        cursor.fail()
    temporary = cursor.accept("TEMP") or cursor.accept("TEMPORARY")
    kind = _kind(cursor)
    cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.name()
    if cursor.accept_mark("."):
        name = cursor.name()
    return Header(kind, temporary, name)


def qualified(text: str, schema: str) -> str:
    """The CREATE statement for the database `schema`.

    SQLite keeps the text from the bare name on (build.c: "CREATE %s %.*s"), so that nothing of it changes by this.
    Without the database's name, a temporary table of the same name would be taken instead.
    """
    head = header(Cursor(text, "The statement"))
    return f"CREATE {head.kind} {quoted(schema)}.{text[head.name.start :]}"


def _kind(cursor: Cursor) -> str:
    for words in (("TABLE",), ("INDEX",), ("TRIGGER",), ("UNIQUE", "INDEX"), ("VIRTUAL", "TABLE")):
        if cursor.accept(*words):
            return " ".join(words)
    cursor.fail()
