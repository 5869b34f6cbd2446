"""One run's backup: made under the lock, verified, named, and the oldest removed; where it fails, nothing is run."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from lockgate.backup.copying import CopyFailed
from lockgate.backup.destination import Destination
from lockgate.backup.interruptible import in_thread
from lockgate.backup.naming import Naming
from lockgate.errors import BackupFailed, LockgateError, MigrationFailed, SettingsError
from lockgate.events import BackedUp
from lockgate.nouns.flavours import Flavour
from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lockgate.backup.copying import Copying
    from lockgate.dialects.seam import Session
    from lockgate.events import Listener
    from lockgate.nouns.history import History
    from lockgate.nouns.reports import RunReport
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


class Backup:
    """The backup of one run, at `place`, a folder or a file.

    `url` gives the database's URL, for the engines that are backed up by a program of theirs. `made` is the backup's path, once
    there is one.
    """

    def __init__(self, place: str, config: Conclusions, url: Callable[[], DatabaseUrl], emit: Listener) -> None:
        self.made: str | None = None
        self._place, self._config, self._url, self._emit = place, config, url, emit

    async def make(self, session: Session, history: History) -> None:
        """Make it; a SQLite database that does not exist yet needs none.

        Raises:
            BackupFailed: it could not be made, or not be read; nothing of it is left.
            SettingsError: the place is taken, or the database is one that has no backup.
        """
        started = time.perf_counter()
        try:
            copying = await self._copying(session)
            if copying is None:
                return
            naming = Naming(copying.name, copying.suffix)
            destination = await in_thread(lambda _: Destination(self._place, naming, self._config.backup_keep))
            path, size = await self._made(copying, destination, history)
        except (CopyFailed, OSError, sqlite3.Error) as error:
            raise _failed(error) from error
        self.made = str(path)
        left = await in_thread(lambda _: _pruned(destination, path))
        self._emit(BackedUp(self.made, size, time.perf_counter() - started, left))

    async def _made(self, copying: Copying, destination: Destination, history: History) -> tuple[Path, int]:
        newest = history.rows[-1].name if history.rows else None
        partial = await in_thread(lambda _: destination.choose(newest, copying.source))
        try:
            await in_thread(lambda _: partial.open())
            await copying.copy(partial.path)
            await copying.verify(partial.path, history)
            size = await in_thread(lambda _: partial.publish())
        except BaseException:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(partial.discard)
            raise
        return partial.final.absolute(), size

    async def _copying(self, session: Session) -> Copying | None:
        if session.flavour is Flavour.SQLITE:
            from lockgate.backup.sqlite import SqliteCopying  # noqa: PLC0415 - one engine's way is enough

            return await SqliteCopying.of(session, self._config.lock_timeout)
        url = self._url()
        if url.engine != session.flavour.value:
            raise SettingsError(
                "A backup is made by a program that connects by itself, and no URL of this database is known.",
                hint="Say in DATABASE_URL or LOCKGATE_DIRECT_URL what the application's pool connects to.",
            )
        if session.flavour is Flavour.POSTGRESQL:
            from lockgate.backup.postgresql import PostgresCopying  # noqa: PLC0415 - as above

            return await PostgresCopying.of(session, url, self._config)
        from lockgate.backup.mysql import MysqlCopying  # noqa: PLC0415 - as above

        return await MysqlCopying.of(session, url, self._config.lock_timeout)

    @contextmanager
    def named(self) -> Iterator[None]:
        """Within the block, an error that ends the run says where the backup is."""
        try:
            yield
        except LockgateError as error:
            if self.made is not None:
                error.message = f"{error.message}\nThe database as it was before this run: {self.made}"
                if isinstance(error, MigrationFailed) and error.report is not None:
                    error.report = self.named_in(error.report)
            raise

    def named_in(self, report: RunReport) -> RunReport:
        """The report of the run, with its backup."""
        return report._replace(backup=self.made)


def _failed(error: Exception) -> BackupFailed:
    words = mask(str(error)) or type(error).__name__
    hint = error.hint if isinstance(error, CopyFailed) else ""
    advice = "Mend that, or run without a backup: leave --backup and LOCKGATE_BACKUP out."
    return BackupFailed(f"The backup failed, and nothing was run: {words}", hint=f"{hint} {advice}".strip())


def _pruned(destination: Destination, newest: Path) -> str:
    """Remove the oldest; in words what that has left undone."""
    try:
        destination.remove_oldest(newest)
    except OSError as error:
        return f"an older backup could not be removed: {error}"
    return ""
