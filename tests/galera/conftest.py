"""One database on a cluster of three nodes, and runners at any of them."""

from __future__ import annotations

import uuid
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from conformance.bench import Bench
from galera.cluster import demanded_cluster
from mariadb_database import MariadbDatabase
from servers import with_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from conformance.bench import Files
    from galera.cluster import Cluster
    from lockgate import Runner


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Three servers are enough for all processes that run tests."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("galera"))


class ClusterBench(Bench):
    """`at` is the node that a runner goes to."""

    def __init__(self, databases: list[MariadbDatabase], files: Files) -> None:
        super().__init__(databases[0], files)
        self.nodes = databases

    def runner(self, database: Any = None, *, at: int = 0, **settings: Any) -> Runner:
        return super().runner(self.nodes[at].url if database is None else database, **settings)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    made = demanded_cluster()
    yield made
    made.stop()


@asynccontextmanager
async def _fresh(cluster: Cluster) -> AsyncIterator[list[MariadbDatabase]]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    await MariadbDatabase(cluster.urls[0]).execute(f"CREATE DATABASE {name}")
    for url in cluster.urls:  # each node has seen it once it has caught up
        await MariadbDatabase(url).rows("SET STATEMENT wsrep_sync_wait = 15 FOR SELECT 1")
    try:
        yield [MariadbDatabase(with_database(url, name)) for url in cluster.urls]
    finally:
        await MariadbDatabase(cluster.urls[0]).execute(f"DROP DATABASE {name}")


@pytest_asyncio.fixture
async def bench(cluster: Cluster, files: Files) -> AsyncIterator[ClusterBench]:
    async with _fresh(cluster) as databases:
        yield ClusterBench(databases, files)
