"""The database that the laws are played in: emptied, filled by SQLAlchemy, changed by hand, and looked at past Lockgate."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import uuid
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from convergence import witness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    import sqlalchemy as sa

    from convergence.witness import Testimony

# pg_dump puts a key of the day around what it writes: https://www.postgresql.org/docs/current/app-pgdump.html.
_OF_THE_DAY: Final = ("\\restrict", "\\unrestrict", "--")
_SCHEMAS: Final = "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'"
_MASTER: Final = (
    "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master"
    " WHERE tbl_name NOT LIKE 'schema~_migrations%' ESCAPE '~'"
)


class Ground(Protocol):
    """One engine's database."""

    url: str
    sqlalchemy_url: str
    first: str
    """The migration that makes the extensions which the models need, as a project has one before its first table."""

    async def empty(self) -> None:
        """Take away all that is there but the extensions that the models need."""

    async def transact(self, statements: Sequence[str]) -> None:
        """Run statements in one transaction."""

    async def testimony(self) -> Testimony:
        """What it holds, as a reader says that shares nothing with Lockgate's."""

    async def dump(self) -> list[str]:
        """What it holds, as the engine's own tool writes it down; without Lockgate's own tables."""


async def create_all(ground: Ground, metadata: sa.MetaData) -> None:
    """Make the models as SQLAlchemy does, in what is empty then."""
    await ground.empty()
    schemas = sorted({table.schema for table in metadata.tables.values() if table.schema})
    await ground.transact([f'CREATE SCHEMA IF NOT EXISTS "{schema}"' for schema in schemas])
    engine = create_async_engine(ground.sqlalchemy_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
    finally:
        await engine.dispose()


class SqliteGround:
    """A file."""

    first = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"
        self.sqlalchemy_url = f"sqlite+aiosqlite:///{path}"

    async def empty(self) -> None:
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()

    async def transact(self, statements: Sequence[str]) -> None:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            for statement in ("PRAGMA foreign_keys = OFF", "BEGIN", *statements, "COMMIT"):
                connection.execute(statement)

    async def testimony(self) -> Testimony:
        return witness.of_sqlite(self.path)

    async def dump(self) -> list[str]:
        with closing(sqlite3.connect(self.path)) as connection:
            return "\n".join(sorted(row[0] for row in connection.execute(_MASTER))).splitlines()


class PostgresGround:
    """A database on a server."""

    def __init__(self, url: str, connection: asyncpg.Connection, pg_dump: Path, extensions: Sequence[str]) -> None:
        self.url, self._connection, self._pg_dump = url, connection, pg_dump
        self._extensions = [f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public" for name in extensions]
        made = ";\n".join(self._extensions)
        self.first = f"-- migrate:up\n{made};\n-- migrate:down\nSELECT 'they stay';\n" if extensions else ""
        self.sqlalchemy_url = url.replace("postgresql://", "postgresql+asyncpg://", 1)

    async def empty(self) -> None:
        dropping = "".join(f"DROP SCHEMA {row[0]} CASCADE; " for row in await self._connection.fetch(_SCHEMAS))
        await self._connection.execute(f"SET client_min_messages = error; {dropping} CREATE SCHEMA public")
        await self.transact(self._extensions)

    async def transact(self, statements: Sequence[str]) -> None:
        async with self._connection.transaction():
            for statement in statements:
                await self._connection.execute(statement)

    async def fetch(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        return [dict(row) for row in await self._connection.fetch(query)]

    async def testimony(self) -> Testimony:
        return await witness.of_postgresql(self._connection)

    async def dump(self) -> list[str]:
        return await asyncio.to_thread(self._dumped)

    def _dumped(self) -> list[str]:
        command = [
            str(self._pg_dump),
            "--schema-only",
            "--no-owner",
            "--exclude-table=schema_migrations*",
            "-d",
            self.url,
        ]
        text = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout
        return [line for line in text.splitlines() if line and not line.startswith(_OF_THE_DAY)]


@asynccontextmanager
async def prepared(url: str, folder: Path, pg_dump: Path, extensions: Sequence[str]) -> AsyncIterator[Ground]:
    """A file in the folder, or a database of its own on the server that the URL is one of."""
    if url == "sqlite":
        yield SqliteGround(folder / "app.db")
        return
    name = f"t_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(url)
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        place = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        connection = await asyncpg.connect(place)
        try:
            yield PostgresGround(place, connection, pg_dump, extensions)
        finally:
            await connection.close()
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()
