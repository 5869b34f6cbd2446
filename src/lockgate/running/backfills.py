"""Does the backfills that migrations have left for after the deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.backfilling.job import Job
from lockgate.backfilling.registered import chosen, finished, foreseen, registered
from lockgate.errors import SettingsError
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import Plan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lockgate.backfilling.registered import Registered
    from lockgate.dialects.seam import Session
    from lockgate.nouns.backfills import BackfillReport, Compute, Lag, Pace
    from lockgate.nouns.migrations import Source
    from lockgate.running.lock import Patience
    from lockgate.sources.loading import Loaded


class Backfills:
    """Those of one database, on its session; `load` loads the migrations that compute rows."""

    def __init__(
        self,
        session: Session,
        patience: Patience,
        sources: Sequence[Source],
        load: Callable[[Plan], Awaitable[list[Loaded]]],
    ) -> None:
        self._session, self._patience, self._sources, self._load = session, patience, sources, load

    async def run(self, name: str | None, pace: Pace, lag: Lag | None, *, dry_run: bool) -> BackfillReport:
        """Do what is left of them, or with `dry_run` say what it is.

        Raises:
            LockgateError: there is none of that name, or one could not go on.
        """
        history = await self._patience.through(self._session.history)
        filler = self._session.filler()
        wanted = chosen(await registered(filler, history.names), name, self._sources) if history.exists else []
        if dry_run:
            return await foreseen(filler, wanted)
        job = Job(filler, pace, self._patience.seconds, self._patience.emit, lag)
        return await finished(job, wanted, self._compute)

    async def _compute(self, one: Registered) -> Compute | None:
        """The method of the migration's class that computes rows, on an object that was not given its database."""
        if not one.backfill.method:
            return None
        source = next((source for source in self._sources if source.name == one.migration), None)
        if source is None:
            raise SettingsError(f"{one.name} is computed by {one.migration}, and its file is gone. Nothing was run.")
        (loaded,) = await self._load(Plan(Direction.UP, (source,), None))
        migrator: Any = getattr(loaded, "migrator", None)
        compute: Compute | None = getattr(migrator.__new__(migrator), one.backfill.method, None) if migrator else None
        if compute is None:
            raise SettingsError(f"{one.migration} has no method {one.backfill.method} any more. Nothing was run.")
        return compute
