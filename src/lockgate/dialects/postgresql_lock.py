"""The advisory lock of PostgreSQL, what tells whether it keeps anybody out, and the end of those who had a lease instead.

https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import anyio

from lockgate.dialects.postgresql_rows import text_of
from lockgate.dialects.seam import StatementFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_PAUSE: Final = 0.1


class AdvisoryLock:
    """A session's lock of one key; `fetch` reads rows on the session, `driver` is its connection.

    `own` is whether the server process that answers is the one that was connected to, as behind a pooler it is not: None
    until that has been seen.
    """

    def __init__(self, fetch: Callable[[str], Awaitable[list[tuple[Any, ...]]]], driver: Any) -> None:
        self._fetch, self._driver = fetch, driver
        self.own: bool | None = None

    async def take(self, table: str) -> bool | None:
        """Ask for it; never wait in the server, where CREATE INDEX CONCURRENTLY would deadlock with it.

        In one statement with the question whether it would keep anybody out, so that none is left on a pooler's connection.
        """
        own = f"pg_catalog.pg_backend_pid() = {self._driver.get_server_pid():d}"
        rows = await self._fetch(f"SELECT CASE WHEN {own} THEN pg_catalog.pg_try_advisory_lock({key_of(table)}) END")
        self.own = rows[0][0] is not None
        return rows[0][0] == "t" if self.own else None

    async def look(self) -> bool:
        """Whether the session is one of the server's own."""
        if self.own is None:
            ((pid,),) = await self._fetch("SELECT pg_catalog.pg_backend_pid()")
            self.own = int(pid) == self._driver.get_server_pid()
        return self.own

    async def is_held(self, table: str) -> bool:
        """Whether this session has it."""
        held = f"locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid() AND {_is_of(table, '')}"
        return bool(await self._fetch(f"SELECT 1 FROM pg_catalog.pg_locks WHERE {held}"))

    async def give_back(self, table: str) -> None:
        """Give it back."""
        await self._fetch(f"SELECT pg_catalog.pg_advisory_unlock({key_of(table)})")

    async def holder(self, table: str) -> str | None:
        """Look its holder up in pg_locks; this session does not count."""
        rows = await self._fetch(
            "SELECT pg_catalog.pg_backend_pid(), a.pid, a.application_name, a.client_addr,"
            " to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') FROM (SELECT 1) one LEFT JOIN (pg_catalog.pg_locks l"
            " JOIN pg_catalog.pg_stat_activity a USING (pid))"
            " ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_catalog.pg_backend_pid()"
            f" AND {_is_of(table, 'l.')}"
            " AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
        )
        own, pid, application, address, since = rows[0]
        self.own = int(own) == self._driver.get_server_pid()
        if pid is None:
            return None
        # Of another user's session, an ordinary user sees the pid only.
        rest = f", from {address or 'a local socket'}, connected {since}" if since else ""
        return f"{application or 'a session'} (pid {pid}{rest})"

    async def end_sessions(self, mark: str, login: str, seconds: float) -> bool:
        """End what is at work under a mark; a session at rest may be a pooler's, and serve somebody else by now.

        Of another role's sessions, only who has pg_read_all_stats sees what they run:
        https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-VIEWS
        """
        hidden = f"usename = {text_of(login)} AND query = '<insufficient privilege>' AND datname = current_database()"
        if await self._fetch(f"SELECT 1 FROM pg_catalog.pg_stat_activity WHERE {hidden} LIMIT 1"):
            return False
        others = f"{is_marked(mark)} AND pid <> pg_catalog.pg_backend_pid()"
        query = f"SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE {others}"
        with anyio.move_on_after(seconds), suppress(StatementFailed):
            while await self._fetch(query):  # noqa: ASYNC110 - the server tells nobody
                await anyio.sleep(_PAUSE)
            return True
        return False


def key_of(table: str) -> int:
    """The key of the lock: derived from the tracking table's qualified name."""
    return int.from_bytes(hashlib.sha256(f"lockgate:{table}".encode()).digest()[:8], signed=True)


def is_marked(mark: str) -> str:
    """The condition for the sessions that are at work under a mark."""
    return f"query LIKE {text_of(f'{mark}%')} AND state <> 'idle'"


def _is_of(table: str, alias: str) -> str:
    return f"({alias}classid::int8 << 32 | {alias}objid::int8) = {key_of(table)}"
