"""What a file's name says: its kind, its number, and whether it is a migration at all."""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.nouns.layouts import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockgate.nouns.migrations import Source

LONGEST_NAME = 512
_VERSION = r"(?s)V([0-9]+(?:[._][0-9]+)*)(?:__|\.)"
_DATED = r"[0-9]{4}-[0-9]{2}-[0-9-]*[0-9](?=_|\Z)"
"""What the names of diesel's folders mostly begin with."""
_NUMBERED = re.compile(r"([0-9]+)(?:[_.\-].*)?\Z", re.DOTALL)


class FileKind(StrEnum):
    """What a file of the migrations folder is, by its suffix."""

    PYTHON = ".py"
    SQL = ".sql"
    UP = ".up.sql"
    DOWN = ".down.sql"


_KINDS = (FileKind.UP, FileKind.DOWN, FileKind.SQL, FileKind.PYTHON)  # the longer suffix first


class FileName(NamedTuple):
    """A migration file's name, taken apart.

    `name` is its identity, and `stem` that without its suffix; `entry` is what the folder calls it, which on some systems
    writes an é as two characters.
    """

    entry: str
    name: str
    stem: str
    number: int
    kind: FileKind


def parse_file_name(name: str) -> FileName | None:
    """Take a file's name apart; None for what is no migration (other suffixes, hidden files, `_helpers.py`).

    Raises:
        MigrationFileError: a `.py` or `.sql` without a number, or a name that is too long to record.
    """
    suffix = _suffix(name)
    if not suffix or name.startswith(".") or (suffix is FileKind.PYTHON and name.startswith("_")):
        return None
    identity = name if name.isascii() else unicodedata.normalize("NFC", name)
    stem = identity[: -len(suffix)]
    if not name.isascii() and _has_surrogates(name):
        raise MigrationFileError(f"{name!a} is not a name that can be recorded.", path=ascii(name))
    return FileName(name, identity, stem, number_of(identity, stem), suffix)


def _suffix(name: str) -> FileKind | None:
    lowered = name.lower()
    for kind in _KINDS:
        if lowered.endswith(kind):
            return kind
    return None


def _has_surrogates(name: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in name)


def number_of(name: str, stem: str) -> int:
    """The number that a migration's name begins with.

    Raises:
        MigrationFileError: there is none, or the name is longer than the tracking table takes.
    """
    match = _NUMBERED.match(stem)
    if not match or len(match[1]) > 100:
        raise MigrationFileError(
            f"{name!r} has no number: a migration is named NNN_description.py, .sql, or .up.sql and .down.sql",
            path=name,
            hint="Give it a number, or a leading underscore if it is a Python helper.",
        )
    if len(name) > LONGEST_NAME:
        raise MigrationFileError(
            f"The name {name[:40]!r}… has {len(name)} characters; at most {LONGEST_NAME} can be recorded.", path=name
        )
    return int(match[1])


def number_in(name: str) -> int | None:
    """The digits that a name begins with, whatever follows them; None where it begins with another character."""
    digits = re.match(r"[0-9]+", name)
    return int(digits[0]) if digits else None


def stem_of(name: str) -> str:
    """A migration's name without its suffix."""
    return name[: len(name) - len(_suffix(name) or "")]


def normal_text(data: bytes) -> bytes:
    """A file's bytes as they are hashed and run: without BOM, CRLF as LF."""
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")


def text_hash(text: bytes) -> str:
    """The SHA-256, in hex, that the tracking table keeps; `text` is as `normal_text` gives it."""
    return hashlib.sha256(text).hexdigest()


def judge_twins(sources: Sequence[Source]) -> list[str]:
    """Say which of the sorted sources share a version.

    Other tools' files may, and run in the order of their names; two migrations of Lockgate's own may not, nor may one share
    a version with another tool's.

    Raises:
        MigrationFileError: names both.
    """
    said = list[str]()
    for one, other in itertools.pairwise(sources):
        if one.number != other.number or one.parts != other.parts or one.repeatable or other.repeatable:
            continue
        if Layout.LOCKGATE in (one.layout, other.layout):
            raise MigrationFileError(
                f"Two migrations have the number {one.number}: {one.name} and {other.name}",
                path=other.origin,
                hint="Renumber the one that has not been applied anywhere yet.",
            )
        said.append(f"{one.name} and {other.name} share a version; they run in the order of their names.")
    return said


def find_name(wanted: str, names: Iterable[str]) -> str:
    """The one of `names` that is meant by a full name, its stem, or its number.

    Raises:
        SettingsError: none is meant, or several are.
    """
    known = list(dict.fromkeys(names))
    for meant in (
        [name for name in known if name == wanted],
        [name for name in known if stem_of(name) == wanted],
        [name for name in known if _is_number(wanted, name)],
    ):
        if len(meant) == 1:
            return meant[0]
        if meant:
            raise SettingsError(f"{wanted!r} means several migrations: {', '.join(meant)}")
    from difflib import get_close_matches  # noqa: PLC0415 - most names are right

    close = get_close_matches(wanted, [*known, *map(stem_of, known)], n=1)
    raise SettingsError(
        f"There is no migration {wanted!r}.",
        hint=f"Did you mean {close[0]}?" if close else "A name, its stem, or its number is understood.",
    )


def _is_number(wanted: str, name: str) -> bool:
    namespace, slash, bare = name.partition("/")
    if slash and wanted.startswith(f"{namespace}/"):
        return _is_number(wanted[len(namespace) + 1 :], bare)
    if version := re.match(_VERSION, name):
        return wanted.replace("_", ".").removeprefix("V") == version[1].replace("_", ".")
    stem = stem_of(name)
    if stem == name and (date := re.match(_DATED, name)):
        return wanted.replace("-", "") == date[0].replace("-", "")
    match = _NUMBERED.match(stem)
    return bool(match and wanted.isascii() and wanted.isdigit() and wanted.lstrip("0") == match[1].lstrip("0"))
