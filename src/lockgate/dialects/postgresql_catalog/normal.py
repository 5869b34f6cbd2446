"""Expressions in the form that stays as it is.

What the server prints of an expression is not always what it prints again once it has read that: a cast of a whole array is
read as one of each element, and `(a AND b) AND c` as `a AND b AND c` (transformTypeCast in the server's parse_expr.c,
makeAndExpr in gram.y). So a check that models make, `kind IN ('x', 'y')`, and the same check made from what the catalog says
of it are printed in two ways. Both are brought to the second.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|\w+|::|.""", re.DOTALL)
_MAY_CHANGE: Final = re.compile(r"\]\)::|\) (AND|OR) .*\) \1 ", re.DOTALL)
_OF_A_TYPE: Final = re.compile(r"""[\w". ]""")
_CLOSING: Final = {"(": ")", "[": "]"}


class _Brackets(NamedTuple):
    opening: str
    inner: list[str | _Brackets]


def normal(text: str) -> str:
    """The form of an expression, or of a text that holds some, which the server prints in the end."""
    if not _MAY_CHANGE.search(text):
        return text
    return _joined(_rewritten(_read(iter(_TOKEN.findall(text)), "")))


def _read(tokens: Iterator[str], closing: str) -> list[str | _Brackets]:
    """Tokens up to the closing bracket."""
    read: list[str | _Brackets] = []
    for token in tokens:
        if token == closing:
            break
        read.append(_Brackets(token, _read(tokens, _CLOSING[token])) if token in _CLOSING else token)
    return read


def _joined(parts: list[str | _Brackets]) -> str:
    return "".join(
        part if isinstance(part, str) else f"{part.opening}{_joined(part.inner)}{_CLOSING[part.opening]}"
        for part in parts
    )


def _rewritten(parts: list[str | _Brackets]) -> list[str | _Brackets]:
    inner = [part if isinstance(part, str) else _Brackets(part.opening, _rewritten(part.inner)) for part in parts]
    return _without_nesting(_with_casts_within(inner))


def _with_casts_within(parts: list[str | _Brackets]) -> list[str | _Brackets]:
    """`(ARRAY[a, b])::text[]` as `ARRAY[(a)::text, (b)::text]`."""
    done: list[str | _Brackets] = []
    place = 0
    while place < len(parts):
        array, end = _elements(_within(parts[place])), _end_of_array_type(parts, place + 1)
        if array and end:
            done += _cast(array, _joined(parts[place + 2 : end]))
            place = end + 1
        else:
            done.append(parts[place])
            place += 1
    return done


def _within(part: str | _Brackets) -> list[str | _Brackets]:
    """What is within round brackets."""
    return part.inner if isinstance(part, _Brackets) and part.opening == "(" else []


def _end_of_array_type(parts: list[str | _Brackets], place: int) -> int:
    """Where `[]` ends the type that follows `::` at a place; 0 where there is none."""
    if parts[place : place + 1] == ["::"]:
        for end in range(place + 1, len(parts)):
            part = parts[end]
            if isinstance(part, _Brackets) and part.opening == "[":
                return end
            if isinstance(part, str) and not _OF_A_TYPE.match(part):
                break
    return 0


def _elements(parts: list[str | _Brackets]) -> list[list[str | _Brackets]]:
    """The elements of `ARRAY[…]`, if that is all there is."""
    if len(parts) != 2 or parts[0] != "ARRAY" or isinstance(parts[1], str):
        return []
    elements: list[list[str | _Brackets]] = [[]]
    for part in parts[1].inner:
        if part == ",":
            elements.append([])
        elif elements[-1] or part != " ":
            elements[-1].append(part)
    return elements


def _cast(elements: list[list[str | _Brackets]], type_: str) -> list[str | _Brackets]:
    """An array of the elements, each cast to the type; of those of an array of arrays, their elements."""
    said: list[str | _Brackets] = []
    for place, element in enumerate(elements):
        said += [", "] if place else []
        nested = _elements(element)
        said += _cast(nested, type_) if nested else [_Brackets("(", element), "::", type_]
    return ["ARRAY", _Brackets("[", said)]


def _without_nesting(parts: list[str | _Brackets]) -> list[str | _Brackets]:
    """`(a AND b) AND c` as `a AND b AND c`."""
    while len(parts) > 4 and parts[1] == " " and parts[2] in {"AND", "OR"} and parts[2] in _within(parts[0]):
        parts = [*_within(parts[0]), *parts[1:]]
    return parts
