"""Lets the replicas catch up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio

from lockgate.errors import LockgateError
from lockgate.events import BackfillPaused

if TYPE_CHECKING:
    from lockgate.events import Listener
    from lockgate.nouns.backfills import Lag

_EVERY_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 600.0


class Throttle:
    """Asks once a second how far the replicas are behind, and holds up whoever comes while that is too far."""

    def __init__(self, name: str, lag: Lag, most: float, emit: Listener) -> None:
        self._name, self._lag, self._most, self._emit = name, lag, most, emit
        self._due = 0.0
        self._turn = anyio.Lock()

    async def passed(self) -> None:
        """Come back when they are near enough.

        Raises:
            LockgateError: they were too far behind for ten minutes.
        """
        async with self._turn:
            if anyio.current_time() < self._due:
                return
            until, told = anyio.current_time() + _LONGEST_SECONDS, False
            while (lag := await self._lag() or 0.0) > self._most:
                if anyio.current_time() >= until:
                    raise self._given_up(lag)
                if not told:
                    told = True
                    self._emit(BackfillPaused(self._name, f"the replicas are {lag:.1f} s behind"))
                await anyio.sleep(_EVERY_SECONDS)
            self._due = anyio.current_time() + _EVERY_SECONDS

    def _given_up(self, lag: float) -> LockgateError:
        return LockgateError(
            f"{self._name} waits for the replicas, which have been more than {self._most:g} s behind for"
            f" {_LONGEST_SECONDS:g} s, {lag:.1f} s now. What it has done is kept.",
            hint="`lockgate backfill` goes on from there; --max-lag lets them be further behind.",
        )
