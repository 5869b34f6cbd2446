"""One runner at a time: the lock is polled, bounded, and its holder is named."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import anyio

from lockgate.dialects.seam import ConnectionLost, LockBusy, StatementFailed
from lockgate.errors import LockTimeout
from lockgate.events import Listener, LockAwaited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lockgate.dialects.seam import Session

T = TypeVar("T")

_SHORTEST, _LONGEST = 0.02, 0.5
_UNLOCKING_SECONDS = 5.0


class Patience:
    """Asks again, with growing pauses and jitter, until the deadline of `seconds` has passed."""

    def __init__(self, session: Session, seconds: float, emit: Listener) -> None:
        self._session = session
        self.seconds = seconds
        self.emit = emit
        self._told: str | bool | None = False

    async def until(self, ask: Callable[[], Awaitable[bool]]) -> None:
        """Wait until `ask` says yes.

        Raises:
            LockTimeout: it did not within the time; the holder is named as far as the engine knows it.
        """
        deadline, pause = anyio.current_time() + self.seconds, _SHORTEST
        while not await ask():
            holder = await self._session.holder()
            self._tell(holder)
            left = deadline - anyio.current_time()
            if left <= 0:
                raise self._timeout(holder)
            await anyio.sleep(min(left, pause * random.uniform(0.5, 1.5)))
            pause = min(_LONGEST, pause * 1.5)

    async def through(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work`, again and again while what it needs is busy.

        Raises:
            LockTimeout: as above.
        """
        results: list[T] = []

        async def ask() -> bool:
            try:
                results.append(await work())
            except LockBusy:
                return False
            return True

        await self.until(ask)
        return results[0]

    def _tell(self, holder: str | None) -> None:
        if self._told is False or self._told != holder:
            self._told = holder
            self.emit(LockAwaited(holder, self.seconds))

    def _timeout(self, holder: str | None) -> LockTimeout:
        who = f"{holder} holds it" if holder else "another connection holds it"
        return LockTimeout(
            f"The migration lock was not had within {self.seconds:g} s: {who}.",
            seconds=self.seconds,
            holder=holder,
            hint="Wait for that run to end, or allow more time with LOCKGATE_LOCK_TIMEOUT or --lock-timeout.",
        )


@asynccontextmanager
async def locked(session: Session, patience: Patience) -> AsyncIterator[None]:
    """Hold the lock within the block.

    Raises:
        LockTimeout: it was not had in time.
    """
    try:
        await _taken(session, patience)
        yield
    finally:
        with anyio.move_on_after(_UNLOCKING_SECONDS, shield=True) as scope, suppress(ConnectionLost, StatementFailed):
            await session.unlock()
        if scope.cancelled_caught:
            with anyio.move_on_after(_UNLOCKING_SECONDS, shield=True):
                await session.close()


async def _taken(session: Session, patience: Patience) -> None:
    try:
        await patience.until(session.try_lock)
    except LockTimeout as error:
        raise error.keeping("") from error
