"""An index's definition, taken apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[()\[\],]|[^'"()\[\],]+""")
_METHOD: Final = re.compile(r"USING (\w+) ")
_REST: Final = re.compile(
    r"(?: INCLUDE \((?P<include>[^()]*)\))?(?P<distinct> NULLS NOT DISTINCT)?"
    r"(?: WITH \((?P<options>[^()]*)\))?(?: WHERE (?P<where>.*))?",
    re.DOTALL,
)
_OPTION: Final = re.compile(r"(\w+)='([^']*)'")
_WORD: Final = r'(?:"(?:[^"]|"")+"|\w+)'
_KEY: Final = re.compile(rf"({_WORD})(?: (?!(?:COLLATE|ASC|DESC|NULLS)\b)((?:\w+\.)?\w+))?")


class IndexText(NamedTuple):
    """What a definition says.

    Attributes:
        keys: each a column (with the operator class that it names, or "") or, with None for it, an expression.
    """

    method: str
    keys: tuple[tuple[str, str | None], ...]
    include: tuple[str, ...]
    nulls_distinct: bool
    options: tuple[tuple[str, str], ...]
    where: str


def parse_index(definition: str) -> IndexText | None:
    """Take it apart; None where it has more than is known here."""
    method = _METHOD.match(definition)
    rest = definition[method.end() :] if method else definition
    inner, tail = parenthesised(rest)
    found = _REST.fullmatch(tail)
    if inner is None or found is None:
        return None
    options = tuple(_OPTION.findall(found["options"] or ""))
    if found["options"] and ", ".join(f"{key}='{value}'" for key, value in options) != found["options"]:
        return None
    return IndexText(
        method[1] if method else "",
        tuple(map(_key, split_list(inner))),
        tuple(map(bare, split_list(found["include"] or ""))),
        not found["distinct"],
        options,
        without_parentheses(found["where"] or ""),
    )


def split_list(text: str) -> Iterator[str]:
    """What stands between the commas that are within no parentheses and no quotes."""
    depth, piece = 0, ""
    for token in _TOKEN.findall(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token, 0)
        if token == "," and depth == 0:
            yield piece.strip()
            piece = ""
        else:
            piece += token
    if piece.strip():
        yield piece.strip()


def without_parentheses(text: str) -> str:
    """An expression without a pair around all of it."""
    inner, tail = parenthesised(text)
    return text if inner is None or tail else inner


def bare(word: str) -> str:
    """An identifier without its quotes."""
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def parenthesised(text: str) -> tuple[str | None, str]:
    """What is in the parentheses that a text begins with, and what stands behind them."""
    depth, place = 0, 0
    for token in _TOKEN.findall(text):
        depth += {"(": 1, ")": -1}.get(token, 0)
        place += len(token)
        if depth == 0:
            return (text[1 : place - 1], text[place:]) if token == ")" else (None, text)
    return None, text


def _key(item: str) -> tuple[str, str | None]:
    found = _KEY.fullmatch(item)
    return (bare(found[1]), found[2] or "") if found else (item, None)
