"""Models and migrations side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.runner import Runner

if TYPE_CHECKING:
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


async def match(url: DatabaseUrl, config: Conclusions) -> tuple[str, ...]:
    """Apply all migrations to an empty database, and say what the models have otherwise.

    Raises:
        LockgateError: a migration fails, or the models cannot be read.
    """
    async with Runner(url, config=config) as runner:
        await runner.up()
        report = await runner.check()
    if not report.differences:
        return ()
    lines = [f"  {one.kind} {one.name}: {one.detail}" for one in report.differences]
    return (
        "The migrations do not make what the models say. The database would need:",
        *lines,
        'Write what is missing with `lockgate new --auto "DESCRIPTION"`.',
    )
