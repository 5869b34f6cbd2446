"""PostgreSQL over asyncpg's own connection: whole texts by the simple protocol, rows by COPY, one round trip each."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import asyncpg

from lockgate.dialects.message import COCKROACHDB, POSTGRESQL, Message
from lockgate.dialects.postgresql_lock import AdvisoryLock, is_marked
from lockgate.dialects.postgresql_loss import recorded_after
from lockgate.dialects.postgresql_reading import LOST, PostgresReading
from lockgate.dialects.seam import ConnectionLost, StatementFailed, Unwatched
from lockgate.dialects.tap import tapped
from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.engine.interfaces import Dialect

    from lockgate.dialects.lease_table import LeaseTable
    from lockgate.dialects.postgresql_filler import PostgresFiller
    from lockgate.dialects.seam import Unit, Watch
    from lockgate.dialects.watching import Aside

_CLOSING_SECONDS = 2
_CHECK_CLIENT = "SET LOCAL client_connection_check_interval = 2000"
# The last transaction of a message waits for the disk, and for standbys, on behalf of those before it:
# https://www.postgresql.org/docs/current/wal-async-commit.html
_FLUSHED_LATER = "SET LOCAL synchronous_commit = off"
_OUTSIDE = frozenset({"25001", "2D000"})  # active_sql_transaction, invalid_transaction_termination


class PostgresSession(PostgresReading):
    """One asyncpg connection. Every statement of Lockgate's own is one turn: the extended protocol would take two."""

    flavour = Flavour.POSTGRESQL
    groups = True
    sqlalchemy_url = "postgresql+asyncpg://"

    def __init__(
        self,
        connection: Any,
        table: str,
        seconds: float,
        *,
        aside: Aside | None = None,
        lock_seconds: float = 5.0,
        lent: bool = False,
        give_back: Callable[[], Awaitable[None]] | None = None,
        settings: Sequence[str] = (),
    ) -> None:
        super().__init__(connection, table, seconds)
        self._lent, self._give_back, self._worked = lent, give_back, False
        self._aside, self._lock_seconds = aside, lock_seconds
        self._mark, self._fence = "", tuple[str, ...]()
        self._heard: Callable[[], bool] | None = None
        self._lock = AdvisoryLock(self.fetch, connection)
        self._begun = False
        self._immediate = False
        self._unflushed = False
        self._is_cockroachdb = hasattr(connection.get_settings(), "crdb_version")
        self._grammar = COCKROACHDB if self._is_cockroachdb else POSTGRESQL
        self._settings: tuple[str, ...] = (*self._grammar.resets, *settings)
        self._submitted: list[tuple[Sequence[str], int | None]] = []

    def sharing(self, settings: Sequence[str]) -> PostgresSession:
        """A session of its own on the same connection, which these statements make its own after each migration."""
        table, aside = ".".join(self._named), self._aside
        return PostgresSession(
            self.driver, table, self._seconds, aside=aside, lock_seconds=self._lock_seconds, settings=settings
        )

    async def create_table(self) -> None:
        """Make the tracking table; called under the lock, because IF NOT EXISTS races."""
        await self._note(self.tracking.create(), "")

    async def transact(self, units: Sequence[Unit], known: Collection[str] | None) -> None:
        """Send all units as one message; `known` needs no second look, the lock is held on this session."""
        from lockgate.sql.stillness import is_still  # noqa: PLC0415 - most looks find nothing to do

        message = self._message(self._settings)
        for unit in units:
            message.open(unit.modes, self._of_transactions)
            message.body(unit.body, len(unit.statements))
            still = not unit.modes and all(map(is_still, unit.statements))
            later = () if unit is units[-1] else (_FLUSHED_LATER,)
            message.close((*unit.closing, *later), goes_on=unit.goes_on, still=still)
        self._unflushed = len(units) > 1
        await self._send(message)
        self._unflushed = False

    async def begin(self, known: Collection[str] | None, *, goes_on: bool = False) -> None:
        """Begin with the first statement that is submitted."""
        await self._keep_settings()
        self._begun, self._immediate = True, False

    async def submit(self, statements: Sequence[str], line: int | None) -> None:
        """Keep the statements for the next message: a migration of verbs is one round trip."""
        self._submitted.append((statements, line))
        if self._immediate:
            await self.flush()

    def discard(self) -> None:
        """Forget what is submitted and has not been sent."""
        self._submitted = []

    async def flush(self) -> None:
        """Send what is submitted; whoever asked for it may speak to the server by other ways, so nothing waits any more."""
        self._immediate = True
        if self._begun or self._submitted:
            await self._send(self._submitted_message())

    async def commit(self, closing: Sequence[str], *, goes_on: bool = False) -> None:
        """Send what is submitted, the resets, the record and COMMIT."""
        from lockgate.sql.stillness import is_still  # noqa: PLC0415 - as above

        still = self._begun and all(is_still(one) for statements, _ in self._submitted for one in statements)
        message = self._submitted_message()
        message.close(closing, goes_on=goes_on, still=still)
        await self._send(message)

    def _message(self, settings: Sequence[str]) -> Message:
        return Message(settings, self._seconds, self._mark, self._fence, self._check, grammar=self._grammar)

    @property
    def _of_transactions(self) -> tuple[str, ...]:
        """What holds in each transaction of a migration's.

        A statement that waits for a table's lock holds up all who come after it; and one whose client is gone is to end:
        https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL
        """
        bound = f"SET LOCAL lock_timeout = {self._lock_seconds * 1000:.0f}"
        return (bound, *self._check)

    @property
    def _check(self) -> tuple[str, ...]:
        # CockroachDB does not know the setting, whatever version of PostgreSQL's it says to be.
        knows = self.driver.get_server_version()[0] >= 14 and not self._is_cockroachdb
        return (_CHECK_CLIENT,) if knows else ()

    def _submitted_message(self) -> Message:
        message = self._message(self._settings)
        if self._begun:
            message.open("", self._of_transactions)
        for statements, line in self._submitted:
            message.body(";\n".join(statements), len(statements), line=line)
        self._begun, self._submitted = False, []
        return message

    async def rollback(self, *, goes_on: bool = False) -> None:
        """Forget what is submitted and undo what is open."""
        self._begun, self._submitted = False, []
        # After a cancelled message the driver does not know yet that a transaction is open; outside one, ROLLBACK only warns.
        message = self._message(self._settings)
        resets = () if goes_on else self._settings
        message.body(";\n".join(("ROLLBACK", *resets)), 1 + len(resets))
        await self._send(message)
        if self._unflushed:
            self._unflushed = False
            await self._flush_commits()

    async def _flush_commits(self) -> None:
        """Have what a broken off message has committed be on the disk before anybody hears of it: by a commit that writes."""
        # Without the fence: who has lost the lease has committed these all the same.
        message = Message((), self._seconds, self._mark, (), self._check, grammar=self._grammar)
        message.open("READ WRITE")
        message.body(f"SELECT FROM {self.tracking.name} LIMIT 1 FOR UPDATE", 1)
        message.close(())
        await self._send(message)

    def commits_by_itself(self, statement: str) -> bool:
        """None does: the server refuses it."""
        return False

    def refuses_transactions(self, error: BaseException) -> bool:
        """By the SQLSTATE: of what cannot run in a transaction block, and of a procedure's own COMMIT."""
        causes = (error, getattr(error, "orig", None), error.__cause__)
        return any(getattr(one, "sqlstate", None) in _OUTSIDE for one in causes)

    def watched(self, *, bounds: bool) -> AbstractAsyncContextManager[Watch]:
        """Look from another connection."""
        if self._aside is None:
            return nullcontext(Unwatched())
        from lockgate.dialects.postgresql_watch import PostgresWatch  # noqa: PLC0415 - most looks find nothing to do

        return PostgresWatch(self._itself, self._aside, self._lock_seconds, bounds=bounds)

    async def recorded_after_loss(self, seconds: float) -> set[str] | None:
        """Ask from another connection, when the server has ended this one."""
        if self._aside is None:
            return None
        return await recorded_after(self._itself, self._aside, self.tracking.name, seconds)

    async def became(self, statement: str) -> bool | None:
        """Ask the catalog."""
        from lockgate.dialects.postgresql_outcomes import became  # noqa: PLC0415 - few migrations are interrupted

        return await became(self.fetch, statement)

    async def leftovers(self, statement: str) -> list[str]:
        """Ask the catalog."""
        from lockgate.dialects.postgresql_outcomes import leftovers  # noqa: PLC0415 - as above

        return await leftovers(self.fetch, statement)

    def interrupt(self) -> None:
        """The driver cancels what it was running by itself."""

    async def execute(self, statement: str) -> None:
        """Run one statement by itself."""
        message = self._message(self._settings)
        message.body(statement, 1)
        await self._send(message)

    async def note(self, statement: str, *, lasting: bool = True) -> None:
        """Run one of Lockgate's own, in a transaction that writes whatever a migration has said, in its own role."""
        await self._note(statement, "READ WRITE", () if lasting else (_FLUSHED_LATER,))

    async def _note(self, statement: str, modes: str, settings: Sequence[str] = ()) -> None:
        message = self._message(())
        message.open(modes)
        own = f"SET LOCAL lock_timeout = {self._seconds * 1000:.0f}"
        statements = (own, *settings, *self._grammar.own_role, statement)
        message.body(";\n".join(statements), len(statements))
        message.close(())
        try:
            await self._send(message)
        except StatementFailed:
            await self.rollback()
            raise

    async def _keep_settings(self) -> None:
        """Take what an application has set on the session for its own settings, to come back to after each migration.

        Asked before the first work, not before the first look: an application's start is one query where nothing is to be done.
        """
        if not self._lent:
            return
        rows = await self.fetch(
            "SELECT 'SELECT pg_catalog.set_config(' || quote_literal(name) || ', '"
            " || quote_literal(pg_catalog.current_setting(name)) || ', false)'"
            " FROM pg_catalog.pg_settings WHERE source = 'session'"
            " UNION ALL SELECT 'SET ROLE ' || quote_ident(current_user) WHERE current_user <> session_user"
        )
        self._settings, self._lent = (*self._grammar.resets, *(statement for (statement,) in rows)), False

    async def _send(self, message: Message) -> None:
        self._worked = True
        with tapped(self.driver) as tap:
            try:
                await self.driver.execute(message.text)
            except LOST as error:
                raise ConnectionLost(str(error), message.committed(tap.completed)) from error
            except asyncpg.PostgresError as error:
                raise message.blame(error, tap.completed) from error

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return bool(self.driver.is_closed())

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, or begins with the next message."""
        return self._begun or (not self.driver.is_closed() and bool(self.driver.is_in_transaction()))

    @property
    def has_own_lock(self) -> bool | None:
        """Whether the server process that answers is the one that was connected to: behind a pooler it may be any.

        CockroachDB answers to the functions of advisory locks, which do nothing there; YugabyteDB, which says its own version
        behind that of PostgreSQL, has had them of late only.
        """
        return False if self._is_distributed else self._lock.own

    @property
    def _is_distributed(self) -> bool:
        return self._is_cockroachdb or "-YB-" in self.driver.get_settings().server_version

    async def try_lock(self) -> bool | None:
        """Ask for the advisory lock."""
        await self._keep_settings()
        return None if self.has_own_lock is False else await self._lock.take(self.tracking.name)

    async def keeps_settings(self) -> bool:
        """Not behind a pooler; under a lease that was asked for, nobody has looked yet."""
        return self._is_distributed or await self._lock.look()

    @property
    def _itself(self) -> str:
        """The condition for this session in pg_stat_activity; behind a pooler its number is nobody's."""
        return is_marked(self._mark) if self._mark else f"pid = {self.driver.get_server_pid():d}"

    def fence(self, table: LeaseTable, number: int, mark: str, heard: Callable[[], bool]) -> None:
        """Let each transaction end with the question for the lease."""
        check = table.check_without_plpgsql if self._is_cockroachdb else table.check
        self._fence, self._mark, self._heard = (check(number),), f"/* {mark} */ ", heard

    def unfence(self) -> None:
        """Ask no more."""
        self._fence, self._mark, self._heard = (), "", None

    def may_be_overtaken(self) -> bool:
        """Where a lease is held and was not heard of."""
        return self._heard is not None and not self._heard()

    @property
    def mark(self) -> str:
        """The comment by which another runner finds what this one has left running."""
        return self._mark

    async def login(self) -> str:
        """The role that the server's own views know the session by."""
        ((role,),) = await self.fetch("SELECT session_user")
        return str(role)

    async def end_sessions(self, mark: str, login: str, seconds: float) -> bool:
        """End what is at work under the mark."""
        return await self._lock.end_sessions(f"/* {mark} */ ", login, seconds)

    async def keep_lock(self) -> bool:
        """Look whether this session has it; a lease no statement of a migration's gives back."""
        return bool(self._fence or await self._lock.is_held(self.tracking.name) or await self.try_lock())

    async def unlock(self) -> None:
        """Give the advisory lock back."""
        await self._lock.give_back(self.tracking.name)

    async def holder(self) -> str | None:
        """The session that has the advisory lock."""
        return await self._lock.holder(self.tracking.name)

    def ddl_dialect(self) -> Dialect:
        """PostgreSQL's dialect; what SQLAlchemy would ask the server for, the driver knows since it connected."""
        from sqlalchemy.dialects.postgresql.base import PGDialect  # noqa: PLC0415 - SQL files need no SQLAlchemy

        dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
        dialect.server_version_info = tuple(self.driver.get_server_version()[:2])
        dialect.supports_virtual_generated_columns = dialect.server_version_info >= (18,)
        dialect._backslash_escapes = self.driver.get_settings().standard_conforming_strings == "off"
        return dialect

    def filler(self) -> PostgresFiller:
        """By messages of its own."""
        from lockgate.dialects.postgresql_filler import PostgresFiller  # noqa: PLC0415 - most runs have no backfill

        return PostgresFiller(self)

    @property
    def opens_others(self) -> bool:
        """Whether it can open another connection."""
        return self._aside is not None

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[PostgresSession]:
        """One like it on another connection, for the time of a block; itself where it cannot open one."""
        if self._aside is None:
            yield self
            return
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self._aside())
                await connection.execute(";\n".join(self._settings))
            except (*LOST, asyncpg.PostgresError) as error:
                raise ConnectionLost(f"another one could not be opened: {error}") from error
            other = PostgresSession(connection, ".".join(self._named), self._seconds)
            other._tracking = self.tracking
            yield other

    async def close(self) -> None:
        """Say goodbye, or cut the connection where the server does not listen; a pool's goes back, as it came or closed."""
        if self._worked or self._give_back is None:
            try:
                await self.driver.close(timeout=_CLOSING_SECONDS)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self.driver.terminate()
        if self._give_back is not None:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._give_back()  # where it cannot be reset, the pool closes it
