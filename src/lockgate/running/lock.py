"""One runner at a time: the lock is polled, bounded, and its holder is named."""

from __future__ import annotations

import random
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import anyio

from lockgate.dialects.seam import ConnectionLost, LockBusy, StatementFailed
from lockgate.errors import LockTimeout, SettingsError
from lockgate.events import Listener, LockAwaited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lockgate.dialects.seam import Session
    from lockgate.running.lease import Lease

T = TypeVar("T")

_SHORTEST, _LONGEST = 0.02, 0.5
_UNLOCKING_SECONDS = 5.0


class Patience:
    """Asks again, with growing pauses and jitter, until the deadline of `seconds` has passed."""

    def __init__(self, session: Session, seconds: float, emit: Listener) -> None:
        self._session = session
        self.seconds = seconds
        self.emit = emit
        self._told = False

    def longer(self, times: float) -> Patience:
        """One that has so many times as long."""
        return Patience(self._session, self.seconds * times, self.emit)

    async def until(
        self, ask: Callable[[], Awaitable[bool]], holder: Callable[[], Awaitable[str | None]] | None = None
    ) -> None:
        """Wait until `ask` says yes.

        Raises:
            LockTimeout: it did not within the time; the holder is named as far as the engine knows it.
        """
        deadline, pause = time.monotonic() + self.seconds, _SHORTEST  # a tenth of what anyio's clock costs
        holder = holder or self._session.holder
        while not await ask():
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._timeout(await holder())
            if not self._told:
                self._told = True
                self.emit(LockAwaited(await holder(), self.seconds))
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

    def _timeout(self, holder: str | None) -> LockTimeout:
        who = f"{holder} holds it" if holder else "another connection holds it"
        return LockTimeout(
            f"The migration lock was not had within {self.seconds:g} s: {who}.",
            seconds=self.seconds,
            holder=holder,
            hint="Wait for that run to end, or allow more time with LOCKGATE_LOCK_TIMEOUT or --lock-timeout.",
        )


class Turn:
    """One runner's turn on a database: by the session's own lock, which ends with it, or where it has none by the lease.

    `by` is `auto`, or one of `advisory` and `lease` where the user knows better.
    """

    def __init__(self, session: Session, lease: Lease, by: str) -> None:
        self._session, self._lease, self._by = session, lease, by
        self._by_lease, self._held = by == "lease", False

    async def holder(self) -> str | None:
        """Whose turn it is, in words."""
        if self._by_lease:
            return await self._lease.holder()
        found = await self._session.holder()
        by_lease = found is None and self._session.has_own_lock is False and self._by == "auto"
        return await self._lease.holder() if by_lease else found

    async def ask(self) -> bool:
        """Take it, if nobody has it.

        Raises:
            SettingsError: the advisory lock was asked for, and would keep nobody out.
        """
        if not self._by_lease:
            got = await self._session.try_lock()
            if got is None and self._by == "advisory":
                raise SettingsError(
                    "LOCKGATE_LOCK=advisory: behind this pooler, or on this server, such a lock keeps nobody out."
                )
            self._by_lease = got is None
            self._held = bool(got)
        if self._by_lease:
            self._held = await self._lease.take()
        return self._held

    @asynccontextmanager
    async def taken(
        self, patience: Patience, unneeded: Callable[[], Awaitable[bool]] | None = None
    ) -> AsyncIterator[bool]:
        """Hold it within the block; False where it was waited for until `unneeded` said that another has done the work.

        Raises:
            LockTimeout: it was not had in time.
            LockLost: the lease was lost within the block.
        """

        async def ask() -> bool:
            if await self.ask():
                return True
            with suppress(LockBusy):
                return unneeded is not None and await unneeded()
            return False

        try:
            await self._waited(patience, ask)
            if self._held and self._by_lease:
                async with self._lease.kept():
                    yield True
            else:
                yield self._held
        finally:
            await self._end()

    async def _waited(self, patience: Patience, ask: Callable[[], Awaitable[bool]]) -> None:
        try:
            await patience.until(ask, self.holder)
        except LockTimeout as error:
            raise error.keeping("") from error

    async def _end(self) -> None:
        """Give it back; also where it cannot be known whether the question for it was heard."""
        with anyio.move_on_after(_UNLOCKING_SECONDS, shield=True) as scope, suppress(ConnectionLost, StatementFailed):
            await (self._lease.release() if self._by_lease else self._session.unlock())
        if scope.cancelled_caught:
            with anyio.move_on_after(_UNLOCKING_SECONDS, shield=True):
                await self._session.close()
