"""Alembic's revisions: a `versions` folder, or the folder above it, in the order of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.errors import MigrationFileError
from lockgate.nouns.layouts import Layout
from lockgate.planning.alembic_graph import in_order
from lockgate.planning.alembic_targets import heads_of
from lockgate.planning.alembic_text import Revision, read_revision
from lockgate.planning.names import LONGEST_NAME, stem_of
from lockgate.sources.layouts.numbered import Numbered
from lockgate.sources.layouts.reader import Found, Listing, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.migrations import Source
    from lockgate.planning.alembic_graph import Placed
    from lockgate.sources.layouts.reader import Disk

_VERSIONS: Final = "versions"
_SHOWN = 10


class Alembic:
    """The reader of a folder of revisions; an env.py is not run, and not needed."""

    def read(self, disk: Disk, listing: Listing) -> Reading:
        """See `Reader`; numbered files beside the revisions are Lockgate's own, and come after them."""
        entries = list(_entries(disk, listing))
        names = _names(entries)
        read = {name: disk.source(Found(name, 0, entry)) for name, entry in names.items()}
        found = {name: _revision(source) for name, source in read.items()}
        ordered = in_order([revision for revision in found.values() if revision])
        sources = [_placed(read[one.revision.name], one, place) for place, one in enumerate(ordered)]
        strays = [names[name] for name, revision in found.items() if revision is None]
        own = Numbered(Layout.LOCKGATE).read(disk, Listing(_own(disk, strays, listing), ()))
        return Reading([*sources, *own.sources], (*_notes(sources), *own.notes))


def is_alembic(disk: Disk, listing: Listing) -> str:
    """The path that gives Alembic away; empty where none does. Of the files, at most four are looked into."""
    if "env.py" in listing.files and _VERSIONS in listing.folders:
        return "env.py"
    below = disk.inside(_VERSIONS).files if _VERSIONS in listing.folders else ()
    likely = [*_likely(listing.files), *(f"{_VERSIONS}/{name}" for name in _likely(below)[:1])]
    return next((entry for entry in likely if "\ndown_revision" in disk.text(entry)), "")


def _likely(files: Sequence[str]) -> list[str]:
    """Files to look into: one whose name could not be Lockgate's, the first and the last."""
    names = sorted(name for name in files if _is_python(name) and name[0] != "_" and name != "env.py")
    lettered = [name for name in names if not name[0].isdigit()]
    return list(dict.fromkeys([*lettered[:1], *names[:1], *names[-1:]]))


def _is_python(name: str) -> bool:
    return name.endswith(".py") and not name.startswith(("__init__.", "."))


def _entries(disk: Disk, listing: Listing) -> Iterator[str]:
    """The paths of all that may be a revision: with `versions` what is in it, and the folders in that."""
    if _VERSIONS in listing.folders:
        yield from _below(disk, _VERSIONS)
        return
    yield from (name for name in listing.files if _is_python(name) and name != "env.py")
    for folder in listing.folders:
        yield from _below(disk, folder)


def _below(disk: Disk, folder: str) -> Iterator[str]:
    if folder.rpartition("/")[2].startswith(("__pycache__", ".")):
        return
    inside = disk.inside(folder)
    yield from (f"{folder}/{name}" for name in inside.files if _is_python(name))
    for below in inside.folders:
        yield from _below(disk, f"{folder}/{below}")


def _names(entries: Sequence[str]) -> dict[str, str]:
    """The entries by what each is recorded as: its file's name; where several have one, the path tells them apart."""
    by_name = dict[str, list[str]]()
    for entry in entries:
        by_name.setdefault(entry.rpartition("/")[2], []).append(entry)
    return {(name if len(same) == 1 else entry): entry for name, same in by_name.items() for entry in same}


def _revision(source: Source) -> Revision | None:
    if len(source.name) > LONGEST_NAME:
        raise MigrationFileError(f"{source.origin}: the name is too long to be recorded.", path=source.origin)
    stem = stem_of(source.name.rpartition("/")[2])
    return read_revision(source.name, stem, source.text, source.origin)


def _placed(source: Source, placed: Placed, place: int) -> Source:
    """A revision's source; what is numbered from 1 on comes after it."""
    return source._replace(
        number=0,
        parts=(place,),
        layout=Layout.ALEMBIC,
        after=placed.after,
        revision=placed.revision.id,
        labels=placed.labels,
    )


def _own(disk: Disk, strays: Sequence[str], listing: Listing) -> list[str]:
    """What may be Lockgate's own: numbered files beside `versions`, or files among the revisions that are none.

    Raises:
        MigrationFileError: one is in `versions` itself, where Alembic refuses it, and no helper by its name.
    """
    if _VERSIONS in listing.folders:
        for entry in strays:
            folder, _, name = entry.rpartition("/")
            if folder == _VERSIONS and not name.startswith("_"):
                raise MigrationFileError(
                    f"{disk.path(entry)} is no revision: it says no `revision = …`.",
                    path=disk.path(entry),
                    hint="Give it a leading underscore if it is a Python helper.",
                )
        return [name for name in listing.files if name[0].isdigit()]
    return [*(one for one in strays if "/" not in one), *(name for name in listing.files if name.endswith(".sql"))]


def _notes(sources: Sequence[Source]) -> Iterator[str]:
    heads = heads_of(sources)
    if len(heads) > 1:
        shown = ", ".join(heads[:_SHOWN]) + (f" and {len(heads) - _SHOWN} more" if len(heads) > _SHOWN else "")
        yield f"The history has {len(heads)} heads, which are put in one order, branch after branch: {shown}."
