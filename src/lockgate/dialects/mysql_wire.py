"""Sends statements over asyncmy's connection, and stops on the server what a cancelled caller has left running."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import anyio
from asyncmy.errors import MySQLError

from lockgate.dialects.mysql_errors import NO_SUCH_TABLE, code_of, translated
from lockgate.dialects.mysql_lock import CAUSAL
from lockgate.dialects.seam import ConnectionLost, StatementFailed
from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

_CLOSING_SECONDS: Final = 2
_PAUSE: Final = 0.1


class Wire:
    """One connection of the driver's; `mark` stands before all that is sent, and `aside` gives a second connection."""

    def __init__(self, driver: Any, seconds: float, aside: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self._driver, self._seconds, self._aside = driver, seconds, aside
        self.mark = ""

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query of Lockgate's own.

        Raises:
            StatementFailed: there was no answer within the time.
            MySQLError: the server refused.
        """
        with anyio.move_on_after(self._seconds):
            await self.send(query)
            return list(self._driver._result.rows or ())
        raise StatementFailed(
            f"there was no answer within {self._seconds:g} s",
            hint="Another session may have locked the table: SHOW PROCESSLIST tells which.",
        )

    async def send(self, statement: str) -> None:
        """Run a statement; where the caller is cancelled, stop it and wait until it has stopped.

        Raises:
            ConnectionLost: the connection broke.
            MySQLError: the server refused.
        """
        if self.closed:
            raise ConnectionLost("the connection is closed")
        # The driver would cut the connection where it is cancelled, and the lock would be gone with it.
        running = asyncio.ensure_future(self._driver.query(f"{self.mark}{statement}"))
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await self._stop(running)
            raise
        except OSError as error:
            raise ConnectionLost(str(error)) from error
        except MySQLError as error:
            if isinstance(lost := translated(error), ConnectionLost):
                self._driver.close()
                raise lost from error
            raise

    async def _stop(self, running: asyncio.Future[Any]) -> None:
        if not running.done():
            await self.kill("QUERY")
            await asyncio.wait([running], timeout=_CLOSING_SECONDS)
        if not running.done():
            running.cancel()
            self._driver.close()
        await asyncio.gather(running, return_exceptions=True)

    async def kill(self, what: str) -> None:
        """Have the server end the QUERY or the CONNECTION, by way of another."""
        with anyio.move_on_after(_CLOSING_SECONDS), suppress(MySQLError, OSError, LockgateError):
            async with self._aside() as other:
                await other.query(f"KILL {what} {self._driver.thread_id()}")

    async def recorded_after(self, table: str, seconds: float, *, in_cluster: bool) -> set[str] | None:
        """The names in `table` once the server has ended the session; None where nobody can be asked within `seconds`.

        A server that has crashed comes back, so it is asked again and again; of a cluster's, another one may answer.
        """
        with anyio.move_on_after(seconds):
            while True:
                try:
                    async with self._aside() as other:
                        await self._gone(other)
                        if in_cluster:
                            await other.query(CAUSAL)
                        return await _names(other, table)
                except (MySQLError, OSError, TimeoutError):
                    await anyio.sleep(_PAUSE)
        return None

    async def _gone(self, other: Any) -> None:
        number = f"id = {self._driver.thread_id()} AND id <> CONNECTION_ID()"
        while True:
            await other.query(f"SELECT 1 FROM information_schema.processlist WHERE {number}")
            if not other._result.rows:
                return
            await anyio.sleep(_PAUSE)

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return not self._driver.connected or bool(self._driver._stream_broken)

    async def close(self) -> None:
        """Say goodbye, or cut the connection where the server does not listen."""
        with anyio.move_on_after(_CLOSING_SECONDS), suppress(OSError, MySQLError):
            await self._driver.ensure_closed()
        self._driver.close()


async def _names(other: Any, table: str) -> set[str]:
    try:
        await other.query(f"SELECT name FROM {table}")
    except MySQLError as error:
        if code_of(error) == NO_SUCH_TABLE:
            return set()
        raise
    return {name for (name,) in other._result.rows}
