"""Opens the session that a URL, or an application's own engine, leads to; a driver is imported when its engine is met."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lockgate.errors import DatabaseUnreachable, SettingsError
from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lockgate.dialects.seam import Session
    from lockgate.urls.database_url import DatabaseUrl

_LOCK_SECONDS: Final = 5.0


async def connect(url: DatabaseUrl, table: str, seconds: float, lock_seconds: float = _LOCK_SECONDS) -> Session:
    """Open a connection of Lockgate's own, within `seconds`; a migration may wait `lock_seconds` for a table's lock.

    Raises:
        DatabaseUnreachable: it could not be had; the driver's own error is the cause.
        SettingsError: the engine's driver is not installed.
    """
    if url.engine == "postgresql":
        return await _connect_postgresql(url, table, seconds, lock_seconds)
    if url.engine == "sqlite":
        from lockgate.dialects.sqlite import SqliteSession  # noqa: PLC0415 - one engine's driver is enough

        options = url.sqlite_options()
        return SqliteSession(None, table, database=url.sqlite_path(), options=options)
    from lockgate.dialects.mysql_connecting import connect_mysql  # noqa: PLC0415 - as above

    return await connect_mysql(url, table, seconds, lock_seconds)


async def _connect_postgresql(url: DatabaseUrl, table: str, seconds: float, lock_seconds: float) -> Session:
    import asyncpg  # noqa: PLC0415 - one engine's driver is enough

    from lockgate.dialects.postgresql import PostgresSession  # noqa: PLC0415 - as above

    bound = min(seconds, url.connect_timeout) if url.connect_timeout else seconds
    named = {} if "application_name" in url.asyncpg_dsn() else {"application_name": f"lockgate[{os.getpid()}]"}
    connecting = partial(
        asyncpg.connect, url.asyncpg_dsn(), timeout=bound, statement_cache_size=0, server_settings=named
    )
    try:
        connection = await connecting()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise DatabaseUnreachable(
            f"{url.masked} cannot be reached: {mask(_words(error, bound))}",
            hint="Check that the server runs, and host, port, user, password and database in DATABASE_URL.",
        ) from error
    aside = partial(passing, connecting)
    return PostgresSession(connection, table, seconds, aside=aside, lock_seconds=lock_seconds)


@asynccontextmanager
async def passing(connecting: Callable[[], Awaitable[Any]]) -> AsyncIterator[Any]:
    """A connection that is gone afterwards, without a goodbye."""
    connection = await connecting()
    try:
        yield connection
    finally:
        connection.terminate()


def _words(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    return str(error) or type(error).__name__


async def borrow(engine: Any, table: str, seconds: float, lock_seconds: float = _LOCK_SECONDS) -> Session:
    """Open a session on an application's AsyncEngine: a connection made as the engine makes them, but none of its pool's.

    A migration's settings never come back to the application: the connection is closed afterwards. Only a pool that has but
    one (SQLite in memory) lends that.

    Raises:
        DatabaseUnreachable: the engine could not connect.
        SettingsError: the engine's driver is none of asyncpg, aiosqlite and asyncmy.
    """
    import anyio  # noqa: PLC0415 - with SQLAlchemy at hand, this is nothing
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - it is imported already, by whoever made the engine
    from sqlalchemy.pool import StaticPool  # noqa: PLC0415 - as above
    from sqlalchemy.util import greenlet_spawn  # noqa: PLC0415 - as above

    # Its pool is left out: to take from there would cost the application a connection, or wait until it has one to spare.
    is_only = isinstance(engine.pool, StaticPool)
    pool = engine.pool if is_only else engine.pool.recreate()
    try:
        with anyio.fail_after(seconds):
            pooled = await greenlet_spawn(pool.connect)
    except (OSError, TimeoutError, SQLAlchemyError, engine.dialect.dbapi.Error) as error:
        raise DatabaseUnreachable(f"The engine cannot connect: {mask(_words(error, seconds))}") from error
    connection, driver = pooled.driver_connection, engine.dialect.driver

    async def another() -> Any:
        lent = await greenlet_spawn(pool.connect)
        lent.detach()
        return lent.driver_connection

    if driver == "asyncpg":
        from lockgate.dialects.postgresql import PostgresSession  # noqa: PLC0415 - one engine's driver is enough

        pooled.detach()
        aside = partial(passing, another)
        return PostgresSession(connection, table, seconds, aside=aside, lock_seconds=lock_seconds, lent=True)
    if driver == "aiosqlite":
        from lockgate.dialects.sqlite import SqliteSession  # noqa: PLC0415 - as above

        if is_only:
            return SqliteSession(connection, table, give_back=lambda: greenlet_spawn(pooled.close))
        pooled.detach()
        return SqliteSession(connection, table)
    if driver == "asyncmy":
        from lockgate.dialects.mysql_connecting import open_session  # noqa: PLC0415 - as above

        pooled.detach()
        return await open_session(connection, another, table, seconds, lock_seconds)
    await greenlet_spawn(pooled.close)
    raise SettingsError(f"The engine's driver is {driver}; Lockgate works over asyncpg, aiosqlite and asyncmy.")


async def take(pool: Any, table: str, seconds: float, lock_seconds: float = _LOCK_SECONDS) -> Session:
    """Open a session on a connection that an asyncpg pool lends, in the state that the pool's `init` and `setup` leave it in.

    It goes back to the pool, which resets it. One that a migration has run on is closed first, so that nothing of the
    migration comes back to the application; the pool makes another when it needs one.

    Raises:
        DatabaseUnreachable: the pool had none within the time, or is not open.
    """
    import asyncpg  # noqa: PLC0415 - one engine's driver is enough

    from lockgate.dialects.postgresql import PostgresSession  # noqa: PLC0415 - as above

    try:
        connection = await pool.acquire(timeout=seconds)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseUnreachable(f"The pool gives no connection: {mask(_words(error, seconds))}") from error
    return PostgresSession(
        connection,
        table,
        seconds,
        aside=lambda: pool.acquire(timeout=seconds),
        lock_seconds=lock_seconds,
        lent=True,
        give_back=lambda: pool.release(connection, timeout=2),
    )
