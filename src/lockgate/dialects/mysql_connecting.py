"""Opens a session on MySQL or MariaDB, by a URL or by an application's own engine."""

from __future__ import annotations

import math
import ssl
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio

from lockgate.errors import DatabaseUnreachable, SettingsError
from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lockgate.dialects.mysql import MysqlSession
    from lockgate.urls.database_url import DatabaseUrl
    from lockgate.urls.mysql_arguments import MysqlTls

# COM_SET_OPTION, MYSQL_OPTION_MULTI_STATEMENTS_OFF: a step is one statement, and so is what is sent.
_SET_OPTION, _ONE_STATEMENT = 0x1B, b"\x01\x00"
_NO_DRIVER: Final = "MySQL and MariaDB need the driver asyncmy, which is not installed."
_HINT: Final = "Check that the server runs, and host, port, user, password and database in DATABASE_URL."


async def connect_mysql(url: DatabaseUrl, table: str, seconds: float, lock_seconds: float) -> MysqlSession:
    """Open a connection of Lockgate's own, within `seconds`.

    Raises:
        DatabaseUnreachable: it could not be had; the driver's own error is the cause.
        SettingsError: asyncmy is not installed.
    """
    try:
        from asyncmy.errors import MySQLError  # noqa: PLC0415 - only who speaks to MySQL needs its driver
    except ImportError as error:
        raise SettingsError(_NO_DRIVER, hint="pip install 'lockgate[mysql]'") from error
    bound = min(seconds, url.mysql_arguments().connect_timeout or seconds)
    connecting = partial(_connected, url, bound)
    try:
        connection = await connecting()
    except (OSError, TimeoutError, MySQLError, RuntimeError, LookupError) as error:
        raise DatabaseUnreachable(
            f"{url.masked} cannot be reached: {mask(_words(error, bound))}", hint=_HINT
        ) from error
    return await open_session(connection, connecting, table, seconds, lock_seconds)


async def open_session(
    connection: Any, connecting: Callable[[], Awaitable[Any]], table: str, seconds: float, lock_seconds: float
) -> MysqlSession:
    """Make a connection that is nobody else's ready; `connecting` gives another like it.

    Raises:
        DatabaseUnreachable: it broke.
    """
    from asyncmy.errors import MySQLError  # noqa: PLC0415 - only who speaks to MySQL needs its driver

    from lockgate.dialects.mysql import MysqlSession  # noqa: PLC0415 - as above

    try:
        with anyio.fail_after(seconds):
            await connection._execute_command(_SET_OPTION, _ONE_STATEMENT)
            await connection.read_packet()
            # How long a statement of a migration's waits for a table, and all others behind it.
            await connection.query(
                f"SET SESSION autocommit = 1, lock_wait_timeout = {max(1, math.ceil(lock_seconds)):d}"
            )
    except (OSError, TimeoutError, MySQLError) as error:
        connection.close()
        raise DatabaseUnreachable(f"The connection broke: {mask(_words(error, seconds))}", hint=_HINT) from error
    return MysqlSession(connection, table, seconds, partial(_passing, connecting), lock_seconds=lock_seconds)


async def _connected(url: DatabaseUrl, seconds: float) -> Any:
    import asyncmy  # noqa: PLC0415 - only who speaks to MySQL needs its driver

    arguments = url.mysql_arguments()
    said = arguments._asdict() | {"connect_timeout": max(1, seconds)}
    tls = said.pop("tls")
    context = await anyio.to_thread.run_sync(_context, tls) if tls else None
    with anyio.fail_after(seconds):
        return await asyncmy.connect(**said, ssl=context, autocommit=True, program_name="lockgate")


@asynccontextmanager
async def _passing(connecting: Callable[[], Awaitable[Any]]) -> AsyncIterator[Any]:
    """A connection that is gone afterwards, without a goodbye."""
    connection = await connecting()
    try:
        yield connection
    finally:
        connection.close()


def _context(tls: MysqlTls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    context.check_hostname = tls.names
    context.verify_mode = ssl.CERT_REQUIRED if tls.verifies else ssl.CERT_NONE
    if tls.cert:
        context.load_cert_chain(tls.cert, keyfile=tls.key)
    return context


def _words(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    words = str(error.args[1]) if len(error.args) > 1 else str(error) or type(error).__name__
    return words.replace(" (using password: YES)", "")  # which would be masked as if it were one
