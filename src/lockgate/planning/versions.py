"""The versions that file names carry, in the way of each tool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.nouns.layouts import Layout
from lockgate.planning.names import number_in

if TYPE_CHECKING:
    from lockgate.nouns.migrations import Place

# They are compiled when a folder first needs them, which Lockgate's own do not.
_VERSIONED: Final = (
    r"(?s)(?P<kind>[VU])(?P<version>[0-9]+(?:[._][0-9]+)*)"
    r"(?:(?:__.*)?|\..*\.(?P<way>up|down))\.(?P<suffix>sql|rs|java)\Z"
)
_DIESEL: Final = r"(?s)(?P<version>[0-9][0-9-]*)(?:_.*)?\Z"
_DATE, _TIMESTAMP = 8, 14
"""The digits of YYYYMMDD and YYYYMMDDhhmmss; diesel adds four, which are a fraction and sort behind."""

_NONE: Final = (-1,)


def versioned(name: str) -> re.Match[str] | None:
    """One of Flyway's or refinery's names, taken apart; authelia and others write V0001.Name.up.sql."""
    return re.match(_VERSIONED, name)


def is_repeatable(name: str) -> bool:
    """Whether it is the name of one of Flyway's repeatable migrations."""
    return name.startswith("R__") and name.endswith((".sql", ".java"))


def version_of(name: str, layout: Layout) -> tuple[int, ...] | None:
    """The version that a name carries; None where it carries none.

    Flyway and refinery compare part by part, and 1.0 is 1. Diesel compares its versions as text, which puts a date among the
    times of its day, and a time with a fraction behind the one without; of what is neither, 10 follows 9 here.
    """
    if layout in (Layout.FLYWAY, Layout.REFINERY) and (match := versioned(name)):
        return dotted(match["version"])
    if layout is Layout.DIESEL and not name.endswith((".py", ".sql")) and (match := re.match(_DIESEL, name)):
        rest = match["version"].replace("-", "")[_TIMESTAMP:]
        number = int(_until_seconds(match["version"]))
        return (number, int(rest.ljust(6, "0"))) if rest else (number,)
    plain = number_in(name)
    return None if plain is None else (plain,)


def leading_digits(name: str) -> str:
    """The first part of the version that a name in a folder of any layout carries; empty for no migration."""
    if match := versioned(name):
        return re.split("[._]", match["version"])[0]
    if name.endswith((".sql", ".py", ".go")):
        match = re.match("[0-9]+", name)
        return match[0] if match else ""
    match = re.match(_DIESEL, name)
    return _until_seconds(match["version"]) if match else ""


def _until_seconds(version: str) -> str:
    """The digits of one of diesel's versions; of a date, those of its first second."""
    digits = version.replace("-", "")[:_TIMESTAMP]
    return digits.ljust(_TIMESTAMP, "0") if len(digits) >= _DATE else digits


def dotted(version: str) -> tuple[int, ...]:
    """The parts of a version such as 1.2.10 or 1_2_10, zeros at the end left out."""
    parts = [int(part) for part in re.split("[._]", version)]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts)


def place_of(name: str, layout: Layout, namespace: str = "") -> Place:
    """What a name is sorted by within its namespace, file or no file; one without a version sorts first."""
    bare = name[len(namespace) + 1 :] if namespace else name
    if layout is Layout.FLYWAY and is_repeatable(bare):
        return True, (0,), name
    return False, version_of(bare, layout) or _NONE, name
