"""The tokens of SQLite's SQL, each with its place in the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Token(NamedTuple):
    """One token; `kind` is word, quoted, string, number, mark, line (a comment), block (another) or end."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The bare word in upper case; "" for any other token."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def names(self) -> bool:
        """Whether it may stand where a name is wanted; SQLite takes strings for names as well."""
        return self.kind in {"word", "quoted", "string"}

    @property
    def name(self) -> str:
        """The name that it says, without quotes."""
        if self.kind not in {"quoted", "string"}:
            return self.text
        close = self.text[-1]
        return self.text[1:-1] if close == "]" else self.text[1:-1].replace(close * 2, close)


def scan(text: str) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """The tokens of `text`, and its comments.

    The rules are those of SQLite's tokenize.c: any character above ASCII belongs to a word, and a block comment may
    stay open until the end.

    Raises:
        SettingsError: a quote is never closed.
    """
    tokens, comments = list[Token](), list[Token]()
    for found in re.compile(_TOKEN).finditer(text):
        kind = found.lastgroup or ""
        token = Token(kind, found[0], *found.span())
        if kind == "mark" and found[0] in _QUOTES:
            raise SettingsError(f"A quote that opens here is never closed: {text[found.start() :][:40]}")
        if kind != "blank":
            (comments if kind in {"line", "block"} else tokens).append(token)
    return tuple(tokens), tuple(comments)


def group(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """What stands within the first parentheses among `tokens`."""
    depth, inside = 0, list[Token]()
    for token in tokens:
        depth -= token.text == ")"
        if depth == 0 and inside:
            break
        if depth > 0:
            inside.append(token)
        depth += token.text == "("
    return tuple(inside)


def fold(name: str) -> str:
    """The name as SQLite compares names: without regard to case, but only that of ASCII letters."""
    if name.isascii():
        return name.lower()
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def quoted(name: str) -> str:
    """The name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


_QUOTES: Final = frozenset("'\"`[")
_DIGITS: Final = r"[0-9][0-9_]*+"
_INNER: Final = "A-Za-z0-9_$\x80-\U0010ffff"
_TOKEN: Final = "|".join(
    (
        r"(?s)(?P<blank>[ \t\r\n\f]++)",
        r"(?P<line>--[^\n]*+)",
        r"(?P<block>/\*.*?(?:\*/|\Z))",
        r"(?P<string>'(?:[^']++|'')*+')",
        r'(?P<quoted>"(?:[^"]++|"")*+"|`(?:[^`]++|``)*+`|\[[^\]]*+\])',
        rf"(?P<number>[xX]'[^']*+'|0[xX][0-9a-fA-F_]++|(?:{_DIGITS}(?:\.[0-9_]*+)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?)",
        rf"(?P<word>[A-Za-z_\x80-\U0010ffff][{_INNER}]*+)",
        r"(?P<mark>.)",
    )
)
