"""One backfill from where it stands to its end: its ranges, one or several at a time."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio

from lockgate.backfilling import keys
from lockgate.backfilling.filling import Filling, Task, part_of
from lockgate.backfilling.tally import Tally
from lockgate.backfilling.throttle import Throttle
from lockgate.dialects.filler import Overtaken
from lockgate.events import BackfillFinished, BackfillStarted
from lockgate.nouns.backfills import Backfill, BackfillState, BackfillStatus

if TYPE_CHECKING:
    from lockgate.dialects.filler import Filler, Keyed
    from lockgate.events import Listener
    from lockgate.nouns.backfills import Compute, Lag, Pace, Part

_CUTTING_SECONDS: Final = 5.0


class Job(NamedTuple):
    """What a backfill is done with.

    Attributes:
        filler: the connection that it begins on.
        pace: how it leaves room for others.
        patience: how many seconds others may be in the way of one batch.
        emit: hears how far it has come.
        lag: says how far the replicas are behind; left out, the engine does.
        compute: what computes rows, where it is no SQL.
    """

    filler: Filler
    pace: Pace
    patience: float
    emit: Listener
    lag: Lag | None = None
    compute: Compute | None = None

    async def run(self, name: str, backfill: Backfill) -> BackfillStatus:
        """Do what is left of it.

        Raises:
            LockgateError: the table is gone, others were in the way for too long, or the replicas stay behind.
            StatementFailed: the server refused a batch; those before it are kept.
        """
        keyed = await self.filler.keyed(backfill.table, backfill.schema, backfill.key)
        keys.refuse_moving(backfill, keyed)
        parts = await self._parts(name, keyed)
        estimate = await self.filler.estimate(keyed.name)
        done = sum(part.rows for part in parts)
        self.emit(BackfillStarted(name, backfill.table, done, estimate))
        tally = Tally(name, done, estimate, self.emit, anyio.current_time)
        throttle = Throttle(name, self.lag or self.filler.lag, self.pace.max_lag, self.emit)
        task = Task(
            name, backfill, keyed, self.pace.seconds, self.patience, self.emit, tally, throttle.passed, self.compute
        )
        await self._work(task, [part for part in parts if part.state is not BackfillState.DONE])
        self.emit(BackfillFinished(name, tally.rows, tally.seconds))
        return BackfillStatus(name, backfill.table, BackfillState.DONE, tally.rows, estimate, tally.seconds)

    async def _parts(self, name: str, keyed: Keyed) -> list[Part]:
        """Its ranges; one that has not begun is cut into several where several connections are to work at it."""
        parts = await read_parts(self.filler, name)
        wanted = self.pace.connections if self.filler.is_concurrent else 1
        if len(parts) > 1 or wanted == 1 or parts[0].batches:
            return parts
        cuts = [keys.written(cut) or "" for cut in await self.filler.cuts(keyed, wanted)]
        if cuts:
            table = self.filler.table
            with suppress(Overtaken):  # another process has begun with it meanwhile
                await self.filler.apply(
                    table.shorten(parts[0], cuts[0]), table.append(parts[0], cuts), _CUTTING_SECONDS
                )
        return await read_parts(self.filler, name)

    async def _work(self, task: Task, parts: list[Part]) -> None:
        failures = list[Exception]()

        async def worker() -> None:
            try:
                async with self.filler.beside() as filler:
                    filling = Filling(task, filler)
                    while parts:
                        await filling.finish(parts.pop(0))
            except Exception as error:  # a group of them would hide what it is
                failures.append(error)
                group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for _ in range(min(len(parts), self.pace.connections if self.filler.is_concurrent else 1)):
                group.start_soon(worker)
        if failures:
            raise failures[0]


async def read_parts(filler: Filler, name: str | None = None) -> list[Part]:
    """The ranges of a backfill, or of all."""
    return [part_of(row) for row in await filler.fetch(filler.table.read(name))]
