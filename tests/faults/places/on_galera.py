"""Three Galera nodes: the runner is at the first, whoever comes after it at the last, and the lock is a lease."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from asyncmy.errors import MySQLError

from faults.cells import How
from faults.places.on_mariadb import MariadbPlace, MariadbScene
from faults.waiting import until
from galera.cluster import NodeDatabase, demanded_cluster

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
    from pathlib import Path

    from faults.cells import Cell
    from galera.cluster import Cluster
    from mariadb_database import MariadbDatabase


class GaleraPlace(MariadbPlace):
    """The cluster that other tests have as well; one disk that is full is what it is on a single server."""

    name = "Galera"
    hows = tuple(how for how in How if how is not How.DISK_FULL)
    times = 1
    settings: Mapping[str, Any] = MappingProxyType({"lease_seconds": 2.0})
    in_cluster = True
    cluster: Cluster

    @contextmanager
    def started(self) -> Iterator[Self]:
        self.cluster = demanded_cluster()
        yield self

    @property
    def nodes(self) -> Sequence[NodeDatabase]:
        return [NodeDatabase(url) for url in self.cluster.urls]

    @asynccontextmanager
    async def scene(self, cell: Cell, folder: Path) -> AsyncIterator[MariadbScene]:
        async with super().scene(cell, folder) as scene:
            try:
                yield scene
            finally:
                await self.heal()

    def scene_of(self, cell: Cell, folder: Path, nodes: Sequence[MariadbDatabase]) -> MariadbScene:
        return GaleraScene(self, cell, folder, nodes)

    async def crash(self) -> None:
        """End the runner's node where it stands, and wait until the others go on without it."""
        await asyncio.to_thread(self.cluster.nodes[0].kill)
        await until(self._goes_on)

    async def _goes_on(self) -> bool:
        with suppress(MySQLError):
            return await self.nodes[-1].rows("SHOW STATUS LIKE 'wsrep_cluster_size'") == [("wsrep_cluster_size", "2")]
        return False

    async def heal(self) -> None:
        """Let a node that has crashed join again."""
        if not self.cluster.nodes[0].is_alive:
            await asyncio.to_thread(self.cluster.rejoin, 0)
            await until(self._is_caught_up)

    async def _is_caught_up(self) -> bool:
        # It lets clients in before it has applied what it missed.
        with suppress(MySQLError):
            state = await self.nodes[0].rows("SHOW STATUS LIKE 'wsrep_local_state_comment'")
            return state == [("wsrep_local_state_comment", "Synced")]
        return False

    def files(self, database: str) -> Iterator[str]:
        return (path.name for node in self.cluster.nodes for path in (node.folder / "data" / database).iterdir())


class GaleraScene(MariadbScene):
    """A node that has crashed stays away until all is done, and who connects anew comes to another."""

    async def _crash(self) -> None:
        self._proxy.lead_to(self.url)
        await self.place.crash()

    async def leftovers(self) -> list[str]:
        await self.place.heal()
        return await super().leftovers()
