"""The same database, directly and by way of a pooler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from conformance.bench import Bench
from pooled.pgbouncer import pgbouncer
from servers import demanded_url, with_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.bench import Files, PostgresDatabase
    from lockgate import Runner
    from servers import Servers


class PooledBench(Bench):
    """Runs by way of the pooler, looks directly."""

    is_pooled = True
    pooled_url: str

    def runner(self, database: Any = None, **settings: Any) -> Runner:
        return super().runner(self.pooled_url if database is None else database, **settings)


@pytest.fixture(scope="session")
def pooler(servers: Servers) -> Iterator[str]:
    """The pooler's URL; one server is enough."""
    with pgbouncer(demanded_url(servers, servers.names[0])) as url:
        yield url


@pytest.fixture
def bench(database: PostgresDatabase, files: Files, pooler: str) -> PooledBench:
    made = PooledBench(database, files)
    made.pooled_url = with_database(pooler, urlsplit(database.url).path[1:])
    return made
