"""Whether a type takes every value that another one takes, and keeps it as it was."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_INTEGERS: Final = ("smallint", "integer", "bigint")
_SYNONYMS: Final = {
    "int": "integer",
    "varchar": "character varying",
    "decimal": "numeric",
    "float": "double precision",
    "double": "double precision",
    "nvarchar": "character varying",
    "datetime": "timestamp without time zone",
}
# `timestamp(3) with time zone`: the numbers may stand within the words.
_TYPE: Final = re.compile(r"([a-z ]+?) ?(?:\((\d+)(?:, ?(-?\d+))?\))?((?: with| without)[a-z ]+)?((?:\[\])*)")


class _Type(NamedTuple):
    words: str
    length: int | None
    scale: int
    array: str


def is_wider(before: str, after: str) -> bool:
    """Whether every value of `before` is one of `after`; False where that is not known."""
    old, new = _read(before), _read(after)
    if old is None or new is None or old.array != new.array:
        return False
    if old.words in _INTEGERS:
        return _holds_integer(old, new)
    if old.words == new.words:
        return _is_longer(old, new)
    return (old.words, new.words) in {("character varying", "text"), ("real", "double precision")}


def _read(text: str) -> _Type | None:
    found = _TYPE.fullmatch(text.lower())
    if found is None:
        return None
    words, length, scale, zone, array = found.groups()
    return _Type(_SYNONYMS.get(words, words) + (zone or ""), int(length) if length else None, int(scale or 0), array)


def _holds_integer(old: _Type, new: _Type) -> bool:
    if new.words in _INTEGERS:
        return _INTEGERS.index(new.words) > _INTEGERS.index(old.words)
    return new.words == "numeric" and new.length is None


def _is_longer(old: _Type, new: _Type) -> bool:
    if new.length is None:
        return old.length is not None
    if old.length is None:
        return False
    if old.words == "numeric":
        return new.scale >= old.scale and new.length - new.scale >= old.length - old.scale
    # A longer `character(n)` pads the values that are there.
    return new.length >= old.length and old.words not in {"character", "char", "bit"}


def is_wider_sequence(before: str, after: str) -> bool:
    """Whether a sequence or identity of these options still gives what it gave, and goes no less far."""
    old, new = _numbers(before), _numbers(after)
    same = all(old.get(word) == new.get(word) for word in ("START WITH", "INCREMENT BY"))
    lower, upper = ((one.get("MINVALUE", 1), one.get("MAXVALUE", 0)) for one in (old, new))
    return same and upper[0] <= lower[0] and upper[1] >= lower[1]


def _numbers(options: str) -> dict[str, int]:
    return {words: int(number) for words, number in re.findall(r"([A-Z]+(?: [A-Z]+)?) (-?\d+)", options)}
