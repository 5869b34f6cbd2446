"""Reads a text token by token, pausing only where somebody has to decide something."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from lockgate.errors import MigrationFileError
from lockgate.nouns.flavours import Flavour
from lockgate.sql.flavours import Rules, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_WORDS: Final = 8


class Stop(NamedTuple):
    """A place where reading paused.

    `kind` is the name of the alternative in the flavour's rules, or `semi` for a terminator, `word` for a bare word,
    `mark` for a section's marker, `end` for the end of the text. `solid` is the offset after the last content that was
    read since the stop before, or -1 if there were only blanks and comments.
    """

    kind: str
    start: int
    end: int
    solid: int


class Lexer:
    """A text and the rules it is read by; it keeps no position, so that a reader may go wherever it wants."""

    __slots__ = ("first_line", "flavour", "path", "rules", "spacer", "text")

    def __init__(self, text: str, flavour: Flavour, *, path: str = "<sql>", first_line: int = 1) -> None:
        self.text = text
        self.flavour = flavour
        self.path = path
        self.first_line = first_line
        self.rules: Rules = rules(flavour)
        self.spacer = self.rules.spacer()

    def begin(self) -> int:
        """Where the text begins: after its byte order mark, which clients skip (psql's `\\i` does, for one)."""
        return 1 if self.text.startswith("\ufeff") else 0

    def blank(self, pos: int) -> int:
        """The offset of the first content at or after `pos`."""
        while True:
            found = self.spacer.match(self.text, pos)
            pos = found.end() if found else pos
            if not self._opens_comment(pos):
                return pos
            pos = self._after_comment(pos)

    def words(self, pos: int, end: int) -> tuple[str, ...]:
        """The bare words, at most eight and in upper case, with which the text from `pos` to `end` begins."""
        opening, found = self.rules.opening(), list[str]()
        while len(found) < _MOST_WORDS and (match := opening.match(self.text, pos, end)):
            found += match[0].upper().split()
            pos = self.blank(match.end())
        return tuple(found[:_MOST_WORDS])

    def stop(self, pos: int, scanner: re.Pattern[str]) -> Stop:
        """The next stop from `pos` on; dollar quotes are read to their end and count as the stop, comments as nothing.

        Raises:
            MigrationFileError: something is opened here and never closed; the error has the line where it is opened.
        """
        solid = -1
        while found := scanner.match(self.text, pos):
            kind = found.lastgroup or ""
            start, end = found.span(kind)
            solid = max(solid, found.end("solid"))
            if kind == "comment":
                pos = self._after_comment(start)
            elif kind == "quote":
                self._never_closed(start, _QUOTES[self.text[end - 1]])
            else:
                return Stop(kind, start, self._after_dollar(start, end) if kind == "dollar" else end, solid)
        raise AssertionError(f"the rules of {self.flavour} do not cover offset {pos}")

    def stops(self, pos: int, scanner: re.Pattern[str]) -> Iterator[Stop]:
        """All stops from `pos` on, the end of the text left out."""
        while (stop := self.stop(pos, scanner)).kind != "end":
            yield stop
            pos = stop.end

    def line(self, offset: int) -> int:
        """The number of the line of `offset`."""
        return self.first_line + self.text.count("\n", 0, offset)

    def fail(self, offset: int, what: str, *, hint: str = "") -> NoReturn:
        """Refuse the text because of what stands at `offset`."""
        line = self.line(offset)
        raise MigrationFileError(f"{self.path}, line {line}: {what}", path=self.path, line=line, hint=hint)

    def _opens_comment(self, pos: int) -> bool:
        if not self.text.startswith("/*", pos):
            return False
        return self.flavour is not Flavour.MYSQL or not self.text.startswith(("/*!", "/*M!"), pos)

    def _after_comment(self, start: int) -> int:
        """The offset after the block comment at `start`; PostgreSQL's nest, and SQLite's last one may stay open."""
        if self.flavour is Flavour.SQLITE:
            return len(self.text)
        depth, pos = 1, start + 2
        bracket = re.compile(r"/\*|\*/")
        while depth:
            found = bracket.search(self.text, pos)
            if found is None:
                self._never_closed(start, "the block comment")
            depth += 1 if found[0] == "/*" else -1
            pos = found.end()
        return pos

    def _after_dollar(self, start: int, end: int) -> int:
        tag = self.text[start:end]
        close = self.text.find(tag, end)
        if close < 0:
            self._never_closed(start, f"the text quoted with {tag}")
        return close + len(tag)

    def _never_closed(self, start: int, what: str) -> NoReturn:
        self.fail(start, f"{what} that opens here is never closed", hint="Close it, or remove what opens it.")


_QUOTES: Final = {"'": "the string", '"': "the quoted name", "`": "the quoted name", "[": "the quoted name"}
