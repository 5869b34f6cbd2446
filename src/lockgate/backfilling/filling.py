"""Goes through one range, batch by batch, until its end."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anyio

from lockgate.backfilling import keys
from lockgate.backfilling.sizing import BatchSize
from lockgate.dialects.filler import Overtaken, TooLong, Write
from lockgate.errors import LockgateError
from lockgate.events import BackfillPaused
from lockgate.nouns.backfills import Backfill, BackfillState, Part

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from lockgate.backfilling.tally import Tally
    from lockgate.dialects.filler import Filler, Keyed
    from lockgate.events import Listener
    from lockgate.nouns.backfills import Compute, Key

_MOST_ROWS: Final = 100_000
_MOST_COMPUTED: Final = 10_000  # they are all in memory at once
_STALE_BATCHES, _STALE_SECONDS = 8, 5.0
_SHORTEST, _LONGEST = 0.02, 1.0


class Task(NamedTuple):
    """What the ranges of a backfill have in common; others are in a batch's way for `patience` seconds at most."""

    name: str
    backfill: Backfill
    keyed: Keyed
    seconds: float
    patience: float
    emit: Listener
    tally: Tally
    throttled: Callable[[], Awaitable[None]]
    compute: Compute | None


class Filling:
    """One worker on one connection."""

    def __init__(self, task: Task, filler: Filler) -> None:
        self._task, self._filler = task, filler
        self._size = BatchSize(task.seconds, _MOST_ROWS if task.compute is None else _MOST_COMPUTED)

    async def finish(self, part: Part) -> None:
        """Do what is left of a range.

        Raises:
            LockgateError: others were in the way for too long.
            StatementFailed: the server refused a batch; those before it are kept.
        """
        since, pause = anyio.current_time(), _SHORTEST
        while part.state is not BackfillState.DONE:
            await self._task.throttled()
            try:
                part = await self._batch(part)
            except Overtaken:
                part = await self._left_to_another(part)
            except TooLong as error:
                if anyio.current_time() - since > self._task.patience:
                    raise self._given_up() from error
                self._size.took_too_long()
                await anyio.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(_LONGEST, pause * 2)
                continue
            since, pause = anyio.current_time(), _SHORTEST

    async def _batch(self, part: Part) -> Part:
        """Do the next batch, and give the range as it is then."""
        reached, rows = await self._edge(part)
        # None beyond the edge is left, so the rest is one batch; what is inserted there meanwhile joins it.
        until = part.ends if reached is None else reached
        advance = self._filler.table.advance(part, keys.written(reached), rows)
        began = anyio.current_time()
        await self._change(advance, part.reached, until)
        took = anyio.current_time() - began
        self._size.took(took, rows)
        self._task.tally.passed(rows)
        await anyio.sleep(took * self._filler.rest)
        state = BackfillState.DONE if reached is None else BackfillState.RUNNING
        return part._replace(reached=reached, rows=part.rows + rows, batches=part.batches + 1, state=state)

    async def _edge(self, part: Part) -> tuple[Key | None, int]:
        """The key that the next batch ends with, None where it is the last; and how many rows it has."""
        keyed, size = self._task.keyed, self._size.rows
        within = keyed, part.reached, part.ends, size, self._filler
        found = await self._filler.fetch(keys.edge(*within))
        if found:
            return found[0], size
        ((left,),) = await self._filler.fetch(keys.count(*within))
        return None, int(left)

    async def _change(self, advance: str, after: Key | None, until: Key | None) -> None:
        task, filler = self._task, self._filler
        if task.compute is None:
            change = keys.change(task.backfill, task.keyed, after, until, filler)
            await filler.apply(advance, change, task.seconds)
        else:
            query = keys.rows(task.backfill, task.keyed, after, until, filler)
            await filler.convert(advance, query, self._computed, task.keyed, task.seconds)

    async def _computed(self, rows: Sequence[Mapping[str, Any]]) -> list[Write]:
        compute, of = self._task.compute, self._task.keyed.key
        assert compute is not None
        found = list(await compute(rows)) if rows else []
        if len(found) != len(rows):
            raise LockgateError(
                f"{self._task.backfill.method} was given {len(rows)} rows, and gave {len(found)} back.",
                hint="It gives one mapping of columns for each row, in their order; None for a row that stays as it is.",
            )
        writes = [Write(tuple(row[name] for name in of), said) for row, said in zip(rows, found, strict=True) if said]
        moved = {
            name
            for one in writes
            for name, value in zip(of, one.key, strict=True)
            if one.values.get(name, value) != value
        }
        if moved:
            raise keys.moves(sorted(moved), self._task.keyed)
        return writes

    async def _left_to_another(self, part: Part) -> Part:
        """Look on while another worker moves the range; give it where that worker has left it."""
        self._task.emit(BackfillPaused(self._task.name, "another process is at work on it"))
        stale = max(_STALE_SECONDS, _STALE_BATCHES * self._task.seconds)
        since, seen = anyio.current_time(), await self._again(part)
        while seen.state is not BackfillState.DONE and anyio.current_time() - since < stale:
            await anyio.sleep(self._task.seconds)
            now = await self._again(part)
            if now.batches != seen.batches:
                since, seen = anyio.current_time(), now
        self._task.tally.passed(seen.rows - part.rows)
        return seen

    async def _again(self, part: Part) -> Part:
        rows = await self._filler.fetch(self._filler.table.read(part.name))
        found = next((one for one in map(part_of, rows) if one.number == part.number), None)
        if found is None:
            raise LockgateError(f"{part.name} is gone: its migration was rolled back. What it has done is kept.")
        return found

    def _given_up(self) -> LockgateError:
        return LockgateError(
            f"{self._task.name}: others were in the way of the next batch for {self._task.patience:g} s, or a single row takes"
            f" longer than {self._task.seconds:g} s. What it has done is kept.",
            hint="`lockgate backfill` goes on from there; --seconds allows a batch more time.",
        )


def part_of(row: Sequence[Any]) -> Part:
    """A row of the backfills' table."""
    name, number, migration, definition, reached, ends, rows, batches, state = row
    return Part(
        name,
        int(number),
        migration,
        definition,
        keys.read(reached),
        keys.read(ends),
        int(rows),
        int(batches),
        BackfillState(state),
    )
