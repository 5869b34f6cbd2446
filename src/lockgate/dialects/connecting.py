"""Opens the session that a URL, or an application's own engine, leads to; a driver is imported when its engine is met."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lockgate.errors import DatabaseUnreachable, SettingsError
from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from lockgate.dialects.seam import Session
    from lockgate.urls.database_url import DatabaseUrl


async def connect(url: DatabaseUrl, table: str, seconds: float) -> Session:
    """Open a connection of Lockgate's own, within `seconds`.

    Raises:
        DatabaseUnreachable: it could not be had; the driver's own error is the cause.
        SettingsError: the engine is not one of Lockgate's.
    """
    if url.engine == "postgresql":
        return await _connect_postgresql(url, table, seconds)
    if url.engine == "sqlite":
        from lockgate.dialects.sqlite import SqliteSession  # noqa: PLC0415 - one engine's driver is enough

        options = url.sqlite_options()
        return SqliteSession(None, table, database=url.sqlite_path(), options=options)
    raise SettingsError(f"Lockgate does not speak to {url.scheme} yet: PostgreSQL and SQLite are its engines.")


async def _connect_postgresql(url: DatabaseUrl, table: str, seconds: float) -> Session:
    import asyncpg  # noqa: PLC0415 - one engine's driver is enough

    from lockgate.dialects.postgresql import PostgresSession  # noqa: PLC0415 - as above

    bound = min(seconds, url.connect_timeout) if url.connect_timeout else seconds
    named = {} if "application_name" in url.asyncpg_dsn() else {"application_name": f"lockgate[{os.getpid()}]"}
    try:
        connection = await asyncpg.connect(
            url.asyncpg_dsn(), timeout=bound, statement_cache_size=0, server_settings=named
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise DatabaseUnreachable(
            f"{url.masked} cannot be reached: {mask(_words(error, bound))}",
            hint="Check that the server runs, and host, port, user, password and database in DATABASE_URL.",
        ) from error
    return PostgresSession(connection, table, seconds)


def _words(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    return str(error) or type(error).__name__


async def borrow(engine: Any, table: str, seconds: float) -> Session:
    """Open a session on an application's AsyncEngine: a connection made as the engine makes them, but none of its pool's.

    A migration's settings never come back to the application: the connection is closed afterwards. Only a pool that has but
    one (SQLite in memory) lends that.

    Raises:
        DatabaseUnreachable: the engine could not connect.
        SettingsError: the engine's driver is neither asyncpg nor aiosqlite.
    """
    import anyio  # noqa: PLC0415 - with SQLAlchemy at hand, this is nothing
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - it is imported already, by whoever made the engine
    from sqlalchemy.pool import StaticPool  # noqa: PLC0415 - as above
    from sqlalchemy.util import greenlet_spawn  # noqa: PLC0415 - as above

    try:
        with anyio.fail_after(seconds):
            pooled = await engine.raw_connection()
    except (OSError, TimeoutError, SQLAlchemyError, engine.dialect.dbapi.Error) as error:
        raise DatabaseUnreachable(f"The engine cannot connect: {mask(_words(error, seconds))}") from error
    connection, driver = pooled.driver_connection, engine.dialect.driver
    if driver == "asyncpg":
        from lockgate.dialects.postgresql import PostgresSession  # noqa: PLC0415 - one engine's driver is enough

        pooled.detach()
        return PostgresSession(connection, table, seconds, lent=True)
    if driver == "aiosqlite":
        from lockgate.dialects.sqlite import SqliteSession  # noqa: PLC0415 - as above

        if isinstance(engine.pool, StaticPool):
            return SqliteSession(connection, table, give_back=lambda: greenlet_spawn(pooled.close))
        pooled.detach()
        return SqliteSession(connection, table)
    await greenlet_spawn(pooled.close)
    raise SettingsError(f"The engine's driver is {driver}; Lockgate works over asyncpg and aiosqlite.")


async def take(pool: Any, table: str, seconds: float) -> Session:
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
    return PostgresSession(connection, table, seconds, lent=True, give_back=lambda: pool.release(connection, timeout=2))
