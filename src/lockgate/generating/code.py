"""Python expressions as values, and their text: on one line where that fits, else one argument a line, as `ruff format` has it.

What is broken over lines ends each with a comma, so that a formatter leaves it alone whatever its line length is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WIDTH: Final = 88
_STEP: Final = 4
_QUOTE: Final = re.compile(r"\\.|\"")


class Text(NamedTuple):
    """A string literal."""

    text: str


class Block(NamedTuple):
    """A string literal of several lines, in triple quotes; `indented` where blanks before a line mean nothing."""

    text: str
    indented: bool


class Several(NamedTuple):
    """A list."""

    items: tuple[Code, ...]


class Pairs(NamedTuple):
    """A dictionary with strings for keys."""

    items: tuple[tuple[str, Code], ...]


class Call(NamedTuple):
    """A call; each argument has its keyword, or "". `spread` is one argument a line, though it would fit on one."""

    name: str
    arguments: tuple[tuple[str, Code], ...] = ()
    spread: bool = False

    def having(self, /, **named: Code | None) -> Call:
        """The same with more keyword arguments; None is left out."""
        return self._replace(arguments=(*self.arguments, *_named(named)))


Code = str | Text | Block | Several | Pairs | Call
"""An expression; a plain `str` is one that is written already."""


def call(name: str, /, *positional: Code, **named: Code | None) -> Call:
    """A call; a keyword argument that is None is left out."""
    return Call(name, (*(("", one) for one in positional), *_named(named)))


def texts(words: Iterable[str]) -> Several:
    """A list of strings."""
    return Several(tuple(map(Text, words)))


def literal(text: str) -> str:
    """A Python string, in double quotes unless that wants more backslashes."""
    said = repr(text)
    if said.startswith('"') or text.count('"') > text.count("'"):
        return said
    turned = {"\\'": "'", '"': '\\"'}
    return f'"{_QUOTE.sub(lambda found: turned.get(found[0], found[0]), said[1:-1])}"'


def lines(code: Code, indent: int, before: str = "", after: str = "") -> list[str]:
    """The text of an expression, with what stands before and after it on its line."""
    pad = " " * indent
    if isinstance(code, Block):
        return _block(code, indent, after)
    whole = f"{pad}{before}{flat(code)}{after}"
    if (len(whole) <= WIDTH and not _is_spread(code)) or isinstance(code, str):
        return [whole]
    if isinstance(code, Text):
        return list(_broken(code.text, indent, before, after))
    opening, parts, closing = _parts(code)
    if not parts:
        return [whole]
    inner = [line for key, part in parts for line in lines(part, indent + _STEP, key, _comma(part))]
    return [f"{pad}{before}{opening}", *inner, f"{pad}{closing}{after}"]


def _named(named: dict[str, Code | None]) -> Iterator[tuple[str, Code]]:
    return ((key, value) for key, value in named.items() if value is not None)


def _comma(part: Code) -> str:
    return "" if isinstance(part, Block) else ","


def _is_spread(code: Code) -> bool:
    if isinstance(code, Block):
        return True
    if isinstance(code, str | Text):
        return False
    return (isinstance(code, Call) and code.spread) or any(_is_spread(part) for _, part in _parts(code)[1])


def _parts(code: Several | Pairs | Call) -> tuple[str, list[tuple[str, Code]], str]:
    """What opens it, its parts with what stands before each, and what closes it."""
    if isinstance(code, Call):
        return f"{code.name}(", [(f"{key}=" if key else "", one) for key, one in code.arguments], ")"
    if isinstance(code, Pairs):
        return "{", [(f"{literal(key)}: ", one) for key, one in code.items], "}"
    return "[", [("", one) for one in code.items], "]"


def flat(code: Code) -> str:
    """An expression on one line."""
    if isinstance(code, str):
        return code
    if isinstance(code, Text | Block):
        return literal(code.text)
    opening, parts, closing = _parts(code)
    return f"{opening}{', '.join(f'{key}{flat(one)}' for key, one in parts)}{closing}"


def _broken(text: str, indent: int, before: str, after: str) -> Iterator[str]:
    """A long string as several that Python joins, broken behind blanks."""
    pad = " " * indent
    room = WIDTH - indent - len(before) - len(after)
    pieces = [""]
    for word in _words(text):
        if pieces[-1] and len(literal(pieces[-1] + word)) > room:
            pieces.append("")
        pieces[-1] += word
    for place, piece in enumerate(pieces):
        yield f"{pad}{'' if place else before}{literal(piece)}{after if place == len(pieces) - 1 else ''}"


def _words(text: str) -> list[str]:
    first, *others = text.split(" ")
    words = [first]
    for other in others:
        words[-1] += " "
        words.append(other)
    return [word for word in words if word]


def _block(block: Block, indent: int, after: str) -> list[str]:
    pad = " " * indent
    escaped = block.text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if not block.indented:
        return [f'{pad}"""', *escaped.split("\n"), f'"""{after}']
    return [f'{pad}"""', *(f"{pad}{line}".rstrip() for line in escaped.split("\n")), f'{pad}"""{after}']
