"""One run under the lock: look again, plan again, execute, report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.dialects.seam import HistoryMoved
from lockgate.errors import HistoryError
from lockgate.events import RunStarted
from lockgate.nouns.migrations import Direction
from lockgate.nouns.reports import RunReport
from lockgate.planning.drift import is_done
from lockgate.running.executor import Executor
from lockgate.running.failures import kept_names
from lockgate.running.ledger import Ledger
from lockgate.tracing import note

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lockgate.authoring.work import Follow
    from lockgate.dialects.seam import Session
    from lockgate.events import Listener
    from lockgate.nouns.history import History
    from lockgate.nouns.plans import Plan
    from lockgate.nouns.reports import Ran
    from lockgate.running.lock import Patience
    from lockgate.sources.loading import Loaded


class Run:
    """One run up or down; `plan` makes its plan of a history, and `load` loads one; `follow` is auto_migrate().

    `before` is called with the history once it is certain that something runs, before anything does.
    """

    def __init__(
        self,
        session: Session,
        patience: Patience,
        emit: Listener,
        *,
        plan: Callable[[History], Plan],
        load: Callable[[Plan], Awaitable[list[Loaded]]],
        follow: Follow,
        before: Callable[[History], Awaitable[None]] | None = None,
    ) -> None:
        self._session = session
        self._patience = patience
        self._emit = emit
        self._plan = plan
        self._load = load
        self._follow = follow
        self._before = before
        self._ran: tuple[Direction, Sequence[Ran]] = (Direction.UP, ())

    @property
    def kept(self) -> str:
        """What it has done until now, in words."""
        return kept_names(*self._ran)

    async def finish(self, first: Plan, loaded: list[Loaded]) -> RunReport:
        """Do what is left to do now that the lock is held; `first` is what was seen before, and `loaded` its migrations.

        Raises:
            MigrationFailed: one failed.
            HistoryError, SettingsError: the history has changed since, so that the run may not go on.
        """
        history = await self._patience.through(self._session.history)
        plan = self._plan(history)
        if plan.migrations != first.migrations:
            loaded = await self._load(plan)
        if plan.batch_no is None:
            return RunReport(plan.direction)
        if self._before is not None:
            await self._before(history)
        if not history.exists:
            await self._patience.through(self._session.create_table)
        note({"lockgate.batch_no": plan.batch_no, "lockgate.migrations": len(plan.migrations)})
        self._emit(RunStarted(plan.direction, tuple(one.name for one in plan.migrations), plan.batch_no))
        return await self._execute(plan.direction, plan.batch_no, history, loaded)

    async def _execute(
        self, direction: Direction, batch_no: int, history: History, loaded: Sequence[Loaded]
    ) -> RunReport:
        ledger = Ledger(self._session, self._patience, self._emit, known=history.names, batch_no=batch_no)
        self._ran = direction, ledger.ran
        executor = Executor(ledger, self._follow)
        while loaded:
            try:
                await executor.run(loaded)
            except HistoryMoved:
                history = await self._patience.through(self._session.history)
                again = self._plan_again(history, direction, ledger)
                ledger.look_again(history.names, again.batch_no)
                loaded = _left(loaded, direction, history)
            else:
                break
        return RunReport(direction, ledger.batch_no if ledger.ran else None, tuple(ledger.ran))

    def _plan_again(self, history: History, direction: Direction, ledger: Ledger) -> Plan:
        try:
            return self._plan(history)
        except HistoryError as error:
            raise error.keeping(kept_names(direction, ledger.ran) or "Nothing was run.") from error


def _left(loaded: Sequence[Loaded], direction: Direction, history: History) -> list[Loaded]:
    """What this run set out to do and another runner has not done since."""
    recorded = {row.name: row.hash for row in history}
    if direction is Direction.DOWN:
        return [one for one in loaded if one.source.name in recorded]
    return [one for one in loaded if not is_done(one.source, recorded.get(one.source.name))]
