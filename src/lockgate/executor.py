"""Runs loaded migrations, each with its record; decides nothing about which."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import anyio

from lockgate.dialects.seam import ConnectionLost, HistoryMoved, StatementFailed
from lockgate.errors import LockTimeout
from lockgate.events import MigrationStarted, MigrationStopped
from lockgate.failures import UNDOING_SECONDS, kept_names
from lockgate.nouns.migrations import Direction
from lockgate.python_execution import run_python
from lockgate.sources.loading import PythonMigration, SqlMigration
from lockgate.sql_execution import refused, run_steps, run_whole, unit_of
from lockgate.work import Tools

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from lockgate.ledger import Ledger
    from lockgate.sources.loading import Loaded

# A message of more files would hold up the news of those that are done, and repeat more where one does not parse.
_GROUP_FILES, _GROUP_CHARACTERS = 32, 200_000


class Executor:
    """Runs migrations on one session, and keeps account of them in a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._session = ledger.session
        self._tools = Tools(ledger.session)

    async def run(self, migrations: Sequence[Loaded]) -> None:
        """Run them in order, until the first that fails.

        Raises:
            MigrationFailed: one failed; it was undone as far as the error says.
            HistoryMoved: another runner has changed the history; those in the ledger are done.
            LockTimeout: another runner kept its lock too long between two migrations.
        """
        for group in _groups(migrations, together=self._session.groups):
            files = [migration for migration in group if isinstance(migration, SqlMigration)]
            if len(files) > 1:
                await self._together(files)
            else:
                await self._singly(group[0])

    async def _together(self, group: Sequence[SqlMigration]) -> None:
        """Send several files as one message; where the server cannot read it, nothing ran, and they go singly."""
        for migration in group:
            self._ledger.emit(MigrationStarted(migration.source.name, migration.direction))
        units = [unit_of(migration, self._ledger) for migration in group]
        started = time.perf_counter()
        try:
            await self._guarded(group, lambda: self._session.transact(units, self._ledger.known))
        except StatementFailed as error:
            await self._session.rollback()
            if error.parsed:
                await self._account(group[: error.unit], started)
                raise refused(group[error.unit], error, self._ledger) from error.__cause__
            for migration in group:
                await self._singly(migration)
        else:
            await self._account(group, started)

    async def _account(self, group: Sequence[Loaded], started: float) -> None:
        """Say how long each file of a message took: by the server's own times, which its rows keep."""
        spent = time.perf_counter() - started
        if not group:
            return
        names = [migration.source.name for migration in group]
        at = {row.name: row.applied_at for row in (await self._session.history()).rows[-len(names) :]}
        durations = [spent / len(names)] * len(names)
        if all(name in at for name in names):
            later = [(at[name] - at[before]).total_seconds() for before, name in itertools.pairwise(names)]
            durations = [max(0.0, spent - sum(later)), *later]
        for name, seconds in zip(names, durations, strict=True):
            self._ledger.done(name, group[0].direction, seconds)

    async def _singly(self, migration: Loaded) -> None:
        note = migration.note if isinstance(migration, SqlMigration) else ""
        self._ledger.emit(MigrationStarted(migration.source.name, migration.direction, note))
        started = time.perf_counter()
        await self._guarded([migration], lambda: self._run_one(migration))
        self._ledger.done(migration.source.name, migration.direction, time.perf_counter() - started)

    async def _run_one(self, migration: Loaded) -> None:
        if not migration.transactional:
            await self._alone(migration)
        elif isinstance(migration, PythonMigration):
            await run_python(migration, self._ledger, self._tools)
        else:
            await run_whole(migration, self._ledger)

    async def _alone(self, migration: Loaded) -> None:
        """Run what is not transactional, with others kept out, and only if they have not done it meanwhile."""
        await self._ledger.patience.until(self._session.claim)
        try:
            if (await self._session.history()).names != tuple(self._ledger.known):
                raise HistoryMoved
            if isinstance(migration, PythonMigration):
                await run_python(migration, self._ledger, self._tools)
            else:
                await run_steps(migration, self._ledger)
        finally:
            with anyio.move_on_after(UNDOING_SECONDS, shield=True):
                await self._session.disclaim()

    async def _guarded(self, group: Sequence[Loaded], work: Callable[[], Awaitable[None]]) -> None:
        """Do the work; cancelled, cut off or kept waiting too long, say what became of the migrations."""
        try:
            await work()
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(UNDOING_SECONDS, shield=True):
                await self._undo(group)
            raise
        except LockTimeout as error:
            raise error.keeping(kept_names(group[0].direction, self._ledger.ran)) from error
        except ConnectionLost as error:
            raise self._ledger.failure(
                group[-1],
                error,
                outcome=_LOST_OUTCOME if group[-1].transactional else "Its finished steps are kept.",
                words=f"the connection was lost: {error}",
                hint="`lockgate status` says what is applied; `lockgate up` goes on from there.",
            ) from error

    async def _undo(self, group: Sequence[Loaded]) -> None:
        try:
            await self._session.rollback()
            recorded = set((await self._session.history()).names)
        except (ConnectionLost, StatementFailed):
            recorded = None
        for migration in group:
            outcome = _outcome(migration, recorded)
            self._ledger.emit(MigrationStopped(migration.source.name, migration.direction, outcome))


_LOST_OUTCOME = "The server undoes what was not committed; whether COMMIT came before the break is not known here."


def _outcome(migration: Loaded, recorded: set[str] | None) -> str:
    if recorded is None:
        return "the connection was lost while it was undone"
    if (migration.source.name in recorded) is (migration.direction is Direction.UP):
        return "it had been committed, and is kept"
    return "it was rolled back" if migration.transactional else "its finished steps are kept, and the next run resumes"


def _groups(migrations: Sequence[Loaded], *, together: bool) -> Iterator[Sequence[Loaded]]:
    """Consecutive transactional SQL files, as many as one message should hold; every other migration by itself."""
    group: list[SqlMigration] = []
    size = 0
    for migration in migrations:
        joins = together and isinstance(migration, SqlMigration) and migration.transactional
        if group and (not joins or len(group) == _GROUP_FILES or size > _GROUP_CHARACTERS):
            yield group
            group, size = [], 0
        if isinstance(migration, SqlMigration) and joins:
            group.append(migration)
            size += len(migration.shape.script)
        else:
            yield [migration]
    if group:
        yield group
