"""One connection to PostgreSQL that serves one schema after another, each as if it had been opened for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import asyncpg

from lockgate.dialects.connecting import connect
from lockgate.dialects.postgresql import PostgresSession
from lockgate.dialects.postgresql_reading import LOST
from lockgate.dialects.seam import ConnectionLost, StatementFailed
from lockgate.dialects.tracking import quoted
from lockgate.errors import DatabaseUnreachable, SettingsError

if TYPE_CHECKING:
    from lockgate.urls.database_url import DatabaseUrl

# DISCARD ALL, whose parts these are, may not be said in one message with anything else:
# https://www.postgresql.org/docs/current/sql-discard.html
_AS_NEW: Final = (
    "ROLLBACK",
    "CLOSE ALL",
    "RESET SESSION AUTHORIZATION",
    "RESET ROLE",
    "RESET ALL",
    "DEALLOCATE ALL",
    "UNLISTEN *",
    "SELECT pg_catalog.pg_advisory_unlock_all()",
    "DISCARD PLANS",
    "DISCARD TEMP",
    "DISCARD SEQUENCES",
)


class KeptConnection:
    """The connection of one worker: opened when it is first needed, and for another database, or after `close`, anew."""

    def __init__(self, table: str, seconds: float, lock_seconds: float) -> None:
        self._settings = table, seconds, lock_seconds
        self._url: DatabaseUrl | None = None
        self._session: PostgresSession | None = None

    async def close(self) -> None:
        """Close it."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def session(self, url: DatabaseUrl, schema: str) -> PostgresSession:
        """A session whose search_path is the schema, and on which nothing is left of those before it.

        Raises:
            DatabaseUnreachable: it could not be had.
            SettingsError: there is no such schema, or what is set on a session behind this pooler reaches others.
        """
        if self._session is not None and (self._session.closed or self._url != url):
            await self.close()
        path = f"SET search_path = {quoted(schema)}"
        is_new = self._session is None
        try:
            home = self._session or await self._opened(url)
            await home.driver.execute(";\n".join((path,) if is_new else (*_AS_NEW, path)))
            await _check(home, url, schema)
        except (ConnectionLost, StatementFailed, *LOST, asyncpg.PostgresError) as error:
            await self.close()
            if not is_new:  # one that was kept may have been ended meanwhile
                return await self.session(url, schema)
            raise DatabaseUnreachable(f"The connection to {url.masked} was lost: {error}") from error
        return home.sharing((path,))

    async def _opened(self, url: DatabaseUrl) -> PostgresSession:
        session = await connect(url, *self._settings)
        assert isinstance(session, PostgresSession), "only PostgreSQL has such schemas"
        self._url, self._session = url, session
        # Asked before anything is set, which would reach whoever comes next on a pooler's connection.
        ((pid,),) = await session.fetch("SELECT pg_catalog.pg_backend_pid()")
        if int(pid or 0) != session.driver.get_server_pid():
            await self.close()
            raise SettingsError(
                f"{url.masked} is behind a pooler, where a search_path reaches other sessions; a schema cannot be a target.",
                hint="Name a connection past the pooler, LOCKGATE_DIRECT_URL.",
            )
        return session


async def _check(home: PostgresSession, url: DatabaseUrl, schema: str) -> None:
    ((found,),) = await home.fetch("SELECT pg_catalog.current_schema()")
    if found != schema:
        raise SettingsError(
            f"There is no schema {schema} in {url.masked} that this user may use.",
            hint="Fleet.provision makes one; else GRANT USAGE ON SCHEMA.",
        )
