"""Runs loaded migrations, each with its record; decides nothing about which."""

from __future__ import annotations

import itertools
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio

from lockgate.authoring.work import Tools
from lockgate.dialects.seam import ConnectionLost, HistoryMoved, LockBusy, StatementFailed
from lockgate.errors import LockLost, LockTimeout, NotCurrent
from lockgate.events import MigrationStarted, MigrationStopped
from lockgate.nouns.migrations import Direction
from lockgate.planning.drift import is_done
from lockgate.planning.phases import Phase, phase_of
from lockgate.running.failures import ROLLED_BACK, UNDOING_SECONDS, kept_names
from lockgate.running.python_execution import run_python
from lockgate.running.sql_execution import refused, run_steps, run_whole, unit_of
from lockgate.sources.loading import PythonMigration, SqlMigration
from lockgate.tracing import traced, traced_together

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import datetime

    from lockgate.authoring.work import Follow
    from lockgate.errors import MigrationFailed
    from lockgate.running.ledger import Ledger
    from lockgate.sources.loading import Loaded

# A message of more files would hold up the news of those that are done, and repeat more where one does not parse.
_GROUP_FILES, _GROUP_CHARACTERS = 32, 200_000
_UNLOCKING = "discard", "advisory_unlock", "release_lock", "release_all_locks"


