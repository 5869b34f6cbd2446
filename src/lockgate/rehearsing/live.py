"""Facts about the target, read in a session that may not write."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from lockgate.dialects.seam import StatementFailed
from lockgate.generating.trying import opened
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.rehearsals import LiveFacts, LongTransaction, Replica, TableFacts
from lockgate.nouns.schema import Name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.settings.conclusions import Conclusions

_LONG_SECONDS: Final = 5
# reltuples is -1 where nobody has counted: https://www.postgresql.org/docs/current/catalog-pg-class.html
_TABLES: Final = (
    "SELECT n.nspname, c.relname, c.reltuples::int8, pg_catalog.pg_total_relation_size(c.oid)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'm', 't') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
)
_TRANSACTIONS: Final = (
    "SELECT a.pid, coalesce(a.application_name, ''), extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8,"
    " coalesce(a.state, ''), coalesce((SELECT string_agg(DISTINCT l.relation::pg_catalog.regclass::text, ', ')"
    " FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.database ="
    " (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
    " AND l.relation >= 16384), '') FROM pg_catalog.pg_stat_activity a"
    " WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()"
    f" AND a.xact_start < pg_catalog.clock_timestamp() - interval '{_LONG_SECONDS} seconds' ORDER BY a.xact_start LIMIT 20"
)
_REPLICAS: Final = (
    "SELECT coalesce(application_name, ''), coalesce(state, ''), extract(epoch FROM replay_lag)::float8"
    " FROM pg_catalog.pg_stat_replication ORDER BY 1"
)


@asynccontextmanager
async def reading(config: Conclusions) -> AsyncIterator[Session]:
    """A session on the target that the server lets write nothing."""
    async with opened(config.target_url(), config) as session:
        if session.flavour is Flavour.POSTGRESQL:
            await session.driver.execute("SET default_transaction_read_only = on")
        yield session


async def live_facts(session: Session, touched: Collection[Name]) -> LiveFacts | None:
    """What a run would meet on the target; None where the engine tells nothing of it.

    Raises:
        StatementFailed: the server refused a question.
    """
    if session.flavour is not Flavour.POSTGRESQL:
        return None
    found = {Name(schema, name): (int(rows), int(size)) for schema, name, rows, size in await session.fetch(_TABLES)}
    ((version,),) = await session.fetch("SELECT pg_catalog.current_setting('server_version')")
    return LiveFacts(
        version,
        {name: TableFacts(None if rows < 0 else rows, size) for name, (rows, size) in found.items() if name in touched},
        tuple([_transaction(row) for row in await session.fetch(_TRANSACTIONS)]),
        await _replicas(session),
    )


def _transaction(row: Sequence[str]) -> LongTransaction:
    pid, application, seconds, state, relations = row
    return LongTransaction(int(pid), application, float(seconds), state, tuple(filter(None, relations.split(", "))))


async def _replicas(session: Session) -> tuple[Replica, ...]:
    try:
        rows = await session.fetch(_REPLICAS)
    except StatementFailed:  # of a server that keeps that to itself
        return ()
    return tuple(Replica(name, state, None if behind is None else float(behind)) for name, state, behind in rows)
