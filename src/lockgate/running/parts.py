"""The steps of a Python migration where DDL commits: what stands between two statements that commit is one transaction.

The rows of its steps are written with it, so that a migration of data alone is all of it done or nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lockgate.authoring.database import is_reading
from lockgate.dialects.seam import StepState
from lockgate.errors import LockgateError
from lockgate.running.journal import Journal, TransactionClosed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lockgate.dialects.seam import Record, Session, Step
    from lockgate.running.lock import Patience

T = TypeVar("T")


class Parts(Journal):
    """A journal that writes the steps of the open part with its commit; `passes_ddl` is whether DDL has gone past it."""

    owns_transactions = True

    def __init__(self, session: Session, patience: Patience, record: Record) -> None:
        super().__init__(session, patience, record)
        self._pending: list[Step] = []
        self._savepoints: dict[str, int] = {}
        self._running = self._open = False
        self.passes_ddl = False

    async def statement(self, text: str) -> None:
        """Run a statement as the next step, unless it is done already."""
        await self.step(text, lambda: self._session.execute(text))

    async def step(self, text: str, run: Callable[[], Awaitable[T]]) -> T | None:
        """Do the next step unless it is done already: in the open part, or by itself where it commits."""
        if self._session.commits_by_itself(text):
            await self._end(text)
            return await super().step(text, lambda: self._counted(run))
        await self.enter()
        step = await self._next(text)
        if step is None:
            return None
        result = await self._counted(run)
        self._pending.append(step._replace(state=StepState.DONE))
        return result

    async def _counted(self, run: Callable[[], Awaitable[T]]) -> T:
        self._running = True
        try:
            return await run()
        finally:
            self._running = False

    async def hear(self, text: str) -> None:
        """Take account of a statement that SQLAlchemy is about to run, by whatever way it was asked for.

        Raises:
            LockgateError: an earlier run has done it, and it cannot be passed over.
        """
        if self._running:
            return
        if self._session.commits_by_itself(text):
            await self._end(text)
            self.passes_ddl = True
            return
        await self.enter()
        if is_reading(text) or self._is_of_a_savepoint(text.split()):
            return
        step = await self._next(text)
        if step is None:
            raise LockgateError(
                f"Step {self.reached} was done by an earlier run; said past self.db's own methods, it cannot be passed over.",
                hint="Undo by hand what its steps have done, and let `lockgate repair NAME` forget them: it begins anew.",
            )
        self._pending.append(step._replace(state=StepState.DONE))

    async def enter(self) -> None:
        """Begin a part where none is open."""
        if not self._open:
            self._open = True
            await self._session.begin(None, goes_on=True)

    def _is_of_a_savepoint(self, words: Sequence[str]) -> bool:
        """Whether it is; what is undone with one is no step any more."""
        if words[0] not in {"SAVEPOINT", "RELEASE", "ROLLBACK"}:
            return False
        if words[0] == "SAVEPOINT":
            self._savepoints[words[-1]] = len(self._pending)
            return True
        reached = self._savepoints.pop(words[-1], len(self._pending))
        if words[0] == "ROLLBACK":
            del self._pending[reached:]
        return True

    async def _end(self, text: str) -> None:
        """Commit the open part, before a statement that would."""
        if self._savepoints:
            raise LockgateError(
                f"{text.split(maxsplit=1)[0]} commits on this engine, so the savepoint around it could not undo it.",
                hint="Do it before `async with self.db.savepoint():`, or after it.",
            )
        if self._open:
            self._check()
            for step in self._pending:
                await self._say(self._session.tracking.write_step(step))
            await self._session.commit((), goes_on=True)
        self._steps |= {step.number: step for step in self._pending}
        self._pending, self._open = [], False

    def _check(self) -> None:
        if self._open and not self._session.in_transaction:
            raise TransactionClosed

    async def finish(self, more: Sequence[str] = ()) -> None:
        """Record the migration and strike its steps out, with the open part."""
        self._check()
        await self.enter()
        tracking = self._session.tracking
        closing = [tracking.record(self._record), tracking.forget_steps(self._record.name), *more]
        await self._session.commit(closing)
