"""What each statement of a transaction has locked, rewritten and scanned, as the server itself tells.

https://www.postgresql.org/docs/current/view-pg-locks.html,
https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-FUNCTIONS
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lockgate.nouns.rehearsals import LockMode, Touch
from lockgate.nouns.schema import Name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Fetch = Callable[[str], Awaitable[list[tuple[Any, ...]]]]

_SCANS: Final = "pg_catalog.pg_stat_get_xact_numscans(c.oid)"
# A new file of these says nothing of how long it took.
_CHEAP: Final = frozenset({"S", "v", "c"})
_THERE: Final = (
    "SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0), {scans}, i.indrelid"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid"
    " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
)
_LOCKS: Final = (
    "SELECT l.relation, l.mode, l.granted, coalesce(pg_catalog.pg_relation_filenode(l.relation), 0),"
    " coalesce(pg_catalog.pg_stat_get_xact_numscans(l.relation), 0),"
    # The check of a foreign key reads the table that it refers to, but where the other one is empty: then nobody looks there.
    " (SELECT string_agg(k.oid::text || ':' || k.confrelid::text, ' ') FROM pg_catalog.pg_constraint k WHERE k.contype = 'f'"
    " AND k.conrelid = l.relation AND k.convalidated AND pg_catalog.age(k.xmin) <= 0) FROM pg_catalog.pg_locks l"
    " WHERE l.locktype = 'relation' AND l.pid = {pid}"
    " AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
)
# Sent at once, from version 15 on; before that the server's collector of statistics hears of it some time later.
_SETTLE: Final = "SELECT pg_catalog.pg_stat_force_next_flush()"
_SETTLED: Final = (
    "SELECT c.oid, pg_catalog.pg_stat_get_numscans(c.oid) FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm', 't')"
)
_TRUNCATES: Final = re.compile(r"\s*TRUNCATE\b", re.IGNORECASE)


class Relation(NamedTuple):
    """One as it is at some moment: its name, `relkind`, file, scans so far, and the table that an index belongs to."""

    name: Name
    kind: str
    file: int
    scans: int
    table: int | None


class Held(NamedTuple):
    """A lock that is held, or waited for, and the relation's file and scans at that moment.

    `checked` are its foreign keys that this transaction has made or checked, each with the table that it refers to.
    """

    relation: int
    mode: LockMode
    granted: bool
    file: int
    scans: int
    checked: frozenset[tuple[int, int]] = frozenset()


async def relations(fetch: Fetch) -> dict[int, Relation]:
    """All relations that are the application's, by their oid."""
    rows = await fetch(_THERE.format(scans=_SCANS))
    return {
        int(oid): Relation(Name(schema, name), kind, int(file), int(scans or 0), int(table) if table else None)
        for oid, schema, name, kind, file, scans, table in rows
    }


async def locks(fetch: Fetch, pid: str) -> list[Held]:
    """The table locks of a session; `pid` is an expression."""
    rows = await fetch(_LOCKS.format(pid=pid))
    return [
        Held(int(oid), mode_of(mode), granted == "t", int(file), int(scans), _pairs(keys))
        for oid, mode, granted, file, scans, keys in rows
    ]


def _pairs(keys: str | None) -> frozenset[tuple[int, int]]:
    return frozenset((int(key), int(other)) for key, _, other in (one.partition(":") for one in (keys or "").split()))


async def settled_scans(fetch: Fetch, version: int) -> dict[int, int]:
    """How often each table was read as a whole, by all sessions, in transactions that have ended; nothing before version 15."""
    if version < 15:
        return {}
    await fetch(_SETTLE)
    return {int(oid): int(scans) for oid, scans in await fetch(_SETTLED)}


def mode_of(name: str) -> LockMode:
    """`AccessExclusiveLock` as a mode."""
    return LockMode["_".join(re.findall(r"[A-Z][a-z]+", name.removesuffix("Lock"))).upper()]


class Watch:
    """One transaction's locks, statement by statement.

    `there` is what there was before its first statement; `first` what there was before the run, by its oids: what the run
    itself has made, nobody waits for.
    """

    def __init__(self, there: dict[int, Relation], first: frozenset[int], own: frozenset[Name]) -> None:
        self._there = {oid: one for oid, one in there.items() if oid in first and one.name not in own}
        self._files = {oid: one.file for oid, one in there.items()}
        self._scans = {oid: one.scans for oid, one in there.items()}
        self._held: dict[int, set[LockMode]] = {}
        self._since: dict[int, int] = {}
        self._checked: set[tuple[int, int]] = set()

    def touched(self, held: list[Held], statement: str, number: int) -> tuple[Touch, ...]:
        """What the statement of that number has done, of the locks that are held after it."""
        return tuple(self._touches(held, bool(_TRUNCATES.match(statement)), number))

    def _touches(self, held: list[Held], truncates: bool, number: int) -> Iterator[Touch]:
        modes: dict[int, set[LockMode]] = {}
        for one in held:
            modes.setdefault(one.relation, set()).add(one.mode)
        last = {one.relation: one for one in held}
        checked = self._newly_checked(last)
        for oid in modes.keys() & self._there.keys():
            relation, now = self._there[oid], last[oid]
            had, self._held[oid] = self._held.get(oid, set()), modes[oid]
            new = modes[oid] - had
            rewritten = now.file not in {0, self._files[oid]} and relation.kind not in _CHEAP and not truncates
            scanned = (now.scans > self._scans[oid] or oid in checked) and relation.kind in "rm" and not truncates
            self._files[oid], self._scans[oid] = now.file, now.scans
            since = self._since.setdefault(oid, number)
            if new or rewritten or scanned:
                stronger = max(new) if (new and max(new) > max(had, default=LockMode(1))) or not had else None
                table = self._there[relation.table].name if relation.table in self._there else relation.name
                yield Touch(relation.name, stronger, max(modes[oid]), rewritten, scanned, relation.kind, table, since)

    def _newly_checked(self, last: dict[int, Held]) -> set[int]:
        """The tables that foreign keys refer to which the statement has checked, by reading the tables that they are of."""
        found: set[int] = set()
        for oid, one in last.items():
            if oid in self._scans and one.scans > self._scans[oid]:
                found |= {other for _, other in one.checked - self._checked}
            self._checked |= one.checked
        return found
