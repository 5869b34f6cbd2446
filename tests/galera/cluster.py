"""Three Galera nodes on one machine, in temporary folders, gone at the end."""

from __future__ import annotations

import atexit
import shutil
import uuid
from contextlib import ExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from mariadb_database import MariadbDatabase
from mariadb_server import MariadbProcess, mariadb_programs
from servers import NoServer, demanded, kept_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOGETHER: Final = pytest.mark.xdist_group("galera")
"""Three servers are enough for all processes that run tests."""

_PROVIDER: Final = Path("/usr/lib/galera/libgalera_smm.so")
_NODES: Final = 3
_HERE: Final = "127.0.0.1"
# A node that is gone holds the others up until they are sure of it.
_SURE: Final = (
    "evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT6S;evs.inactive_check_period=PT0.5S"
)


@cache
def demanded_cluster() -> Cluster:
    """The one cluster of all tests of this process, with which it ends; a missing one fails in CI, and elsewhere skips."""
    cluster = demanded(Cluster)
    atexit.register(cluster.stop)
    return cluster


class NodeDatabase(MariadbDatabase):
    """A database as a node sees it, once it has caught up with the others."""

    async def opened(self) -> Any:
        connection = await super().opened()
        await connection.query("SET SESSION wsrep_sync_wait = 15")
        return connection


@asynccontextmanager
async def fresh_at_all(cluster: Cluster) -> AsyncIterator[list[NodeDatabase]]:
    """A database of its own as each node sees it, dropped afterwards."""
    nodes, name = [NodeDatabase(url) for url in cluster.urls], f"t_{uuid.uuid4().hex[:12]}"
    await nodes[0].execute(f"CREATE DATABASE {name}")
    for node in nodes:  # each has seen it once it has caught up
        await node.rows("SELECT 1")
    try:
        yield [node.named(name) for node in nodes]
    finally:
        await nodes[0].execute(f"DROP DATABASE {name}")


class Cluster:
    """The first node makes the cluster, the others get its data by rsync.

    Raises:
        NoServer: what it takes is not installed.
    """

    def __init__(self) -> None:
        mariadb_programs()
        if not _PROVIDER.exists() or shutil.which("rsync") is None:
            raise NoServer("no Galera: apt-get install mariadb-server galera-4 rsync")
        self.nodes: list[Node] = []
        with ExitStack() as undoing:
            undoing.callback(self.stop)
            for _ in range(_NODES):
                self.nodes.append(Node())
            self.nodes[0].make()
            for number, node in enumerate(self.nodes):
                node.join(self.nodes[:number])
            undoing.pop_all()

    @property
    def urls(self) -> list[str]:
        """One of each node, without a database."""
        return [node.url for node in self.nodes]

    def rejoin(self, number: int) -> None:
        """Start a node that has been killed, and let it get what it has missed."""
        self.nodes[number].join([node for node in self.nodes if node is not self.nodes[number]])

    def stop(self) -> None:
        """Stop all."""
        for node in self.nodes:
            node.stop()


class Node(MariadbProcess):
    """One server: `port` is for clients, `group` for the other nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.group, self._incremental, self._snapshot = (kept_port() for _ in range(3))

    def join(self, others: list[Node]) -> None:
        """Join the others, or begin a cluster; it listens when it has their data."""
        ports = f"gmcast.listen_addr=tcp://{_HERE}:{self.group};base_port={self.group};ist.recv_addr={_HERE}:{self._incremental}"
        self.start(
            "--wsrep-on=ON",
            f"--wsrep-provider={_PROVIDER}",
            f"--wsrep-cluster-address=gcomm://{','.join(f'{_HERE}:{one.group}' for one in others)}",
            f"--wsrep-provider-options={ports};{_SURE}",
            f"--wsrep-node-address={_HERE}",
            "--wsrep-sst-method=rsync",
            f"--wsrep-sst-receive-address={_HERE}:{self._snapshot}",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
            "--innodb-buffer-pool-size=32M",
            *([] if others else [f"--init-file={self.folder / 'users.sql'}"]),
        )
