"""What a baseline stands for: the head of its file, and which databases have it without having run it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.nouns.migrations import Replaced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from lockgate.nouns.migrations import Source

MARKER: Final = "-- lockgate:baseline\n"
"""What the file of a baseline begins with; nothing else of a file is looked at to know that it is none."""

_EXPLAINED: Final = (
    "-- It gives what these migrations gave, which are listed with the hashes of their texts;\n"
    "-- a database that has all of them on record has it.\n"
)
_LINE: Final = re.compile(r"--   (?P<name>\S.*) (?P<hash>[0-9a-f]{64})(?P<baseline> baseline)?")


def head_of(replaced: Iterable[Source]) -> str:
    """The comment that a baseline begins with; a baseline among the replaced stands behind those that it replaced itself."""
    listed = [one for source in replaced for one in (*source.replaces, _as_replaced(source))]
    lines = (f"--   {one.name} {one.hash}{' baseline' if one.is_baseline else ''}\n" for one in listed)
    return "".join((MARKER, _EXPLAINED, *lines))


def _as_replaced(source: Source) -> Replaced:
    return Replaced(source.name, source.hash, is_baseline=bool(source.replaces))


def replaced_by(text: str) -> tuple[Replaced, ...]:
    """What the head of a file says that it replaces; nothing where it is no baseline."""
    if not text.startswith(MARKER):
        return ()
    found = list[Replaced]()
    for line in text.splitlines()[1:]:
        if not line.startswith("--"):
            break
        if match := _LINE.fullmatch(line):
            found.append(Replaced(match["name"], match["hash"], is_baseline=bool(match["baseline"])))
    return tuple(found)


def lacking(replaced: Iterable[Replaced], recorded: Collection[str]) -> tuple[str, ...]:
    """The names that a database would have to have besides those it has, so that it has what the baseline gives."""
    names = list[str]()
    for one in replaced:
        if one.is_baseline:
            # It stands for all that are listed before it; a database that has those needs it not.
            names = [] if one.name in recorded else names
        elif one.name not in recorded:
            names.append(one.name)
    return tuple(names)


def standing(sources: Sequence[Source], recorded: Collection[str]) -> dict[str, Source]:
    """By each recorded name that a baseline replaced, that baseline."""
    return {one.name: source for source in sources for one in source.replaces if one.name in recorded}


def applied_names(sources: Sequence[Source], recorded: Collection[str]) -> set[str]:
    """The names on record, and the baselines that the database has by what they replaced."""
    return {
        *recorded,
        *(source.name for source in sources if source.replaces and not lacking(source.replaces, recorded)),
    }


def known_hashes(sources: Sequence[Source]) -> dict[str, str]:
    """The hash that each name should have on record: of the files, and of what they replaced."""
    replaced = {one.name: one.hash for source in sources for one in source.replaces}
    return {**replaced, **{source.name: source.hash for source in sources}}
