"""MySQL and MariaDB over asyncmy's own connection: one statement at a time, in the text protocol."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from asyncmy.errors import MySQLError

from lockgate.dialects import mysql_outcomes
from lockgate.dialects.lease_table import LOST_WORDS
from lockgate.dialects.mysql_errors import (
    BUSY,
    NO_DATABASE,
    NO_SUCH_COLUMN,
    NO_SUCH_SAVEPOINT,
    NO_SUCH_TABLE,
    code_of,
    translated,
)
from lockgate.dialects.mysql_lock import NamedLock
from lockgate.dialects.mysql_settings import Settings
from lockgate.dialects.mysql_watch import MysqlWatch
from lockgate.dialects.mysql_wire import Wire
from lockgate.dialects.seam import LockBusy, StatementFailed
from lockgate.dialects.tracking import MysqlTrackingTable, foreign_table, quoted
from lockgate.errors import LockgateError
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.history import Applied, History
from lockgate.sql.implicit_commits import stays

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy.engine.interfaces import Dialect

    from lockgate.dialects.lease_table import LeaseTable
    from lockgate.dialects.mysql_filler import MysqlFiller
    from lockgate.dialects.seam import Unit
    from lockgate.dialects.watching import Aside

IN_TRANSACTION = 1  # SERVER_STATUS_IN_TRANS: https://mariadb.com/kb/en/ok_packet/
_OURS = "lockgate"
_LOCK_TABLES = re.compile(r"\s*LOCK\s+TABLES?\s+", re.IGNORECASE)


class _Fence(NamedTuple):
    """The lease's table, what a transaction says to hold it, and whether its holder was heard of lately."""

    table: str
    said: str
    heard: Callable[[], bool]


