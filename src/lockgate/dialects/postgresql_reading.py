"""What is read from PostgreSQL: rows by COPY, the history, and where its table is."""

from __future__ import annotations

from typing import Any

import asyncpg

from lockgate.dialects.message import words_of
from lockgate.dialects.postgresql_rows import applied_of, rows_of, text_of
from lockgate.dialects.seam import ConnectionLost, StatementFailed
from lockgate.dialects.tracking import TrackingTable, foreign_table, quoted
from lockgate.errors import LockgateError
from lockgate.nouns.history import History

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    OSError,
)


class PostgresReading:
    """One asyncpg connection, of which nothing but reading is asked here; `seconds` bound each answer."""

    def __init__(self, connection: Any, table: str, seconds: float) -> None:
        self.driver = connection
        self._seconds = seconds
        self._named = tuple(table.split(".", 1))
        self._tracking: TrackingTable | None = None

    async def history(self, newest: int | None = None) -> History:
        """Read the tracking table; an unqualified name is looked up once, by the session's own search_path."""
        named = ".".join(map(quoted, self._named)) if self._tracking is None else self._tracking.name
        try:
            rows = await self._copy(self._history_query(named, newest))
        except asyncpg.UndefinedTableError:
            return await self._no_history()
        except (asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError, asyncpg.CannotCoerceError) as error:
            raise foreign_table(named) from error
        except asyncpg.PostgresError as error:
            raise StatementFailed(words_of(error)) from error
        if rows and self._tracking is None:
            self._settle(rows[0][0])
        return History(tuple(applied_of(row) for row in rows if row[1] is not None))

    def _history_query(self, named: str, newest: int | None) -> str:
        """Say the query; with the table's schema, and at least one row to tell it, until that is known."""
        columns = "m.id, m.name, m.hash, (extract(epoch FROM m.applied_at) * 1000000)::pg_catalog.int8, m.batch_no"
        if self._tracking is not None:
            newer = f" WHERE m.id > (SELECT max(id) FROM {named}) - {newest:d}" if newest else ""
            return f"SELECT '', {columns} FROM {named} m{newer} ORDER BY m.id"
        schema = (
            "(SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
            f" ON n.oid = c.relnamespace WHERE c.oid = {text_of(named)}::pg_catalog.regclass)"
        )
        return f"SELECT {schema}, {columns} FROM (SELECT 1) one LEFT JOIN {named} m ON true ORDER BY m.id"

    async def _no_history(self) -> History:
        if self._tracking is None:
            self._settle(await self._own_schema() if len(self._named) == 1 else self._named[0])
        return History(exists=False)

    async def _own_schema(self) -> str:
        ((schema,),) = await self.fetch("SELECT pg_catalog.current_schema()")
        if schema is None:
            raise LockgateError(
                "The session's search_path names no schema that exists and that this user may use, so the tracking table has"
                " no place.",
                hint="Name its schema: LOCKGATE_TABLE=schema.schema_migrations; or GRANT USAGE ON SCHEMA.",
            )
        return str(schema)

    def _settle(self, schema: str) -> None:
        self._tracking = TrackingTable(
            name=f"{quoted(schema)}.{quoted(self._named[-1])}",
            id_type="SERIAL PRIMARY KEY",
            text_type="TEXT",
            time_type="TIMESTAMP WITH TIME ZONE",
            now="pg_catalog.clock_timestamp()",
            escape="E",
        )

    @property
    def tracking(self) -> TrackingTable:
        """The tracking table under its qualified name, which the first read of the history settles."""
        if self._tracking is None:
            raise LockgateError("The history has not been read yet.")
        return self._tracking

    async def has_journal(self) -> bool:
        """Whether the journal's table has been made."""
        return bool(
            await self.fetch(f"SELECT 1 WHERE pg_catalog.to_regclass({text_of(self.tracking.journal)}) IS NOT NULL")
        )

    async def marks(self) -> tuple[str | None, dict[str, str]]:
        """Read the table of marks, which says where the tracking table is as well."""
        named = ".".join(map(quoted, (*self._named[:-1], f"{self._named[-1]}_marks")))
        query = (
            "SELECT n.nspname, coalesce(pg_catalog.current_schema(), n.nspname), m.name, m.value"
            " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            f" LEFT JOIN {named} m ON true WHERE c.oid = {text_of(named)}::pg_catalog.regclass"
        )
        try:
            rows = await self._copy(query)
        except asyncpg.UndefinedTableError:
            return None, {}
        except asyncpg.PostgresError as error:
            raise StatementFailed(words_of(error)) from error
        if self._tracking is None:
            self._settle(rows[0][0])
        return rows[0][1], {name: value for _, _, name, value in rows if name is not None}

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of text, by COPY: the simple protocol, one turn, nothing prepared that a pooler could lose.

        Raises:
            StatementFailed: the server refused, or did not answer within the time.
        """
        try:
            return await self._copy(query)
        except asyncpg.PostgresError as error:
            raise StatementFailed(words_of(error)) from error

    async def _copy(self, query: str) -> list[tuple[Any, ...]]:
        chunks: list[bytes] = []

        async def take(data: bytes) -> None:
            chunks.append(bytes(data))

        try:
            await self.driver.copy_from_query(query, output=take, timeout=self._seconds)
        except TimeoutError as error:
            raise StatementFailed(
                f"there was no answer within {self._seconds:g} s",
                hint="Another session may have locked the table: pg_locks and pg_blocking_pids() tell which.",
            ) from error
        except LOST as error:
            raise ConnectionLost(str(error)) from error
        return [*rows_of(b"".join(chunks))]
