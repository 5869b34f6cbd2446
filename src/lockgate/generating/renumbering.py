"""Moves migrations that are not applied to the end of their folder, as the database that can be seen tells."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio.to_thread

from lockgate.errors import SettingsError
from lockgate.generating.trying import Trial
from lockgate.nouns.layouts import Layout
from lockgate.nouns.reports import RenumberReport
from lockgate.planning.baselines import MARKER, lacking, replaced_by
from lockgate.planning.drift import layout_of
from lockgate.planning.names import FileKind, normal_text, parse_file_name
from lockgate.planning.renumbering import UNNUMBERED, renamings
from lockgate.settings.directories import refuse_others
from lockgate.sources.directory import Folder, decode, read_bytes
from lockgate.sources.first_added import first_added
from lockgate.sources.folders import own_folder
from lockgate.sources.head_file import HEAD, has_conflict, last_name, write_head
from lockgate.sources.layouts.choosing import reader_of
from lockgate.sources.layouts.reader import Listing
from lockgate.sources.renaming import rename_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lockgate.planning.names import FileName
    from lockgate.planning.renumbering import Renaming
    from lockgate.settings.conclusions import Conclusions


async def renumber(config: Conclusions, name: str | None = None, *, dry_run: bool = False) -> RenumberReport:
    """Give what is out of order, or `name`, the next numbers, and write the head file where there is one.

    It only renames files; no database is changed.

    Raises:
        SettingsError: `name` means none, or one that is applied; a file cannot be renamed; or the folder's names do not begin
            with numbers.
        HistoryError: the tracking table is another tool's.
        DatabaseUnreachable: no connection could be had.
    """
    refuse_others(config.directory, name)
    folder = await anyio.to_thread.run_sync(own_folder, config.directory)
    layout = await anyio.to_thread.run_sync(_numbered_layout, folder, config.layout)
    async with Trial(config=config) as runner:
        recorded = (await runner.history()).names
    files, applied = await anyio.to_thread.run_sync(_look, folder, set(recorded))
    # Other tools' files may share a number.
    twins = await anyio.to_thread.run_sync(_twins, folder, files) if layout is Layout.LOCKGATE and name is None else ()
    moving = renamings(files, recorded, applied, name, f"{datetime.now(UTC):%Y%m%d%H%M%S}", twins=twins)
    if name is None and not moving and config.head_file and await anyio.to_thread.run_sync(has_conflict, folder):
        raise SettingsError(
            f"{folder / HEAD} holds a conflict, and nothing is out of order in this database: say which migration is yours.",
            hint="`lockgate renumber NAME`: the one that nobody else has applied yet.",
        )
    if not dry_run:
        await anyio.to_thread.run_sync(_write, folder, moving, config.head_file)
    return RenumberReport(tuple((one.name, one.new) for one in moving))


def _numbered_layout(folder: Path, named: Layout | None) -> Layout:
    """The folder's layout, in which another number is all that a migration needs to move."""
    disk = Folder(folder, named)
    listing = disk.inside("") if folder.is_dir() else Listing((), ())
    layout = layout_of(tuple(reader_of(named, disk, listing).read(disk, listing).sources))
    if layout in UNNUMBERED:
        raise SettingsError(
            f"The folder follows the rules of {layout}; only files whose names begin with a number are moved.",
            hint="Move by hand the one that nobody has applied yet, or set LOCKGATE_ORDER=any.",
        )
    return layout


def _twins(folder: Path, files: Sequence[FileName]) -> Sequence[str]:
    """The names of those that share a number, the first that was added first."""
    migrations = [one for one in files if one.kind is not FileKind.DOWN]
    counts = Counter(one.number for one in migrations)
    twins = {one.entry: one.name for one in sorted(migrations) if counts[one.number] > 1}
    return [twins[entry] for entry in first_added(folder, list(twins))] if twins else ()


def _look(folder: Path, recorded: set[str]) -> tuple[list[FileName], set[str]]:
    """The files, and the names that the database has."""
    entries = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    files = [file for file in map(parse_file_name, entries) if file]
    return files, recorded | set(_stood_for(folder, files, recorded))


def _stood_for(folder: Path, files: Sequence[FileName], recorded: set[str]) -> Iterable[str]:
    """The baselines that the database has by what they replaced."""
    for file in files:
        if file.kind is not FileKind.SQL or file.name in recorded:
            continue
        path = str(folder / file.entry)
        text = decode(normal_text(read_bytes(path)), path)
        if text.startswith(MARKER) and not lacking(replaced_by(text), recorded):
            yield file.name


def _write(folder: Path, moving: Sequence[Renaming], head_file: bool) -> None:
    rename_files(folder, [pair for one in moving for pair in one.files])
    if head_file:
        write_head(folder, last_name(folder))
