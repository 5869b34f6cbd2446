"""Flyway's `V1_2__name.sql`, `U…` and `R__…`, and refinery's names, which look like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.nouns.layouts import Layout
from lockgate.planning.versions import dotted, is_repeatable, versioned
from lockgate.sources.layouts.numbered import own_beside
from lockgate.sources.layouts.reader import Found, Reading
from lockgate.sources.layouts.signs import ambiguous

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from lockgate.sources.layouts.reader import Disk, Listing


class Versioned:
    """The reader of names that begin with a letter and a version."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def read(self, disk: Disk, listing: Listing) -> Reading:
        """See `Reader`; numbered files beside them are Lockgate's own."""
        matches = [match for name in listing.files if (match := versioned(name))]
        downs = {dotted(match["version"]): match for match in matches if self._takes_back(match)}
        ups = [match for match in matches if not self._takes_back(match)]
        found = [self._found(match, downs.get(dotted(match["version"]))) for match in ups]
        if self._layout is Layout.FLYWAY:
            names = [name for name in listing.files if is_repeatable(name)]
            found += [Found(name, 0, name, layout=Layout.FLYWAY, repeatable=True) for name in names]
        known = {*(match[0] for match in matches), *(one.name for one in found)}
        own = own_beside(disk, [name for name in listing.files if name not in known])
        sources = [disk.source(one) for one in found]
        return Reading([*sources, *own.sources], (*own.notes, *_notes(downs, ups)))

    def _takes_back(self, match: re.Match[str]) -> bool:
        return match["way"] == "down" or (self._layout is Layout.FLYWAY and match["kind"] == "U")

    def _found(self, up: re.Match[str], down: re.Match[str] | None) -> Found:
        number, *parts = dotted(up["version"])
        return Found(up[0], number, up[0], down[0] if down else None, self._layout, tuple(parts))


def signs(disk: Disk, names: Sequence[str]) -> Iterator[tuple[Layout, str]]:
    """Which of the two these names are a sign of: a U takes back a V in Flyway, and in refinery it goes up."""
    matches = [match for name in names if (match := versioned(name))]
    repeatable = next((name for name in names if is_repeatable(name)), None)
    if not matches and not repeatable:
        return
    applied = {dotted(match["version"]) for match in matches if match["kind"] == "V"}
    undone = {dotted(match["version"]): match[0] for match in matches if match["kind"] == "U"}
    rust = next((match[0] for match in matches if match["suffix"] == "rs"), None)
    flyway = repeatable or next((name for version, name in undone.items() if version in applied), None)
    refinery = rust or next((name for version, name in undone.items() if version not in applied), None)
    if flyway and refinery:
        raise ambiguous(disk, {Layout.FLYWAY: flyway, Layout.REFINERY: refinery})
    yield (Layout.REFINERY, refinery) if refinery else (Layout.FLYWAY, flyway or matches[0][0])


def _notes(downs: dict[tuple[int, ...], re.Match[str]], ups: Sequence[re.Match[str]]) -> Iterator[str]:
    applied = {dotted(match["version"]) for match in ups}
    for version, match in downs.items():
        if version not in applied:
            yield f"{match[0]} takes back what no file here applies, and is not read."
