"""Who is in the way of a migration: seen from another connection while it waits, because afterwards nobody can tell."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

from lockgate.dialects.watching import WatchFromAside, shown

if TYPE_CHECKING:
    from lockgate.dialects.watching import Aside

# lock_not_available, deadlock_detected, serialization_failure
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_HELD_UP: Final = frozenset({"55P03", "40P01", "40001"})
_CANCELLED: Final = "57014"
# The server cuts long queries off, so whatever is begun may have no end.
_NAME: Final = r'(?P<name>"(?:[^"]|"")*(?:"|\Z))'
_COMMENT: Final = r"(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))"
_STRING: Final = r"(?<!\w)[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)|'(?:[^']|'')*(?:'|\Z)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)"
_QUOTED: Final = re.compile(f"{_NAME}|{_COMMENT}|{_STRING}", re.DOTALL)
_LONGER: Final = 12
"""How much longer CREATE INDEX CONCURRENTLY and its like may wait: for transactions to end, holding up nobody."""
_IN_THE_WAY: Final = (
    "SELECT b.pid, coalesce(nullif(b.application_name, ''), b.backend_type), b.state,"
    " to_char(b.state_change, 'HH24:MI:SS'), b.query,"
    " a.query ILIKE '%concurrently%'"
    " FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_stat_activity b ON b.pid = ANY (pg_catalog.pg_blocking_pids(a.pid))"
    " WHERE a.pid IN (SELECT pid FROM pg_catalog.pg_stat_activity WHERE {itself})"
)


class PostgresWatch(WatchFromAside):
    """Sees by pg_blocking_pids() who is in the way."""

    def __init__(self, itself: str, aside: Aside, seconds: float, *, bounds: bool) -> None:
        """`itself` is the condition for the session in pg_stat_activity; `bounds`: nothing bounds its waits on the server."""
        super().__init__(aside, seconds)
        self._itself, self._bounds = itself, bounds
        self._cancelled = False
        self._since: float | None = None

    async def _sees(self, connection: Any) -> bool:
        now = asyncio.get_running_loop().time()
        rows = await connection.fetch(_IN_THE_WAY.format(itself=self._itself))
        self._since = (self._since or now) if rows else None
        if rows:
            self.blockers = tuple(_words(*row[:5]) for row in rows)
        if self._since is not None and self._bounds and now - self._since > self._budget(longer=rows[0][5]):
            await self._cancel(connection)
            return False
        return True

    async def _cancel(self, connection: Any) -> None:
        # Set first: the statement's error may be here before this one's answer.
        self._cancelled = self._cancelling = True
        await connection.fetch(
            "SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity"
            f" WHERE {self._itself} AND wait_event_type = 'Lock'"
        )
        self._cancelling = False

    def _budget(self, *, longer: bool) -> float:
        return self._seconds * (_LONGER if longer else 1) - self._seconds / 2

    def held_up(self, error: BaseException) -> bool:
        """Whether an error, the driver's or SQLAlchemy's, says that others were in the way, so that it may go better again."""
        causes = (error, getattr(error, "orig", None), error.__cause__)
        codes = {getattr(one, "sqlstate", None) for one in causes}
        return bool(codes & _HELD_UP) or (self._cancelled and _CANCELLED in codes)


def _words(pid: int, name: str, state: str | None, since: str, query: str) -> str:
    return f"pid {pid} ({name}, {state or 'at work'} since {since}: {masked(query)})"


def masked(query: str) -> str:
    """The beginning of a query; what is quoted in it, and what its comments say, may be anybody's and is not shown."""
    return shown(_QUOTED.sub(lambda found: found["name"] or (" " if found["comment"] else "'…'"), query))
