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


# What XML has no room for, and what turns the order of other characters round or is not seen at all, so that a reader is shown
# something else than what is run: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing.
_UNSEEN: Final = {
    code: f"\u27e8U+{code:04X}\u27e9"
    for span in (
        (0x00, 0x09),
        (0x0B, 0x0D),
        (0x0E, 0x20),
        (0x7F, 0xA0),
        (0x200E, 0x2010),
        (0x202A, 0x202F),
        (0x2066, 0x206A),
    )
    for code in range(*span)
} | {
    0x61C: "\u27e8U+061C\u27e9",
    0xFEFF: "\u27e8U+FEFF\u27e9",
    0xFFFE: "\u27e8U+FFFE\u27e9",
    0xFFFF: "\u27e8U+FFFF\u27e9",
}


def visible(text: str) -> str:
    """A document in which every character that would not be seen, or would move others, stands as its number."""
    return text if text.isascii() and text.isprintable() else text.translate(_UNSEEN)


def short_type(type_: str, default: str) -> str:
    """A type by the shorter of the names that the engine has for it; one of the schema `default` without that."""
    if " " in type_ or "char" in type_:
        for pattern, spelling in _SPELLINGS:
            type_ = pattern.sub(spelling, type_)
    return type_.removeprefix(f"{default}.") if default else type_


def width_of(text: str) -> int:
    """How many places it takes in a monospaced font."""
    text = visible(text)
    return len(text) if text.isascii() else sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def cut_name(name: str, places: int) -> str:
    """As much of a name as these places hold; names that begin alike are told apart by their ends, so the middle goes."""
    name = " ".join(name.split())
    if width_of(name) <= places:
        return name
    end = name[-(places // 2) + 1 :]
    while width_of(end) > places // 2:
        end = end[1:]
    return f"{cut(name, places - width_of(end))}{end}"


def cut(text: str, places: int) -> str:
    """As much of it as these places hold, on one line."""
    text = " ".join(text.split())
    if width_of(text) <= places:
        return text
    while width_of(text) >= places:
        text = text[:-1]
    return f"{text}…"
