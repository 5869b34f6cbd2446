"""Which layout a folder is written in: what is named, or what its content shows."""

# ruff: noqa: PLC0415 - most folders are Lockgate's own, and need no other tool's reader

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.nouns.layouts import Layout
from lockgate.sources.layouts.numbered import Numbered
from lockgate.sources.layouts.signs import ambiguous

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.sources.layouts.reader import Disk, Listing, Reader


def reader_of(layout: Layout | None, disk: Disk, listing: Listing) -> Reader:
    """The reader of a layout; of the folder's own where none is named.

    Raises:
        SettingsError: the folder has the signs of several.
    """
    match layout or recognised(disk, listing):
        case Layout.ALEMBIC:
            from lockgate.sources.layouts.alembic import Alembic

            return Alembic()
        case Layout.DIESEL:
            from lockgate.sources.layouts.diesel import Diesel

            return Diesel()
        case Layout.FLYWAY | Layout.REFINERY as named:
            from lockgate.sources.layouts.versioned import Versioned

            return Versioned(named)
        case named:
            return Numbered(named)


def recognised(disk: Disk, listing: Listing) -> Layout | None:
    """The layout that names alone give away; None where all names begin with numbers, of which the texts tell more.

    Raises:
        SettingsError: the names are of several layouts.
    """
    signs = dict(_signs(disk, listing))
    if len(signs) > 1:
        raise ambiguous(disk, signs)
    return next(iter(signs), None)


def _signs(disk: Disk, listing: Listing) -> Iterator[tuple[Layout, str]]:
    """Each layout that a name is a sign of, with that name."""
    if _VERSIONS in listing.folders or any(name.endswith(".py") for name in listing.files):
        from lockgate.sources.layouts.alembic import is_alembic

        if name := is_alembic(disk, listing):
            yield Layout.ALEMBIC, name
    lettered = [name for name in listing.files if name[0] in "VUR"]
    if lettered:
        from lockgate.sources.layouts.versioned import signs

        yield from signs(disk, lettered)
    numbered = [name for name in listing.folders if name[0].isdigit()]
    if folder := next((name for name in numbered if "up.sql" in disk.below(name)), None):
        yield Layout.DIESEL, f"{folder}/up.sql"
    if lettered or folder:
        pair = next((name for name in listing.files if re.match(_PAIR, name)), None)
        if pair:
            yield Layout.GOLANG_MIGRATE, pair


_VERSIONS: Final = "versions"
_PAIR: Final = r"(?s)[0-9].*\.(?:up|down)\.sql\Z"
