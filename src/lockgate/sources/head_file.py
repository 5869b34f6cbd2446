"""The file HEAD of a folder: it names the last migration, so that git sees a conflict where two branches add one each."""

from __future__ import annotations

from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.nouns.flavours import Flavour
from lockgate.planning.drift import layout_of
from lockgate.planning.namespaces import own
from lockgate.planning.renumbering import UNNUMBERED
from lockgate.sources.directory import Folder
from lockgate.sources.folders import folder_on_disk, own_folder
from lockgate.sources.layouts.choosing import reader_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lockgate.nouns.directories import Directory
    from lockgate.nouns.migrations import Source
    from lockgate.settings.conclusions import Conclusions

HEAD: Final = "HEAD"
_CONFLICT: Final = "<<<<<<<"
_MEND: Final = "Put the migrations in order, with `lockgate renumber NAME` for yours; it writes HEAD anew."


def check_head(directory: Path, last: str | None) -> None:
    """Check that it names the last migration; a folder without any needs none. Blocks on the disk.

    Raises:
        MigrationFileError: it is missing, names another, or holds a conflict.
    """
    if last is None:
        return
    path = directory / HEAD
    try:
        said = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise MigrationFileError(
            f"{path} is missing, which LOCKGATE_HEAD_FILE=true asks for.",
            path=str(path),
            hint="`lockgate renumber` writes it.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MigrationFileError(f"{path} cannot be read: {error}.", path=str(path)) from error
    if _CONFLICT in said:
        raise MigrationFileError(
            f"{path} holds a conflict: two branches have each added a migration.", path=str(path), hint=_MEND
        )
    if said != last:
        raise MigrationFileError(
            f"{path} names {said[:200]!r}, but the last migration is {last}.", path=str(path), hint=_MEND
        )


def check_own_head(directory: Directory, sources: Sequence[Source]) -> None:
    """As `check_head`, of the migrations without a namespace; what is packed in a zip has no use for it."""
    folder = folder_on_disk(directory)
    if folder is not None:
        check_head(folder, _last(own(sources), folder))


def has_conflict(directory: Path) -> bool:
    """Whether git has left a conflict in it. Blocks on the disk."""
    path = directory / HEAD
    return path.is_file() and _CONFLICT in path.read_text(encoding="utf-8", errors="replace")


@contextmanager
def kept_head(config: Conclusions) -> Iterator[None]:
    """Where it is asked for, check it before migrations are written, and write it afterwards. Blocks on the disk.

    Raises:
        SettingsError: it is wrong, or cannot be written.
    """
    if config.head_file:
        check_head(own_folder(config.directory), last_name(config))
    yield
    write_head(config)


def write_head(config: Conclusions) -> None:
    """Write it, where it is asked for. Blocks on the disk.

    Raises:
        SettingsError: it cannot be written.
    """
    last = last_name(config) if config.head_file else None
    if last is None:
        return
    path = own_folder(config.directory) / HEAD
    try:
        path.write_text(f"{last}\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error


def last_name(config: Conclusions) -> str | None:
    """The name of the folder's last migration, None where there is none; some may share a number still. Blocks on the disk.

    Raises:
        MigrationFileError: a file is none, or the folder's names do not begin with numbers.
    """
    folder = own_folder(config.directory)
    if not folder.is_dir():
        return None
    disk = Folder(folder, config.layout, lambda: Flavour(config.target_url().engine))
    listing = disk.inside("")
    sources = reader_of(config.layout, disk, listing).read(disk, listing).sources
    return _last(sorted(sources, key=attrgetter("order")), folder)


def _last(sources: Sequence[Source], folder: Path) -> str | None:
    layout = layout_of(sources)
    if layout in UNNUMBERED:
        raise MigrationFileError(
            f"LOCKGATE_HEAD_FILE is for names that begin with numbers, and the folder follows the rules of {layout}.",
            path=str(folder / HEAD),
            hint="Leave it unset for this folder.",
        )
    return sources[-1].name if sources else None
