"""Which statements MySQL and MariaDB can undo, and which of the others only concern the session.

Whatever is not known to stay within its transaction is taken to end it: DDL does so before it runs, even where it fails, and a
procedure may hold any statement. https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/ and
https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html list them.
"""

from __future__ import annotations

import re
from typing import Final

from lockgate.nouns.flavours import Flavour
from lockgate.sql.lexer import Lexer


def opening(text: str) -> tuple[str, ...]:
    """The words that a statement begins with, in upper case; those of a comment that the server runs count."""
    lexer, code = Lexer(text, Flavour.MYSQL), re.compile(r"/\*M?!\d*|\(")
    pos = lexer.blank(0)
    while found := code.match(text, pos):
        pos = lexer.blank(found.end())
    return lexer.words(pos, len(text))


def stays(text: str) -> bool:
    """Whether a statement leaves the transaction around it open, so that a ROLLBACK undoes it."""
    words = opening(text)
    if words[:1] == ("SET",):
        return not _is_step(words) and "AUTOCOMMIT" not in text.upper()
    if words[:1] in {("CREATE",), ("DROP",)}:
        return "TEMPORARY" in words[1:4]
    return words[:1] in _STAY or words[:2] in _STAY or ("TO" in words[1:4] and words[0] == "ROLLBACK")


def is_setting(text: str) -> bool:
    """Whether what a statement does is known to the session only, and gone with it."""
    words = opening(text)
    if words[:1] == ("SELECT",):
        return re.search(r"(?i):=|\bINTO\s+@", text) is not None
    return words[:1] in _SETTINGS and not _is_step(words)


def changes_settings(text: str) -> bool:
    """Whether a statement may change the session's settings."""
    return opening(text)[:1] not in _HARMLESS


def _is_step(words: tuple[str, ...]) -> bool:
    """Whether a SET does more than to set a variable."""
    return words[1:2] in {("STATEMENT",), ("PASSWORD",), ("DEFAULT",)}


def _words(*texts: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(text.split()) for text in texts)


_STAY: Final = _words(
    *("SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "VALUES", "TABLE", "DO", "LOAD DATA", "LOAD XML"),
    *("SHOW", "EXPLAIN", "DESCRIBE", "DESC", "HELP", "SAVEPOINT", "RELEASE", "USE", "PREPARE", "DEALLOCATE"),
    *("GET", "SIGNAL", "CHECKSUM"),
)
_SETTINGS: Final = _words("SET", "USE", "PREPARE", "DEALLOCATE", "LOCK", "UNLOCK")
_HARMLESS: Final = _words(
    *(
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "REPLACE",
        "WITH",
        "VALUES",
        "TABLE",
        "DO",
        "SHOW",
        "EXPLAIN",
        "DESCRIBE",
    ),
    *("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT", "ANALYZE"),
    *("GRANT", "REVOKE", "FLUSH", "OPTIMIZE", "LOAD"),
)
