"""The file HEAD of a folder: it names the last migration, so that git sees a conflict where two branches add one each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.planning.names import FileKind, parse_file_name
from lockgate.sources.folders import folder_on_disk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lockgate.nouns.directories import Directory
    from lockgate.nouns.migrations import Source

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
        check_head(folder, next((source.name for source in reversed(sources) if not source.namespace), None))


def has_conflict(directory: Path) -> bool:
    """Whether git has left a conflict in it. Blocks on the disk."""
    path = directory / HEAD
    return path.is_file() and _CONFLICT in path.read_text(encoding="utf-8", errors="replace")


@contextmanager
def kept_head(directory: Path, *, wanted: bool) -> Iterator[None]:
    """Where it is `wanted`, check it before migrations are written, and write it afterwards. Blocks on the disk.

    Raises:
        SettingsError: it is wrong, or cannot be written.
    """
    if wanted:
        check_head(directory, last_name(directory))
    yield
    if wanted:
        write_head(directory, last_name(directory))


def write_head(directory: Path, last: str | None) -> None:
    """Write it. Blocks on the disk.

    Raises:
        SettingsError: it cannot be written.
    """
    if last is None:
        return
    try:
        (directory / HEAD).write_text(f"{last}\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{directory / HEAD} cannot be written: {error.strerror}.") from error


def last_name(directory: Path) -> str | None:
    """The name of the last migration, by the files' names alone; None where there is none. Blocks on the disk.

    Raises:
        MigrationFileError: a file has no number.
    """
    entries = [entry.name for entry in directory.iterdir()] if directory.is_dir() else []
    names = [name for name in map(parse_file_name, entries) if name and name.kind is not FileKind.DOWN]
    return max(names, key=lambda name: (name.number, name.name)).name if names else None
