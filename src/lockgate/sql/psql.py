"""Where psql starts and ends a statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.sql.clients import refuse_command

if TYPE_CHECKING:
    from lockgate.sql.lexer import Lexer


class Psql:
    """PostgreSQL's psql, whose rules are in psqlscan.l: it counts parentheses, and BEGIN … END in routines."""

    __slots__ = ("_has_special", "_lexer", "_plain")

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer
        self._plain = lexer.rules.scanner()
        upper = lexer.text.upper()
        self._has_special = any(word in upper for word in ("FUNCTION", "PROCEDURE", "COPY"))

    def skip(self, pos: int) -> int:
        """See `Client`; `\\restrict` and `\\unrestrict` are nothing to the server."""
        text = self._lexer.text
        while (pos := self._lexer.blank(pos)) < len(text):
            if text[pos] == ";":
                pos += 1
            elif text[pos] == "\\" and (line := re.compile(_HARMLESS).match(text, pos)):
                pos = line.end()
            else:
                break
        return pos

    def extent(self, start: int) -> tuple[int, int]:
        """See `Client`."""
        words = self._lexer.words(start, len(self._lexer.text)) if self._has_special else ()
        end, after = self._extent(start, routine=_is_routine(words))
        if words[:1] == ("COPY",):
            self._refuse_inline_data(start, end)
        return end, after

    def _extent(self, start: int, *, routine: bool) -> tuple[int, int]:
        scanner = self._lexer.rules.scanner(words=True) if routine else self._plain
        pos, last, depth, begun = start, start, 0, 0
        while True:
            kind, found, pos, solid = self._lexer.stop(pos, scanner)
            last = max(last, solid)
            if kind == "end" or (kind == "semi" and not depth and not begun):
                return last, pos
            if kind == "open":
                depth += 1
            elif kind == "close":
                depth = max(depth - 1, 0)
            elif kind == "word" and not depth:
                begun = _nesting(begun, self._lexer.text[found:pos].upper())
            elif kind == "back":
                refuse_command(self._lexer, found, "psql")
            last = pos

    def _refuse_inline_data(self, start: int, end: int) -> None:
        depth, before, text = 0, "", self._lexer.text
        for kind, found, after, solid in self._lexer.stops(start, self._lexer.rules.scanner(words=True)):
            if found >= end:
                return
            depth += (kind == "open") - (kind == "close")
            word = text[found:after].upper()
            if word == "STDIN" and before == "FROM" and solid < 0 and not depth:
                self._lexer.fail(start, "COPY … FROM STDIN takes data that only psql could send", hint=_USE_INSERT)
            before = word


_HARMLESS: Final = r"\\(?:un)?restrict\b[^\r\n]*+"
_USE_INSERT: Final = "Use INSERT for the rows, or load them from Python (pg_dump writes INSERTs with --inserts)."
_ROUTINES: Final = frozenset(
    (*head, kind) for head in (("CREATE",), ("CREATE", "OR", "REPLACE")) for kind in ("FUNCTION", "PROCEDURE")
)


def _is_routine(words: tuple[str, ...]) -> bool:
    return words[:2] in _ROUTINES or words[:4] in _ROUTINES


def _nesting(begun: int, word: str) -> int:
    """How deep in BEGIN … END a routine is behind `word`; CASE, which has an END as well, counts only inside."""
    if word == "BEGIN" or (word == "CASE" and begun):
        return begun + 1
    return max(begun - 1, 0) if word == "END" else begun
