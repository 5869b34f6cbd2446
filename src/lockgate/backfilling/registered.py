"""The backfills that migrations have left for after the deploy."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from lockgate.backfilling.job import Job, read_parts
from lockgate.dialects.seam import StatementFailed
from lockgate.errors import LockgateError, NotCurrent, SettingsError
from lockgate.nouns.backfills import Backfill, BackfillReport, BackfillState, BackfillStatus
from lockgate.planning.alembic_graph import find
from lockgate.planning.phases import waiting_words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from lockgate.dialects.filler import Filler, Keyed
    from lockgate.nouns.backfills import Compute, Part
    from lockgate.nouns.migrations import Source


class Registered(NamedTuple):
    """One of them, with its ranges."""

    name: str
    migration: str
    backfill: Backfill
    parts: Sequence[Part]

    @property
    def is_done(self) -> bool:
        """Whether all of its ranges are."""
        return all(part.state is BackfillState.DONE for part in self.parts)

    @property
    def state(self) -> BackfillState:
        """How far it has come."""
        if self.is_done:
            return BackfillState.DONE
        return BackfillState.RUNNING if any(part.batches for part in self.parts) else BackfillState.PENDING


async def registered(filler: Filler, recorded: Collection[str]) -> list[Registered]:
    """Those of the migrations that are on record; of one that was rolled back, there is none."""
    if not await filler.exists():
        return []
    parts = [part for part in await read_parts(filler) if part.migration in recorded]
    groups = itertools.groupby(parts, key=lambda part: (part.name, part.migration, part.definition))
    return [Registered(name, of, Backfill.of(said), tuple(group)) for (name, of, said), group in groups]


async def unfinished(filler: Filler, recorded: Collection[str]) -> tuple[str, ...]:
    """The names of those that are not done."""
    return tuple(one.name for one in await registered(filler, recorded) if not one.is_done)


async def refuse_unfinished(filler: Filler, recorded: Collection[str], contract: str) -> None:
    """Check that a migration that contracts finds every backfill done.

    Raises:
        NotCurrent: one is not.
    """
    if left := await unfinished(filler, recorded):
        hint = "`lockgate backfill` finishes what is left; then run this again."
        raise NotCurrent(waiting_words(contract, left), hint=hint)


def chosen(all_of_them: Sequence[Registered], name: str | None, sources: Sequence[Source]) -> list[Registered]:
    """Those of a migration (its name, stem or number), one by its own name, or all.

    Raises:
        SettingsError: there is none.
    """
    own = [one for one in all_of_them if one.name == name]
    if name is None or own:
        return own or list(all_of_them)
    migrations = list(dict.fromkeys(one.migration for one in all_of_them))
    if not migrations:
        raise SettingsError(f"There is no backfill {name}: none is registered.")
    wanted = find(name, migrations, sources)
    return [one for one in all_of_them if one.migration == wanted]


async def foreseen(filler: Filler, wanted: Sequence[Registered]) -> BackfillReport:
    """What there is to do, with the database's estimates."""
    found = []
    for one in wanted:
        keyed = await _keyed(filler, one)
        rows, estimate = sum(part.rows for part in one.parts), await filler.estimate(keyed.name)
        found.append(BackfillStatus(one.name, one.backfill.table, one.state, rows, estimate))
    return BackfillReport(tuple(found))


async def finished(
    job: Job, wanted: Sequence[Registered], compute: Callable[[Registered], Awaitable[Compute | None]]
) -> BackfillReport:
    """Do what is left of each, one after the other.

    Raises:
        LockgateError: one could not go on; those before it are done.
    """
    left = [one for one in wanted if not one.is_done]
    ready = [(one, await compute(one)) for one in left]  # before any begins
    found = [await _finished(job._replace(compute=function), one) for one, function in ready]
    return BackfillReport(tuple(found))


async def _finished(job: Job, one: Registered) -> BackfillStatus:
    await _keyed(job.filler, one)
    try:
        return await job.run(one.name, one.backfill)
    except StatementFailed as error:
        mended = error.hint or "Once that is mended, `lockgate backfill` goes on from there."
        raise LockgateError(
            f"{one.name}: the database refused a batch: {error.message}\nThe batches before it are kept.",
            hint=f"{mended}\n{_strike_out(job.filler, one)}",
        ) from error


async def _keyed(filler: Filler, one: Registered) -> Keyed:
    try:
        return await filler.keyed(one.backfill.table, one.backfill.schema, one.backfill.key)
    except LockgateError as error:
        raise LockgateError(f"{one.name}: {error.message}", hint=_strike_out(filler, one)) from error


def _strike_out(filler: Filler, one: Registered) -> str:
    """What to do where the table or its columns are gone on purpose."""
    name = filler.table.tracking.text(one.name)
    return f"Where it is needed no more, this strikes it out: DELETE FROM {filler.table.name} WHERE name = {name};"
