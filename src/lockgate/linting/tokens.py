"""The words and signs of one statement, comments left out: enough to see what it does to which table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TOKEN: Final = r"""
  (?P<blank>\s+|--[^\n]*|/\*.*?\*/)
| (?P<text>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
| (?P<quoted>"(?:[^"]|"")*"|`[^`]*`)
| (?P<word>[^\W\d][\w$]*)
| (?P<number>\d[\w.]*)
| (?P<sign>::|<=|>=|<>|!=|.)
"""


class Token(NamedTuple):
    """One word or sign; `upper` is what it is as a keyword, "" for what is none; `depth` counts the parentheses around it."""

    kind: str
    text: str
    start: int
    end: int
    depth: int

    @property
    def upper(self) -> str:
        """The keyword or sign that it is; texts and quoted names are none."""
        return "" if self.kind in ("text", "quoted") else self.text.upper()

    @property
    def name(self) -> str:
        """The name that it is, as PostgreSQL folds it."""
        return self.text[1:-1].replace('""', '"') if self.kind == "quoted" else self.text.lower()


def tokens(statement: str) -> tuple[Token, ...]:
    """The tokens of a statement."""
    return tuple(_tokens(statement))


def _tokens(statement: str) -> Iterator[Token]:
    depth = 0
    for found in re.finditer(_TOKEN, statement, re.VERBOSE | re.DOTALL):
        kind = "text" if found.lastgroup == "tag" else found.lastgroup or ""
        if kind == "blank":
            continue
        depth -= found[0] == ")"
        yield Token(kind, found[0], found.start(), found.end(), depth)
        depth += found[0] == "("


class Reader:
    """A place among tokens."""

    def __init__(self, found: Sequence[Token], place: int = 0) -> None:
        self.tokens = found
        self.place = place

    def peek(self, ahead: int = 0) -> str:
        """The keyword or sign that stands there; "" behind the end."""
        place = self.place + ahead
        return self.tokens[place].upper if place < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        """Pass these words, if they stand here."""
        if all(self.peek(ahead) == word for ahead, word in enumerate(words)):
            self.place += len(words)
            return True
        return False

    def name(self) -> tuple[str, ...]:
        """The name that stands here, its schema before it; empty where none does."""
        parts = list[str]()
        while self.place < len(self.tokens) and self.tokens[self.place].kind in ("word", "quoted"):
            parts.append(self.tokens[self.place].name)
            self.place += 1
            if not self.take("."):
                break
        return tuple(parts)

    def typed(self) -> str:
        """The type that is left, in upper case, words apart; without the schema of PostgreSQL's own."""
        words = [token.name.upper() if token.kind == "quoted" else token.text.upper() for token in self.rest()]
        return " ".join(words[2:] if words[:2] == ["PG_CATALOG", "."] else words)

    def rest(self) -> Sequence[Token]:
        """What is left."""
        return self.tokens[self.place :]

    def has(self, *words: str) -> bool:
        """Whether these words stand in a row anywhere in what is left."""
        uppers = [token.upper for token in self.rest()]
        return any(tuple(uppers[place : place + len(words)]) == words for place in range(len(uppers)))
