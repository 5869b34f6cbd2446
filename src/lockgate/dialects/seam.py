"""What the executor asks of an engine. A new engine is done when the conformance suite passes on its session."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from sqlalchemy.engine.interfaces import Dialect

    from lockgate.dialects.filler import Filler
    from lockgate.dialects.lease_table import LeaseTable
    from lockgate.dialects.tracking import TrackingTable
    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.history import History
    from lockgate.nouns.migrations import Direction


STAMP_HINT = (
    "If auto mode, another tool or somebody by hand has made it, `lockgate stamp NAME` records the migration as applied"
    " without running it."
)


class StatementFailed(LockgateError):
    """The server refused a statement: the driver's error, translated once, with the driver's own as `__cause__`.

    Attributes:
        message: the server's words, with its detail, hint and SQLSTATE.
        unit: which of the units that were sent together it stood in, from 0.
        statement: which statement of that unit's body, from 1; 0 is the opening, one past the last is the record.
        offset: the character of the unit's body that the server points at.
        line: the line of a Python migration that asked for the statement.
        parsed: False where the server understood nothing of what it was sent, so that nothing of it ran.
    """

    kind = "statement_failed"

    def __init__(
        self,
        message: str,
        *,
        unit: int = 0,
        statement: int | None = None,
        offset: int | None = None,
        line: int | None = None,
        parsed: bool = True,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.unit = unit
        self.statement = statement
        self.offset = offset
        self.line = line
        self.parsed = parsed

    def saying(self, words: str, *, hint: str) -> StatementFailed:
        """The same, saying more."""
        return StatementFailed(
            f"{self.message}\n{words}",
            unit=self.unit,
            statement=self.statement,
            offset=self.offset,
            line=self.line,
            parsed=self.parsed,
            hint=hint,
        )


class ConnectionLost(Exception):
    """The connection broke; whether the last thing that was sent was committed is not known here.

    `units` of those that were sent together are known to be committed.
    """

    def __init__(self, words: str, units: int = 0) -> None:
        super().__init__(words)
        self.units = units


class HistoryMoved(Exception):
    """Another runner changed the history since it was read; the plan is to be made again. `units` are done, none as a rule."""

    units = 0


class LockBusy(Exception):
    """Another session holds what this one needs; it may be asked for again. `units` are done, none as a rule."""

    units = 0


class Record(NamedTuple):
    """The change of the tracking table that belongs to one migration.

    `applied_at` is None for this moment; `again` says that it is on record already.
    """

    direction: Direction
    name: str
    hash: str
    batch_no: int
    applied_at: datetime | None = None
    again: bool = False


class StepState(StrEnum):
    """How far a step of a non-transactional migration has come."""

    STARTED = "started"
    DONE = "done"


class Step(NamedTuple):
    """A row of the journal: step `number` (from 1) of a non-transactional migration, with its text's SHA-256."""

    name: str
    direction: Direction
    number: int
    hash: str
    state: StepState


class Unit(NamedTuple):
    """SQL text that is to be one transaction.

    Attributes:
        body: the text, sent as it is where the engine takes it whole.
        statements: the same, split; where the engine takes them one by one.
        modes: the isolation or access modes of the transaction's BEGIN.
        closing: statements of Lockgate's own that end it: the migration's record, or a journal's row.
        goes_on: whether it is a step and not all of a migration, so that what was set on the session stays set.
    """

    body: str
    statements: Sequence[str]
    modes: str = ""
    closing: Sequence[str] = ()
    goes_on: bool = False


class Watch(Protocol):
    """Sees who is in the way of a migration while it waits."""

    @property
    def blockers(self) -> Sequence[str]:
        """The sessions that were, in words."""

    def held_up(self, error: BaseException) -> bool:
        """Whether an error, the driver's or SQLAlchemy's, says that others were in the way."""


class Unwatched:
    """Where nobody can be in the way, or nobody can tell."""

    @property
    def blockers(self) -> Sequence[str]:
        """None."""
        return ()

    def held_up(self, error: BaseException) -> bool:
        """Never."""
        return False


