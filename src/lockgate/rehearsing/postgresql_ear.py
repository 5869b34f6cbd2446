"""An asyncpg connection that tells of every statement: the runner's, SQLAlchemy's, and those of a migration's own on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

from lockgate.nouns.flavours import Flavour
from lockgate.rehearsing.literals import is_plain, literal, text, written
from lockgate.sql import split

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    Heed = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]


class HeardConnection(asyncpg.Connection):
    """Gives each statement, and what runs it, to `heed`; without that it is as any other."""

    heed: Heed | None = None

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 - asyncpg's
        """Run a text, statement by statement."""
        if self.heed is None or args:  # with arguments it comes by way of _execute
            return await super().execute(query, *args, timeout=timeout)
        status = ""
        for statement in split(query, Flavour.POSTGRESQL):
            status = await self._told(statement.text, (), self._alone(statement.text, timeout))
        return status

    def _alone(self, text: str, timeout: float | None) -> Callable[[], Awaitable[str]]:
        return lambda: super(HeardConnection, self).execute(text, timeout=timeout)

    async def executemany(self, command: str, args: Iterable[Any], *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Run a statement with each row of arguments."""
        for row in args:
            await self.execute(command, *row, timeout=timeout)

    async def _execute(self, query: str, args: Any, *rest: Any, **options: Any) -> Any:
        run: Any = super()
        return await self._told(query, args, lambda: run._execute(query, args, *rest, **options))

    async def prepare(self, query: str, **options: Any) -> Any:
        """Prepare a statement, which is told of when it runs."""
        return _HeardStatement(await super().prepare(query, **options), self, query)

    async def copy_records_to_table(self, table_name: str, **options: Any) -> str:
        """Run it, and say that no text does the same."""
        return await self._untold(super().copy_records_to_table, table_name, options)

    async def copy_to_table(self, table_name: str, **options: Any) -> str:
        """Run it, and say that no text does the same."""
        return await self._untold(super().copy_to_table, table_name, options)

    async def _untold(self, work: Callable[..., Awaitable[str]], table: str, options: dict[str, Any]) -> str:
        words = f"-- rows are copied into {table} by the driver: no text does the same"
        return str(await self._told(words, (), lambda: work(table, **options)))

    async def _told(self, query: str, args: Iterable[Any], work: Callable[[], Awaitable[Any]]) -> Any:
        if self.heed is None:
            return await work()
        return await self.heed(written(query, await self._literals(query, tuple(args))), work)

    async def _literals(self, query: str, args: tuple[Any, ...]) -> list[str]:
        if all(map(is_plain, args)):
            return [literal(one) for one in args]
        types = (await super().prepare(query)).get_parameters()
        return [
            literal(one) if is_plain(one) else await self._by_the_server(one, kind.oid)
            for one, kind in zip(args, types, strict=True)
        ]

    async def _by_the_server(self, value: Any, oid: int) -> str:
        """A value as the server writes it after the driver has sent it."""
        name = await (await super().prepare("SELECT pg_catalog.format_type($1, NULL)")).fetchval(oid)
        said = await (await super().prepare(f"SELECT $1::{name}::text")).fetchval(value)
        return f"{text(said)}::{name}"


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
        for row in args:
            await self._run("fetch", row, options)

    def cursor(self, *args: Any, **options: Any) -> Any:
        return self._statement.cursor(*args, **options)

    async def _run(self, name: str, args: Any, options: dict[str, Any]) -> Any:
        work = getattr(self._statement, name)
        return await self._connection._told(self._query, args, lambda: work(*args, **options))
