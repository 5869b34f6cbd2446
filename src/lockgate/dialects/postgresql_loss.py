"""After a connection broke: whether the server had committed what it was told to is seen when it has ended the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anyio
import asyncpg

if TYPE_CHECKING:
    from lockgate.dialects.postgresql_watch import Aside

_PAUSE: Final = 0.1
_LOST: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def recorded_after(pid: int, aside: Aside, table: str, seconds: float) -> set[str] | None:
    """The names in `table` once the session of `pid` is gone; None where it is not, or nobody can be asked, within `seconds`.

    A server that has crashed comes back, so it is asked again and again.
    """
    with anyio.move_on_after(seconds):
        while True:
            try:
                async with aside() as connection:
                    await _gone(connection, pid)
                    return await _names(connection, table)
            except _LOST:
                await anyio.sleep(_PAUSE)
    return None


async def _gone(connection: Any, pid: int) -> None:
    # The number may be given again: what began after now is somebody else.
    now = await connection.fetchval("SELECT pg_catalog.now()")
    query = "SELECT 1 FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND coalesce(backend_start, $2) <= $2"
    while await connection.fetchval(query, pid, now):  # noqa: ASYNC110 - the server tells nobody
        await anyio.sleep(_PAUSE)


async def _names(connection: Any, table: str) -> set[str]:
    try:
        return {row[0] for row in await connection.fetch(f"SELECT name FROM {table}")}
    except asyncpg.UndefinedTableError:
        return set()