class Session(Protocol):
    """One connection of the driver's own, on which all of a run's work is done."""

    flavour: Flavour
    groups: bool
    """Whether several units are one round trip."""

    async def history(self, newest: int | None = None) -> History:
        """Read the tracking table, in one query; with `newest`, at most that many of its last rows.

        Raises:
            HistoryError: the table is another tool's.
        """

    async def create_table(self) -> None:
        """Make the tracking table, unless it is there.

        Raises:
            LockBusy: nothing was done.
        """

    async def has_journal(self) -> bool:
        """Whether the journal's table has been made."""

    async def marks(self) -> tuple[str | None, dict[str, str]]:
        """What the table of marks says, in one query, and the schema of unqualified names where that came with it.

        Not within a transaction, which the question would end where there is no such table.
        """

    @property
    def tracking(self) -> TrackingTable:
        """Says the SQL of the tracking table and of the journal beside it."""

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Read the rows of a query of Lockgate's own."""

    async def transact(self, units: Sequence[Unit], known: Collection[str] | None) -> None:
        """Run each unit in a transaction of its own.

        `known` are the names that the plan found recorded; None where nobody need look again.

        Raises:
            StatementFailed: nothing of the unit it names is left; those before it are committed.
            HistoryMoved, LockBusy: nothing was done.
        """

    async def begin(self, known: Collection[str] | None, *, goes_on: bool = False) -> None:
        """Begin a transaction for a migration that is code; `goes_on` as in `Unit`."""

    async def submit(self, statements: Sequence[str], line: int | None) -> None:
        """Have statements run in the open transaction, at the latest with its commit; `line` asked for them."""

    def discard(self) -> None:
        """Forget what is submitted and has not run: the savepoint around it is being undone."""

    async def flush(self) -> None:
        """Have all that was submitted run now, and what is submitted later in this transaction at once."""

    async def commit(self, closing: Sequence[str], *, goes_on: bool = False) -> None:
        """Run what is submitted and the closing statements, then commit; `goes_on` as in `Unit`."""

    async def rollback(self, *, goes_on: bool = False) -> None:
        """Undo the open transaction, if there is one, and come back to the session's own settings unless it `goes_on`."""

    async def execute(self, statement: str) -> None:
        """Run one statement of a migration outside a transaction."""

    async def note(self, statement: str, *, lasting: bool = True) -> None:
        """Run one statement of Lockgate's own outside a transaction, whatever role and settings a migration has set.

        What is not lasting need not be on the disk before it is told, where the engine lets one choose.

        Raises:
            LockBusy: nothing was done.
        """

    def commits_by_itself(self, statement: str) -> bool:
        """Whether a statement is known to end the transaction that it runs in."""

    def refuses_transactions(self, error: BaseException) -> bool:
        """Whether an error, the driver's or SQLAlchemy's, says that its statement runs outside a transaction only."""

    def watched(self, *, bounds: bool) -> AbstractAsyncContextManager[Watch]:
        """Watch over a migration's work; `bounds` says that it runs outside transactions, where no setting bounds its waits."""

    async def recorded_after_loss(self, seconds: float) -> set[str] | None:
        """The names on record, once nothing of this session's is at work any more; None where that cannot be had in time.

        Asked after the connection broke, by way of another.
        """

    async def became(self, statement: str) -> bool | None:
        """Whether a statement that an earlier run began outside a transaction has done its work; None: that cannot be told."""

    async def leftovers(self, statement: str) -> list[str]:
        """What removes that which such a statement leaves behind where it is interrupted, such as an INVALID index."""

    def interrupt(self) -> None:
        """Stop what a cancelled caller has left running on the connection."""

    @property
    def closed(self) -> bool:
        """Whether the connection is gone, so that another is to be opened."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    @property
    def has_own_lock(self) -> bool | None:
        """Whether a lock of this session's keeps other sessions out; None where that has not been seen yet."""

    async def try_lock(self) -> bool | None:
        """Take the lock that lets one runner at a time work, if it is free; None where such a lock would keep nobody out."""

    async def keeps_settings(self) -> bool:
        """Whether what is set on the session is still set for the next statement."""

    def fence(self, table: LeaseTable, number: int, mark: str, heard: Callable[[], bool]) -> None:
        """From now on, let no transaction be committed where the lease has another number, and mark all that is sent.

        `heard` tells whether the holder was heard of lately, so that nobody else may have the lease.
        """

    def may_be_overtaken(self) -> bool:
        """Whether another may have the lease by now; for what is sent outside transactions, which no server refuses."""

    def unfence(self) -> None:
        """Do so no more."""

    @property
    def mark(self) -> str:
        """What stands before all that is sent, also past this session by its driver; empty where nothing does."""

    async def login(self) -> str:
        """Whom the server takes this session for; empty where it tells everybody of everybody's sessions."""

    async def end_sessions(self, mark: str, login: str, seconds: float) -> bool:
        """End what others have left running that is marked so.

        False where something is left after so many seconds, or may be left that only `login` may see.
        """

    async def keep_lock(self) -> bool:
        """Whether the lock is still held, or could be taken again, after a migration that may have given it back."""

    async def unlock(self) -> None:
        """Give the lock back."""

    async def holder(self) -> str | None:
        """Who holds the lock, in words; None where nobody does, or the engine cannot tell."""

    @property
    def driver(self) -> Any:
        """The driver's own connection."""

    def ddl_dialect(self) -> Dialect:
        """SQLAlchemy's dialect for saying DDL to this server, made without asking it anything."""

    @property
    def sqlalchemy_url(self) -> str:
        """What SQLAlchemy is told of the engine when it is laid over the driver's connection."""

    def filler(self) -> Filler:
        """How a backfill goes through a table."""

    async def close(self) -> None:
        """Close the connection; never raises, never waits for long."""
