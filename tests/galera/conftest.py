"""One database on a cluster of three nodes, and runners at any of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from conformance.bench import Bench
from galera.cluster import TOGETHER, demanded_cluster, fresh_at_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Files
    from galera.cluster import Cluster, NodeDatabase
    from lockgate import Runner


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(TOGETHER)


class ClusterBench(Bench):
    """`at` is the node that a runner goes to."""

    def __init__(self, databases: list[NodeDatabase], files: Files) -> None:
        super().__init__(databases[0], files)
        self.nodes = databases

    def runner(self, database: Any = None, *, at: int = 0, **settings: Any) -> Runner:
        return super().runner(self.nodes[at].url if database is None else database, **settings)


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    return demanded_cluster()


@pytest_asyncio.fixture
async def bench(cluster: Cluster, files: Files) -> AsyncIterator[ClusterBench]:
    async with fresh_at_all(cluster) as databases:
        yield ClusterBench(databases, files)
