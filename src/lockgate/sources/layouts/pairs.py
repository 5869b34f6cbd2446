"""Which down belongs to which up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.nouns.flavours import Flavour
from lockgate.planning.names import FileKind, FileName
from lockgate.sources.layouts.reader import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# What pop and others put before `.up.sql`; a file without it is for every database.
_DIALECTS: Final = {
    "postgres": Flavour.POSTGRESQL,
    "postgresql": Flavour.POSTGRESQL,
    "sqlite": Flavour.SQLITE,
    "sqlite3": Flavour.SQLITE,
    "mysql": Flavour.MYSQL,
    "mariadb": Flavour.MYSQL,
}


def pair_by_stem(ups: Sequence[FileName], downs: Sequence[FileName]) -> list[Found]:
    """Lockgate's own rule: up and down have one name."""
    entries = {name.stem: name.entry for name in downs}
    return [
        Found(name.name, name.number, name.entry, entries.get(name.stem) if name.kind is FileKind.UP else None)
        for name in ups
    ]


def pair_by_version(
    ups: Sequence[FileName], downs: Sequence[FileName], flavour: Callable[[], Flavour | None]
) -> tuple[list[Found], list[str]]:
    """golang-migrate's rule: up and down have one number; of several, those of one name belong together.

    Where a file is there for each database, `flavour` says whose is taken. What is to be said of the others comes second.
    """
    if any(_dialect(name) for name in (*ups, *downs)):
        engine = flavour()
        ups, downs = _wanted(ups, engine), _wanted(downs, engine)
    left = {name.stem: name for name in downs}
    own = {name.stem: left.pop(name.stem) for name in ups if name.kind is FileKind.UP and name.stem in left}
    by_number = dict[int, list[FileName]]()
    for name in left.values():
        by_number.setdefault(name.number, []).append(name)
    found = list[Found]()
    for name in ups:
        down = own.get(name.stem) if name.kind is FileKind.UP else None
        if down is None and name.kind is FileKind.UP and (same := by_number.get(name.number)):
            down = same.pop(0)
        found.append(Found(name.name, name.number, name.entry, down.entry if down else None))
    lone = sorted(name.name for names in by_number.values() for name in names)
    return found, [f"{name} takes back what no file here applies, and is not read." for name in lone]


def for_other_databases(name: FileName, files: Sequence[FileName]) -> list[str]:
    """The entries of the files that are for one database each, and are what this one is for its own."""
    general = _general(name)
    return [one.entry for one in files if one.number == name.number and _general(one) == general and _dialect(one)]


def _dialect(name: FileName) -> str:
    """The word in a pair's name that says which database it is for."""
    if name.kind not in (FileKind.UP, FileKind.DOWN) or "." not in name.stem:
        return ""
    return next((word for word in name.stem.lower().split(".")[1:] if word in _DIALECTS), "")


def _wanted(names: Sequence[FileName], engine: Flavour | None) -> list[FileName]:
    """Those of one database, and those for every one that it has none of its own for."""
    own = {(name.number, _general(name)) for name in names if _DIALECTS.get(_dialect(name)) is engine is not None}
    return [
        name
        for name in names
        if (_DIALECTS[word] is engine if (word := _dialect(name)) else (name.number, _general(name)) not in own)
    ]


def _general(name: FileName) -> str:
    """A stem without the words that follow a dot in it."""
    return name.stem.partition(".")[0]
