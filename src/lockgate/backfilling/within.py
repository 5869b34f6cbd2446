"""A backfill as a migration asks for it: done there and then, or left for after the deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.backfilling.job import Job, read_parts
from lockgate.backfilling.keys import refuse_moving

if TYPE_CHECKING:
    from lockgate.dialects.filler import Filler
    from lockgate.nouns.backfills import Backfill


async def begun(filler: Filler, name: str, migration: str, backfill: Backfill) -> None:
    """See to it that its row is there: what an earlier run has left of the same work, else from the beginning."""
    said = backfill.said()
    parts = await read_parts(filler, name)
    if not parts or parts[0].definition != said:
        await filler.note(filler.table.register(name, migration, said))


async def run_within(job: Job, name: str, migration: str, backfill: Backfill) -> int:
    """Do it; gives how many rows it went through, by this run and those before it.

    Raises:
        LockgateError, StatementFailed: as `Job.run`.
    """
    await begun(job.filler, name, migration, backfill)
    return (await job.run(name, backfill)).rows


async def left_for_later(filler: Filler, name: str, migration: str, backfill: Backfill) -> list[str]:
    """The statements that register it, to be committed with the migration; where the table is empty, it is done already.

    Raises:
        LockgateError: there is no such table, or no such key, or it is what would be changed.
    """
    keyed = await filler.keyed(backfill.table, backfill.schema, backfill.key)
    refuse_moving(backfill, keyed)
    if not await filler.fetch(f"SELECT 1 FROM {keyed.name} LIMIT 1"):
        return filler.table.register(name, migration, "")[:1] if await filler.exists() else []
    return filler.table.register(name, migration, backfill.said())
