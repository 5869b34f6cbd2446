"""Where the laws are played: one database, emptied between the acts, and what Lockgate and SQLAlchemy do to it."""

from __future__ import annotations

import sqlite3
from contextlib import AsyncExitStack, asynccontextmanager, closing, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from convergence import witness
from lockgate import Runner
from lockgate.dialects.connecting import connect
from lockgate.diffing.differ import reversed_changes
from lockgate.following.comparing import Comparing
from lockgate.following.follower import engine_of, own_tables
from lockgate.following.scope import Scope
from lockgate.models.metadata import load_models
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from pathlib import Path

    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncEngine

    from convergence.witness import Testimony
    from lockgate.dialects.seam import Session
    from lockgate.following.comparing import Comparison
    from lockgate.nouns.changes import Statement

Rows = dict[str, list[dict[str, Any]]]


class Found(NamedTuple):
    """A comparison, and the statements there and back."""

    comparison: Comparison
    there: list[Statement]
    back: list[Statement]


class Stage:
    """One engine's database."""

    url: str
    engine: AsyncEngine

    async def empty(self) -> None:
        """Take away all that is there."""
        raise NotImplementedError

    async def execute(self, statements: Iterable[str]) -> None:
        """Run statements past Lockgate."""
        raise NotImplementedError

    async def fetch(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, past Lockgate."""
        raise NotImplementedError

    async def testimony(self) -> Testimony:
        """What the database holds, as a reader says that is not Lockgate's."""
        raise NotImplementedError

    async def create(self, metadata: sa.MetaData, scenery: Sequence[str] = (), rows: Sequence[str] = ()) -> None:
        """Make models in the empty database as SQLAlchemy does, then the rows."""
        await self.empty()
        await self.execute(scenery)
        await self.execute(f'CREATE SCHEMA IF NOT EXISTS "{name}"' for name in sorted(schemas_of(metadata)))
        async with self.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await self.execute(rows)

    def runner(self, metadata: sa.MetaData) -> Runner:
        """Lockgate, with these models."""
        return Runner(self.url, environment="development", models=metadata, migrations=[])

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A connection of Lockgate's own."""
        session = await connect(DatabaseUrl.of(self.url), "schema_migrations", 10)
        try:
            yield session
        finally:
            await session.close()

    async def compare(self, metadata: sa.MetaData) -> Found:
        """How the database differs from models, and what brings it there and back."""
        config = self.runner(metadata).config
        async with self.session() as session:
            await session.history()
            engine, models = engine_of(session), load_models(metadata)
            scope = Scope.of(config, models, await engine.default_schema(), own_tables(session.tracking.name))
            found = await Comparing(engine, scope, nullcontext(engine)).compare(models, create=False)
        there = engine.statements(found.changes, found.have, found.want)
        return Found(found, there, engine.statements(reversed_changes(found.changes), found.want, found.have))

    async def run(self, statements: Sequence[Statement]) -> None:
        """Run them as a careful person would: the early ones first, one by one, the others in one transaction."""
        try:
            await self.execute(one.text for one in statements if one.early)
            await self.transact([one.text for one in statements if not one.early])
        except Exception as error:
            error.add_note(";\n".join(one.text for one in statements))
            raise

    async def transact(self, statements: Sequence[str]) -> None:
        """Run statements in one transaction."""
        raise NotImplementedError

    async def rows(self, metadata: sa.MetaData) -> Rows:
        """The rows of all tables of models, in order."""
        found = {}
        for table in metadata.tables.values():
            if not table.is_view and table._prefixes[:1] != ["TEMPORARY"]:
                name = ".".join('"' + part.replace('"', '""') + '"' for part in (table.schema, table.name) if part)
                several = await self.fetch(f"SELECT * FROM {name}")
                found[table.fullname] = sorted(several, key=lambda row: repr(sorted(row.items())))
        return found


def schemas_of(metadata: sa.MetaData) -> set[str]:
    """The schemas that models name."""
    items = (*metadata.tables.values(), *metadata._sequences.values(), *metadata._objects)
    return {schema for item in items if (schema := getattr(item, "schema", None))}


class SqliteStage(Stage):
    """A file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"
        self.engine = create_async_engine(f"sqlite+aiosqlite:///{path}", poolclass=NullPool)

    async def empty(self) -> None:
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()

    async def execute(self, statements: Iterable[str]) -> None:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            for statement in statements:
                connection.execute(statement)

    async def transact(self, statements: Sequence[str]) -> None:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            for statement in ("PRAGMA foreign_keys = OFF", "BEGIN", *statements, "COMMIT"):
                connection.execute(statement)

    async def fetch(self, query: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query).fetchall()]

    async def testimony(self) -> Testimony:
        with closing(sqlite3.connect(self.path)) as connection:
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return witness.of_sqlite(self.path)


class PostgresStage(Stage):
    """A database on a server, with connections that stay: to open one costs the server more than an act."""

    def __init__(self, url: str, connection: asyncpg.Connection, engine: AsyncEngine, session: Session) -> None:
        self.url, self.connection, self.engine = url, connection, engine
        self._session = session

    @classmethod
    @asynccontextmanager
    async def on(cls, url: str) -> AsyncIterator[PostgresStage]:
        """The stage, until it is left."""
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=StaticPool)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(engine.dispose)
            connection = await asyncpg.connect(url)
            stack.push_async_callback(connection.close)
            session = await connect(DatabaseUrl.of(url), "schema_migrations", 10)
            stack.push_async_callback(session.close)
            yield cls(url, connection, engine, session)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        yield self._session

    @property
    def version(self) -> int:
        """The server's."""
        return int(self.connection.get_server_version().major)

    async def empty(self) -> None:
        query = "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'"
        names = [row[0] for row in await self.connection.fetch(query)]
        dropping = "".join(f"DROP SCHEMA {name} CASCADE; " for name in names)
        await self.connection.execute(f"SET client_min_messages = error; {dropping} CREATE SCHEMA public")

    async def execute(self, statements: Iterable[str]) -> None:
        for statement in statements:
            await self.connection.execute(statement)

    async def transact(self, statements: Sequence[str]) -> None:
        async with self.connection.transaction():
            await self.execute(statements)

    async def fetch(self, query: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.connection.fetch(query)]

    async def testimony(self) -> Testimony:
        return await witness.of_postgresql(self.connection)
