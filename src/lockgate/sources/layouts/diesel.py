"""diesel's folders: `N_name/up.sql` and `down.sql`; the folder's name is the identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.nouns.layouts import Layout
from lockgate.planning.versions import version_of
from lockgate.sources.layouts.numbered import own_beside
from lockgate.sources.layouts.reader import Found, Listing, Reading

if TYPE_CHECKING:
    from lockgate.nouns.migrations import Source
    from lockgate.sources.layouts.reader import Disk


class Diesel:
    """The reader of a folder of folders."""

    def read(self, disk: Disk, listing: Listing) -> Reading:
        """See `Reader`; files beside the folders are Lockgate's own."""
        sources: list[Source] = []
        notes: list[str] = []
        for folder in listing.folders:
            version = version_of(folder, Layout.DIESEL)
            if version is None:
                continue
            below = disk.below(folder)
            if "up.sql" not in below:
                notes.append(f"{folder} has no up.sql, and is not read.")
                continue
            down = f"{folder}/down.sql" if "down.sql" in below else None
            found = Found(folder, version[0], f"{folder}/up.sql", down, Layout.DIESEL, version[1:])
            sources.append(disk.source(found))
        own = own_beside(disk, listing.files)
        return Reading([*sources, *own.sources], (*notes, *own.notes))
