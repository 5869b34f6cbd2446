"""Where the sqlite3 shell starts and ends a statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.sql.clients import refuse_command

if TYPE_CHECKING:
    from lockgate.sql.lexer import Lexer


class Sqlite3:
    """SQLite's sqlite3, whose rule is sqlite3_complete(): a trigger ends at `; END ;`, all else at a semicolon."""

    __slots__ = ("_lexer", "_scanner", "_tail", "_trigger")

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer
        self._scanner = lexer.rules.scanner()
        blank, word, edge = lexer.rules.blank, lexer.rules.word, f"(?!{lexer.rules.inner})"
        keyword = f"(?i:EXPLAIN|CREATE|TEMP|TEMPORARY|TRIGGER|END){edge}"
        other = rf"{blank}|{lexer.rules.solid}|{lexer.rules.other}|(?!{keyword}){word}"
        self._trigger = (
            rf"(?s)(?:(?i:EXPLAIN){edge}(?:{other})*+)?(?i:CREATE){edge}"
            rf"(?:{blank}|(?i:TEMP|TEMPORARY){edge})*+(?i:TRIGGER){edge}"
        )
        self._tail = rf"(?s)(?:{blank}|;)*+(?:(?P<word>(?i:END){edge})(?:{blank})*+(?P<close>;)?)?"

    def skip(self, pos: int) -> int:
        """See `Client`."""
        text = self._lexer.text
        while (pos := self._lexer.blank(pos)) < len(text) and text[pos] == ";":
            pos += 1
        if text.startswith(".", pos):
            refuse_command(self._lexer, pos, "sqlite3")
        return pos

    def extent(self, start: int) -> tuple[int, int]:
        """See `Client`."""
        trigger = self._lexer.text[start] in "cCeE" and re.compile(self._trigger).match(self._lexer.text, start)
        if trigger:
            return self._trigger_extent(trigger.end())
        _, _, after, solid = self._lexer.stop(start, self._scanner)
        return max(solid, start), after

    def _trigger_extent(self, pos: int) -> tuple[int, int]:
        tail, last = re.compile(self._tail), pos
        while True:
            kind, found, pos, solid = self._lexer.stop(pos, self._scanner)
            last = max(last, solid)
            if kind == "end":
                return last, pos
            closing = tail.match(self._lexer.text, found)
            if closing is not None:
                last = found + 1 if closing["word"] is None else closing.end("word")
                pos = closing.end()
                if closing["close"]:
                    return last, pos