class Executor:
    """Runs migrations on one session, and keeps account of them in a ledger."""

    def __init__(self, ledger: Ledger, follow: Follow) -> None:
        self._ledger = ledger
        self._session = ledger.session
        self._tools = Tools(ledger.session, follow)
        self._revision_tools: Tools | None = None
        self._may_have_unlocked = ""

    async def run(self, migrations: Sequence[Loaded]) -> None:
        """Run them in order, until the first that fails.

        Raises:
            MigrationFailed: one failed; it was undone as far as the error says.
            HistoryMoved: another runner has changed the history; those in the ledger are done.
            LockTimeout: another runner kept its lock too long between two migrations.
        """
        for group in _groups(migrations, together=self._session.groups):
            if self._session.closed:
                raise self._cut_off_before(group[0])
            await self._keep_lock()
            await self._let_contract(group[0])
            files = [migration for migration in group if isinstance(migration, SqlMigration)]
            if len(files) > 1:
                await self._together(files)
            else:
                await self._singly(group[0])
            self._may_have_unlocked = next((one.source.name for one in group if _may_unlock(one)), "")

    async def _keep_lock(self) -> None:
        """See to it that no other runner begins because a migration has given the lock back.

        Raises:
            LockLost: one has.
        """
        if self._may_have_unlocked and not await self._session.keep_lock():
            raise LockLost(
                f"{self._may_have_unlocked} has given the runner's lock back, and another runner has taken it.",
                hint=_LOST_HINT,
            )
        self._may_have_unlocked = ""

    async def _let_contract(self, migration: Loaded) -> None:
        """See to it that one that contracts finds every backfill done that was left for later.

        Raises:
            NotCurrent: one is not done.
        """
        if not _contracts(migration):
            return
        from lockgate.backfilling.registered import refuse_unfinished  # noqa: PLC0415 - most migrations do not contract

        try:
            await refuse_unfinished(self._session.filler(), self._ledger.known, migration.source.name)
        except NotCurrent as error:
            kept = kept_names(Direction.UP, self._ledger.ran) or "Nothing was run."
            raise NotCurrent(f"{error.message}\n{kept}", hint=error.hint) from error

    async def _together(self, group: Sequence[SqlMigration]) -> None:
        """Send several files as one message; those that it leaves undone, and that are not to blame for it, go singly."""
        for migration in group:
            self._ledger.emit(MigrationStarted(migration.source.name, migration.direction))
        tasks = [self._ledger.task(migration, together=len(group)) for migration in group]
        with traced_together(tasks, self._ledger.ran):
            left = await self._sent(group)
        for migration in left:
            await self._singly(migration)

    async def _sent(self, group: Sequence[SqlMigration]) -> Sequence[SqlMigration]:
        """What is left to be done singly: all that the server could not read, or what others were in the way of."""
        units = [unit_of(migration, self._ledger) for migration in group]
        started = time.perf_counter()
        async with self._session.watched(bounds=False) as watch:
            try:
                if await self._guarded(group, lambda: self._session.transact(units, self._ledger.known), started):
                    await self._account(group, started)
            except (LockBusy, HistoryMoved) as error:
                await self._account(group[: error.units], started)
                if isinstance(error, HistoryMoved):
                    raise
                return group[error.units :]
            except StatementFailed as error:
                await self._session.rollback()
                if not error.parsed:
                    return group
                await self._account(group[: error.unit], started)
                if watch.held_up(error):
                    return group[error.unit :]
                raise refused(group[error.unit], error, self._ledger) from error.__cause__
        return ()

    async def _account(self, group: Sequence[Loaded], started: float) -> None:
        """Say how long each file of a message took, by the server's own times, which its rows keep."""
        spent = time.perf_counter() - started
        at: dict[str, datetime] = {}
        if group and group[0].direction is Direction.UP:
            with suppress(ConnectionLost, StatementFailed):  # they are committed, whether that can be read or not
                at = {row.name: row.applied_at for row in await self._session.history(len(group))}
        durations = _durations([at.get(migration.source.name) for migration in group], spent)
        for migration, seconds in zip(group, durations, strict=True):
            self._ledger.done(migration.source.name, migration.direction, seconds)

    async def _singly(self, migration: Loaded) -> None:
        note = migration.note if isinstance(migration, SqlMigration) else ""
        self._ledger.emit(MigrationStarted(migration.source.name, migration.direction, note))
        started = time.perf_counter()
        with traced(self._ledger.task(migration)):
            is_done = await self._guarded([migration], lambda: self._run_one(migration), started)
        if is_done:
            self._ledger.done(migration.source.name, migration.direction, time.perf_counter() - started)

    async def _run_one(self, migration: Loaded) -> None:
        if isinstance(migration, PythonMigration):
            await run_python(migration, self._ledger, self._tools_of(migration))
        elif migration.transactional:
            await run_whole(migration, self._ledger)
        else:
            await run_steps(migration, self._ledger)

    def _tools_of(self, migration: PythonMigration) -> Tools:
        if not migration.source.revision:
            return self._tools
        if self._revision_tools is None:
            from lockgate.authoring.revision_work import RevisionTools  # noqa: PLC0415 - it imports SQLAlchemy

            self._revision_tools = RevisionTools(self._session, self._tools.follow)
        return self._revision_tools

    async def _guarded(self, group: Sequence[Loaded], work: Callable[[], Awaitable[None]], started: float) -> bool:
        """Do the work; cancelled, cut off or kept waiting too long, say what became of the migrations.

        True where it is done; False where the connection was lost when it was, and that is accounted for.
        """
        try:
            await work()
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(UNDOING_SECONDS, shield=True):
                await self._undo(group)
            raise
        except LockTimeout as error:
            raise error.keeping(kept_names(group[0].direction, self._ledger.ran)) from error
        except ConnectionLost as error:
            await self._reconcile(group, error, started)
            return False
        return True

    async def _reconcile(self, group: Sequence[Loaded], error: ConnectionLost, started: float) -> None:
        """Find out what became of the migrations when the connection broke; return where all of them are done.

        Raises:
            MigrationFailed: for the first that is not, or of which that is not known.
        """
        recorded = await self._session.recorded_after_loss(self._ledger.patience.seconds)
        if recorded is None:
            done = error.units
        else:
            applied = [one.source.name in recorded and not self._ledger.is_again(one) for one in group]
            done = next((i for i, is_applied in enumerate(applied) if is_applied is not _is_up(group)), len(group))
        for migration in group[:done]:
            spent = (time.perf_counter() - started) / len(group)
            self._ledger.done(migration.source.name, migration.direction, spent)
        if done < len(group):
            # Names alone do not tell what became of one that was on record before.
            is_known = recorded is not None and not self._ledger.is_again(group[done])
            raise self._cut_off(group[done], error, is_known=is_known) from error

    def _cut_off(self, migration: Loaded, error: ConnectionLost, *, is_known: bool) -> MigrationFailed:
        transactional = ROLLED_BACK if is_known else _LOST_OUTCOME
        outcome = transactional if migration.transactional else "Its finished steps are kept."
        return self._ledger.failure(
            migration, error, outcome=outcome, words=f"the connection was lost: {error}", hint=_LOST_HINT
        )

    def _cut_off_before(self, migration: Loaded) -> MigrationFailed:
        lost = ConnectionLost("the connection was lost before it began")
        return self._ledger.failure(migration, lost, outcome="Nothing of it was run.", words=str(lost), hint=_LOST_HINT)

    async def _undo(self, group: Sequence[Loaded]) -> None:
        """Undo what is open, and tell of the group: what was committed already, and the first that was not."""
        recorded: dict[str, str] | None = None
        with suppress(ConnectionLost, StatementFailed, LockBusy):
            self._session.interrupt()
            await self._session.rollback()
            recorded = {row.name: row.hash for row in await self._session.history()}
        for migration in group:
            name, direction = migration.source.name, migration.direction
            if recorded is not None and _is_settled(migration, recorded.get(name)):
                self._ledger.done(name, direction, 0.0)
                continue
            self._ledger.emit(MigrationStopped(name, direction, _outcome(migration, recorded)))
            return


