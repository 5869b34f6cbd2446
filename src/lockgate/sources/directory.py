"""A folder of migration files becomes sources: every file is read and hashed, none is executed."""

from __future__ import annotations

import os
import time
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.nouns.migrations import Source
from lockgate.planning.baselines import replaced_by
from lockgate.planning.names import judge_twins, normal_text, text_hash
from lockgate.sources.layouts.choosing import reader_of
from lockgate.sources.layouts.reader import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.layouts import Layout
    from lockgate.sources.layouts.reader import Found

# Of the disks that people have, FAT's clock is the slowest: two seconds.
_SETTLED_NANOSECONDS: Final = 3_000_000_000


class Folder:
    """A folder of migrations. From the third look on, a file that has not changed since the one before is not read again.

    Args:
        directory: where it is.
        layout: whose way it is written in; None where its content is to say so.
        flavour: tells, when it is needed, whose SQL is wanted where a file is there for each database.
    """

    def __init__(
        self, directory: Path, layout: Layout | None = None, flavour: Callable[[], Flavour | None] = lambda: None
    ) -> None:
        self._directory = directory
        self._layout = layout
        self.flavour = flavour
        self._looked = False
        self._kept: dict[str, tuple[Stamp, Source]] = {}
        self._last: Look | None = None
        self._folder = str(directory / "_")[:-1]
        self.notes: tuple[str, ...] = ()
        """What is to be said of the migrations that were read last, a sentence each."""

    def read(self) -> tuple[Source, ...]:
        """Every migration, in order. Blocks on the disk: call it in a worker thread.

        Raises:
            SettingsError: the folder is missing or cannot be read, or whose way it is written in cannot be told.
            MigrationFileError: a file has no number, shares one, is a down without its up, or is not UTF-8 text.
        """
        listing = self.inside("")
        if self._last and self._last.listing == listing and all(_stamp(path) == one for path, one in self._last.stamps):
            return self._last.sources
        reading = reader_of(self._layout, self, listing).read(self, listing)
        sources = tuple(sorted(reading.sources, key=attrgetter("order")))
        self.notes = (*reading.notes, *judge_twins(sources))
        self._looked = True  # most look once, and need no stamps
        self._last = self._look(listing, sources)
        return sources

    def _look(self, listing: Listing, sources: tuple[Source, ...]) -> Look | None:
        """What this look has found, for the next to compare with; None where the listing and the stamps do not tell all."""
        entries = [source.path.removeprefix(self._folder) for source in sources if source.path]
        if any("/" in entry or entry not in self._kept for entry in entries) or len(entries) < len(sources):
            return None
        return Look(listing, [(self._folder + entry, self._kept[entry][0]) for entry in entries], sources)

    def read_if_there(self) -> tuple[Source, ...]:
        """As `read`; nothing where there is no folder."""
        return self.read() if self.is_there() else ()

    def is_there(self) -> bool:
        """Whether there is such a folder."""
        return self._directory.is_dir()

    def helpers(self) -> list[tuple[str, bytes]]:
        """The names and the bytes of the modules that its Python files may import."""
        names = sorted(name for name in self.inside("").files if name.startswith("_") and name.endswith(".py"))
        return [(name, read_bytes(self.path(name))) for name in names]

    def source(self, found: Found) -> Source:
        """See `Disk`."""
        path = self._folder + found.entry
        if not self._looked:
            return self._read(found, path)
        stamp, down = _stamp(path), found.down and self._folder + found.down
        kept = self._kept.get(found.entry)
        if kept and kept[0] == stamp and kept[1].down_path == down:
            return kept[1]
        source = self._read(found, path)
        # What was written a moment ago may be written again within one tick of the disk's clock, which no stamp would show.
        if stamp and max(stamp.written, stamp.changed) < time.time_ns() - _SETTLED_NANOSECONDS:
            self._kept[found.entry] = stamp, source
        return source

    def _read(self, found: Found, path: str) -> Source:
        return source_of(found, normal_text(read_bytes(path)), path, self._folder + found.down if found.down else None)

    def text(self, entry: str) -> str:
        """See `Disk`."""
        return decode(normal_text(read_bytes(self.path(entry))), self.path(entry))

    def below(self, folder: str) -> Sequence[str]:
        """See `Disk`."""
        try:
            return os.listdir(self._folder + folder)  # noqa: PTH208 - a Path for each of a thousand folders is slow
        except OSError as error:
            raise SettingsError(f"The folder {self.path(folder)} cannot be read: {error.strerror}") from error

    def inside(self, folder: str) -> Listing:
        """See `Disk`."""
        return _listing(self._directory / folder)

    def path(self, entry: str) -> str:
        """See `Disk`."""
        return self._folder + entry


def source_of(found: Found, data: bytes, path: str, down_path: str | None, beside: Traversable | None = None) -> Source:
    """What a folder shows, with the `data` of its file; `beside` is the folder of that, where it is none of the disk.

    Raises:
        MigrationFileError: it is not UTF-8 text.
    """
    text = decode(data, path)
    return Source(
        name=found.name,
        number=found.number,
        hash=text_hash(data),
        text=text,
        path=path,
        down_path=down_path,
        layout=found.layout,
        repeatable=found.repeatable,
        replaces=replaced_by(text),
        parts=found.parts,
        beside=beside,
    )


class Look(NamedTuple):
    """What a look at a folder has found: while names and stamps are the same, so are the migrations."""

    listing: Listing
    stamps: Sequence[tuple[str, Stamp]]
    sources: tuple[Source, ...]


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


def _listing(directory: Path) -> Listing:
    files, folders = list[str](), list[str]()
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                (folders if entry.is_dir() else files).append(entry.name)
    except FileNotFoundError:
        raise SettingsError(
            f"There is no migrations folder at {directory}.",
            hint="`lockgate init` makes one; LOCKGATE_DIRECTORY or --directory names another.",
        ) from None
    except OSError as error:
        raise SettingsError(f"The migrations folder {directory} cannot be read: {error.strerror}") from error
    return Listing(files, folders)


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
