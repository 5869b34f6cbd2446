"""Runs loaded migrations, each with its record; decides nothing about which."""

from __future__ import annotations

import inspect
import itertools
import time
from typing import TYPE_CHECKING, Any

import anyio

from lockgate.database import Database
from lockgate.dialects.seam import ConnectionLost, HistoryMoved, LockBusy, Record, StatementFailed, Unit
from lockgate.errors import LockTimeout
from lockgate.events import MigrationFinished, MigrationStarted, MigrationStopped
from lockgate.failures import failed, statement_place
from lockgate.journal import Journal, StepChanged, StepUndecided
from lockgate.migration import Migration
from lockgate.nouns.migrations import Direction
from lockgate.nouns.reports import Ran
from lockgate.sources.loading import PythonMigration, SqlMigration
from lockgate.sql import steps
from lockgate.work import Tools, Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.errors import MigrationFailed
    from lockgate.events import Listener
    from lockgate.lock import Patience
    from lockgate.sources.loading import Loaded
    from lockgate.sql import Step

# Seconds that a cancelled run may take to undo its migration, before its connection is cut instead.
_UNDOING = 5.0
# A message of more files would hold up the news of those that are done, and repeat more where one does not parse.
_GROUP_FILES, _GROUP_CHARACTERS = 32, 200_000


