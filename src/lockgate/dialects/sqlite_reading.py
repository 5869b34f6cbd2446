"""A connection to SQLite: opened when it is needed, asked on the driver's thread, and closed."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite
import anyio

from lockgate.dialects.seam import ConnectionLost, LockBusy
from lockgate.dialects.sqlite_work import SqliteWork, translated
from lockgate.dialects.tracking import TrackingTable, foreign_table, quoted
from lockgate.errors import DatabaseUnreachable, LockgateError, SettingsError
from lockgate.nouns.history import Applied, History

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

T = TypeVar("T")

_INTERRUPTING_SECONDS = 0.01


class SqliteReading:
    """One aiosqlite connection, of which nothing but reading is asked here."""

    def __init__(
        self,
        opened: aiosqlite.Connection | None,
        table: str,
        *,
        database: str = "",
        options: Mapping[str, Any] | None = None,
        give_back: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._connection = opened
        self._database, self._options = database, dict(options or {})
        self._give_back = give_back
        self._theirs: tuple[Any, int] = (None, 0)
        self._greeted = False
        self._data_version = -1
        self._work = SqliteWork(lambda: self.driver._conn)
        name = ".".join(map(quoted, ("main", table) if "." not in table else table.split(".", 1)))
        self.tracking = TrackingTable(
            name=name,
            id_type="INTEGER PRIMARY KEY",
            text_type="TEXT",
            time_type="TIMESTAMP",
            now="strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')",
        )

    async def history(self, newest: int | None = None) -> History:
        """Read the tracking table; looking at a database that does not exist yet does not make it."""
        if self._connection is None and await self._missing():
            return History(exists=False)
        await self._open()
        if newest is None:
            return await self._hop(self._looked)
        history = await self._hop(self._history)
        return History(history.rows[-newest:], history.exists)

    async def _missing(self) -> bool:
        return self._is_file and not await anyio.Path(self._database).exists()

    @property
    def _is_file(self) -> bool:
        return bool(self._database) and self._database != ":memory:" and not self._options.get("uri")

    async def _open(self) -> None:
        if self._greeted:
            return
        try:
            if self._connection is None:
                self._connection = await self._connected()
            await self._hop(self._greet)
        except sqlite3.Error as error:
            await self.close()
            raise self._unreachable(str(error)) from error
        self._greeted = True

    async def _connected(self) -> aiosqlite.Connection:
        opening = aiosqlite.connect(self._database, **self._options)
        try:
            return await opening
        except BaseException:
            # aiosqlite leaves its thread to end by itself, which fails where the event loop is closed by then.
            with anyio.CancelScope(shield=True):
                thread: Any = getattr(opening, "_thread", opening)
                await anyio.to_thread.run_sync(thread.join)
            raise

    def _unreachable(self, words: str) -> DatabaseUnreachable:
        return DatabaseUnreachable(
            f"The SQLite database {self._database} cannot be opened: {words}.",
            hint="Its folder must exist, and the file must be a SQLite database that this user may read.",
        )

    def _greet(self) -> None:
        raw = self._work.raw
        if raw.in_transaction:
            raise SettingsError(
                "The engine's only connection is within a transaction of the application's.",
                hint="Migrate before the application begins to work.",
            )
        self._theirs = raw.isolation_level, self._work.pragma("busy_timeout")
        raw.isolation_level = None
        raw.execute("PRAGMA busy_timeout = 0")
        raw.execute("SELECT 1 FROM sqlite_master").fetchone()

    def _looked(self) -> History:
        """The history, from which on others' changes count."""
        self._data_version = self._work.pragma("data_version")
        return self._history()

    def _history(self) -> History:
        columns = "id, name, hash, applied_at, batch_no"
        try:
            rows = self._work.raw.execute(f"SELECT {columns} FROM {self.tracking.name} ORDER BY id").fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return History(exists=False)
            if "no such column" in str(error):
                raise foreign_table(self.tracking.name) from error
            raise
        return History(tuple(map(self._applied, rows)))

    def _applied(self, row: tuple[int, str, str, str, int]) -> Applied:
        number, name, digest, moment, batch = row
        try:
            applied_at = datetime.fromisoformat(moment)
        except (TypeError, ValueError):
            raise LockgateError(
                f"{self.tracking.name} says that {name} was applied at {moment!r}, which is no time."
            ) from None
        zoned = applied_at.astimezone(UTC) if applied_at.tzinfo else applied_at.replace(tzinfo=UTC)
        return Applied(number, name, digest, zoned, batch)

    async def has_journal(self) -> bool:
        """Whether the journal's table has been made."""
        return await self._has(self.tracking.journal)

    async def marks(self) -> tuple[str | None, dict[str, str]]:
        """Read the table of marks."""
        if self._connection is None and await self._missing():
            return "main", {}
        await self._open()
        there = await self._has(self.tracking.marks)
        return "main", dict(await self.fetch(self.tracking.read_marks())) if there else {}

    async def _has(self, qualified: str) -> bool:
        schema, name = (part[1:-1] for part in qualified.split(".", 1))
        wanted = f"type = 'table' AND name = {self.tracking.text(name)}"
        return bool(await self.fetch(f"SELECT 1 FROM {quoted(schema)}.sqlite_master WHERE {wanted}"))

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Read rows; a database that does not exist yet has none."""
        if self._connection is None and await self._missing():
            return []
        await self._open()
        return await self._hop(lambda: self._work.raw.execute(query).fetchall())

    async def _hop(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do `work` on the driver's thread; where the caller is cancelled, stop it and wait until it has stopped.

        Raises:
            LockBusy: another connection holds SQLite's lock; nothing was done.
            ConnectionLost: the connection is closed.
        """
        if self._connection is None or self.closed:
            raise ConnectionLost("the connection is closed")
        try:
            result: T = await self.driver._execute(work, *arguments)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._stopped()
            raise
        except sqlite3.OperationalError as error:
            if isinstance(busy := translated(error), LockBusy):
                raise busy from error
            raise
        return result

    async def _stopped(self) -> None:
        """Wait until the thread is free; an interrupt that comes between two statements is lost, so it is repeated."""
        async with anyio.create_task_group() as group:

            async def interrupting() -> None:
                while True:
                    self.interrupt()
                    await anyio.sleep(_INTERRUPTING_SECONDS)

            group.start_soon(interrupting)
            await self.driver._execute(lambda: None)
            group.cancel_scope.cancel()

    def interrupt(self) -> None:
        """Stop what SQLAlchemy has been running for a caller that was cancelled."""
        if self._connection is not None and not self.closed:
            self._work.raw.interrupt()

    @property
    def closed(self) -> bool:
        """Whether the connection was opened and is gone."""
        return self._connection is not None and self._connection._connection is None

    @property
    def driver(self) -> Any:
        """The aiosqlite connection."""
        return self._connection

    async def close(self) -> None:
        """Close the connection: left open, its thread would keep the process alive."""
        connection, greeted = self._connection, self._greeted
        if connection is None:
            return
        if self._give_back is not None:
            if greeted:
                await self._hop(self._part)
            await self._give_back()
        else:
            with suppress(sqlite3.Error, ValueError):
                await connection.close()
        self._connection, self._greeted = None, False

    def _part(self) -> None:
        level, busy = self._theirs
        self._work.raw.isolation_level = level
        self._work.raw.execute(f"PRAGMA busy_timeout = {busy}")
