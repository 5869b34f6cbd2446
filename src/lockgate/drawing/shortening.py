"""Types and texts as short as a box wants them, and how wide they are."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import east_asian_width

_SPELLINGS: Final = (
    (re.compile(r"\bcharacter varying\b"), "varchar"),
    (re.compile(r"\bcharacter\b"), "char"),
    (re.compile(r"\btimestamp(\(\d\))? with time zone\b"), r"timestamptz\1"),
    (re.compile(r"\btimestamp(\(\d\))? without time zone\b"), r"timestamp\1"),
    (re.compile(r"\btime(\(\d\))? with time zone\b"), r"timetz\1"),
    (re.compile(r"\btime(\(\d\))? without time zone\b"), r"time\1"),
    (re.compile(r"\bdouble precision\b"), "float8"),
)


def short_type(type_: str, default: str) -> str:
    """A type by the shorter of the names that the engine has for it; one of the schema `default` without that."""
    if " " in type_ or "char" in type_:
        for pattern, spelling in _SPELLINGS:
            type_ = pattern.sub(spelling, type_)
    return type_.removeprefix(f"{default}.") if default else type_


def width_of(text: str) -> int:
    """How many places it takes in a monospaced font."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def cut(text: str, places: int) -> str:
    """As much of it as these places hold, on one line."""
    text = " ".join(text.split())
    if width_of(text) <= places:
        return text
    while width_of(text) >= places:
        text = text[:-1]
    return f"{text}…"