class Executor:
    """Runs migrations on one session. `ran` are those that are committed; `known` the names on record."""

    def __init__(
        self, session: Session, patience: Patience, emit: Listener, *, known: Sequence[str], batch_no: int
    ) -> None:
        self.ran: list[Ran] = []
        self._session = session
        self._patience = patience
        self._emit = emit
        self._known = list(known)
        self.batch_no = batch_no
        self._tools = Tools(session)

    async def run(self, migrations: Sequence[Loaded]) -> None:
        """Run them in order, until the first that fails.

        Raises:
            MigrationFailed: one failed; it was undone as far as the error says.
            HistoryMoved: another runner has changed the history; those in `ran` are done.
        """
        for group in _groups(migrations, together=self._session.groups):
            if len(group) > 1:
                await self._together(group)
            else:
                await self._singly(group[0])

    def look_again(self, known: Sequence[str], batch_no: int | None) -> None:
        """Take another runner's changes into account; a batch number that is in use stays."""
        self._known = list(known)
        if not self.ran and batch_no is not None:
            self.batch_no = batch_no

    async def _together(self, group: Sequence[SqlMigration]) -> None:
        """Send several files as one message; where the server cannot read it, nothing ran, and they go singly."""
        for migration in group:
            self._emit(MigrationStarted(migration.source.name, migration.direction))
        started = time.perf_counter()
        try:
            await self._guarded(group[-1], lambda: self._session.transact([*map(self._unit, group)], self._known))
        except StatementFailed as error:
            await self._session.rollback()
            if error.parsed:
                await self._account(group[: error.unit], started)
                raise self._refused(group[error.unit], error) from error.__cause__
            for migration in group:
                await self._singly(migration)
            return
        await self._account(group, started)

    async def _account(self, group: Sequence[Loaded], started: float) -> None:
        """Say how long each file of a message took: by the server's own times, which its rows keep."""
        spent = time.perf_counter() - started
        names = [migration.source.name for migration in group]
        for name, seconds in zip(names, await self._durations(names, spent), strict=True):
            self._done(name, group[0].direction, seconds)

    async def _durations(self, names: Sequence[str], spent: float) -> list[float]:
        at = {row.name: row.applied_at for row in (await self._session.history()).rows[-len(names) :]} if names else {}
        if any(name not in at for name in names):
            return [spent / len(names)] * len(names)
        later = [(at[name] - at[before]).total_seconds() for before, name in itertools.pairwise(names)]
        return [max(0.0, spent - sum(later)), *later] if names else []

    async def _singly(self, migration: Loaded) -> None:
        note = migration.note if isinstance(migration, SqlMigration) else ""
        self._emit(MigrationStarted(migration.source.name, migration.direction, note))
        started = time.perf_counter()
        await self._guarded(migration, lambda: self._run_one(migration))
        self._done(migration.source.name, migration.direction, time.perf_counter() - started)

    def _done(self, name: str, direction: Direction, seconds: float) -> None:
        self.ran.append(Ran(name, seconds))
        if direction is Direction.UP:
            self._known.append(name)
        else:
            self._known.remove(name)
        self._emit(MigrationFinished(name, direction, seconds))

    async def _guarded(self, migration: Loaded, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work; cancelled or cut off, say what became of the migration."""
        try:
            await work()
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(_UNDOING, shield=True):
                outcome = await self._undo(migration)
                self._emit(MigrationStopped(migration.source.name, migration.direction, outcome))
            raise
        except ConnectionLost as error:
            outcome = (
                "Its transaction was undone by the server, unless the connection broke after COMMIT was sent."
                if migration.transactional
                else "Its finished steps are kept."
            )
            raise self._failure(
                migration,
                error,
                outcome=outcome,
                words=f"the connection was lost: {error}",
                hint="`lockgate status` says whether it is applied; `lockgate up` goes on from there.",
            ) from error

    async def _undo(self, migration: Loaded) -> str:
        try:
            await self._session.rollback()
            recorded = migration.source.name in (await self._session.history()).names
        except (ConnectionLost, StatementFailed):
            return "the connection was lost while it was undone"
        if recorded is (migration.direction is Direction.UP):
            return "it had been committed, and is kept"
        return (
            "it was rolled back"
            if migration.transactional
            else "its finished steps are kept, and resumed by the next run"
        )

    async def _run_one(self, migration: Loaded) -> None:
        if migration.transactional:
            await (self._python(migration) if isinstance(migration, PythonMigration) else self._whole(migration))
            return
        await self._patience.until(self._session.claim)
        try:
            if (await self._session.history()).names != tuple(self._known):
                raise HistoryMoved
            await (self._python(migration) if isinstance(migration, PythonMigration) else self._stepwise(migration))
        finally:
            with anyio.move_on_after(_UNDOING, shield=True):
                await self._session.disclaim()

    async def _whole(self, migration: SqlMigration) -> None:
        unit = self._unit(migration)
        try:
            await self._patience.through(lambda: self._session.transact([unit], self._known))
        except StatementFailed as error:
            await self._session.rollback()
            raise self._refused(migration, error) from error.__cause__

    def _unit(self, migration: SqlMigration) -> Unit:
        shape = migration.shape
        texts = [statement.text for statement in shape.statements]
        return Unit(shape.script, texts, shape.modes, [self._record_sql(migration)])

    def _record_sql(self, migration: Loaded) -> str:
        return self._session.tracking.record(self._record(migration))

    def _record(self, migration: Loaded) -> Record:
        source = migration.source
        return Record(migration.direction, source.name, source.hash, self.batch_no)

    def _refused(self, migration: SqlMigration, error: StatementFailed) -> MigrationFailed:
        where, words = statement_place(migration, error, migration.shape.statements, migration.shape.body[0])
        return self._failure(migration, error, outcome=_ROLLED_BACK, where=where, words=words, hint=error.hint)

    async def _stepwise(self, migration: SqlMigration) -> None:
        journal = await self._journal(migration)
        step: Step | None = None
        try:
            for step in steps(migration.statements, self._session.flavour, path=migration.path):
                await self._step(migration, journal, step)
            await journal.finish()
        except StatementFailed as error:
            await self._session.rollback()
            statements = step.statements if step else ()
            base = statements[0].start if statements else 0
            where, words = statement_place(migration, error, statements, base)
            outcome = _kept_steps(journal)
            raise self._failure(migration, error, outcome=outcome, where=where, words=words) from error.__cause__
        except (StepUndecided, StepChanged) as error:
            where = (
                migration.path,
                step.statements[0].line if step else None,
                step.statements[0].number if step else None,
            )
            raise self._stuck(migration, error, where) from error

    async def _step(self, migration: SqlMigration, journal: Journal, step: Step) -> None:
        first, last = step.statements[0], step.statements[-1]
        if not step.block:
            await journal.step(first.text, lambda: self._session.execute(first.text))
            return
        text = migration.section.text[first.start : last.end]
        if step.commit:
            await journal.block(text, [statement.text for statement in step.statements], step.modes)

    async def _journal(self, migration: Loaded) -> Journal:
        journal = Journal(self._session, self._record(migration))
        await journal.open()
        return journal

    async def _python(self, migration: PythonMigration) -> None:
        journal = None if migration.transactional else await self._journal(migration)
        work = Work(self._tools, migration.source.origin, journal)
        try:
            if journal is None:
                await self._patience.through(self._begin)
            await self._call(migration, work)
            await self._close(migration, journal)
        except LockBusy as error:
            await self._session.rollback()
            raise self._failure(
                migration, error, outcome=_ROLLED_BACK, words=f"it could not be committed: {error}"
            ) from error
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(_UNDOING, shield=True):
                await self._session.rollback()
            raise
        except Exception as error:
            if isinstance(error, HistoryMoved | LockTimeout | ConnectionLost):
                raise
            await self._session.rollback()
            raise self._raised(migration, error, journal) from _cause(error)
        finally:
            with anyio.move_on_after(_UNDOING, shield=True):
                await work.release()

    async def _begin(self) -> None:
        await self._session.begin(self._known)

    async def _call(self, migration: PythonMigration, work: Work) -> None:
        migrator = _instance(migration.migrator, Database(work))
        await getattr(migrator, migration.direction.value)()

    async def _close(self, migration: PythonMigration, journal: Journal | None) -> None:
        if journal is not None:
            await journal.finish()
            return
        if not self._session.in_transaction:
            raise TransactionClosed
        await self._session.commit([self._record_sql(migration)])

    def _raised(self, migration: PythonMigration, error: Exception, journal: Journal | None) -> MigrationFailed:
        if isinstance(error, StepUndecided | StepChanged):
            return self._stuck(migration, error, (migration.source.origin, None, None))
        outcome = _ROLLED_BACK if journal is None else _kept_steps(journal)
        if isinstance(error, TransactionClosed):
            return self._failure(migration, error, outcome=_CLOSED, words=_CLOSED_WORDS)
        if isinstance(error, StatementFailed):
            where, words = statement_place(migration, error, (), 0)
            return self._failure(migration, error, outcome=outcome, where=where, words=words, hint=error.hint)
        where = (migration.source.origin, _line_in(error, migration.source.origin), None)
        return self._failure(migration, error, outcome=outcome, where=where)

    def _stuck(
        self, migration: Loaded, error: StepUndecided | StepChanged, where: tuple[str | None, int | None, int | None]
    ) -> MigrationFailed:
        name, number = migration.source.name, error.step.number
        if isinstance(error, StepChanged):
            words = f"step {number} was done by an earlier run, and reads otherwise now"
            hint = f"Give step {number} its former text back; what comes after the steps that are done may change."
        else:
            words = f"an earlier run ended while step {number} was running, so whether it was done is not known"
            hint = (
                f"Look at the database, then say `lockgate repair {name} --step done` or `--step undone`,"
                " and run `lockgate up` again."
            )
        return self._failure(migration, error, outcome="Nothing was run.", where=where, words=words, hint=hint)

    def _failure(self, migration: Loaded, error: BaseException, **said: Any) -> MigrationFailed:
        failure = failed(migration, error, batch_no=self.batch_no, ran=self.ran, **said)
        self._emit(MigrationStopped(migration.source.name, migration.direction, said["outcome"]))
        return failure


class TransactionClosed(Exception):
    """A migration came back with the runner's transaction ended."""


_ROLLED_BACK = "It was rolled back."
_CLOSED = "What it had done until then is committed and kept; it is not recorded as applied."
_CLOSED_WORDS = "it ended the transaction that it was given, by a COMMIT or ROLLBACK of its own"


def _kept_steps(journal: Journal) -> str:
    done = journal.done
    if not done:
        return "It does not run in a transaction; none of its steps was done."
    steps_are = f"{done} steps are" if done > 1 else "step is"
    return f"It does not run in a transaction: its first {steps_are} kept, and skipped next time."


def _cause(error: Exception) -> BaseException:
    return error.__cause__ if isinstance(error, StatementFailed) and error.__cause__ else error


def _line_in(error: BaseException, origin: str) -> int | None:
    traceback, line = error.__traceback__, None
    while traceback:
        line = traceback.tb_lineno if traceback.tb_frame.f_code.co_filename == origin else line
        traceback = traceback.tb_next
    return line


def _instance(migrator: type, database: Database) -> Any:
    """A Migration is given its database; another class is, too, if its constructor takes one."""
    if issubclass(migrator, Migration) or inspect.signature(migrator).parameters:
        return migrator(database)
    return migrator()


def _groups(migrations: Sequence[Loaded], *, together: bool) -> Iterator[list[Any]]:
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
