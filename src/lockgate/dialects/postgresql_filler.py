"""Batches on PostgreSQL: what bounds them is set in each transaction, as it must be behind a pooler."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import anyio
import asyncpg

from lockgate.dialects.backfill_table import BackfillTable
from lockgate.dialects.filler import Keyed, Overtaken, TooLong, alike
from lockgate.dialects.message import words_of
from lockgate.dialects.seam import ConnectionLost, StatementFailed, Unit
from lockgate.dialects.tracking import quoted
from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lockgate.dialects.filler import Change, Write
    from lockgate.dialects.postgresql import PostgresSession
    from lockgate.nouns.backfills import Key

_OVERTAKEN: Final = "LG002"
# query_canceled, lock_not_available, deadlock_detected, serialization_failure
_IN_THE_WAY: Final = frozenset({"57014", "55P03", "40P01", "40001"})
_LOST: Final = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError, OSError)
_UNDOING_SECONDS: Final = 5.0
_SAMPLE: Final = 20_000
_KEYS: Final = (
    "SELECT i.indisprimary, array_agg(a.attname::text ORDER BY k.o), bool_and(a.attnotnull) FROM pg_catalog.pg_index i"
    " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (n, o)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n"
    " WHERE i.indrelid = $1::pg_catalog.regclass AND i.indisunique AND i.indisvalid AND i.indpred IS NULL"
    " AND i.indexprs IS NULL AND k.o <= i.indnkeyatts GROUP BY i.indexrelid, i.indisprimary"
)
_TYPES: Final = (
    "SELECT attname::text, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute"
    " WHERE attrelid = $1::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped"
)


class PostgresFiller:
    """Over a session's connection; a batch of SQL is one message."""

    quote = '"'
    compares_rows = True
    locking = " FOR NO KEY UPDATE"
    rest = 0.0

    def __init__(self, session: PostgresSession) -> None:
        self._session, self._driver = session, session.driver
        self.is_concurrent = session.opens_others

    @property
    def table(self) -> BackfillTable:
        """Beside the tracking table."""
        return BackfillTable(self._session.tracking)

    async def exists(self) -> bool:
        """Ask the catalog."""
        named = self.literal(self.table.name)
        return bool(await self.fetch(f"SELECT 1 WHERE pg_catalog.to_regclass({named}) IS NOT NULL"))

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of text, in one turn."""
        return await self._session.fetch(query)

    async def note(self, statements: Sequence[str]) -> None:
        """Run them as what ends a transaction."""
        await self._session.transact([Unit("", (), closing=statements)], None)

    async def keyed(self, table: str, schema: str, key: Sequence[str]) -> Keyed:
        """Ask the catalog."""
        named = f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)
        found = await self.fetch(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            f" WHERE c.oid = pg_catalog.to_regclass({self.literal(named)}) AND c.relkind IN ('r', 'p')"
        )
        if not found:
            raise LockgateError(f"There is no table {named} to backfill.")
        name = ".".join(map(quoted, found[0]))
        keys = [
            (bool(is_primary), tuple(of)) for is_primary, of, whole in await self._driver.fetch(_KEYS, name) if whole
        ]
        fitting = [of for is_primary, of in keys if (set(of) == set(key) if key else is_primary)]
        if not fitting:
            wanted = f"unique key of {', '.join(key)} without nulls" if key else "primary key"
            raise LockgateError(f"{name} has no {wanted} to go by.", hint="Name a unique key: key=(…).")
        return Keyed(name, fitting[0], dict(await self._driver.fetch(_TYPES, name)))

    async def estimate(self, table: str) -> int | None:
        """What the planner makes of reltuples and the size that the table has now."""
        said = await self._driver.fetchval(f"EXPLAIN SELECT FROM {table}")
        rows = re.search(r" rows=(\d+) ", said)
        return int(rows[1]) if rows else None

    async def cuts(self, keyed: Keyed, ranges: int) -> list[Key]:
        """Quantiles of a sample of pages."""
        rows = max(1, await self.estimate(keyed.name) or 1)
        columns = ", ".join(map(quoted, keyed.key))
        percent = min(100.0, 100.0 * _SAMPLE / rows)
        found = await self.fetch(
            f"SELECT {columns} FROM {keyed.name} TABLESAMPLE SYSTEM ({percent:.6f}) ORDER BY {columns} LIMIT {5 * _SAMPLE}"
        )
        places = [len(found) * number // ranges for number in range(1, ranges)] if len(found) >= 10 * ranges else []
        return [found[place] for place in places]

    async def lag(self) -> float | None:
        """The replay lag of the slowest standby; of another user's, an ordinary user sees none."""
        ((seconds,),) = await self.fetch(
            "SELECT pg_catalog.max(extract(epoch FROM replay_lag)) FROM pg_catalog.pg_stat_replication"
        )
        return None if seconds is None else float(seconds)

    def literal(self, value: Any) -> str:
        """As text, which takes the type of what it is compared with."""
        return self._session.tracking.text(str(value))

    async def apply(self, advance: str, change: str, seconds: float) -> None:
        """Send both as one message, with BEGIN and COMMIT."""
        async with self._undone_on_failure():
            await self._driver.execute(f"{_begin(seconds)};\n{_moved(advance)};\n{change}\n;\nCOMMIT")

    async def convert(self, advance: str, query: str, change: Change, keyed: Keyed, seconds: float) -> None:
        """Read and lock the rows, have them changed, and write them as arrays."""
        idle = f"SET LOCAL idle_in_transaction_session_timeout = {4000 * seconds:.0f}"
        async with self._undone_on_failure():
            await self._driver.execute(f"{_begin(seconds)};\n{idle};\n{_moved(advance)}")
            with anyio.move_on_after(seconds) as scope:
                rows = await self._driver.fetch(query)
                for columns, group in alike(await change([dict(row) for row in rows])):
                    await self._write(keyed, columns, group)
            if scope.cancelled_caught:
                raise TooLong
            await self._driver.execute("COMMIT")

    async def _write(self, keyed: Keyed, columns: tuple[str, ...], group: Sequence[Write]) -> None:
        lists = [[one.key[place] for one in group] for place in range(len(keyed.key))]
        lists += [[one.values[column] for one in group] for column in columns]
        types = [keyed.types.get(name, "text") for name in (*keyed.key, *columns)]
        if any(one.endswith("]") for one in types):  # unnest would take an array of arrays to pieces
            update = _update(keyed, columns, [f"${place}" for place in range(1, len(types) + 1)], "")
            await self._driver.executemany(update, list(zip(*lists, strict=True)))
            return
        arrays = ", ".join(f"${place}::{one}[]" for place, one in enumerate(types, 1))
        names = [f"c{place}" for place in range(len(types))]
        source = f" FROM unnest({arrays}) v ({', '.join(names)})"
        await self._driver.execute(_update(keyed, columns, [f"v.{name}" for name in names], source), *lists)

    @asynccontextmanager
    async def _undone_on_failure(self) -> AsyncIterator[None]:
        try:
            yield
        except _LOST as error:
            raise ConnectionLost(str(error)) from error
        except asyncpg.PostgresError as error:
            await self._undo()
            if error.sqlstate == _OVERTAKEN:
                raise Overtaken from None
            if error.sqlstate in _IN_THE_WAY:
                raise TooLong from error
            raise StatementFailed(words_of(error)) from error
        except BaseException:
            with anyio.move_on_after(_UNDOING_SECONDS, shield=True):
                await self._undo()
            raise

    async def _undo(self) -> None:
        # Outside a transaction, which a COMMIT that was heard leaves it in, ROLLBACK only warns.
        with suppress(*_LOST, asyncpg.PostgresError):
            await self._driver.execute("ROLLBACK")

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[PostgresFiller]:
        """On another connection, where the session can open one."""
        async with self._session.beside() as session:
            if self.is_concurrent:  # keys are text, and those of other styles cannot be read again for certain
                await session.driver.execute("SET DateStyle = ISO")
            yield PostgresFiller(session)


def _begin(seconds: float) -> str:
    # Less than deadlock_timeout, a second, so that in a deadlock it is never the application that is chosen.
    bound = max(1, round(900 * seconds))
    return f"BEGIN READ WRITE; SET LOCAL statement_timeout = {bound}; SET LOCAL DateStyle = ISO"


def _moved(advance: str) -> str:
    refusal = f"RAISE EXCEPTION 'another worker has moved the range' USING ERRCODE = '{_OVERTAKEN}'"
    return f"DO $lockgate$ BEGIN {advance}; IF NOT FOUND THEN {refusal}; END IF; END $lockgate$"


def _update(keyed: Keyed, columns: Sequence[str], values: Sequence[str], source: str) -> str:
    """The UPDATE that writes the values behind the key's where they are the key's."""
    keys = len(keyed.key)
    sets = ", ".join(f"{quoted(column)} = {value}" for column, value in zip(columns, values[keys:], strict=True))
    same = " AND ".join(f"t.{quoted(column)} = {value}" for column, value in zip(keyed.key, values, strict=False))
    return f"UPDATE {keyed.name} t SET {sets}{source} WHERE {same}"
