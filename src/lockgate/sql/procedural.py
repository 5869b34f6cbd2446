"""Transactions that are ended from within procedural code, which a surrounding transaction forbids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.errors import MigrationFileError
from lockgate.nouns.flavours import Flavour
from lockgate.sql.lexer import Lexer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockgate.sql.statements import Statement

_ENDS: Final = ("COMMIT", "ROLLBACK")
_BEFORE_STATEMENT: Final = (";", "BEGIN", "THEN", "ELSE", "LOOP")


def inner_commit(statements: Iterable[Statement]) -> str:
    """Why PostgreSQL could not run these within one transaction: a COMMIT or ROLLBACK in code that is run, or "".

    A DO block is run where it stands; a procedure is run if anything calls it, and is harmless as long as it is only
    created (PostgreSQL manual, 41.8 "Transaction Management": only CALL and DO at the top may end a transaction).
    """
    procedure = ""
    for statement in statements:
        words, text = statement.words, statement.text
        if words[:1] == ("DO",):
            if ends_transaction(statement):
                return f"line {statement.line}: the DO block ends the transaction from within"
            if procedure and re.search(r"(?i)\bCALL\b", text):
                return f"line {statement.line}: the DO block may call {procedure}"
        elif words[:1] == ("CALL",) and procedure:
            return f"line {statement.line}: CALL may run {procedure}"
        elif "PROCEDURE" in words[:4] and words[:1] == ("CREATE",) and ends_transaction(statement):
            procedure = f"the procedure of line {statement.line}, which ends the transaction from within"
    return ""


def ends_transaction(statement: Statement) -> bool:
    """Whether one of the statement's quoted bodies, read as PL/pgSQL, has a COMMIT or ROLLBACK of its own."""
    return re.search(r"(?i)\b(?:COMMIT|ROLLBACK)\b", statement.text) is not None and any(
        _has_ending(body) for body in _bodies(statement.text)
    )


def _bodies(text: str) -> Iterator[str]:
    """What is quoted with dollars, or else with quotes: where both are, the quotes only name the language."""
    lexer = Lexer(text, Flavour.POSTGRESQL)
    dollars = [text[stop.start : stop.end] for stop in lexer.stops(0, lexer.rules.scanner()) if stop.kind == "dollar"]
    for quoted in dollars:
        tag = quoted.index("$", 1) + 1
        yield quoted[tag:-tag]
    if not dollars:
        for found in re.finditer(r"'((?:[^']++|'')*+)'", text):
            yield found[1].replace("''", "'")


def _has_ending(code: str) -> bool:
    try:
        return _scan(Lexer(code, Flavour.POSTGRESQL))
    except MigrationFileError:
        # Unfinished code is for the server to refuse, with a better message than could be given here.
        return False


def _scan(lexer: Lexer) -> bool:
    before, pending = ";", False
    for _, start, end, solid in lexer.stops(0, lexer.rules.scanner(words=True)):
        word = lexer.text[start:end].upper()
        if pending and solid < 0 and word in (";", "AND"):
            return True
        labelled = solid >= 0 and lexer.text.endswith(">>", 0, solid)
        pending = word in _ENDS and (labelled or (solid < 0 and before in _BEFORE_STATEMENT))
        before = word
    return False
