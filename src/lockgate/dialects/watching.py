"""Looks from another connection at what is in the way of some work, once that takes long."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    Aside = Callable[[], AbstractAsyncContextManager[Any]]

_LOOKING_SECONDS: Final = 1.0
_ENDING_SECONDS: Final = 5.0


class WatchFromAside(ABC):
    """Opens another connection with `aside` when the work within its block has taken half of what one wait for a lock may.

    Attributes:
        blockers: the sessions that were seen in the way, in words.
    """

    def __init__(self, aside: Aside, seconds: float) -> None:
        self._aside, self._seconds = aside, seconds
        self._task: asyncio.Task[None] | None = None
        self._cancelling = False
        self.blockers: tuple[str, ...] = ()

    async def __aenter__(self) -> Self:
        # A timer costs next to nothing, and most work is over before it.
        self._timer = asyncio.get_running_loop().call_later(self._seconds / 2, self._begin)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._task is not None:
            if not self._cancelling:  # else it could reach the server when the next statement runs
                self._task.cancel()
            await asyncio.wait([self._task], timeout=_ENDING_SECONDS)
            self._task.cancel()

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        # What cannot be seen is not told; the work itself must not fail for it, whatever an application's engine raises.
        with suppress(Exception):
            async with self._aside() as connection:
                while await self._sees(connection):  # noqa: ASYNC110 - the server tells nobody
                    await asyncio.sleep(min(_LOOKING_SECONDS, self._seconds / 4))

    @abstractmethod
    async def _sees(self, connection: Any) -> bool:
        """Look once; False where there is no more to look for."""


def shown(query: str, characters: int = 200) -> str:
    """The beginning of a query that is masked already, on one line."""
    return " ".join(query.split())[:characters]
