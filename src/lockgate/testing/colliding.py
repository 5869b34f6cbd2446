"""Two runners at once, on one empty database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from lockgate.errors import LockgateError
from lockgate.runner import Runner

if TYPE_CHECKING:
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


async def collide(url: DatabaseUrl, config: Conclusions) -> tuple[str, ...]:
    """Let two runners apply all migrations at the same time, and say what went wrong."""
    faults, applied = list[str](), list[str]()

    async def run() -> None:
        try:
            async with Runner(url, config=config) as runner:
                applied.extend((await runner.up()).names)
        except LockgateError as error:
            faults.append(f"One of two runners failed: {error}")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        tasks.start_soon(run)
    if faults:
        return tuple(faults)
    async with Runner(url, config=config) as runner:
        recorded = [row.name for row in (await runner.history()).rows]
    return tuple(
        f"{name} was applied {applied.count(name)} times by two runners."
        for name in recorded
        if applied.count(name) != 1
    )
