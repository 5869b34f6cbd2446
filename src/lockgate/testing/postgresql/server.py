"""A server on which databases for tests are made and dropped; no others of it are touched."""

from __future__ import annotations

import itertools
import logging
import secrets
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import anyio
import asyncpg

from lockgate.dialects.connecting import connect
from lockgate.dialects.postgresql_databases import read_settings, write_settings
from lockgate.dialects.seam import ConnectionLost, StatementFailed
from lockgate.errors import DatabaseUnreachable, LockgateError, SettingsError
from lockgate.testing.postgresql.names import PREFIX, Lock, copy_name, owners_lock, session_lock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from lockgate.dialects.seam import Session
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl

_CLOSING_SECONDS = 30.0


class Server:
    """A session on a maintenance database, which holds the locks, and short ones that make and drop."""

    def __init__(self, config: Conclusions) -> None:
        self.config = config
        self._place = config.target_url()
        self._token = secrets.randbits(31)
        self._numbers = itertools.count(1)
        self._turn = anyio.Lock()
        self._session: Session | None = None

    async def open(self) -> None:
        """Connect: to the database `postgres`, whose locks all sessions share, else to the one that the URL names.

        Raises:
            DatabaseUnreachable: neither can be had.
        """
        named = self._place
        try:
            self._place = named.with_database("postgres")
            self._session = await self.connect(self._place)
        except DatabaseUnreachable as error:
            if not isinstance(error.__cause__, asyncpg.PostgresError):
                raise
            self._place = named
            self._session = await self.connect(self._place)
        await self.lock(session_lock(self._token))

    async def close(self) -> None:
        """Let go of all locks."""
        if self._session is not None:
            await self._session.close()

    def url(self, name: str) -> DatabaseUrl:
        """The URL of one of its databases."""
        return self._place.with_database(name)

    def new_name(self) -> str:
        """A name that no other database has had."""
        return copy_name(self._token, next(self._numbers))

    async def connect(self, url: DatabaseUrl) -> Session:
        """Open a session.

        Raises:
            DatabaseUnreachable: it could not be had.
        """
        return await connect(url, self.config.table, self.config.connect_timeout)

    async def lock(self, lock: Lock, *, shared: bool = False) -> bool:
        """Ask for a lock; False where somebody else has it."""
        function = f"pg_catalog.pg_try_advisory_lock{'_shared' if shared else ''}"
        return bool(await self._ask(f"SELECT 1 WHERE {function}({lock.space}, {lock.number})"))

    async def unlock(self, lock: Lock, *, shared: bool = False) -> None:
        """Give it back."""
        function = f"pg_catalog.pg_advisory_unlock{'_shared' if shared else ''}"
        await self._ask(f"SELECT {function}({lock.space}, {lock.number})")

    async def has(self, name: str) -> bool:
        """Whether there is a database of that name."""
        return bool(await self._ask(f"SELECT 1 FROM pg_catalog.pg_database WHERE datname = '{name}'"))

    async def _ask(self, query: str) -> list[tuple[str, ...]]:
        assert self._session is not None, "open() comes first"
        async with self._turn:
            with self._lost_told():
                return await self._session.fetch(query)

    async def create(self, name: str, template: str | None = None) -> None:
        """Make a database, as a copy of the template where one is given.

        Raises:
            SettingsError: the server refuses.
        """
        try:
            await self._run(f"CREATE DATABASE {name}{f' TEMPLATE {template}' if template else ''}")
        except StatementFailed as error:
            ((user,),) = await self._ask("SELECT pg_catalog.quote_ident(session_user)")
            raise SettingsError(
                f"No test database could be made on the server of {self.config.target_url().masked}: {error.message}.",
                hint=f"ALTER ROLE {user} CREATEDB, or let lockgate_config name another server.",
            ) from error

    async def copy_settings(self, template: str, name: str) -> None:
        """Give a copy the settings of the template's (ALTER DATABASE … SET), which CREATE DATABASE leaves out.

        Raises:
            LockgateError: the server refuses.
        """
        rows = await self._ask(read_settings(template))
        if not rows:
            return
        async with self._briefly() as session:
            for statement in write_settings(name, rows):
                with self._lost_told():
                    await session.execute(statement)

    async def rename(self, name: str, to: str) -> None:
        """Give a database that nobody is connected to another name.

        Raises:
            StatementFailed: the name is taken.
        """
        await self._run(f"ALTER DATABASE {name} RENAME TO {to}")

    async def drop(self, name: str, *, force: bool = True) -> None:
        """Drop a database if it is there; a warning says where that did not work."""
        try:
            with anyio.fail_after(_CLOSING_SECONDS):
                await self._run(f"DROP DATABASE IF EXISTS {name}{' WITH (FORCE)' if force else ''}")
        except (LockgateError, TimeoutError) as error:
            logging.getLogger("lockgate").warning("The test database %s could not be dropped: %s", name, error)

    async def _run(self, statement: str) -> None:
        async with self._briefly() as session:
            with self._lost_told():
                await session.execute(statement)

    @contextmanager
    def _lost_told(self) -> Iterator[None]:
        try:
            yield
        except ConnectionLost as error:
            words = f"The connection to {self._place.masked} was lost: {error}"
            raise DatabaseUnreachable(words, hint="Does the server still run?") from error

    @asynccontextmanager
    async def _briefly(self) -> AsyncIterator[Session]:
        session = await self.connect(self._place)
        try:
            yield session
        finally:
            with anyio.CancelScope(shield=True):
                await session.close()

    async def sweep(self, used: str) -> None:
        """Drop what killed sessions have left: nobody holds its lock, and nobody is connected to it.

        Args:
            used: the template that this session holds the lock of, which would not keep itself from taking it again.
        """
        query = f"SELECT datname FROM pg_catalog.pg_database WHERE datname LIKE '{PREFIX.replace('_', chr(92) + '_')}%'"
        for (name,) in await self._ask(query):
            lock = owners_lock(name)
            if name == used or lock in {None, session_lock(self._token)} or not await self.lock(lock):
                continue
            try:
                await self.drop(name, force=False)
            finally:
                await self.unlock(lock)
