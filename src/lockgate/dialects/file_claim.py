"""A claim on a SQLite database that outlasts a transaction: a lock on a file beside it, which ends with its process.

Between two transactions SQLite holds no lock, and two runs must not take turns.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


class FileClaim:
    """The claim on one database file; without a path (in memory) nobody else can be there."""

    def __init__(self, database: str | None) -> None:
        self._path = Path(f"{Path(database).absolute()}-lockgate") if database else None
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the claim if it is free."""
        if self._path is None or self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        if _lock(descriptor) and self._is_at_its_place(descriptor):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            self._descriptor = descriptor
            return True
        os.close(descriptor)
        return False

    def _is_at_its_place(self, descriptor: int) -> bool:
        """Whether the file that is locked is still the one that others will find: who had it before has removed it."""
        if self._path is None:
            return True
        try:
            return self._path.stat().st_ino == os.fstat(descriptor).st_ino
        except FileNotFoundError:
            return False

    def holder(self) -> str | None:
        """Who else has the claim, in words; None where nobody has."""
        if self._path is None or self._descriptor is not None:
            return None
        try:
            descriptor = os.open(self._path, os.O_RDWR)
        except OSError:
            return None
        try:
            return None if _lock(descriptor) else f"lockgate[{os.read(descriptor, 20).decode()}]"
        finally:
            os.close(descriptor)

    def give_back(self) -> None:
        """Remove the file, and with it the claim."""
        if self._descriptor is None or self._path is None:
            return
        # On Windows a file that is open cannot be removed; there it stays, empty.
        if sys.platform != "win32":
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - Windows only

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - everywhere else

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
