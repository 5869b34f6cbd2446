"""Splits a text into its statements where the database's own client would."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns.flavours import Flavour
from lockgate.sql.lexer import Lexer
from lockgate.sql.mysql_client import Mysql
from lockgate.sql.psql import Psql
from lockgate.sql.sqlite_shell import Sqlite3

if TYPE_CHECKING:
    from lockgate.sql.clients import Client


class Statement(NamedTuple):
    """One statement of a text.

    Attributes:
        text: from its first token to its last, without the terminator and without comments around it.
        start: the offset of its first token in the text that was split.
        end: the offset after its last token, the terminator left out.
        number: its place among the text's statements, from 1.
        line: the line on which it starts.
        words: the bare words it begins with, in upper case and at most eight, up to the first other token.
    """

    text: str
    start: int
    end: int
    number: int
    line: int
    words: tuple[str, ...]


def split(text: str, flavour: Flavour, *, path: str = "<sql>", first_line: int = 1) -> list[Statement]:
    """The statements of `text`; empty ones and comments yield none.

    `path` and `first_line` (the number of the text's first line in its file) serve messages and `Statement.line`.

    PostgreSQL's are ended as psql does (its psqlscan.l): not within parentheses, nor within the BEGIN ATOMIC … END of
    a routine. SQLite's are ended as sqlite3_complete() says: a trigger's only by `; END ;`. MySQL's are ended by what
    the file's last DELIMITER says. psql's `\\restrict` and `\\unrestrict`, written by pg_dump, are passed over.

    Raises:
        MigrationFileError: a quote or comment is never closed, or something only the client could run stands there
            (a backslash or dot command, the data of COPY … FROM STDIN).
    """
    lexer = Lexer(text, flavour, path=path, first_line=first_line)
    reader = _client(lexer)
    found, pos, line, counted = list[Statement](), lexer.begin(), first_line, 0
    while (start := reader.skip(pos)) < len(text):
        end, pos = reader.extent(start)
        line, counted = line + text.count("\n", counted, start), start
        found.append(Statement(text[start:end], start, end, len(found) + 1, line, lexer.words(start, end)))
    return found


def _client(lexer: Lexer) -> Client:
    match lexer.flavour:
        case Flavour.POSTGRESQL:
            return Psql(lexer)
        case Flavour.SQLITE:
            return Sqlite3(lexer)
        case Flavour.MYSQL:
            return Mysql(lexer)
