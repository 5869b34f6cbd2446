"""Which statements begin and end transactions, and with which modes."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lockgate.nouns.flavours import Flavour
from lockgate.sql.lexer import Lexer

if TYPE_CHECKING:
    from lockgate.sql.statements import Statement


class Control(StrEnum):
    """What a statement does to the transaction around it."""

    BEGIN = "BEGIN"
    COMMIT = "COMMIT"
    ROLLBACK = "ROLLBACK"
    CHAIN = "AND CHAIN"
    TWO_PHASE = "PREPARED"


def control(statement: Statement, flavour: Flavour) -> Control | None:
    """What `statement` does to its transaction; None for most, and for savepoints, which stay within it.

    PostgreSQL's and SQLite's END is another COMMIT, and PostgreSQL's ABORT another ROLLBACK (their manuals' pages on
    END, "Transaction" and ABORT). MariaDB's BEGIN NOT ATOMIC is a compound statement.
    """
    words = statement.words
    if words[:2] in _NEVER or "TO" in words[1:3]:
        return None
    if words[:2] in _TWO_PHASE:
        return Control.TWO_PHASE
    kind = _KINDS[flavour].get(words[0] if words else "")
    if kind in _ENDS and ("AND", "CHAIN") in pairwise(words):
        return Control.CHAIN
    return None if words[:1] == ("START",) and words[1:2] != ("TRANSACTION",) else kind


def controls(statements: list[Statement] | tuple[Statement, ...], flavour: Flavour) -> dict[int, Control]:
    """The statements that begin or end a transaction, by index."""
    found = ((index, control(statement, flavour)) for index, statement in enumerate(statements))
    return {index: kind for index, kind in found if kind is not None}


def modes(statement: Statement, flavour: Flavour) -> str:
    """What a BEGIN says of its transaction, such as "ISOLATION LEVEL SERIALIZABLE"; SQLite's lock is not a mode."""
    if flavour is Flavour.SQLITE:
        return ""
    words = _tokens(statement.text, flavour)[1:]
    return " ".join(words[1:] if words[:1] in (["WORK"], ["TRANSACTION"]) else words).replace(" ,", ",")


def _tokens(text: str, flavour: Flavour) -> list[str]:
    """The words and single characters of a short statement, without its comments."""
    lexer, found, pos = Lexer(text, flavour), list[str](), 0
    token = re.compile(rf"(?s){lexer.rules.inner}++|.")
    while match := token.match(text, lexer.blank(pos)):
        found.append(match[0].upper())
        pos = match.end()
    return found


_NEVER: Final = (("BEGIN", "NOT"),)
_TWO_PHASE: Final = (("PREPARE", "TRANSACTION"), ("COMMIT", "PREPARED"), ("ROLLBACK", "PREPARED"))
_ENDS: Final = (Control.COMMIT, Control.ROLLBACK)
_COMMON: Final = {"BEGIN": Control.BEGIN, "COMMIT": Control.COMMIT, "ROLLBACK": Control.ROLLBACK}
_KINDS: Final = MappingProxyType(
    {
        Flavour.POSTGRESQL: _COMMON | {"START": Control.BEGIN, "END": Control.COMMIT, "ABORT": Control.ROLLBACK},
        Flavour.SQLITE: _COMMON | {"END": Control.COMMIT},
        Flavour.MYSQL: _COMMON | {"START": Control.BEGIN},
    }
)
