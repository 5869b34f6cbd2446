"""SQLite over aiosqlite's own connection: one hop to its thread for a whole transaction."""

from __future__ import annotations

import re
import sqlite3
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite
import anyio

from lockgate.dialects.file_claim import FileClaim
from lockgate.dialects.seam import ConnectionLost, LockBusy, Unit, Unwatched
from lockgate.dialects.sqlite_work import SqliteWork, Submitted, translated
from lockgate.dialects.tracking import TrackingTable, foreign_table, quoted
from lockgate.errors import DatabaseUnreachable, LockgateError, SettingsError
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.history import Applied, History

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from sqlalchemy.engine.interfaces import Dialect

    from lockgate.dialects.lease_table import LeaseTable
    from lockgate.dialects.sqlite_filler import SqliteFiller

T = TypeVar("T")

_INTERRUPTING_SECONDS = 0.01
_OUTSIDE = re.compile(r"^(?!cannot start).*(?:within|inside)(?: a)? transaction", re.MULTILINE)


class SqliteSession:
    """One aiosqlite connection.

    A file beside the database is locked for the time of a run, because SQLite's own lock ends with each transaction. Each
    transaction begins with BEGIN IMMEDIATE all the same, and looks again whether the history is the one planned for.
    """

    flavour = Flavour.SQLITE
    groups = True
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
        self._theirs: tuple[Any, int] = (None, 0)
        self._greeted = False
        self._claim: FileClaim | None = None
        self._data_version = -1
        self._work = SqliteWork(lambda: self.driver._conn)
        self._submitted: list[Submitted] = []
        self._immediate = False
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

    async def create_table(self) -> None:
        """Make the tracking table, and the database where it does not exist yet."""
        await self._open()
        await self.note(self.tracking.create())

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

    async def transact(self, units: Sequence[Unit], known: Sequence[str] | None) -> None:
        """Run each unit in a transaction of its own, all of them on one visit to the driver's thread."""
        await self._hop(self._work.transact, units, lambda: self._moved(known))

    async def begin(self, known: Sequence[str] | None, *, goes_on: bool = False) -> None:
        """Take the write lock, and look whether the history is still the one that was planned for."""
        await self._open()
        self._submitted, self._immediate = [], False
        await self._hop(self._work.begin, lambda: self._moved(known), goes_on)

    def _moved(self, known: Sequence[str] | None) -> bool:
        """Whether others have changed the history; who commits on this connection does not change the number."""
        version = self._work.pragma("data_version")
        if known is None or version == self._data_version:
            return False
        if self._history().names != tuple(known):
            return True
        self._data_version = version
        return False

    async def submit(self, statements: Sequence[str], line: int | None) -> None:
        """Keep them for the visit to the driver's thread that commits: each visit takes longer than a statement."""
        self._submitted.append((statements, line))
        if self._immediate:
            await self.flush()

    def discard(self) -> None:
        """Forget what is submitted and has not been run."""
        self._submitted = []

    async def flush(self) -> None:
        """Run what is submitted; whoever is about to speak to the driver may violate a foreign key."""
        self._immediate = True
        await self._hop(self._work.flush, self._taken())

    def _taken(self) -> list[Submitted]:
        taken, self._submitted = self._submitted, []
        return taken

    async def commit(self, closing: Sequence[str], *, goes_on: bool = False) -> None:
        """Run what is submitted, check the foreign keys, record, commit."""
        await self._hop(self._work.finish, self._taken(), closing, goes_on)

    async def rollback(self, *, goes_on: bool = False) -> None:
        """Forget what is submitted and undo what is open."""
        self.discard()
        await self._hop(self._work.rollback, goes_on)

    def commits_by_itself(self, statement: str) -> bool:
        """None does: SQLite refuses it."""
        return False

    def refuses_transactions(self, error: BaseException) -> bool:
        """By the words, for there is no code: `cannot VACUUM from within a transaction`."""
        return _OUTSIDE.search(str(error)) is not None

    def watched(self, *, bounds: bool) -> nullcontext[Unwatched]:
        """One that writes is waited for before anything begins."""
        return nullcontext(Unwatched())

    async def recorded_after_loss(self, seconds: float) -> set[str] | None:
        """A connection to a file does not break."""
        return None

    async def became(self, statement: str) -> bool | None:
        """What SQLite refuses in a transaction may be done again, but for a file that is attached or detached."""
        return False if statement.lstrip()[:6].upper() == "VACUUM" else None

    async def leftovers(self, statement: str) -> list[str]:
        """Nothing is ever left."""
        return []

    def interrupt(self) -> None:
        """Stop what SQLAlchemy has been running for a caller that was cancelled."""
        if self._connection is not None and not self.closed:
            self._work.raw.interrupt()

    async def execute(self, statement: str) -> None:
        """Run one statement by itself."""
        await self._open()
        await self._hop(self._work.alone, statement)

    async def note(self, statement: str) -> None:
        """Run one of Lockgate's own; SQLite has no roles."""
        await self.execute(statement)

    @property
    def closed(self) -> bool:
        """Whether the connection was opened and is gone."""
        return self._connection is not None and self._connection._connection is None

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection is not None and not self.closed and bool(self._work.raw.in_transaction)

    @property
    def has_own_lock(self) -> bool:
        """The lock on a file."""
        return True

    async def keeps_settings(self) -> bool:
        """Its own."""
        return True

    def fence(self, table: LeaseTable, number: int, mark: str, heard: Callable[[], bool]) -> None:
        """Whoever writes to a file needs its lock, and a process that is gone has none."""

    def may_be_overtaken(self) -> bool:
        """As above."""
        return False

    def unfence(self) -> None:
        """See above."""

    @property
    def mark(self) -> str:
        """Nothing: as above."""
        return ""

    async def login(self) -> str:
        """Nobody."""
        return ""

    async def end_sessions(self, mark: str, login: str, seconds: float) -> bool:
        """There is no server on which something could be left."""
        return True

    async def try_lock(self) -> bool:
        """Lock the file beside the database.

        Raises:
            DatabaseUnreachable: it cannot be made.
        """
        claim = await self._file_claim()
        try:
            return await anyio.to_thread.run_sync(claim.take)
        except OSError as error:
            raise self._unreachable(f"{error.filename} cannot be written: {error.strerror}") from error

    async def keep_lock(self) -> bool:
        """No statement gives it back."""
        return True

    async def unlock(self) -> None:
        """Remove the file beside the database."""
        if self._claim is not None:
            self._claim.give_back()

    async def holder(self) -> str | None:
        """Who has locked the file beside the database; None where nobody has."""
        return await anyio.to_thread.run_sync((await self._file_claim()).holder)

    async def _file_claim(self) -> FileClaim:
        if self._claim is None:
            self._claim = FileClaim(self._database if self._is_file else await self._path())
        return self._claim

    async def _path(self) -> str:
        await self._open()
        return next(
            (str(path or "") for _, name, path in await self.fetch("PRAGMA database_list") if name == "main"), ""
        )

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

    @property
    def driver(self) -> Any:
        """The aiosqlite connection."""
        return self._connection

    def ddl_dialect(self) -> Dialect:
        """SQLite's dialect."""
        from sqlalchemy.dialects.sqlite.base import SQLiteDialect  # noqa: PLC0415 - SQL files need no SQLAlchemy

        return SQLiteDialect()

    def filler(self) -> SqliteFiller:
        """By hops of its own."""
        from lockgate.dialects.sqlite_filler import SqliteFiller  # noqa: PLC0415 - most runs have no backfill

        return SqliteFiller(self)

    async def close(self) -> None:
        """Close the connection: left open, its thread would keep the process alive."""
        if self._claim is not None:
            self._claim.give_back()
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
