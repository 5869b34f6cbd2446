"""The one connection of a runner: opened when it is first needed, one piece of work at a time, closed on any doubt."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio

from lockgate.dialects.connecting import borrow, connect, take
from lockgate.dialects.seam import ConnectionLost, StatementFailed
from lockgate.errors import DatabaseUnreachable, LockgateError, SettingsError
from lockgate.nouns.flavours import Flavour
from lockgate.running.lock import Patience, Turn
from lockgate.urls.database_url import DatabaseUrl, mask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lockgate.dialects.seam import Session
    from lockgate.events import Listener
    from lockgate.settings.conclusions import Conclusions


class Connection:
    """To a URL, or made of an application's AsyncEngine, or lent by its asyncpg pool; left out, the configuration says the URL.

    Raises:
        SettingsError: it is an engine that is not async, or no URL.
    """

    def __init__(self, database: Any, config: Conclusions, emit: Listener) -> None:
        self._config, self._emit = config, emit
        self._engine: Any = database if hasattr(database, "raw_connection") else None
        if self._engine is not None and not hasattr(database, "sync_engine"):
            raise SettingsError(
                "A runner takes an AsyncEngine.", hint="Make it with sqlalchemy.ext.asyncio.create_async_engine."
            )
        # Of all pools, only asyncpg's can do that.
        self._pool: Any = database if hasattr(database, "expire_connections") else None
        lent = self._engine is not None or self._pool is not None
        self._url = DatabaseUrl.of(database) if database is not None and not lent else None
        self._open: Session | None = None
        self._turn = anyio.Lock()

    @property
    def masked(self) -> str:
        """The database's URL without its password."""
        if self._engine is not None:
            return mask(str(self._engine.url))
        if self._pool is not None:
            return "the application's asyncpg pool"
        return (self._url or self._config.target_url()).masked

    @property
    def url(self) -> DatabaseUrl:
        """The URL by which another program reaches the database; of a pool's, which tells none, what the configuration says.

        Raises:
            SettingsError: there is none.
        """
        if self._engine is not None:
            return DatabaseUrl.of(self._engine.url)
        return self._url or self._config.target_url()

    def flavour(self) -> Flavour:
        """Whose SQL it speaks, told without a connection."""
        return Flavour.POSTGRESQL if self._pool is not None else Flavour(self.url.engine)

    async def close(self) -> None:
        """Close it; whoever asks for the session afterwards opens another."""
        session, self._open = self._open, None
        if session is not None:
            with anyio.CancelScope(shield=True):
                await session.close()

    async def session(self) -> Session:
        """The session, opened if need be.

        Raises:
            DatabaseUnreachable: it could not be had.
        """
        if self._open is not None and self._open.closed:
            await self.close()
        if self._open is None:
            self._open = await self.another()
        return self._open

    async def another(self) -> Session:
        """A session beside the one, which whoever asks for it closes.

        Raises:
            DatabaseUnreachable: it could not be had.
        """
        config = self._config
        settings = config.table, config.connect_timeout, config.ddl_lock_timeout
        if self._engine is not None:
            return await borrow(self._engine, *settings)
        if self._pool is not None:
            return await take(self._pool, *settings)
        return await connect(self._url or config.target_url(), *settings)

    def turn(self, session: Session) -> Turn:
        """A turn for the session to take."""
        from lockgate.running.lease import Lease  # noqa: PLC0415 - where nothing is pending, nobody takes a turn

        return Turn(session, Lease(session, self.another, self._config.lease_seconds), self._config.lock)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[tuple[Session, Patience]]:
        """The session for the time of some work, one piece of work at a time; after a doubt about it, it is closed."""
        async with self._turn:
            session = await self.session()
            async with self._closing_on_doubt(session):
                yield session, Patience(session, self._config.lock_timeout, self._emit)

    @asynccontextmanager
    async def _closing_on_doubt(self, session: Session) -> AsyncIterator[None]:
        try:
            yield
        except ConnectionLost as error:
            await self.close()
            raise DatabaseUnreachable(
                f"The connection to {self.masked} was lost: {error}", hint="`lockgate status` says what is applied."
            ) from error
        except StatementFailed as error:
            if session.in_transaction:
                await self.close()
            raise LockgateError(f"The database refused: {error.message}\nNothing was run.", hint=error.hint) from error
        except BaseException:
            if session.in_transaction:
                await self.close()
            raise

    async def scratch(self) -> Session:
        """A session of the database to try things in, which whoever asks for it closes.

        Raises:
            SettingsError: none is named.
        """
        url = self._config.scratch_url
        if url is None:
            raise SettingsError("No scratch database is named.", hint="Name one with LOCKGATE_SCRATCH_URL.")
        return await connect(url, self._config.table, self._config.connect_timeout)
