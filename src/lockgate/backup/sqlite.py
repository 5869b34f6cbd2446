"""SQLite's online backup (https://sqlite.org/backup.html): the database at one moment, whatever its journal mode."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lockgate.backup.copying import CopyFailed, refuse_other_history
from lockgate.backup.interruptible import in_thread
from lockgate.backup.sqlite_reading import read_all
from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from threading import Event

    from lockgate.dialects.seam import Session
    from lockgate.nouns.history import History

_PAGES, _PAUSE_SECONDS = 1000, 0.05
_OWN_SCHEMA: Final = '"main".'


class SqliteCopying:
    """The copy of a database file, within `seconds` of waiting for others who write."""

    suffix = ".db"

    def __init__(self, source: Path, table: str, seconds: float) -> None:
        self.name = source.stem
        self.source: Path | None = source
        self._database, self._table, self._seconds = source, table, seconds

    @classmethod
    async def of(cls, session: Session, seconds: float) -> SqliteCopying | None:
        """The copying of a session's database; None where that does not exist yet.

        Raises:
            SettingsError: it is in memory.
            CopyFailed: the tracking table is in an attached database, which would not be copied.
        """
        main = [path for _, name, path in await session.fetch("PRAGMA database_list") if name == "main"]
        if not main:
            return None
        if not main[0]:
            raise SettingsError(
                "A database in memory has no backup. Nothing was run.", hint="Leave --backup and LOCKGATE_BACKUP out."
            )
        if not session.tracking.name.startswith(_OWN_SCHEMA):
            raise CopyFailed(f"{session.tracking.name} is in an attached database, and only the main one is copied")
        return cls(Path(main[0]), session.tracking.name, seconds)

    async def copy(self, to: Path) -> None:
        """Copy page by page, within one read transaction."""
        await in_thread(partial(self._copy, to))

    def _copy(self, to: Path, stop: Event) -> None:
        def refuse_stopped(*_: int) -> None:
            if stop.is_set():
                raise CopyFailed("it was stopped")

        with closing(self._reading(stop)) as source, closing(sqlite3.connect(to, isolation_level=None)) as target:
            # A copy that is cut off is thrown away, and the whole file is synced at the end.
            target.execute("PRAGMA journal_mode = OFF")
            target.execute("PRAGMA synchronous = OFF")
            try:
                source.backup(target, pages=_PAGES, progress=refuse_stopped)
            except sqlite3.Error as error:
                raise CopyFailed(f"SQLite says: {error}") from error

    def _reading(self, stop: Event) -> sqlite3.Connection:
        """A connection within a read transaction: writers would otherwise make the copy begin again and again."""
        connection, deadline = sqlite3.connect(self._database, timeout=0, isolation_level=None), time.monotonic()
        deadline += self._seconds
        try:
            connection.execute("BEGIN")
            while not _has_begun(connection, give_up=stop.is_set() or time.monotonic() > deadline):
                stop.wait(_PAUSE_SECONDS)
        except sqlite3.Error as error:
            connection.close()
            raise CopyFailed(f"SQLite says: {error}") from error
        return connection

    async def verify(self, copy: Path, history: History) -> None:
        """Read every page by quick_check; that indexes agree with their tables is the database's own affair."""
        found = await in_thread(partial(read_all, copy, self._table if history.exists else None))
        refuse_other_history(found, history)


def _has_begun(connection: sqlite3.Connection, *, give_up: bool) -> bool:
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if give_up or "locked" not in str(error):
            raise
        return False
    return True
