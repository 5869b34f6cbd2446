"""A folder of migration files becomes sources: every file is read and hashed, none is executed."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.nouns.migrations import Source
from lockgate.planning.names import FileKind, FileName, normal_text, parse_file_name, refuse_twins, text_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# Of the disks that people have, FAT's clock is the slowest: two seconds.
_SETTLED_NANOSECONDS: Final = 3_000_000_000


class Folder:
    """A folder of migrations. From the third look on, a file that has not changed since the one before is not read again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._looked = False
        self._kept: dict[str, tuple[Stamp, Source]] = {}

    def read(self) -> tuple[Source, ...]:
        """Every migration, sorted by number. Blocks on the disk: call it in a worker thread.

        Raises:
            SettingsError: the folder is missing or cannot be read.
            MigrationFileError: a file has no number, shares one, is a down without its up, or is not UTF-8 text.
        """
        names = [name for entry in _entries(self._directory) if (name := parse_file_name(entry))]
        downs = {name.stem: name for name in names if name.kind is FileKind.DOWN}
        ups = [name for name in names if name.kind is not FileKind.DOWN]
        _refuse_lone_downs(self._directory, downs, ups)
        folder = str(self._directory / "_")[:-1]
        read = self._read_changed if self._looked else _read
        sources = sorted((read(folder, name, downs) for name in ups), key=lambda source: source.order)
        refuse_twins(sources)
        self._looked = True  # most look once, and need no stamps
        return tuple(sources)

    def read_if_there(self) -> tuple[Source, ...]:
        """As `read`; nothing where there is no folder."""
        return self.read() if self._directory.is_dir() else ()

    def _read_changed(self, folder: str, name: FileName, downs: dict[str, FileName]) -> Source:
        stamp = _stamp(folder + name.entry)
        kept = self._kept.get(name.entry)
        if kept and kept[0] == stamp and (kept[1].down_path is None) is (name.stem not in downs):
            return kept[1]
        source = _read(folder, name, downs)
        # What was written a moment ago may be written again within one tick of the disk's clock, which no stamp would show.
        if stamp and max(stamp.written, stamp.changed) < time.time_ns() - _SETTLED_NANOSECONDS:
            self._kept[name.entry] = stamp, source
        return source


class Stamp(NamedTuple):
    """What changes whenever a file does; the times are in nanoseconds."""

    written: int
    changed: int
    size: int
    inode: int


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - as in read_bytes
    except OSError:
        return None  # reading it says why
    return Stamp(found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def _entries(directory: Path) -> Sequence[str]:
    try:
        with os.scandir(directory) as entries:
            return [entry.name for entry in entries if not entry.is_dir()]
    except FileNotFoundError:
        raise SettingsError(
            f"There is no migrations folder at {directory}.",
            hint="`lockgate init` makes one; LOCKGATE_DIRECTORY or --directory names another.",
        ) from None
    except OSError as error:
        raise SettingsError(f"The migrations folder {directory} cannot be read: {error.strerror}") from error


def _refuse_lone_downs(directory: Path, downs: dict[str, FileName], ups: Iterable[FileName]) -> None:
    lone = downs.keys() - {name.stem for name in ups if name.kind is FileKind.UP}
    for stem in sorted(lone):
        name = downs[stem].name
        raise MigrationFileError(f"{name} has no {stem}.up.sql beside it.", path=str(directory / name))


def _read(folder: str, name: FileName, downs: dict[str, FileName]) -> Source:
    path = folder + name.entry
    data = normal_text(read_bytes(path))
    down = downs.get(name.stem) if name.kind is FileKind.UP else None
    return Source(
        name=name.name,
        number=name.number,
        hash=text_hash(data),
        text=decode(data, path),
        path=path,
        down_path=folder + down.entry if down else None,
    )


def read_bytes(path: str) -> bytes:
    """A file's bytes.

    Raises:
        MigrationFileError: it cannot be read.
    """
    try:
        # Half the time of Path.read_bytes, which a check of a thousand files would notice.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            data = os.read(descriptor, 8192)
            while more := os.read(descriptor, len(data) or 1):  # as much again, until there is no more
                data += more
        finally:
            os.close(descriptor)
    except OSError as error:
        raise MigrationFileError(f"{path} cannot be read: {error.strerror}", path=path) from error
    return data


def decode(data: bytes, path: str) -> str:
    """A migration's text; a NUL is refused because drivers take it for the end of the text.

    Raises:
        MigrationFileError: it is not UTF-8, or holds a NUL.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MigrationFileError(f"{path}:{line} is not UTF-8 text.", path=path, line=line) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise MigrationFileError(f"{path}:{line} holds a NUL character.", path=path, line=line)
    return text
