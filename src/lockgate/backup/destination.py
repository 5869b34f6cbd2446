"""Where a backup is written: under another name until it is verified, readable by its owner only, over nothing."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from lockgate.backup.naming import Naming, partial_name
from lockgate.errors import SettingsError

_SIDE_FILES = ("-wal", "-shm", "-journal", "-lockgate")


class Destination:
    """A folder, in which each backup gets a name of its own, or one file.

    What ends with a slash, or has no suffix, or is a folder already, is a folder; it is made where it is not there.
    """

    def __init__(self, path: str, naming: Naming, keep: int) -> None:
        place = Path(path)
        names_folder = path.endswith(("/", os.sep)) or place.is_dir() or not place.suffix
        self._folder = place if names_folder else place.parent
        self._file = None if names_folder else place.name
        self._naming, self._keep = naming, keep

    def choose(self, newest: str | None, source: Path | None = None) -> PartialFile:
        """Say which file the backup is to be, in a folder that is there; `source` is the database's own file.

        Raises:
            SettingsError: there is a file of that name, or SQLite would take it for one of its own.
            OSError: the folder cannot be made, or not be read.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        names = [path.name for path in self._folder.iterdir()]
        file = self._file or self._naming.name(datetime.now(UTC), newest, names)
        final = self._folder / file
        if os.path.lexists(final) or _is_beside(source, final):
            raise _taken(final)
        partial = partial_name(file)
        for name in (*self._naming.owned_partials(names), partial):
            _remove_abandoned(self._folder / name)
        return PartialFile(self._folder / partial, final)

    def remove_oldest(self, newest: Path) -> None:
        """Remove the oldest of this database's backups beyond the number that is kept; the newest always stays.

        Raises:
            OSError: one cannot be removed.
        """
        if self._file is not None:
            return
        written = sorted(self._folder.iterdir(), key=lambda path: path.lstat().st_mtime_ns)
        others = [name for name in self._naming.owned(path.name for path in written) if name != newest.name]
        for name in others[: max(0, len(others) - self._keep + 1)]:
            (self._folder / name).unlink()


class PartialFile:
    """A backup that is not verified yet: written at `path`, to be called `final`."""

    def __init__(self, path: Path, final: Path) -> None:
        self.path, self.final = path, final
        self._descriptor = -1

    def open(self) -> None:
        """Make the file, empty. It is locked, so that others know that somebody is at it.

        Raises:
            OSError: it cannot be made.
        """
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        _lock(self._descriptor)

    def publish(self) -> int:
        """Give it its own name, on disk for good; gives its size in bytes.

        Raises:
            OSError: it cannot have that name.
        """
        os.fsync(self._descriptor)
        size = os.fstat(self._descriptor).st_size
        self._close()
        try:
            os.link(self.path, self.final)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if os.path.lexists(self.final):
                raise
            self.path.rename(self.final)
        else:
            self.path.unlink()
        _sync_folder(self.final.parent)
        return size

    def discard(self) -> None:
        """Remove it, unless it was never made."""
        if self._descriptor < 0:
            return
        self._close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _taken(final: Path) -> SettingsError:
    return SettingsError(
        f"{final} is there already, and a backup overwrites nothing. Nothing was run.",
        hint="Name a folder, in which each backup gets a name of its own, or another file.",
    )


def _is_beside(source: Path | None, final: Path) -> bool:
    """Whether SQLite would take the file for one of its own that belong to the database."""
    if source is None:
        return False
    return str(final.absolute().resolve()) in {f"{source.resolve()}{ending}" for ending in _SIDE_FILES}


def _remove_abandoned(path: Path) -> None:
    """Remove what a process that was killed has left; not what another is writing."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        if _lock(descriptor):
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        return True  # there, a file that is open cannot be removed
    import fcntl  # noqa: PLC0415 - not there on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not everywhere can a folder be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
