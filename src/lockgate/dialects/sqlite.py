"""SQLite over aiosqlite's own connection: one hop to its thread for a whole transaction."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import anyio

from lockgate.dialects.file_claim import FileClaim
from lockgate.dialects.seam import Unit, Unwatched
from lockgate.dialects.sqlite_reading import SqliteReading
from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    import aiosqlite
    from sqlalchemy.engine.interfaces import Dialect

    from lockgate.dialects.lease_table import LeaseTable
    from lockgate.dialects.sqlite_filler import SqliteFiller
    from lockgate.dialects.sqlite_work import Submitted

_OUTSIDE = re.compile(r"^(?!cannot start).*(?:within|inside)(?: a)? transaction", re.MULTILINE)


class SqliteSession(SqliteReading):
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
        super().__init__(opened, table, database=database, options=options, give_back=give_back)
        self._claim: FileClaim | None = None
        self._submitted: list[Submitted] = []
        self._immediate = False

    async def create_table(self) -> None:
        """Make the tracking table, and the database where it does not exist yet."""
        await self._open()
        await self.note(self.tracking.create())

    async def transact(self, units: Sequence[Unit], known: Collection[str] | None) -> None:
        """Run each unit in a transaction of its own, all of them on one visit to the driver's thread."""
        await self._hop(self._work.transact, units, lambda: self._moved(known))

    async def begin(self, known: Collection[str] | None, *, goes_on: bool = False) -> None:
        """Take the write lock, and look whether the history is still the one that was planned for."""
        await self._open()
        self._submitted, self._immediate = [], False
        await self._hop(self._work.begin, lambda: self._moved(known), goes_on)

    def _moved(self, known: Collection[str] | None) -> bool:
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

    async def execute(self, statement: str) -> None:
        """Run one statement by itself."""
        await self._open()
        await self._hop(self._work.alone, statement)

    async def note(self, statement: str, *, lasting: bool = True) -> None:
        """Run one of Lockgate's own; SQLite has no roles."""
        await self.execute(statement)

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

    def ddl_dialect(self) -> Dialect:
        """SQLite's dialect."""
        from sqlalchemy.dialects.sqlite.base import SQLiteDialect  # noqa: PLC0415 - SQL files need no SQLAlchemy

        return SQLiteDialect()

    def filler(self) -> SqliteFiller:
        """By hops of its own."""
        from lockgate.dialects.sqlite_filler import SqliteFiller  # noqa: PLC0415 - most runs have no backfill

        return SqliteFiller(self)

    async def close(self) -> None:
        """Give the file beside the database back, and close the connection."""
        if self._claim is not None:
            self._claim.give_back()
        await super().close()
