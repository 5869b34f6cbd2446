"""SQLite: a file, copied for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from lockgate.errors import LockgateError, LockTimeout
from lockgate.testing.content import migrate
from lockgate.testing.database import TestDatabase
from lockgate.testing.suppliers import run
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from pathlib import Path

    from lockgate.settings.conclusions import Conclusions

_BESIDE = ("", "-wal", "-shm", "-journal")


class SqliteSupplier:
    """Copies a template that the first process of a session makes, and the others wait for."""

    def __init__(self, config: Conclusions, digest: str, folder: Path, shared: Path) -> None:
        self._config, self._folder = config, folder
        self._numbers = itertools.count(1)
        self._files: dict[str, Path] = {}
        self._shared = shared / f"lockgate-template-{digest}.db"
        self._template = folder / "template.db"
        self._failure: LockgateError | None = None
        self._is_made = False

    def _acquire(self) -> None:
        """Have the template; what keeps it from being made is found once."""
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        try:
            self._make_once()
        except LockgateError as error:
            self._failure = error
            raise
        self._is_made = True

    def _make_once(self) -> None:
        """Under the lock of a database beside it, which the operating system takes from a process that dies."""
        seconds = self._config.lock_timeout
        with closing(sqlite3.connect(self._lock, timeout=seconds, isolation_level=None)) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise LockTimeout(
                    f"Another process did not finish the template of the test databases within {seconds:g} s.",
                    seconds=seconds,
                    holder=None,
                    hint="Allow more with LOCKGATE_LOCK_TIMEOUT.",
                ) from error
            if not self._shared.exists():
                self._make()
            shutil.copyfile(self._shared, self._template)

    @property
    def _lock(self) -> str:
        return f"{self._shared}.lock"

    def _make(self) -> None:
        made = self._folder / self._shared.name
        run(migrate, self._url(made), self._config)
        with closing(sqlite3.connect(made)) as connection:
            # Copied is the one file, so nothing may stand beside it.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made.replace(self._shared)

    def _url(self, path: Path) -> DatabaseUrl:
        url = self._config.target_url()
        driver = f"+{url.driver}" if url.driver else ""
        return DatabaseUrl(f"sqlite{driver}:///{path}")

    def take(self) -> TestDatabase:
        """A copy of the template."""
        if not self._is_made:
            self._acquire()
        path = self._folder / f"{next(self._numbers)}.db"
        shutil.copyfile(self._template, path)
        return self._handed_out(path)

    def make_empty(self) -> TestDatabase:
        """A file that is not there yet."""
        return self._handed_out(self._folder / f"{next(self._numbers)}.db")

    def _handed_out(self, path: Path) -> TestDatabase:
        database = TestDatabase(self._url(path))
        self._files[database.url] = path
        return database

    def give_back(self, database: TestDatabase) -> None:
        """Delete its files; where a connection that was left open keeps them (Windows), pytest does so later."""
        path = self._files.pop(database.url)
        _delete(*(f"{path}{end}" for end in _BESIDE))

    def close(self) -> None:
        """Delete the template; a worker that comes later makes it again."""
        _delete(self._template, self._shared, self._lock)


def _delete(*paths: Path | str) -> None:
    for path in paths:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - a Path costs as much again
