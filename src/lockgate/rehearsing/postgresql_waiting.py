"""What a statement outside a transaction locks: another session is in its way for a moment, so that it can be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anyio

from lockgate.dialects.seam import StatementFailed
from lockgate.dialects.tracking import quoted
from lockgate.rehearsing.postgresql_locks import locks, relations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lockgate.nouns.rehearsals import Touch
    from lockgate.rehearsing.postgresql_locks import Held, Relation, Watch
    from lockgate.rehearsing.postgresql_session import RehearsalSession

_LOOKING_SECONDS: Final = 2.0
_PAUSE: Final = 0.005


async def seen_waiting(
    session: RehearsalSession,
    work: Callable[[], Awaitable[Any]],
    text: str,
    there: dict[int, Relation],
    watch: Watch,
) -> tuple[Any, tuple[Touch, ...]]:
    """Run `work`, and say what it locked: its strongest locks are those that it asked for while it had to wait."""
    found: list[Held] = []
    results: list[Any] = []
    async with session.beside() as other, anyio.create_task_group() as group:
        await _stand_in_the_way(other, there)

        async def look() -> None:
            pid = str(session.driver.get_server_pid())
            with anyio.move_on_after(_LOOKING_SECONDS):
                while all(one.granted for one in found):
                    found[:] = await locks(other.fetch, pid)
                    await anyio.sleep(_PAUSE)
            await other.rollback()

        group.start_soon(look)
        results.append(await work())
        group.cancel_scope.cancel()
    with session.own(silent=True):
        after = await relations(session.fetch)
    done = [
        one._replace(file=after[one.relation].file, scans=after[one.relation].scans) if one.relation in after else one
        for one in found
    ]
    return results[0], watch.touched(done, text, 0)


async def _stand_in_the_way(other: Any, there: dict[int, Relation]) -> None:
    """Hold a lock on every table that those conflict with which run outside transactions, and no reader or writer does."""
    names = [f"{quoted(one.name.schema)}.{quoted(one.name.name)}" for one in there.values() if one.kind in "rpm"]
    await other.begin(None)
    if names:
        await other.submit([f"LOCK TABLE {', '.join(names)} IN SHARE UPDATE EXCLUSIVE MODE NOWAIT"], None)
    try:
        await other.flush()
    except StatementFailed:
        await other.rollback()
