"""The steps of a migration that runs outside a transaction: a row before each, a row after, so that a crash resumes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Self, TypeVar

from lockgate.dialects.seam import ConnectionLost, Record, Step, StepState, Unit
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

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


class Journal:
    """One migration's steps. `reached` counts the steps that have been passed, `done` those that are on record."""

    def __init__(self, session: Session, patience: Patience, record: Record) -> None:
        self._session = session
        self._patience = patience
        self._record = record
        self._steps: dict[int, Step] = {}
        self.reached = 0

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

    async def step(self, text: str, run: Callable[[], Awaitable[T]]) -> T | None:
        """Run the next step unless it is done already: a row says that it has started, and another that it is done.

        Gives what `run` gives, or None for a step that is passed.

        Raises:
            StepUndecided, StepChanged: the earlier run's record forbids going on.
            Exception: whatever `run` raises; the step was refused, which leaves it not done.
        """
        step = self._next(text)
        if step is None:
            return None
        await self._write(step)
        try:
            result = await self._patience.through(run)
        except Exception as error:
            if isinstance(error, ConnectionLost) or getattr(error, "connection_invalidated", False):
                raise
            await self._session.rollback()
            await self._say(self._session.tracking.forget_steps(step.name, step.number))
            del self._steps[step.number]
            raise
        await self._write(step._replace(state=StepState.DONE))
        return result

    async def block(self, text: str, statements: Sequence[str], modes: str) -> None:
        """Run the next step as one transaction, its row within."""
        step = self._next(text)
        if step is None:
            return
        done = step._replace(state=StepState.DONE)
        unit = Unit(text, statements, modes, [self._session.tracking.write_step(done)])
        await self._patience.through(lambda: self._session.transact([unit], None))
        self._steps[done.number] = done

    def _next(self, text: str) -> Step | None:
        self.reached += 1
        digest = hashlib.sha256(text.encode()).hexdigest()
        step = Step(self._record.name, self._record.direction, self.reached, digest, StepState.STARTED)
        earlier = self._steps.get(self.reached)
        if earlier is None:
            return step
        if earlier.state is StepState.STARTED:
            raise StepUndecided(earlier)
        if (earlier.hash, earlier.direction) != (digest, self._record.direction):
            raise StepChanged(earlier)
        return None

    async def _write(self, step: Step) -> None:
        await self._say(self._session.tracking.write_step(step))
        self._steps[step.number] = step

    async def _say(self, statement: str) -> None:
        await self._patience.through(lambda: self._session.note(statement))

    async def finish(self) -> None:
        """Record the migration and strike its steps out, in one transaction."""
        tracking = self._session.tracking
        closing = [tracking.record(self._record), tracking.forget_steps(self._record.name)]
        await self._session.rollback()
        await self._patience.through(lambda: self._session.transact([Unit("", (), closing=closing)], None))
