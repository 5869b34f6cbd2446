"""The steps of a migration that runs outside a transaction, each with its row, so that a crash resumes after those done."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from lockgate.dialects.lease_table import LOST_WORDS
from lockgate.dialects.seam import ConnectionLost, Record, StatementFailed, Step, StepState, Unit
from lockgate.nouns.migrations import Direction
from lockgate.running.contention import persist

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lockgate.authoring.backfilling import Asked
    from lockgate.dialects.seam import Session
    from lockgate.running.lock import Patience

T = TypeVar("T")


class StepUndecided(Exception):
    """A step was started by a run that ended before it could say whether the step was done."""

    def __init__(self, step: Step) -> None:
        super().__init__(f"step {step.number}")
        self.step = step


class StepChanged(Exception):
    """A step that is done has another text now."""

    def __init__(self, step: Step) -> None:
        super().__init__(f"step {step.number}")
        self.step = step


class TransactionClosed(Exception):
    """A migration came back with the runner's transaction ended."""


class Journal:
    """One migration's steps.

    `reached` counts the steps that have been passed, `done` those that are on record; `fills` is whether a backfill is begun.
    """

    owns_transactions = False
    """Whether all that the migration does is in transactions of the journal's."""

    def __init__(self, session: Session, patience: Patience, record: Record) -> None:
        self._session = session
        self._patience = patience
        self._record = record
        self._steps: dict[int, Step] = {}
        self.reached = 0
        self.fills = False

    @property
    def done(self) -> int:
        """How many steps are recorded as done."""
        return sum(step.state is StepState.DONE for step in self._steps.values())

    @classmethod
    async def opened(cls, session: Session, patience: Patience, record: Record) -> Self:
        """Make the table if need be, and read what an earlier run has left."""
        journal, tracking = cls(session, patience, record), session.tracking
        if not await patience.through(session.has_journal):
            await journal._say(tracking.create_journal())
        rows = await patience.through(lambda: session.fetch(tracking.read_journal(record.name)))
        for direction, number, digest, state in rows:
            step = Step(record.name, Direction(direction), int(number), digest, StepState(state))
            journal._steps[step.number] = step
        return journal

    async def statement(self, text: str) -> None:
        """Run a statement as the next step, unless it is done already; see `step`."""

        async def within(done: Step) -> None:
            await self._session.transact([self._unit(text, [text], "", done)], None)

        await self._do(text, within, lambda: self._session.execute(text))

    async def step(self, text: str, run: Callable[[], Awaitable[T]]) -> T | None:
        """Do the next step unless it is done already: in one transaction with the row that says so.

        What refuses transactions runs by itself: a row says that it has started, and another that it is done.
        Gives what `run` gives, or None for a step that is passed.

        Raises:
            StepUndecided, StepChanged: the earlier run's record forbids going on.
            Exception: whatever `run` raises; the step was refused, which leaves it not done.
        """

        async def within(done: Step) -> T:
            await self._session.begin(None, goes_on=True)
            await self._session.flush()
            result = await run()
            await self._session.commit([self._session.tracking.write_step(done)], goes_on=True)
            return result

        return await self._do(text, within, run)

    async def backfill(self, name: str, asked: Asked) -> int | None:
        """Do a backfill as the next step: its own rows say how far it has come, so that an earlier run's is gone on with.

        Raises:
            StepChanged, StepUndecided: an earlier run had begun with another.
            LockgateError, StatementFailed: it could not go on; what it has done is kept.
        """
        from lockgate.backfilling.job import Job  # noqa: PLC0415 - most migrations have no backfill
        from lockgate.backfilling.within import run_within  # noqa: PLC0415 - as above

        step = await self._next(f"backfill {asked.backfill.said()}", resumes=True)
        if step is None:
            return None
        filler = self._session.filler()
        await self._say(filler.table.create())
        await self._write(step)
        self.fills = True
        job = Job(filler, asked.pace, self._patience.seconds, self._patience.emit, asked.lag, asked.compute)
        rows = await run_within(job, name, step.name, asked.backfill)
        self.fills = False
        await self._write(step._replace(state=StepState.DONE))
        return rows

    async def block(self, text: str, statements: Sequence[str], modes: str) -> None:
        """Run the next step, which is a transaction of the file's own, its row within."""
        step = await self._next(text)
        if step is not None:
            done = step._replace(state=StepState.DONE)
            unit = self._unit(text, statements, modes, done)
            await self._persist(lambda: self._session.transact([unit], None))
            self._steps[done.number] = done

    def _unit(self, text: str, statements: Sequence[str], modes: str, done: Step) -> Unit:
        return Unit(text, statements, modes, [self._session.tracking.write_step(done)], goes_on=True)

    async def hear(self, text: str) -> None:
        """Take account of a statement that SQLAlchemy is about to run; here it is no step."""

    async def enter(self) -> None:
        """Take account of somebody who is about to speak to the driver."""

    async def _do(self, text: str, within: Callable[[Step], Awaitable[T]], run: Callable[[], Awaitable[T]]) -> T | None:
        step = await self._next(text)
        if step is None:
            return None
        if not self._session.commits_by_itself(text):
            done = step._replace(state=StepState.DONE)
            try:
                result = await self._persist(lambda: within(done))
            except Exception as error:
                if _is_lost(error):
                    raise
                await self._session.rollback(goes_on=True)
                if not self._session.refuses_transactions(error):
                    raise
            else:
                self._steps[done.number] = done
                return result
        return await self._apart(step, text, run)

    async def _apart(self, step: Step, text: str, run: Callable[[], Awaitable[T]]) -> T:
        await self._write(step)
        try:
            result = await self._persist(lambda: self._tidied(text, run), bounds=True)
        except Exception as error:
            if _is_lost(error):
                raise
            await self._session.rollback(goes_on=True)
            if await self._is_tidied(text):
                await self._say(self._session.tracking.forget_steps(step.name, step.number))
                del self._steps[step.number]
            raise
        await self._write(step._replace(state=StepState.DONE))
        return result

    async def _persist(self, work: Callable[[], Awaitable[T]], *, bounds: bool = False) -> T:
        asked = partial(self._patience.through, work)
        return await persist(self._session, self._patience, self._record, asked, goes_on=True, bounds=bounds)

    async def _is_tidied(self, text: str) -> bool:
        """Remove what a failed try has left; where others are in the way of that too, the next run does it."""
        with suppress(StatementFailed):
            async with self._session.watched(bounds=True):
                await self._tidy(text)
            return True
        return False

    async def _tidied(self, text: str, run: Callable[[], Awaitable[T]]) -> T:
        await self._tidy(text)
        # Nothing is awaited between this and the sending: who stood still on the way here does not send it.
        if self._session.may_be_overtaken():
            raise StatementFailed(LOST_WORDS)
        return await run()

    async def _tidy(self, text: str) -> None:
        """Remove what an earlier try has left behind, which IF NOT EXISTS would take for the thing itself."""
        for statement in await self._session.leftovers(text):
            await self._session.execute(statement)

    async def _next(self, text: str, *, resumes: bool = False) -> Step | None:
        self.reached += 1
        digest = hashlib.sha256(text.encode()).hexdigest()
        step = Step(self._record.name, self._record.direction, self.reached, digest, StepState.STARTED)
        earlier = self._steps.get(self.reached)
        if earlier is None:
            return step
        if (earlier.hash, earlier.direction) != (digest, self._record.direction):
            raise StepUndecided(earlier) if earlier.state is StepState.STARTED else StepChanged(earlier)
        is_done = earlier.state is StepState.DONE or (not resumes and await self._became_done(earlier, text))
        return None if is_done else step

    async def _became_done(self, step: Step, text: str) -> bool:
        """Ask the catalog what became of a step that was interrupted.

        Raises:
            StepUndecided: it does not tell.
        """
        done = await self._session.became(text)
        if done is None:
            raise StepUndecided(step)
        if done:
            await self._write(step._replace(state=StepState.DONE))
        return done

    async def _write(self, step: Step) -> None:
        await self._say(self._session.tracking.write_step(step))
        self._steps[step.number] = step

    async def _say(self, statement: str) -> None:
        await self._patience.through(lambda: self._session.note(statement))

    async def finish(self, more: Sequence[str] = ()) -> None:
        """Record the migration and strike its steps out, in one transaction, with whatever `more` is to be committed then."""
        tracking = self._session.tracking
        closing = [tracking.record(self._record), tracking.forget_steps(self._record.name), *more]
        await self._session.rollback()
        await self._patience.through(lambda: self._session.transact([Unit("", (), closing=closing)], None))


def _is_lost(error: Exception) -> bool:
    """Whether the connection broke, so that what became of the step is not known here."""
    return isinstance(error, ConnectionLost) or bool(getattr(error, "connection_invalidated", False))
