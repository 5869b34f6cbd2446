"""Files whose names begin with a number: Lockgate's own, golang-migrate's, dbmate's, goose's and sqlx's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.errors import MigrationFileError
from lockgate.nouns.layouts import Layout
from lockgate.planning.names import FileKind, FileName, number_in, parse_file_name
from lockgate.sources.layouts.pairs import pair_by_stem, pair_by_version
from lockgate.sources.layouts.reader import Found, Listing, Reading
from lockgate.sources.layouts.signs import ambiguous, has_own_marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockgate.nouns.migrations import Source
    from lockgate.sources.layouts.reader import Disk

_TIMESTAMP: Final = 10**13
"""The least number of fourteen digits, which dbmate begins its names with."""
_CLEARLY: Final = 4
"""Of how many files one may be unlike dbmate's, and the folder is taken for dbmate's nevertheless."""
_GO: Final = r"(?s)[0-9]+_.*(?<!_test)\.go\Z"
_SQLX: Final = "-- no-transaction"


class Numbered:
    """The reader of what is named `N_description`; without a layout, the texts of the files tell whose they are."""

    def __init__(self, layout: Layout | None) -> None:
        self._layout = layout

    def read(self, disk: Disk, listing: Listing) -> Reading:
        """See `Reader`; a `.py` file, and a `.sql` file with Lockgate's markers, are Lockgate's own in every layout."""
        names, strays = _parsed(listing)
        ups = [name for name in names if name.kind is not FileKind.DOWN]
        downs = [name for name in names if name.kind is FileKind.DOWN]
        has_pairs = any(name.kind is FileKind.UP for name in ups)
        if self._layout is Layout.LOCKGATE or not has_pairs:
            found, notes = pair_by_stem(ups, downs), list[str]()
        else:
            found, notes = pair_by_version(ups, downs, disk.flavour)
        sources = [disk.source(one) for one in found]
        programs = [
            Found(name, number_in(name) or 0, name)
            for name in listing.files
            if name.endswith(".go") and re.match(_GO, name)
        ]
        layout = self._layout or _told(disk, sources, has_pairs=has_pairs, has_programs=bool(programs))
        if layout is Layout.LOCKGATE:
            if not self._layout:
                _offer_dbmate(strays, sources)
            _refuse(disk, strays, downs, ups)
            return Reading(sources)
        if layout is Layout.DBMATE and not self._layout:
            notes += _odd_ones(sources)
        if layout is Layout.GOOSE:
            sources += [disk.source(one) for one in programs]
        return Reading([_labelled(source, layout) for source in sources], (*notes, *_ignored(strays)))


def own_beside(disk: Disk, files: Sequence[str]) -> Reading:
    """What of the files beside another tool's is a migration of Lockgate's own, written since; the rest is let be."""
    names, strays = _parsed(Listing(files, ()))
    ups = [name for name in names if name.kind is not FileKind.DOWN]
    downs = [name for name in names if name.kind is FileKind.DOWN]
    _refuse(disk, {}, downs, ups)
    return Reading([disk.source(one) for one in pair_by_stem(ups, downs)], _ignored(strays))


def _ignored(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{name} is no migration by its name, and is not read." for name in names)


def _parsed(listing: Listing) -> tuple[list[FileName], dict[str, MigrationFileError]]:
    """The names of migrations, and what is wrong with those that are none but could be."""
    names, strays = list[FileName](), dict[str, MigrationFileError]()
    for entry in listing.files:
        try:
            name = parse_file_name(entry)
        except MigrationFileError as error:
            strays[entry] = error
        else:
            if name is not None:
                names.append(name)
    return names, strays


def _told(disk: Disk, sources: Sequence[Source], *, has_pairs: bool, has_programs: bool) -> Layout:
    """Whose files these are, by their texts."""
    files = [source for source in sources if source.name.endswith(".sql")]
    goose = next((source.name for source in files if "+goose" in source.text), "")
    pair = next((source.name for source in files if source.name.endswith(".up.sql")), "") if has_pairs else ""
    if goose and pair:
        raise ambiguous(disk, {Layout.GOOSE: goose, Layout.GOLANG_MIGRATE: pair})
    if goose or has_programs:
        return Layout.GOOSE
    if any(source.text.startswith(_SQLX) for source in files):
        return Layout.SQLX
    if pair:
        is_own = any(has_own_marker(source.text) for source in files if source.name.endswith(".up.sql"))
        return Layout.LOCKGATE if is_own else Layout.GOLANG_MIGRATE
    odd = _unlike_dbmate(sources)
    # A file in Python, or a baseline, may stand in a folder of dbmate's, and says all the same that it need not be one.
    is_others = len(files) == len(sources) and not any(one.replaces for one in files)
    is_clear = not odd or (is_others and len(files) >= _CLEARLY * len(odd))
    return Layout.DBMATE if files and is_clear else Layout.LOCKGATE


def _unlike_dbmate(sources: Sequence[Source]) -> list[str]:
    """The names of the SQL files that dbmate did not write: without a timestamp, or without its markers."""
    files = [source for source in sources if source.name.endswith(".sql")]
    return [one.name for one in files if one.number < _TIMESTAMP or not has_own_marker(one.text)]


def _odd_ones(sources: Sequence[Source]) -> list[str]:
    return [
        f"{name} is not as dbmate writes its files, but most here are: the folder is read as dbmate's; --layout says otherwise."
        for name in _unlike_dbmate(sources)
    ]


def _offer_dbmate(strays: dict[str, MigrationFileError], sources: Sequence[Source]) -> None:
    """Have the refusal of a name say what to do where most files are as dbmate's, and too few to be taken for them."""
    odd = _unlike_dbmate(sources)
    if 2 * len(odd) < len(sources):
        for error in strays.values():
            error.hint += f" Where the folder is dbmate's, as all but {', '.join(odd)} look, say --layout dbmate."


def _labelled(source: Source, layout: Layout) -> Source:
    """A source of a foreign layout; what is written in Lockgate's own way since stays Lockgate's own."""
    name = source.name.lower()
    is_foreign = (
        layout is Layout.DBMATE
        or name.endswith((".go", ".up.sql"))
        or (layout is Layout.GOOSE and "+goose" in source.text)
        or not has_own_marker(source.text)
    )
    if name.endswith(".py") or not is_foreign or (layout is Layout.GOLANG_MIGRATE and not name.endswith(".up.sql")):
        return source
    return source._replace(layout=layout)


def _refuse(
    disk: Disk, strays: dict[str, MigrationFileError], downs: Sequence[FileName], ups: Sequence[FileName]
) -> None:
    """Refuse what Lockgate's own layout has no meaning for: a name without a number, a down without its up."""
    for error in strays.values():
        raise error
    lone = {name.stem: name for name in downs}.keys() - {name.stem for name in ups if name.kind is FileKind.UP}
    for stem in sorted(lone):
        raise MigrationFileError(f"{stem}.down.sql has no {stem}.up.sql beside it.", path=disk.path(f"{stem}.down.sql"))
