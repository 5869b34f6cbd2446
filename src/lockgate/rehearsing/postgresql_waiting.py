"""What a statement that refuses transactions locks: other sessions are in its way for moments, so that it can be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anyio
import asyncpg

from lockgate.dialects.seam import StatementFailed
from lockgate.dialects.tracking import quoted
from lockgate.nouns.rehearsals import LockMode
from lockgate.rehearsing.postgresql_locks import Held, locks, relations, settled_scans

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from lockgate.nouns.rehearsals import Touch
    from lockgate.rehearsing.postgresql_locks import Relation, Watch
    from lockgate.rehearsing.postgresql_session import RehearsalSession

_LOOKING_SECONDS: Final = 2.0
_PAUSE: Final = 0.003
# It waits for transactions as a whole: CREATE INDEX CONCURRENTLY for all that use the table.
_WAITS_FOR_ANOTHER: Final = (
    "SELECT 1 FROM pg_catalog.pg_locks WHERE pid = {pid} AND NOT granted AND locktype <> 'relation'"
)


async def seen_waiting(
    session: RehearsalSession,
    work: Callable[[], Awaitable[Any]],
    text: str,
    there: dict[int, Relation],
    watch: Watch,
) -> tuple[Any, tuple[Touch, ...]]:
    """Run `work`, and say what it locked: its locks are those that it asked for while it had to wait.

    Raises:
        Exception: what `work` raises.
    """
    before = await _scans(session)
    async with session.beside() as one, session.beside() as other:
        road = _Road(one, other, {oid: relation for oid, relation in there.items() if relation.kind in "rpm"})
        result = await road.looked_at(work, str(session.driver.get_server_pid()))
    with session.own(silent=True):
        after = await relations(session.fetch)
    scans = await _scans(session)
    done = [
        one._replace(
            file=after[one.relation].file if one.relation in after else 0,
            scans=there[one.relation].scans + scans.get(one.relation, 0) - before.get(one.relation, 0),
        )
        for one in road.found
        if one.relation in there
    ]
    return result, watch.touched(done, text, 0)


async def _scans(session: RehearsalSession) -> dict[int, int]:
    with session.own(silent=True):
        return await settled_scans(session.fetch, session.driver.get_server_version()[0])


class _Road:
    """Two sessions that take turns in standing in the way of a third one on every table, each lock until it was waited for.

    Neither may look while it stands: what runs CONCURRENTLY waits for the end of whoever holds a snapshot.
    """

    def __init__(self, standing: Any, looking: Any, tables: Mapping[int, Relation]) -> None:
        self._standing, self._looking = standing, looking
        self._names = {oid: f"{quoted(one.name.schema)}.{quoted(one.name.name)}" for oid, one in tables.items()}
        # A materialized view cannot be locked by name; COMMENT ON keeps the same ones out.
        self._views = {oid for oid, one in tables.items() if one.kind == "m"}
        # SHARE is in the way of what runs outside transactions, and not of itself; ACCESS SHARE then of the strongest only.
        self._modes = dict.fromkeys(tables, "SHARE")
        self.found: list[Held] = []

    async def looked_at(self, work: Callable[[], Awaitable[Any]], pid: str) -> Any:
        """Run `work` while it is in its way."""
        results: list[Any] = []
        failures: list[Exception] = []
        over = anyio.Event()
        await self._stand(self._standing)
        async with anyio.create_task_group() as group:
            group.start_soon(self._look, pid, over)
            try:
                results.append(await work())
            except Exception as error:
                failures.append(error)
            over.set()
        if failures:
            raise failures[0]
        return results[0]

    async def _look(self, pid: str, over: anyio.Event) -> None:
        with anyio.move_on_after(_LOOKING_SECONDS):
            while not over.is_set():
                held = await locks(self._looking.fetch, pid)
                self.found += [one for one in held if one not in self.found]
                if await self._yields(held, pid):
                    await self._stand(self._looking)
                    await self._standing.driver.execute("ROLLBACK")
                    self._standing, self._looking = self._looking, self._standing
                await anyio.sleep(_PAUSE)
        await self._standing.driver.execute("ROLLBACK")

    async def _yields(self, held: list[Held], pid: str) -> bool:
        """Whether it waits for what is held in its way, which is let go of then."""
        waited = [one for one in held if not one.granted and one.relation in self._modes]
        for one in waited:
            stood = self._modes.pop(one.relation)
            if one.mode is not LockMode.ACCESS_EXCLUSIVE and stood == "SHARE":
                self._modes[one.relation] = "ACCESS SHARE"
        if waited:
            return True
        weak = [oid for oid, mode in self._modes.items() if mode == "ACCESS SHARE"]
        if not weak or not await self._looking.fetch(_WAITS_FOR_ANOTHER.format(pid=pid)):
            return False
        del self._modes[weak[0]]
        return True

    async def _stand(self, session: Any) -> None:
        """Begin a transaction with the locks; where they cannot be had, without."""
        statements = ["BEGIN"]
        for mode in ("SHARE", "ACCESS SHARE"):
            names = [
                f"ONLY {self._names[oid]}" for oid, one in self._modes.items() if one == mode and oid not in self._views
            ]
            statements += [f"LOCK TABLE {', '.join(names)} IN {mode} MODE NOWAIT"] if names else []
        if session is self._standing:
            statements += [f"COMMENT ON MATERIALIZED VIEW {self._names[oid]} IS NULL" for oid in self._views]
        try:
            await session.driver.execute("; ".join(statements))
        except (asyncpg.PostgresError, StatementFailed):
            await session.driver.execute("ROLLBACK")
