"""The template: made by exactly one session, used by many, dropped by the last one."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import anyio

from lockgate.dialects.seam import StatementFailed
from lockgate.errors import LockgateError, LockTimeout
from lockgate.testing.content import migrate
from lockgate.testing.postgresql.names import making_lock, template_name, use_lock

if TYPE_CHECKING:
    from lockgate.testing.postgresql.names import Lock
    from lockgate.testing.postgresql.server import Server

_SHORTEST, _LONGEST = 0.02, 0.2


class Template:
    """A migrated database that nobody connects to. It has its name only when it is complete, so none is ever used half made."""

    def __init__(self, server: Server, digest: str) -> None:
        self._server = server
        self._acquired: bool | LockgateError = False
        self._turn = anyio.Lock()
        self.name = template_name(digest)

    async def acquired(self) -> str:
        """Its name; the first time, have it made, or wait until another session has. What keeps it from that is found once.

        Raises:
            LockTimeout: another session did not finish it in time.
            LockgateError: it could not be made, or its migrations fail.
        """
        async with self._turn:
            if self._acquired is False:
                self._acquired = await self._acquire()
        if isinstance(self._acquired, LockgateError):
            raise self._acquired.with_traceback(None)
        return self.name

    async def _acquire(self) -> bool | LockgateError:
        try:
            await self._wait_for(use_lock(self.name), shared=True)
            if not await self._server.has(self.name):
                await self._wait_for(making_lock(self.name))
                await self._make_once()
        except LockgateError as error:
            return error
        return True

    async def _make_once(self) -> None:
        try:
            if not await self._server.has(self.name):
                await self._make()
        finally:
            await self._server.unlock(making_lock(self.name))

    async def _make(self) -> None:
        building = self._server.new_name()
        try:
            await self._server.create(building)
            await migrate(self._server.url(building), self._server.config)
            await self._server.rename(building, self.name)
        except StatementFailed:
            if not await self._server.has(self.name):
                raise
            await self._server.drop(building)  # a session whose locks are in another database was quicker
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._server.drop(building)
            raise

    async def _wait_for(self, lock: Lock, *, shared: bool = False) -> None:
        seconds = self._server.config.lock_timeout
        deadline = anyio.current_time() + seconds
        while not await self._server.lock(lock, shared=shared):
            if anyio.current_time() > deadline:
                raise LockTimeout(
                    f"Another session of tests did not finish the template {self.name} within {seconds:g} s.",
                    seconds=seconds,
                    holder=None,
                    hint="Allow more with LOCKGATE_LOCK_TIMEOUT.",
                )
            await anyio.sleep(random.uniform(_SHORTEST, _LONGEST))

    async def release(self) -> None:
        """Drop it, if no other session uses it."""
        lock = use_lock(self.name)
        if self._acquired is False:
            return
        await self._server.unlock(lock, shared=True)
        if not await self._server.lock(lock):
            return
        try:
            await self._server.drop(self.name, force=False)
        finally:
            await self._server.unlock(lock)
