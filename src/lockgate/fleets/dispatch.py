"""Who looks at which target when: workers for each server, all of them within one bound; what is locked comes again later."""

from __future__ import annotations

import heapq
import random
from collections import deque
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lockgate.dialects.postgresql_schema import KeptConnection
    from lockgate.fleets.targets import Target

_SHORTEST, _LONGEST = 0.05, 1.0

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Look(NamedTuple):
    """One look at a target: when it is due, and how long it may wait for a lease. The order tells two of one moment apart."""

    due: float
    order: int
    target: Target
    pause: float = _SHORTEST
    wait: float = 0.0


class Again(NamedTuple, Generic[T]):
    """Another runner is at the target; what to tell where that stays so, and how long to wait for a lease the next time."""

    told: T
    wait: float


class Visit(Protocol[T_co]):
    """Does what is to be done with one target."""

    async def __call__(self, look: Look, kept: KeptConnection, /) -> T_co | Again[T_co]:
        """Do it; `kept` is the worker's own connection for schemas."""


class Lane:
    """The targets on one server that are still to be looked at."""

    def __init__(self, looks: Iterable[Look]) -> None:
        self._waiting = deque(looks)
        self._later: list[Look] = []

    def __len__(self) -> int:
        return len(self._waiting) + len(self._later)

    def later(self, look: Look) -> None:
        """Have a target looked at again, after a growing pause."""
        pause = min(_LONGEST, look.pause * 1.5)
        due = anyio.current_time() + look.pause * random.uniform(0.5, 1.5)
        heapq.heappush(self._later, look._replace(due=due, pause=pause))

    def back(self, look: Look) -> None:
        """Put back what was not begun."""
        self._waiting.appendleft(look)

    def left(self) -> list[Look]:
        """All that are still to be looked at."""
        return [*self._waiting, *self._later]

    async def next(self) -> Look | None:
        """The next one, when it is due; None where there is none, which another worker may still put back."""
        while True:
            if self._waiting:
                return self._waiting.popleft()
            if not self._later:
                return None
            left = self._later[0].due - anyio.current_time()
            if left <= 0:
                return heapq.heappop(self._later)
            await anyio.sleep(left)


class Dispatch(Generic[T]):
    """One pass over all targets.

    Args:
        visit: what is done with each.
        tell: is called with what is told of each, once.
        keep: makes a worker's connection for schemas.
        concurrency: how many targets are at work at once; `per_server`, how many of them on one server.
        patience: for how many seconds a locked target is come back to since the last one that got on.
        stopping: says, after each target, why no other is to be begun; empty where they are.
    """

    def __init__(
        self,
        visit: Visit[T],
        tell: Callable[[T], None],
        keep: Callable[[], KeptConnection],
        *,
        concurrency: int,
        per_server: int,
        patience: float,
        stopping: Callable[[], str] = lambda: "",
    ) -> None:
        self._visit, self._tell, self._keep, self._stopping = visit, tell, keep, stopping
        self._concurrency, self._per_server, self._patience = concurrency, per_server, patience
        self._moved = 0.0

    async def run(self, targets: Sequence[Target], *, alone: Callable[[], bool] = lambda: False) -> int:
        """Look at all of them, one at a time as long as `alone` says so; gives how many were not begun."""
        self._moved = anyio.current_time()
        looks = deque(Look(0.0, order, target) for order, target in enumerate(targets))
        aside = Lane(())
        await self._alone(looks, aside, alone)
        lanes = _lanes([*looks, *aside.left()])
        limiter = anyio.CapacityLimiter(self._concurrency)
        async with anyio.create_task_group() as group:
            for server, lane in lanes.items():
                most = min(self._per_server, self._concurrency) if server else self._concurrency
                for _ in range(min(most, len(lane))):
                    group.start_soon(self._work, lane, limiter)
        return sum(map(len, lanes.values()))

    async def _alone(self, looks: deque[Look], aside: Lane, alone: Callable[[], bool]) -> None:
        kept = self._keep()
        try:
            while looks and alone() and not self._stopping():
                await self._look(looks.popleft(), aside, kept)
        finally:
            await _closed(kept)

    async def _work(self, lane: Lane, limiter: anyio.CapacityLimiter) -> None:
        kept = self._keep()
        try:
            while not self._stopping() and (look := await lane.next()) is not None:
                async with limiter:
                    if self._stopping():
                        lane.back(look)
                    else:
                        await self._look(look, lane, kept)
        finally:
            await _closed(kept)

    async def _look(self, look: Look, lane: Lane, kept: KeptConnection) -> None:
        found = await self._visit(look, kept)
        if not isinstance(found, Again):
            self._moved = anyio.current_time()
            self._tell(found)
        elif anyio.current_time() - self._moved < self._patience:
            lane.later(look._replace(wait=found.wait))
        else:
            self._tell(found.told)


def _lanes(looks: Iterable[Look]) -> dict[str, Lane]:
    """The looks by server; SQLite's files are no server's."""
    by_server: dict[str, list[Look]] = {}
    for look in looks:
        by_server.setdefault(look.target.url.server, []).append(look)
    return {server: Lane(own) for server, own in by_server.items()}


async def _closed(kept: KeptConnection) -> None:
    with anyio.CancelScope(shield=True):
        await kept.close()
