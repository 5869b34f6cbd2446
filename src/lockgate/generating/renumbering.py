"""Moves migrations that are not applied to the end of their folder, as the database that can be seen tells."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.generating.trying import Trial
from lockgate.nouns.flavours import Flavour
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
from lockgate.sources.head_file import HEAD, has_conflict, write_head
from lockgate.sources.layouts.choosing import reader_of
from lockgate.sources.layouts.pairs import for_other_databases
from lockgate.sources.layouts.reader import Listing
from lockgate.sources.renaming import rename_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockgate.nouns.migrations import Source
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
    sources = await anyio.to_thread.run_sync(_numbered, folder, config)
    async with Trial(config=config) as runner:
        recorded = (await runner.history()).names
    files, applied = await anyio.to_thread.run_sync(_look, folder, set(recorded))
    may_share = layout_of(sources) is not Layout.LOCKGATE
    twins = () if may_share or name else await anyio.to_thread.run_sync(_twins, folder, files)
    now, along = f"{datetime.now(UTC):%Y%m%d%H%M%S}", _along(sources, files, config)
    moving = renamings(files, recorded, applied, name, now, along=along, twins=twins)
    if name is None and not moving and config.head_file and await anyio.to_thread.run_sync(has_conflict, folder):
        raise SettingsError(
            f"{folder / HEAD} holds a conflict, and nothing is out of order in this database: say which migration is yours.",
            hint="`lockgate renumber NAME`: the one that nobody else has applied yet.",
        )
    if not dry_run:
        await anyio.to_thread.run_sync(_write, folder, moving, config)
    return RenumberReport(tuple((one.name, one.new) for one in moving))


def _numbered(folder: Path, config: Conclusions) -> tuple[Source, ...]:
    """The folder's migrations, where another number is all that one of them needs to move."""
    disk = Folder(folder, config.layout, lambda: Flavour(config.target_url().engine))
    listing = disk.inside("") if folder.is_dir() else Listing((), ())
    sources = tuple(reader_of(config.layout, disk, listing).read(disk, listing).sources)
    layout = layout_of(sources)
    if layout in UNNUMBERED:
        raise SettingsError(
            f"The folder follows the rules of {layout}; only files whose names begin with a number are moved.",
            hint="Move by hand the one that nobody has applied yet, or set LOCKGATE_ORDER=any.",
        )
    return sources


def _along(sources: Sequence[Source], files: Sequence[FileName], config: Conclusions) -> dict[str, list[str]]:
    """The files of each migration, a down of another name too, and those that are in its place for other databases."""
    names = {file.name: file for file in files}
    found: dict[str, list[str]] = {}
    for source in sources:
        own = [Path(path).name for path in (source.path, source.down_path) if path]
        is_program = source.name not in names
        others = (
            () if is_program or config.layout is Layout.LOCKGATE else for_other_databases(names[source.name], files)
        )
        found[source.name] = list(dict.fromkeys([*own, *others]))
    return found


def _twins(folder: Path, files: Sequence[FileName]) -> Sequence[str]:
    """The names of those that share a number, the first that was added first."""
    migrations = [one for one in files if one.kind is not FileKind.DOWN]
    counts = Counter(one.number for one in migrations)
    twins = {one.entry: one.name for one in sorted(migrations) if counts[one.number] > 1}
    return [twins[entry] for entry in first_added(folder, list(twins))] if twins else ()


def _look(folder: Path, recorded: set[str]) -> tuple[list[FileName], set[str]]:
    """The files, and the names that the database has."""
    entries = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    files = [file for file in map(_file_name, entries) if file]
    return files, recorded | set(_stood_for(folder, files, recorded))


def _file_name(entry: str) -> FileName | None:
    """What a name says; nothing of one without a number, which only Lockgate's own layout would have refused by now."""
    with suppress(MigrationFileError):
        return parse_file_name(entry)
    return None


def _stood_for(folder: Path, files: Sequence[FileName], recorded: set[str]) -> Iterable[str]:
    """The baselines that the database has by what they replaced."""
    for file in files:
        if file.kind is not FileKind.SQL or file.name in recorded:
            continue
        path = str(folder / file.entry)
        text = decode(normal_text(read_bytes(path)), path)
        if text.startswith(MARKER) and not lacking(replaced_by(text), recorded):
            yield file.name


def _write(folder: Path, moving: Sequence[Renaming], config: Conclusions) -> None:
    rename_files(folder, [pair for one in moving for pair in one.files])
    write_head(config)