class MysqlSession:
    """One asyncmy connection in autocommit; START TRANSACTION and COMMIT are said here and nowhere else.

    `aside` gives a second connection, which stops what this one is left running, and sees who is in its way.
    """

    flavour = Flavour.MYSQL
    groups = False
    sqlalchemy_url = "mysql+asyncmy://"

    def __init__(self, connection: Any, table: str, seconds: float, aside: Aside, *, lock_seconds: float = 5.0) -> None:
        self.driver, self._wire = connection, Wire(connection, seconds, aside)
        self._aside, self._lock_seconds = aside, lock_seconds
        self._fence: _Fence | None = None
        self._lock = NamedLock(self.fetch)
        self._named = tuple(table.split(".", 1))
        self._tracking: MysqlTrackingTable | None = None
        self._settings = Settings(self.fetch)
        self._begun = self._within = self._interrupted = False

    async def history(self, newest: int | None = None) -> History:
        """Read the tracking table; an unqualified name is looked up once, in the session's own database."""
        if (
            self._fence is not None
        ):  # under a lease that was asked for, nobody has looked yet whether others have to agree
            await self._lock.is_alone()
        named = ".".join(quoted(one, "`") for one in self._named) if self._tracking is None else self._tracking.name
        newest_first = f" ORDER BY m.id DESC LIMIT {newest:d}" if newest else " ORDER BY m.id DESC"
        try:
            rows = await self._wire.rows(
                "SELECT DATABASE(), m.id, m.name, m.hash, CAST(m.applied_at AS CHAR), m.batch_no"
                f" FROM (SELECT 1) one LEFT JOIN {named} m ON true{newest_first}"
            )
        except MySQLError as error:
            if code_of(error) == NO_SUCH_COLUMN:
                raise foreign_table(named) from error
            if code_of(error) not in {NO_SUCH_TABLE, NO_DATABASE}:
                raise translated(error) from error
            await self._settle()
            return History(exists=False)
        await self._settle(rows[0][0])
        return History(tuple(_applied(row) for row in reversed(rows) if row[1] is not None))

    async def _settle(self, database: str | None = None) -> None:
        if self._tracking is not None:
            return
        if len(self._named) == 1 and database is None:
            ((database,),) = await self.fetch("SELECT DATABASE()")
        place = self._named[0] if len(self._named) > 1 else database
        if place is None:
            raise LockgateError(
                "The connection is to a server and to no database on it, so the tracking table has no place.",
                hint="Name the database at the end of the URL: mysql://user:password@host:3306/name.",
            )
        self._tracking = MysqlTrackingTable.in_database(place, self._named[-1])

    @property
    def tracking(self) -> MysqlTrackingTable:
        """The tracking table under its qualified name, which the first read of the history settles."""
        if self._tracking is None:
            raise LockgateError("The history has not been read yet.")
        return self._tracking

    async def create_table(self) -> None:
        """Make the tracking table; called under the lock."""
        await self.note(self.tracking.create())

    async def has_journal(self) -> bool:
        """Whether the journal's table has been made."""
        try:
            await self._wire.rows(f"SELECT 1 FROM {self.tracking.journal} LIMIT 0")
        except MySQLError as error:
            if code_of(error) == NO_SUCH_TABLE:
                return False
            raise translated(error) from error
        return True

    async def marks(self) -> tuple[str | None, dict[str, str]]:
        """Read the table of marks, and the session's database with it."""
        named = ".".join(quoted(one, "`") for one in (*self._named[:-1], f"{self._named[-1]}_marks"))
        try:
            rows = await self._wire.rows(
                f"SELECT DATABASE(), m.name, m.value FROM (SELECT 1) one LEFT JOIN {named} m ON true"
            )
        except MySQLError as error:
            if code_of(error) in {NO_SUCH_TABLE, NO_DATABASE}:
                return None, {}
            raise translated(error) from error
        await self._settle(rows[0][0])
        return rows[0][0], {name: value for _, name, value in rows if name is not None}

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Read rows.

        Raises:
            StatementFailed: the server refused, or did not answer within the time.
        """
        try:
            return await self._wire.rows(query)
        except MySQLError as error:
            raise translated(error) from error

    async def transact(self, units: Sequence[Unit], known: Collection[str] | None) -> None:
        """Run each unit, statement by statement; `known` needs no second look, the lock is held on this session."""
        for number, unit in enumerate(units):
            try:
                await self._open(unit.modes)
                for ordinal, statement in enumerate(unit.statements, 1):
                    await self._settings.before(statement)
                    await self._run(statement, ordinal, number)
                await self._close(unit.closing, goes_on=unit.goes_on)
            except StatementFailed:
                await self.rollback(goes_on=unit.goes_on)
                raise

    async def _open(self, modes: str = "") -> None:
        # START TRANSACTION would let go of a migration's LOCK TABLES.
        await self._run("SET autocommit = 0" if self._settings.locks_tables else f"START TRANSACTION {modes}".rstrip())
        self._within = True

    async def _close(self, closing: Sequence[str], *, goes_on: bool) -> None:
        if self._settings.touched and not goes_on:
            await self._run("SET timestamp = DEFAULT")  # or the record would have a migration's own
        # The row stays locked until the transaction ends, so nobody takes the lease in between.
        if self._fence:
            await self._run(self._fence.said)
            if not self.driver.affected_rows():
                raise StatementFailed(LOST_WORDS)
        for statement in (*closing, "COMMIT"):
            await self._run(statement)
        self._within = False
        await self._commit_alone()
        if not goes_on:  # not before, for some of the settings commit
            await self._come_back()

    async def begin(self, known: Collection[str] | None, *, goes_on: bool = False) -> None:
        """Begin with the first statement."""
        self._begun = True

    async def submit(self, statements: Sequence[str], line: int | None) -> None:
        """Run them now."""
        for statement in statements:
            await self.execute(statement)

    def discard(self) -> None:
        """Nothing waits."""

    async def flush(self) -> None:
        """Begin, if that is due; whoever is about to speak to the driver may set anything."""
        await self._settings.touch()
        await self._begin_now()

    async def _begin_now(self) -> None:
        if self._begun:
            self._begun = False
            await self._open()
            # It is gone if the transaction has ended unseen: by a deadlock, or by a statement that commits.
            await self._run(f"SAVEPOINT {_OURS}")

    async def commit(self, closing: Sequence[str], *, goes_on: bool = False) -> None:
        """See that the transaction is still the one that was begun, record and commit."""
        if self._begun and not closing:
            self._begun = False
            return
        await self._begin_now()
        try:
            await self._wire.send(f"RELEASE SAVEPOINT {_OURS}")
        except MySQLError as error:
            if code_of(error) != NO_SUCH_SAVEPOINT:
                raise translated(error) from error
            raise StatementFailed(
                "the transaction had ended before it was committed: by a deadlock that was caught, or by a statement that"
                " commits, such as one in a procedure"
            ) from error
        await self._close(closing, goes_on=goes_on)

    async def rollback(self, *, goes_on: bool = False) -> None:
        """Undo what is open, and come back to the session's own settings; after an interruption, see that the server stops."""
        self._begun = self._within = False
        if self.closed and self._interrupted:
            await self._wire.kill("CONNECTION")
            return
        await self._run("ROLLBACK")
        await self._commit_alone()
        if not goes_on:
            await self._come_back()

    async def _come_back(self) -> None:
        for statement in await self._settings.back():
            # A variable that is the whole server's has been changed by somebody else.
            with suppress(StatementFailed):
                await self._run(statement)

    def commits_by_itself(self, statement: str) -> bool:
        """All DDL does, even where it fails."""
        return not stays(statement)

    def refuses_transactions(self, error: BaseException) -> bool:
        """Nothing is refused: it commits."""
        return False

    def watched(self, *, bounds: bool) -> MysqlWatch:
        """Look from another connection; lock_wait_timeout bounds the waiting."""
        return MysqlWatch(self.driver.thread_id(), self._aside, self._lock_seconds)

    async def recorded_after_loss(self, seconds: float) -> set[str] | None:
        """Wait until the server has ended the session, and read then."""
        in_cluster = self._lock.alone is False
        return await self._wire.recorded_after(self.tracking.name, seconds, in_cluster=in_cluster)

    async def became(self, statement: str) -> bool | None:
        """Ask the catalog, where DDL is atomic."""
        if not mysql_outcomes.is_atomic(self.driver.get_server_info()):
            return None
        return await mysql_outcomes.became(self.fetch, self.tracking.text, statement)

    async def leftovers(self, statement: str) -> list[str]:
        """A statement that is interrupted leaves nothing."""
        return []

    def interrupt(self) -> None:
        """The rollback that follows stops it."""
        self._interrupted = True

    async def execute(self, statement: str) -> None:
        """Run one statement: in the transaction that is due, else by itself."""
        await self._begin_now()
        await self._settings.before(statement)
        if self._settings.locks_tables and (locks := _LOCK_TABLES.match(statement)):
            tables = self.tracking.name, self.tracking.journal, *([self._fence.table] if self._fence else [])
            statement = f"{locks[0]}{''.join(f'{one} WRITE, ' for one in tables)}{statement[locks.end() :]}"
        await self._run(statement, 1)
        await self._commit_alone()

    async def _commit_alone(self) -> None:
        """What is no part of a transaction is committed, whatever a migration has set."""
        if not self._within and not self.driver.get_autocommit():
            await self._run("COMMIT")
            if self._settings.locks_tables:
                await self._run("SET autocommit = 1")

    async def note(self, statement: str, *, lasting: bool = True) -> None:
        """Run one of Lockgate's own; by itself it is fenced as a transaction of a migration's is."""
        try:
            if self._fence is None or self._within:
                await self._run(statement)
                await self._commit_alone()
            else:
                await self._note_fenced(statement)
        except StatementFailed as error:
            if code_of(error.__cause__ or error) in BUSY:
                raise LockBusy(error.message) from error
            raise

    async def _note_fenced(self, statement: str) -> None:
        await self._open()
        try:
            await self._close([statement], goes_on=True)
        except StatementFailed:
            self._within = False
            await self._run("ROLLBACK")
            raise

    async def _run(self, statement: str, ordinal: int | None = None, unit: int = 0) -> None:
        try:
            await self._wire.send(statement)
        except MySQLError as error:
            raise translated(error, ordinal, unit) from error

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._wire.closed

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, or begins with the next statement."""
        return self._begun or (not self.closed and bool(self.driver.server_status & IN_TRANSACTION))

    @property
    def has_own_lock(self) -> bool | None:
        """The named lock."""
        return self._lock.alone

    async def keeps_settings(self) -> bool:
        """A session is one connection of the server's."""
        return True

    def fence(self, table: LeaseTable, number: int, mark: str, heard: Callable[[], bool]) -> None:
        """Let each transaction end with the question for the lease."""
        self._fence, self._wire.mark = _Fence(table.name, table.hold(number), heard), f"/* {mark} */ "

    def unfence(self) -> None:
        """Ask no more."""
        self._fence, self._wire.mark = None, ""

    def may_be_overtaken(self) -> bool:
        """Where a lease is held and was not heard of."""
        return self._fence is not None and not self._fence.heard()

    @property
    def mark(self) -> str:
        """The comment by which another runner finds what this one has left running."""
        return self._wire.mark

    async def login(self) -> str:
        """The account that the server has found for the user and host."""
        ((account,),) = await self.fetch("SELECT CURRENT_USER()")
        return str(account)

    async def end_sessions(self, mark: str, login: str, seconds: float) -> bool:
        """Kill what is at work."""
        return await self._lock.end_sessions(self.tracking.text(f"/* {mark} */%"), self.tracking.text(login), seconds)

    async def try_lock(self) -> bool | None:
        """Ask for the named lock, which belongs to the session."""
        return await self._lock.take(self.tracking.name)

    async def keep_lock(self) -> bool:
        """Look whether this session has it; a lease no statement of a migration's gives back."""
        return self._fence is not None or await self._lock.keep(self.tracking.name)

    async def unlock(self) -> None:
        """Give the named lock back."""
        await self._lock.give_back(self.tracking.name)

    async def holder(self) -> str | None:
        """Look the lock's holder up among the sessions."""
        return await self._lock.holder(self.tracking.name)

    def ddl_dialect(self) -> Dialect:
        """The dialect of the server that answers; what SQLAlchemy would ask it for, the driver knows since it connected."""
        from sqlalchemy.dialects.mysql.base import MySQLDialect  # noqa: PLC0415 - SQL files need no SQLAlchemy
        from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect  # noqa: PLC0415 - as above

        said = str(self.driver.get_server_info())
        dialect = (MariaDBDialect if "MariaDB" in said else MySQLDialect)(paramstyle="named")
        dialect._parse_server_version(said)
        return dialect

    def filler(self) -> MysqlFiller:
        """By transactions of its own."""
        from lockgate.dialects.mysql_filler import MysqlFiller  # noqa: PLC0415 - most runs have no backfill

        return MysqlFiller(self)

    async def close(self) -> None:
        """Say goodbye, or cut the connection where the server does not listen."""
        await self._wire.close()


def _applied(row: tuple[Any, ...]) -> Applied:
    _, number, name, digest, moment, batch = row
    return Applied(int(number), name, digest, datetime.fromisoformat(moment).replace(tzinfo=UTC), int(batch))
