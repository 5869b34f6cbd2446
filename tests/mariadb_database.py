"""A fresh database on MariaDB or MySQL for one test, looked at past Lockgate."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import asyncmy

from servers import with_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Rows

_MINE = "table_schema = DATABASE() AND table_name NOT LIKE 'schema\\_migrations%'"
_CATALOG = {
    "tables": f"SELECT table_name, table_type, engine, table_collation, table_comment FROM information_schema.tables"
    f" WHERE {_MINE}",
    "columns": "SELECT table_name, ordinal_position, column_name, column_type, is_nullable, column_default, extra,"
    f" column_comment FROM information_schema.columns WHERE {_MINE}",
    "indexes": "SELECT table_name, index_name, CAST(non_unique AS CHAR), CAST(seq_in_index AS CHAR), column_name"
    f" FROM information_schema.statistics WHERE {_MINE}",
    "keys": "SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name"
    f" FROM information_schema.key_column_usage WHERE {_MINE}",
    "triggers": "SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_statement"
    " FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
    "routines": "SELECT routine_name, routine_type, routine_definition FROM information_schema.routines"
    " WHERE routine_schema = DATABASE()",
    "views": "SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = DATABASE()",
}
_CHECKS = {
    "mariadb": "SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints"
    " WHERE constraint_schema = DATABASE() AND table_name NOT LIKE 'schema\\_migrations%'",
    "mysql": "SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints"
    f" JOIN information_schema.table_constraints USING (constraint_schema, constraint_name) WHERE {_MINE}",
}
# Of two transactions in a deadlock, the one that has changed more survives.
HEAVY = (
    "INSERT INTO d WITH RECURSIVE n (i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM n WHERE i < 110) SELECT i, 1 FROM n"
)


class MariadbDatabase:
    is_postgresql = False
    is_mysql = True
    driver_call = "query"

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def engine(self) -> str:
        """`mariadb` or `mysql`."""
        return urlsplit(self.url).scheme.partition("+")[0]

    def named(self, database: str) -> Self:
        """A database of the same server."""
        return type(self)(with_database(self.url, database))

    async def opened(self) -> Any:
        """A connection, which whoever asks for it closes."""
        parts = urlsplit(self.url)
        return await asyncmy.connect(
            host=parts.hostname,
            port=parts.port,
            user=parts.username,
            password=parts.password,
            database=parts.path[1:] or None,
            autocommit=True,
        )

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        connection = await self.opened()
        try:
            yield connection
        finally:
            await connection.ensure_closed()

    async def rows(self, query: str) -> Rows:
        async with self.connection() as connection:
            await connection.query(query)
            return [tuple(row) for row in connection._result.rows or ()]

    async def execute(self, script: str) -> None:
        async with self.connection() as connection:
            await connection.query(script)
            while connection._result.has_next:
                await connection.next_result()

    async def tables(self) -> set[str]:
        query = f"SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND {_MINE}"
        return {row[0] for row in await self.rows(query)}

    async def running(self, statement: str) -> int:
        """Wait until the server shows a statement like this one at work; gives its connection's number."""
        query = (
            "SELECT id FROM information_schema.processlist"
            f" WHERE db = DATABASE() AND info LIKE '{statement}' AND id <> CONNECTION_ID()"
        )
        async with asyncio.timeout(30):
            while not (rows := await self.rows(query)):  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.02)
        return int(rows[0][0])

    async def catalog(self) -> dict[str, Rows]:
        queries = _CATALOG | {"checks": _CHECKS[self.engine]}
        return {name: sorted(await self.rows(query), key=repr) for name, query in queries.items()}


@asynccontextmanager
async def fresh_mariadb(server_url: str) -> AsyncIterator[MariadbDatabase]:
    """A database of its own on the server, dropped afterwards, whoever is still connected to it."""
    server, name = MariadbDatabase(server_url), f"t_{uuid.uuid4().hex[:12]}"
    await server.execute(f"CREATE DATABASE {name}")
    try:
        yield server.named(name)
    finally:
        await server.execute(f"DROP DATABASE {name}")
