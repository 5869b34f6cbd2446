"""PostgreSQL through PgBouncer in transaction mode: any session may say any transaction, and the lock is a lease."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import asyncpg

from conformance.bench import PostgresDatabase
from faults.cells import Cell, How
from faults.places.on_postgresql import PostgresPlace, PostgresScene
from faults.waiting import until
from pooled.pgbouncer import pgbouncer
from servers import with_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faults.running import Running


class PooledPlace(PostgresPlace):
    """A server and a pooler before it; a session of the pooler's whose disk is full would serve others afterwards."""

    def __init__(self, *, lease_seconds: float, times: int) -> None:
        hows = [how for how in How if how is not How.DISK_FULL]
        super().__init__("PgBouncer", hows=hows, times=times, settings={"lease_seconds": lease_seconds})

    @contextmanager
    def started(self) -> Iterator[Self]:
        with super().started(), pgbouncer(self.cluster.url) as self._pooler:
            yield self

    def _scene(self, cell: Cell, folder: Path, name: str) -> PooledScene:
        direct, pooled = (with_database(url, name) for url in (self.cluster.url, self._pooler))
        return PooledScene(self, cell, folder, direct, pooled)


class PooledScene(PostgresScene):
    """The pooler's sessions have no name of a runner's, and stay when it is gone."""

    _left_behind = "SELECT 1 FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()"

    async def _crash(self, running: Running) -> None:
        """Wait for the pooler as well: it refuses whoever comes first after the server was away."""
        await super()._crash(running)
        await until(self._is_back)

    async def _is_back(self) -> bool:
        try:
            return bool(await PostgresDatabase("postgresql", self.url).rows("SELECT 1"))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    def _backends(self, running: Running) -> str:
        own = ", ".join(["pg_backend_pid()", *([str(self._gate.get_server_pid())] if self._gate else [])])
        return (
            "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()"
            f" AND pid NOT IN ({own})"
        )

    def _at_work(self, running: Running) -> str:
        return f"{self._backends(running)} AND state <> 'idle'"
