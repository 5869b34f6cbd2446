"""The steps of a revision of Alembic's: one transaction with its record, until it leaves it by `autocommit_block` or COMMIT.

From then on a journal says what is done, so that a run after a crash passes over it: what stands in a transaction is written
down with its commit, what stands outside of one as it starts and as it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.authoring.database import is_reading
from lockgate.dialects.seam import Step, StepState, Unit
from lockgate.errors import LockgateError
from lockgate.nouns.migrations import Direction
from lockgate.running.journal import Journal, TransactionClosed
from lockgate.running.parts import Parts
from lockgate.sql import split
from lockgate.sql.controls import Control, control

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from lockgate.authoring.alembic_revision import AlembicRevision
    from lockgate.dialects.seam import Record, Session
    from lockgate.running.lock import Patience

# What they do is the session's only, and gone with it; they are said every time.
_SAID_EVERY_TIME: Final = ("SET", "RESET", "PRAGMA")
_WRITES: Final = ("INSERT", "UPDATE", "DELETE", "MERGE")
_SAVEPOINTS: Final = ("SAVEPOINT", "RELEASE", "ROLLBACK TO")


class RevisionSteps(Parts):
    """A journal that is begun where it is needed; `migrator` is told that it is not one transaction."""

    def __init__(self, session: Session, patience: Patience, record: Record, migrator: type[AlembicRevision]) -> None:
        super().__init__(session, patience, record)
        self._migrator = migrator
        self._is_outside = self._made = False

    async def begin(self, known: Collection[str]) -> None:
        """Begin, or begin again, with what earlier runs have left on record; `known` are the names that the plan counts on."""
        session, tracking = self._session, self._session.tracking
        self._steps, self._pending, self._savepoints, self.reached = {}, [], {}, 0
        self._is_outside = self._open = False
        self._made = await self._patience.through(session.has_journal)
        if self._made:
            rows = await self._patience.through(lambda: session.fetch(tracking.read_journal(self._record.name)))
            found = (Step(self._record.name, Direction(row[0]), int(row[1]), row[2], StepState(row[3])) for row in rows)
            self._steps = {step.number: step for step in found}
        await self._patience.through(lambda: session.begin(known))
        self._open = True

    async def leave(self) -> None:
        """Commit what was done so far; what comes is not in a transaction."""
        await self._end("autocommit_block()")
        self._is_outside = True

    def rejoin(self) -> None:
        """Let what comes be in a transaction again, which its first statement begins."""
        self._is_outside = False

    async def attend(self, text: str, run: Callable[[], Awaitable[bool]], *, apart: bool, gives_rows: bool) -> None:
        """Run a statement, unless an earlier run has done it; `apart` that it is to be outside a transaction.

        Raises:
            LockgateError: an earlier run has done it, and its rows are wanted; or it would undo what is the runner's.
            StepUndecided, StepChanged: the earlier run's record forbids going on.
        """
        word = text.lstrip()[:12].upper()
        if word.startswith(_SAVEPOINTS):
            await self.enter()
            self._is_of_a_savepoint(text.split())
            await run()
        elif kind := self._control(text, word):
            await self._obey(kind)
        elif apart or self._is_outside:
            await self._outside(text, run)
        elif _is_said_every_time(text, word):
            await self.enter()
            await run()
        elif await self.step(text, run) is None and gives_rows:
            raise LockgateError(
                f"Step {self.reached} was done by an earlier run, and what it gave back then is not known any more.",
                hint=_HINT,
            )

    async def _outside(self, text: str, run: Callable[[], Awaitable[bool]]) -> None:
        await self._end(text)
        if _is_said_every_time(text, text.lstrip()[:12].upper()):
            await run()
        else:
            await Journal.step(self, text, run)

    def _control(self, text: str, word: str) -> Control | None:
        if word[:1] not in set("BCERASP-/"):
            return None
        statements = split(text, self._session.flavour)
        return control(statements[0], self._session.flavour) if len(statements) == 1 else None

    async def _obey(self, kind: Control) -> None:
        """Do what its COMMIT does where the driver is not told of it: nothing begins another transaction."""
        if kind is Control.COMMIT:
            await self.leave()
        elif kind is Control.BEGIN:
            self.rejoin()
        else:
            raise LockgateError(f"{kind} was said, but a migration's transaction is the runner's to undo.", hint=_RAISE)

    async def enter(self) -> None:
        """Begin a part where none is open."""
        await super().enter()
        await self._session.flush()

    async def _end(self, text: str) -> None:
        """Commit the open part with the rows of its steps, before what is outside of a transaction."""
        if self._savepoints:
            raise LockgateError(
                f"{text.split(maxsplit=1)[0]} was said within begin_nested(), whose savepoint could not undo it."
            )
        if self._migrator.transactional:
            self._migrator.transactional = False
        tracking = self._session.tracking
        if self._open:
            self._check()
            made = [] if self._made else [tracking.create_journal()]
            await self._session.commit([*made, *map(tracking.write_step, self._pending)], goes_on=True)
        elif not self._made:
            await self._say(tracking.create_journal())
        self._made = True
        self._steps |= {step.number: step for step in self._pending}
        self._pending, self._open = [], False

    async def finish(self, more: Sequence[str] = ()) -> None:
        """Record the migration, and strike its steps out."""
        if self._open and not self._session.in_transaction:
            raise TransactionClosed
        tracking = self._session.tracking
        closing = [tracking.record(self._record), *more]
        if self._made:
            closing.append(tracking.forget_steps(self._record.name))
        if self._open:
            await self._session.commit(closing)
            return
        await self._session.rollback()
        await self._patience.through(lambda: self._session.transact([Unit("", (), closing=closing)], None))


_HINT: Final = "Undo by hand what its steps have done, and let `lockgate repair NAME` forget them: it begins anew."
_RAISE: Final = "Use begin_nested() for a part that may be undone; raise to undo the whole revision."


def _is_said_every_time(text: str, word: str) -> bool:
    if word.startswith("WITH"):
        upper = text.upper()
        return not any(write in upper for write in _WRITES)
    return is_reading(text) or word.startswith(_SAID_EVERY_TIME)
