"""Many schemas of one database, of which some are poisoned, and migrations that write down each time they run."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lockgate import Fleet
from lockgate.running.connection import Connection
from lockgate.settings.values import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from collections.abc import Set as AbstractSet

    import asyncpg

    from conformance.bench import Files, PostgresDatabase

QUERY = "SELECT name FROM public.tenants ORDER BY name"
POISON = 3
"""The migration that fails where a schema is poisoned, because its table is there already."""


class Tenants:
    """Schemas `t000` and so on, listed in the table `public.tenants`; and `bystander`, which is not."""

    def __init__(self, database: PostgresDatabase, files: Files) -> None:
        self.database, self.files = database, files
        self.names: list[str] = []
        self.poisoned: frozenset[str] = frozenset()
        self.migrations: list[str] = []

    async def make(self, count: int, migrations: int, poisoned: Sequence[int] = ()) -> None:
        self.names = [f"t{number:03}" for number in range(count)]
        self.poisoned = frozenset(self.names[number] for number in poisoned)
        said = ["CREATE TABLE public.tenants (name text PRIMARY KEY)", "CREATE TABLE public.gate ()"]
        said += ["CREATE SCHEMA bystander"]
        said += ["CREATE TABLE bystander.own (id integer)"]
        for name in self.names:
            said += [f"CREATE SCHEMA {name}", f"INSERT INTO public.tenants VALUES ('{name}')"]
        said += [f"CREATE TABLE {name}.a{POISON} (mine integer)" for name in self.poisoned]
        await self.database.execute(";".join(said))
        self.migrations = [self.migration(number) for number in range(1, migrations + 1)]

    def migration(self, number: int) -> str:
        """Makes a table, waits at the gate, and writes down that it ran."""
        name, first = f"{number:03}_a{number}.sql", "CREATE TABLE runs (number integer);" if number == 1 else ""
        note = f"INSERT INTO runs SELECT {number} FROM (SELECT 1) one LEFT JOIN public.gate ON true;"
        self.files.write(name, f"{first} CREATE TABLE a{number} (id integer); {note}")
        return name

    def fleet(self, targets: Any = QUERY, **settings: Any) -> Fleet:
        settings = {"database_url": self.database.url, "directory": self.files.folder, **settings}
        return Fleet(targets, **settings)

    async def done(self) -> int:
        """How many have all that there is."""
        async with self.database.connection() as connection:
            return [await self._recorded(connection, name) for name in self.names].count(self.migrations)

    async def _recorded(self, connection: asyncpg.Connection, name: str) -> list[str]:
        if await connection.fetchval(f"SELECT to_regclass('{name}.schema_migrations')") is None:
            return []
        return [row[0] for row in await connection.fetch(f"SELECT name FROM {name}.schema_migrations ORDER BY id")]

    async def check(self, more: AbstractSet[str] = frozenset()) -> None:
        """All healthy ones have everything once, poisoned ones what came before the poison, and nothing else is touched."""
        async with self.database.connection() as connection:
            for name in self.names:
                count = POISON - 1 if name in self.poisoned else len(self.migrations)
                assert await self._recorded(connection, name) == self.migrations[:count], name
                ran = [row[0] for row in await connection.fetch(f"SELECT number FROM {name}.runs ORDER BY number")]
                assert ran == list(range(1, count + 1)), name
                own = {f"a{POISON}"} if name in self.poisoned else set()
                tables = {f"a{number}" for number in range(1, count + 1)} | {"runs", "schema_migrations"} | own
                assert await _tables(connection, name) - more == tables, name
            assert await _tables(connection, "public") == {"tenants", "gate"}
            assert await _tables(connection, "bystander") == {"own"}

    @asynccontextmanager
    async def gate(self, processes: int) -> AsyncIterator[None]:
        """Let no migration through, until on leaving so many processes have one that waits."""
        async with self.database.connection() as holding, self.database.connection() as looking, holding.transaction():
            await holding.execute("LOCK public.gate")
            yield
            waiting = "SELECT count(DISTINCT application_name) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            async with asyncio.timeout(60):
                while await looking.fetchval(f"{waiting} AND datname = current_database()") < processes:  # noqa: ASYNC110 - the server tells nobody
                    await asyncio.sleep(0.02)

    async def leased(self, name: str) -> None:
        """Have the lease of a schema, and be heard of no more."""
        other = self._other(name)
        session = await other.session()
        await session.history()
        assert await other.turn(session).ask()
        await other.close()

    @asynccontextmanager
    async def locked(self, name: str) -> AsyncIterator[None]:
        """Hold the lock of a schema, as another machine's runner does."""
        other = self._other(name)
        session = await other.session()
        await session.history()
        assert await session.try_lock()
        try:
            yield
        finally:
            await other.close()

    def _other(self, name: str) -> Connection:
        config = Settings.of({"table": f"{name}.schema_migrations", "lock": "lease", "lease_seconds": 1.0})
        return Connection(self.database.url, config, lambda _: None)


async def _tables(connection: asyncpg.Connection, schema: str) -> set[str]:
    query = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    return {row[0] for row in await connection.fetch(f"{query} WHERE c.relkind = 'r' AND n.nspname = $1", schema)}
