"""After a connection broke: whether the server had committed what it was told to is seen when it has ended the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anyio
import asyncpg

if TYPE_CHECKING:
    from lockgate.dialects.watching import Aside

_PAUSE: Final = 0.1


async def recorded_after(itself: str, aside: Aside, table: str, seconds: float) -> set[str] | None:
    """The names in `table` once a session is gone; None where it is not, or nobody can be asked, within `seconds`.

    `itself` is the condition for it in pg_stat_activity. A server that has crashed comes back, so it is asked again and again.
    """
    with anyio.move_on_after(seconds):
        while True:
            try:
                async with aside() as connection:
                    await _gone(connection, itself)
                    return await _names(connection, table)
            except Exception:  # an application's engine or pool has errors of its own
                await anyio.sleep(_PAUSE)
    return None


async def _gone(connection: Any, itself: str) -> None:
    # The number may be given again: what began after now is somebody else.
    now = await connection.fetchval("SELECT pg_catalog.now()")
    query = f"SELECT 1 FROM pg_catalog.pg_stat_activity WHERE {itself} AND coalesce(backend_start, $1) <= $1"
    while await connection.fetchval(query, now):  # noqa: ASYNC110 - the server tells nobody
        await anyio.sleep(_PAUSE)


async def _names(connection: Any, table: str) -> set[str]:
    try:
        return {row[0] for row in await connection.fetch(f"SELECT name FROM {table}")}
    except asyncpg.UndefinedTableError:
        return set()