_LOST_OUTCOME = "The server undoes what was not committed; whether COMMIT came before the break is not known here."

_LOST_HINT = "`lockgate status` says what is applied; `lockgate up` goes on from there."


def _is_settled(migration: Loaded, recorded: str | None) -> bool:
    """Whether what is on record of a migration is what running it leaves there."""
    return is_done(migration.source, recorded) if migration.direction is Direction.UP else recorded is None


def _is_up(group: Sequence[Loaded]) -> bool:
    return group[0].direction is Direction.UP


def _outcome(migration: Loaded, recorded: dict[str, str] | None) -> str:
    if recorded is None:
        return "the connection was lost while it was undone"
    return "it was rolled back" if migration.transactional else "its finished steps are kept, and the next run resumes"


def _durations(at: Sequence[datetime | None], spent: float) -> list[float]:
    """The time between each row and the one before it; the first has the rest of what was spent."""
    known = [moment for moment in at if moment is not None]
    if len(known) != len(at) or not known:
        return [spent / len(at)] * len(at) if at else []
    later = [(one - before).total_seconds() for before, one in itertools.pairwise(known)]
    return [max(0.0, spent - sum(later)), *later]


def _may_unlock(migration: Loaded) -> bool:
    said = migration.source.text.lower()
    return any(word in said for word in _UNLOCKING)


def _contracts(migration: Loaded) -> bool:
    return migration.direction is Direction.UP and phase_of(migration.source) is Phase.CONTRACT


def _groups(migrations: Sequence[Loaded], *, together: bool) -> Iterator[Sequence[Loaded]]:
    """Consecutive transactional SQL files, as many as one message should hold; every other migration by itself.

    One that contracts begins a group: what comes before it may have to be done first.
    """
    group: list[SqlMigration] = []
    size = 0
    for migration in migrations:
        joins = together and isinstance(migration, SqlMigration) and migration.transactional
        is_full = len(group) == _GROUP_FILES or size > _GROUP_CHARACTERS
        if group and (not joins or is_full or _contracts(migration)):
            yield group
            group, size = [], 0
        if isinstance(migration, SqlMigration) and joins:
            group.append(migration)
            size += len(migration.shape.script)
        else:
            yield [migration]
    if group:
        yield group
