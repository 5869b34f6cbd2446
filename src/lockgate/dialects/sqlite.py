"""SQLite over aiosqlite's own connection: one hop to its thread for a whole transaction."""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite
import anyio

from lockgate.dialects.file_claim import FileClaim
from lockgate.dialects.foreign_keys import ForeignKeys
from lockgate.dialects.seam import ConnectionLost, HistoryMoved, LockBusy, StatementFailed, Unit
from lockgate.dialects.tracking import TrackingTable, foreign_table, quoted
from lockgate.errors import DatabaseUnreachable
from lockgate.nouns.history import Applied, History
from lockgate.sql import Flavour

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from sqlalchemy.engine.interfaces import Dialect


T = TypeVar("T")

_BUSY_MILLISECONDS = 5000
_RENAME_TROUBLE = re.compile(r"error in (view|trigger) ")


class SqliteSession:
    """One aiosqlite connection in autocommit, so that BEGIN and COMMIT are said here and nowhere else.

    There is no lock between transactions: each begins with BEGIN IMMEDIATE, and looks again whether the history is the one
    that was planned for.
    """

    flavour = Flavour.SQLITE
    groups = False
    sqlalchemy_url = "sqlite+aiosqlite://"

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
        self._their_level: Any = None
        self._greeted = False
        self._claim: FileClaim | None = None
        self._keys = ForeignKeys()
        self._data_version = -1
        name = ".".join(map(quoted, ("main", table) if "." not in table else table.split(".", 1)))
        self.tracking = TrackingTable(
            name=name,
            id_type="INTEGER PRIMARY KEY",
            text_type="TEXT",
            time_type="TIMESTAMP",
            now="strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')",
        )

    async def history(self) -> History:
        """Read the tracking table; looking at a database that does not exist yet does not make it."""
        if self._connection is None and await self._missing():
            return History(exists=False)
        await self._open()
        return await self._hop(self._history)

    async def _missing(self) -> bool:
        return (
            not self._options.get("uri")
            and self._database != ":memory:"
            and not await anyio.Path(self._database).exists()
        )

    async def _open(self) -> None:
        if self._greeted:
            return
        try:
            if self._connection is None:
                self._connection = await aiosqlite.connect(self._database, **self._options)
            await self._hop(self._greet)
        except sqlite3.Error as error:
            await self.close()
            raise DatabaseUnreachable(
                f"The SQLite database {self._database} cannot be opened: {error}.",
                hint="Its folder must exist, and the file must be a SQLite database that this user may read.",
            ) from error
        self._greeted = True

    def _greet(self) -> None:
        self._their_level, self._raw.isolation_level = self._raw.isolation_level, None
        self._raw.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        self._raw.execute("SELECT 1 FROM sqlite_master").fetchone()

    def _history(self) -> History:
        columns = "id, name, hash, applied_at, batch_no"
        self._data_version = self._pragma("data_version")
        try:
            rows = self._raw.execute(f"SELECT {columns} FROM {self.tracking.name} ORDER BY id").fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return History(exists=False)
            if "no such column" in str(error):
                raise foreign_table(self.tracking.name) from error
            raise
        return History(tuple(_applied(row) for row in rows))

    async def create_table(self) -> None:
        """Make the tracking table, and the database where it does not exist yet."""
        await self._open()
        await self.execute(self.tracking.create())

    async def has_journal(self) -> bool:
        """Whether the journal's table has been made."""
        schema, name = (part[1:-1] for part in self.tracking.journal.split(".", 1))
        query = (
            f"SELECT 1 FROM {quoted(schema)}.sqlite_master WHERE type = 'table' AND name = {self.tracking.text(name)}"
        )
        return bool(await self.fetch(query))

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Read rows."""
        return await self._hop(lambda: self._raw.execute(query).fetchall())

    async def transact(self, units: Sequence[Unit], known: Sequence[str] | None) -> None:
        """Run each unit, statement by statement, in a transaction of its own."""
        for number, unit in enumerate(units):
            await self._hop(self._transact, number, unit, known)

    def _transact(self, number: int, unit: Unit, known: Sequence[str] | None) -> None:
        self._begin(known)
        try:
            self._run_all(number, unit.statements)
            self._commit(number, len(unit.statements), unit.closing)
        except BaseException:
            self._rollback()
            raise

    async def begin(self, known: Sequence[str] | None) -> None:
        """Take the write lock, and look whether the history is still the one that was planned for."""
        await self._hop(self._begin, known)

    def _begin(self, known: Sequence[str] | None) -> None:
        self._keys.pause(self._raw)
        try:
            self._take_lock()
        except BaseException:
            self._keys.resume(self._raw)
            raise
        if known is not None and self._moved(known):
            self._rollback()
            raise HistoryMoved
        self._keys.begin(self._raw, self._data_version)

    def _moved(self, known: Sequence[str]) -> bool:
        return self._pragma("data_version") != self._data_version and self._history().names != tuple(known)

    def _take_lock(self) -> None:
        # Not waiting here leaves the waiting to the caller, who can be cancelled and has a deadline.
        self._raw.execute("PRAGMA busy_timeout = 0")
        try:
            self._raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                raise LockBusy(str(error)) from error
            raise StatementFailed(_words(error), statement=0) from error
        finally:
            self._raw.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")

    async def submit(self, statements: Sequence[str], line: int | None) -> None:
        """Run them now: there is no network to spare."""
        await self._hop(self._run_all, 0, statements, line)

    def discard(self) -> None:
        """Nothing waits."""

    async def flush(self) -> None:
        """Nothing waits."""

    async def commit(self, closing: Sequence[str]) -> None:
        """Check the foreign keys, record, commit."""
        await self._hop(self._commit, 0, 0, closing)

    def _commit(self, number: int, count: int, closing: Sequence[str]) -> None:
        broken = self._keys.broken(self._raw)
        if broken:
            raise StatementFailed(broken, unit=number, statement=count + 1)
        for statement in (*closing, "COMMIT"):
            self._run(number, count + 1, statement)
        self._restore()

    async def rollback(self) -> None:
        """Undo what is open, and stop what a cancelled caller has left running."""
        self._raw.interrupt()
        await self._hop(self._rollback)

    def _rollback(self) -> None:
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")
        self._keys.forget()
        self._restore()

    def _restore(self) -> None:
        # A pragma is not rolled back, and the next migration starts from the session's own settings.
        self._raw.execute("PRAGMA legacy_alter_table = OFF")
        self._keys.resume(self._raw)

    async def execute(self, statement: str) -> None:
        """Run one statement by itself."""
        await self._hop(self._run, 0, 1, statement)

    def _run_all(self, number: int, statements: Sequence[str], line: int | None = None) -> None:
        for ordinal, statement in enumerate(statements, 1):
            self._run(number, ordinal, statement, line)

    def _run(self, number: int, ordinal: int, statement: str, line: int | None = None) -> None:
        try:
            self._step(statement)
        except (sqlite3.Error, sqlite3.Warning) as error:
            if isinstance(error, sqlite3.OperationalError) and _is_busy(error):
                raise LockBusy(str(error)) from error
            raise StatementFailed(_words(error), unit=number, statement=ordinal, line=line) from error

    def _step(self, statement: str) -> None:
        try:
            self._raw.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            if not _RENAME_TROUBLE.search(str(error)):
                raise
            # A rebuilt table takes its old name while a view or trigger names it:
            # https://www.sqlite.org/pragma.html#pragma_legacy_alter_table
            self._raw.execute("PRAGMA legacy_alter_table = ON")
            try:
                self._raw.execute(statement)
            finally:
                self._raw.execute("PRAGMA legacy_alter_table = OFF")

    @property
    def closed(self) -> bool:
        """Whether the connection was opened and is gone."""
        return self._connection is not None and self._connection._connection is None

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection is not None and not self.closed and bool(self._raw.in_transaction)

    async def try_lock(self) -> bool:
        """Each transaction takes the lock for itself."""
        return True

    async def claim(self) -> bool:
        """Lock a file beside the database: between transactions SQLite itself locks nothing."""
        if self._claim is None:
            ((_, _, path),) = [row for row in await self.fetch("PRAGMA database_list") if row[1] == "main"]
            self._claim = FileClaim(path)
        return await self._hop(self._claim.take)

    async def disclaim(self) -> None:
        """Give the claim back."""
        if self._claim is not None:
            await self._hop(self._claim.give_back)

    async def unlock(self) -> None:
        """Nothing is held."""

    async def holder(self) -> str | None:
        """SQLite does not know who holds its lock."""
        return None

    @property
    def _raw(self) -> sqlite3.Connection:
        raw: sqlite3.Connection = self.driver._conn
        return raw

    def _pragma(self, name: str) -> int:
        return int(self._raw.execute(f"PRAGMA {name}").fetchone()[0])

    async def _hop(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do `work` on the driver's thread; where the caller is cancelled, stop it and wait until it has stopped."""
        if self._connection is None:
            raise ConnectionLost("the connection is closed")
        try:
            result: T = await self.driver._execute(work, *arguments)
        except anyio.get_cancelled_exc_class():
            self._raw.interrupt()
            with anyio.CancelScope(shield=True):
                await self.driver._execute(lambda: None)
            raise
        except ValueError as error:
            raise ConnectionLost(str(error)) from error
        return result

    @property
    def driver(self) -> Any:
        """The aiosqlite connection."""
        return self._connection

    def ddl_dialect(self) -> Dialect:
        """SQLite's dialect."""
        from sqlalchemy.dialects.sqlite.base import SQLiteDialect  # noqa: PLC0415 - SQL files need no SQLAlchemy

        return SQLiteDialect()

    async def close(self) -> None:
        """Close the connection: left open, its thread would keep the process alive."""
        connection, greeted = self._connection, self._greeted
        if self._claim is not None:
            self._claim.give_back()
        if connection is None:
            return
        if self._give_back is not None and greeted:
            await self._hop(self._part)
            await self._give_back()
        else:
            with suppress(sqlite3.Error, ValueError):
                await connection.close()
        self._connection, self._greeted = None, False

    def _part(self) -> None:
        self._raw.isolation_level = self._their_level


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _words(error: Exception) -> str:
    name = getattr(error, "sqlite_errorname", "")
    return f"{error} ({name})" if name else str(error)


def _applied(row: tuple[int, str, str, str, int]) -> Applied:
    number, name, digest, moment, batch = row
    applied_at = datetime.fromisoformat(moment)
    return Applied(
        number, name, digest, applied_at.astimezone(UTC) if applied_at.tzinfo else applied_at.replace(tzinfo=UTC), batch
    )
