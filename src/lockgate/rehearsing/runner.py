"""The runner of a rehearsal: the same run, on a session that keeps what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.nouns.migrations import Direction
from lockgate.nouns.rehearsals import Sent
from lockgate.runner import Runner
from lockgate.running.connection import Connection
from lockgate.running.lease import Lease
from lockgate.running.lock import Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.backup.taking import Backup
    from lockgate.dialects.seam import Session
    from lockgate.events import Event
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.plans import Selection
    from lockgate.nouns.schema_reports import AutoReport
    from lockgate.rehearsing.asked import Asked
    from lockgate.rehearsing.recorder import Recorder
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


class OpenConnection(Connection):
    """A session that is open already, on a database that nobody else knows."""

    def __init__(self, session: Session, config: Conclusions, emit: Any) -> None:
        super().__init__(None, config, emit)
        self._open = session

    def turn(self, session: Session) -> Turn:
        """By the lock that needs no rows."""
        return Turn(session, Lease(session, self.another, self._config.lease_seconds), "advisory")

    async def close(self) -> None:
        """Whoever opened it closes it."""


class RehearsalRunner(Runner):
    """Runs `sources` on a session; no gate is in its way, and nobody hears it but the recorder."""

    def __init__(
        self, url: DatabaseUrl, session: Session, config: Conclusions, sources: Sequence[Source], recorder: Recorder
    ) -> None:
        super().__init__(url, config=config)
        self._rehearsed, self._recorder = tuple(sources), recorder
        recorder.origins = {one.name: one.origin for one in sources if one.origin.endswith(".py")}
        self._connection = OpenConnection(session, config, self._emit)

    async def run(self, asked: Asked) -> None:
        """Run what is asked for.

        Raises:
            LockgateError: as a runner's `up` and `down`.
        """
        chosen = asked.selection
        if asked.direction is Direction.UP:
            await self.up(to=chosen.to, steps=chosen.steps, phase=chosen.phase, force=True)
        else:
            await self.down(to=chosen.to, steps=chosen.steps, batch=chosen.batch, all=chosen.everything, force=True)

    async def run_alone(self, direction: Direction) -> None:
        """Run all of its migrations, whatever would come before them."""
        if direction is Direction.UP:
            await self.up(force=True)
        else:
            await self.down(all=True, force=True)

    async def _sources(self, *, needed: bool = True) -> tuple[Source, ...]:
        return self._rehearsed

    async def _follow(self, session: Session, models: Sequence[Any]) -> AutoReport:
        own: Any = getattr(session, "own", None)
        if own is None:
            return await super()._follow(session, models)
        seen: Any = session
        await seen.flush()  # BEGIN, which is to be heard
        await seen.watch()
        with own(silent=True):
            report = await super()._follow(session, models)
        touches = await seen.touches()  # by all of them, since the last is the one that is done
        for number, statement in enumerate(report.statements, 1):
            self._recorder.keep(Sent(statement, touches=touches if number == len(report.statements) else ()))
        return report

    def _backup(self, place: str | None) -> Backup | None:
        return None

    async def _before_up(self, selection: Selection) -> None:
        """What is only rehearsed, nobody has to look at before."""

    def _pass_gate(self, *, force: bool) -> None:
        """What is only rehearsed, no gate keeps back."""

    def _emit(self, event: Event) -> None:
        self._recorder.hear(event)
