"""An asyncpg connection that tells of every statement: the runner's, SQLAlchemy's, and those of a migration's own on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

from lockgate.dialects.tracking import quoted
from lockgate.nouns.flavours import Flavour
from lockgate.rehearsing.literals import literal, text, written
from lockgate.sql import split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    Heed = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]


class HeardConnection(asyncpg.Connection):
    """Gives each statement, and what runs it, to `heed`; without that it is as any other."""

    heed: Heed | None = None
    _coded: frozenset[str] = frozenset()
    _asked: tuple[str, tuple[Any, ...]] = ("", ())

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 - asyncpg's
        """Run a text, statement by statement."""
        if self.heed is None or args:  # with arguments it comes by way of _execute
            return await super().execute(query, *args, timeout=timeout)
        status = ""
        for statement in split(query, Flavour.POSTGRESQL):
            status = await self.told(statement.text, (), self._alone(statement.text, timeout))
        return status

    def _alone(self, text: str, timeout: float | None) -> Callable[[], Awaitable[str]]:
        return lambda: super(HeardConnection, self).execute(text, timeout=timeout)

    async def executemany(self, command: str, args: Iterable[Any], *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Run a statement with each row of arguments."""
        for row in args:
            await self.execute(command, *row, timeout=timeout)

    async def fetchmany(self, query: str, args: Iterable[Any], **options: Any) -> list[Any]:
        """Run a statement with each row of arguments, and give what all of them return."""
        return [record for row in args for record in await self.fetch(query, *row, **options)]

    def cursor(self, query: str, *args: Any, **options: Any) -> Any:
        """Look at rows one by one; it is told of when it begins."""
        found: Any = super().cursor(query, *args, **options)
        return found if self.heed is None else _HeardCursor(found, self, query, args)

    async def set_type_codec(self, typename: str, **options: Any) -> None:
        """From then on the driver alone knows what it makes of values of a type."""
        self._coded |= {typename}
        await super().set_type_codec(typename, **options)

    async def _execute(self, query: str, args: Any, *rest: Any, **options: Any) -> Any:
        run: Any = super()
        return await self.told(query, args, lambda: run._execute(query, args, *rest, **options))

    async def prepare(self, query: str, **options: Any) -> Any:
        """Prepare a statement, which is told of when it runs."""
        return _HeardStatement(await super().prepare(query, **options), self, query)

    async def copy_records_to_table(self, table_name: str, *, records: Any, **options: Any) -> str:
        """Run it, and tell of an INSERT of the same rows."""
        work = super().copy_records_to_table
        if self.heed is None or options.get("where"):
            return await self._untold(work, table_name, {"records": records, **options})
        rows = (
            [tuple(row) async for row in records] if hasattr(records, "__aiter__") else [tuple(row) for row in records]
        )
        if not rows:
            return str(await work(table_name, records=rows, **options))
        text = await self._inserting(table_name, rows, options.get("columns") or (), options.get("schema_name"))
        return str(await self.told(text, (), lambda: work(table_name, records=rows, **options)))

    async def _inserting(self, table: str, rows: list[Any], columns: Iterable[str], schema: str | None) -> str:
        named = ".".join(quoted(part) for part in (schema, table) if part)
        into = f" ({', '.join(map(quoted, columns))})" if columns else ""
        # COPY writes what it is given, also where a column is GENERATED ALWAYS AS IDENTITY.
        insert = f"INSERT INTO {named}{into} OVERRIDING SYSTEM VALUE VALUES"
        asked = f"{insert} ({', '.join(f'${place}' for place in range(1, len(rows[0]) + 1))})"
        said = [f"({', '.join(await self._literals(asked, row))})" for row in rows]
        return f"{insert}\n{f',{chr(10)}'.join(said)}"

    async def copy_to_table(self, table_name: str, **options: Any) -> str:
        """Run it, and say that no text does the same."""
        return await self._untold(super().copy_to_table, table_name, options)

    async def _untold(self, work: Callable[..., Awaitable[str]], table: str, options: dict[str, Any]) -> str:
        words = f"-- rows are copied into {table} by the driver: no text does the same"
        return str(await self.told(words, (), lambda: work(table, **options)))

    async def told(self, query: str, args: Iterable[Any], work: Callable[[], Awaitable[Any]]) -> Any:
        """Run what runs a statement, and tell of it."""
        if self.heed is None:
            return await work()
        return await self.heed(written(query, await self._literals(query, tuple(args))), work)

    async def _literals(self, query: str, args: tuple[Any, ...]) -> list[str]:
        if not args:
            return []
        if self._asked[0] != query:  # which many rows in a row have in common
            self._asked = query, (await super().prepare(query)).get_parameters()
        if len(args) != len(self._asked[1]):
            return []  # which the driver refuses
        return [await self._literal(one, kind) for one, kind in zip(args, self._asked[1], strict=True)]

    async def _literal(self, value: Any, kind: Any) -> str:
        said = None if kind.name in self._coded else literal(value, kind.oid)
        return said or await self._by_the_server(value, kind.oid)

    async def _by_the_server(self, value: Any, oid: int) -> str:
        """A value as the server writes it after the driver has sent it."""
        # With -1, not NULL: the name of a type without a length, where its plain name would mean one (bit, character).
        name = await (await super().prepare("SELECT pg_catalog.format_type($1, -1)")).fetchval(oid)
        said = await (await super().prepare(f"SELECT $1::{name}::text")).fetchval(value)
        return "NULL" if said is None else f"{text(said)}::{name}"


class _HeardCursor:
    """A cursor whose query is told of when it begins to run."""

    def __init__(self, cursor: Any, connection: HeardConnection, query: str, args: tuple[Any, ...]) -> None:
        self._cursor, self._connection, self._query, self._args = cursor, connection, query, args

    def __await__(self) -> Any:
        return self._begun(self._opened).__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        rows = aiter(self._cursor)
        row = await self._begun(lambda: _next_of(rows))
        while row is not None:
            yield row
            row = await _next_of(rows)

    async def _opened(self) -> Any:
        return await self._cursor

    async def _begun(self, work: Callable[[], Awaitable[Any]]) -> Any:
        if not self._connection.is_in_transaction():
            return await work()  # which refuses it
        return await self._connection.told(self._query, self._args, work)


async def _next_of(rows: AsyncIterator[Any]) -> Any:
    return await anext(rows, None)


class _HeardStatement:
    """A prepared statement whose runs are told of."""

    def __init__(self, statement: Any, connection: HeardConnection, query: str) -> None:
        self._statement, self._connection, self._query = statement, connection, query

    def __getattr__(self, name: str) -> Any:
        return getattr(self._statement, name)

    async def fetch(self, *args: Any, **options: Any) -> Any:
        return await self._run("fetch", args, options)

    async def fetchrow(self, *args: Any, **options: Any) -> Any:
        return await self._run("fetchrow", args, options)

    async def fetchval(self, *args: Any, **options: Any) -> Any:
        return await self._run("fetchval", args, options)

    async def executemany(self, args: Iterable[Any], **options: Any) -> None:
        await self.fetchmany(args, **options)

    async def fetchmany(self, args: Iterable[Any], **options: Any) -> list[Any]:
        return [record for row in args for record in await self._run("fetch", row, options)]

    def cursor(self, *args: Any, **options: Any) -> Any:
        return _HeardCursor(self._statement.cursor(*args, **options), self._connection, self._query, args)

    async def _run(self, name: str, args: Any, options: dict[str, Any]) -> Any:
        work = getattr(self._statement, name)
        return await self._connection.told(self._query, args, lambda: work(*args, **options))
