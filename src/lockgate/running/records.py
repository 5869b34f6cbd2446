"""Sets the record straight without running anything: stamp and repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.dialects.seam import Record, Step, StepState, Unit
from lockgate.errors import SettingsError
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import ProblemKind
from lockgate.nouns.reports import RecordReport
from lockgate.planning.alembic_graph import find
from lockgate.planning.baselines import known_hashes
from lockgate.planning.drift import compare
from lockgate.planning.planner import plan_stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.seam import Session
    from lockgate.nouns.migrations import Source
    from lockgate.running.lock import Patience


class Records:
    """Changes the tracking table of one session; without patience for its lock, it only says what it would change."""

    def __init__(self, session: Session, sources: Sequence[Source], patience: Patience | None) -> None:
        self._session = session
        self._sources = sources
        self._patience = patience

    async def stamp(self, name: str) -> RecordReport:
        """Record everything up to `name` that is not recorded.

        Raises:
            SettingsError: there is no such migration.
        """
        history = await self._session.history()
        plan = plan_stamp(self._sources, history, name)
        batch_no = plan.batch_no or 0
        records = [
            Record(Direction.UP, one.name, one.hash, batch_no, again=one.name in history.names)
            for one in plan.migrations
        ]
        await self._write([self._session.tracking.record(record) for record in records])
        return RecordReport(recorded=tuple(record.name for record in records))

    async def repair(self, name: str | None, step: str | None) -> RecordReport:
        """Accept edited files and forget missing ones, of all or of `name`; with `step`, decide an interrupted step.

        For a migration that is not applied but has done some of its steps, the steps are forgotten: it begins anew.

        Raises:
            SettingsError: there is no such migration, or no step of it waits for a decision.
        """
        if step is not None:
            return await self._decide(name, step)
        history = await self._session.history()
        names = [*history.names, *(source.name for source in self._sources)]
        wanted = find(name, names, self._sources) if name is not None else None
        if wanted is not None and wanted not in history.names and await self._has_steps(wanted):
            filler = self._session.filler()
            filled = [filler.table.forget(wanted)] if await filler.exists() else []
            await self._write([self._session.tracking.forget_steps(wanted), *filled])
            return RecordReport(decided=(wanted,))
        problems = [p for p in compare(self._sources, history).problems if wanted in {None, p.name}]
        now = known_hashes(self._sources)
        edited = tuple(p.name for p in problems if p.kind is ProblemKind.EDITED)
        missing = tuple(p.name for p in problems if p.kind is ProblemKind.MISSING)
        tracking = self._session.tracking
        forgotten = [tracking.record(Record(Direction.DOWN, one, "", 0)) for one in missing]
        await self._write([*(tracking.rehash(one, now[one]) for one in edited), *forgotten])
        return RecordReport(rehashed=edited, forgotten=missing)

    async def _decide(self, name: str | None, step: str) -> RecordReport:
        if name is None or step not in {"done", "undone"}:
            raise SettingsError("step takes done or undone, and needs the migration's name.")
        await self._session.history()
        source = find(name, [source.name for source in self._sources], self._sources)
        started = await self._started(source)
        tracking = self._session.tracking
        if step == "done":
            done = Step(source, started.direction, started.number, started.hash, StepState.DONE)
            await self._write([tracking.write_step(done)])
        else:
            await self._write([tracking.forget_steps(source, started.number)])
        return RecordReport(decided=(source,))

    async def _has_steps(self, name: str) -> bool:
        if not await self._session.has_journal():
            return False
        return bool(await self._session.fetch(self._session.tracking.read_journal(name)))

    async def _started(self, name: str) -> Step:
        rows = (
            await self._session.fetch(self._session.tracking.read_journal(name)) if await self._has_steps(name) else []
        )
        for direction, number, digest, state in rows:
            if state == StepState.STARTED:
                return Step(name, Direction(direction), int(number), digest, StepState.STARTED)
        raise SettingsError(f"No step of {name} waits for a decision.")

    async def _write(self, statements: Sequence[str]) -> None:
        if statements and self._patience:
            unit = Unit("", (), closing=statements)
            await self._patience.through(lambda: self._session.transact([unit], None))
