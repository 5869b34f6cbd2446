"""What PostgreSQL does on tables with rows: modes seen by another session, rewrites by the files, scans by the statistics."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from rehearsing.forms import FILL, TABLES, Form

if TYPE_CHECKING:
    import asyncpg

_RELATIONS: Final = (
    "SELECT c.oid, c.relname AS name, pg_relation_filenode(c.oid) AS file, coalesce(s.seq_scan, 0) AS scans,"
    " pg_relation_size(c.oid) AS size FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid"
    " WHERE c.oid = ANY ($2) OR c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p', 'm')"
)
_LOCKS: Final = "SELECT relation, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation'"
_WAITED: Final = "SELECT relation, mode FROM pg_locks WHERE pid = $1 AND NOT granted"
# The weakest first: https://www.postgresql.org/docs/current/explicit-locking.html
_MODES: Final = {
    "AccessShareLock": "ACCESS SHARE",
    "RowShareLock": "ROW SHARE",
    "RowExclusiveLock": "ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
_LOOKING_SECONDS: Final = 0.5


class Did(NamedTuple):
    """What a statement did to one table that was there."""

    mode: str
    rewritten: bool = False
    scanned: bool = False


class Ground:
    """A database with rows; `one` runs the statements, and `other` looks."""

    def __init__(self, one: asyncpg.Connection, other: asyncpg.Connection) -> None:
        self._one, self._other = one, other

    async def did(self, form: Form, schema: str) -> dict[str, Did]:
        """What the form does to each table, by the name that it had before; in a schema of its own."""
        sql = form.sql.replace("~", f"{schema}.")
        modes: dict[str, list[str]] = {}
        if form.outside:
            for name in (await self._made(form, schema)).values():
                # The weaker one is in the way of the strongest only, which comes after another one where a form asks for two.
                for mode in ("SHARE", "ACCESS SHARE"):
                    await self._made(form, schema)
                    modes.setdefault(name, []).extend(await self._waiting(sql, f"{schema}.{name}", mode))
        before = await self._made(form, schema)
        was = await self._relations(schema, before)
        if form.outside:
            await self._one.execute(sql)
        else:
            await self._one.execute("BEGIN")
            await self._one.execute(sql)
            for row in await self._other.fetch(_LOCKS, self._one.get_server_pid()):
                modes.setdefault(before.get(row["relation"], ""), []).append(row["mode"])
            await self._one.execute("COMMIT")
        now = await self._relations(schema, before)
        return {
            name: Did(
                _MODES[max(modes[name], key=list(_MODES).index)],
                # A new file without rows, as TRUNCATE's, takes no time, nor does it to read that.
                _has_rows(now, oid) and now[oid]["file"] != was[oid]["file"],
                _has_rows(now, oid) and now[oid]["scans"] > was[oid]["scans"],
            )
            for oid, name in before.items()
            if modes.get(name)
        }

    async def _made(self, form: Form, schema: str) -> dict[int, str]:
        """Make the form's tables and their rows; their names by their oids."""
        texts = f"{TABLES} {form.setup} {FILL} {form.fill}".replace("~", f"{schema}.")
        await self._one.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; {texts}")
        await self._one.execute(f"ANALYZE {schema}.t, {schema}.p")
        return {row["oid"]: row["name"] for row in await self._other.fetch(_RELATIONS, schema, [])}

    async def _relations(self, schema: str, known: dict[int, str]) -> dict[int, asyncpg.Record]:
        await self._one.execute("SELECT pg_stat_force_next_flush()")
        return {row["oid"]: row for row in await self._other.fetch(_RELATIONS, schema, list(known))}

    async def _waiting(self, sql: str, table: str, mode: str) -> list[str]:
        """The locks on one table for which the statement has to wait while another session has that mode."""
        async with self._other.transaction():
            oid = await self._other.fetchval("SELECT $1::text::regclass::oid", table)
            await self._other.execute(f"LOCK TABLE ONLY {table} IN {mode} MODE")
            work = asyncio.create_task(self._one.execute(sql))
            until = time.monotonic() + _LOOKING_SECONDS
            rows: list[asyncpg.Record] = []
            while not rows and not work.done() and time.monotonic() < until:
                rows = await self._other.fetch(_WAITED, self._one.get_server_pid())
                await asyncio.sleep(0.005)
        await work
        return [row["mode"] for row in rows if row["relation"] == oid]


def _has_rows(relations: dict[int, asyncpg.Record], oid: int) -> bool:
    return oid in relations and relations[oid]["size"] > 0
