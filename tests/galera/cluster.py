"""Three Galera nodes on one machine, in temporary folders, gone at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import pytest

from mariadb_server import _GUARD, USER, mariadb_programs
from servers import PASSWORD, NoServer, free_port

_PROVIDER: Final = Path("/usr/lib/galera/libgalera_smm.so")
_NODES: Final = 3
_SECONDS: Final = 120


def demanded_cluster() -> Cluster:
    """The cluster; where something is missing, CI fails and others skip."""
    try:
        mariadb_programs()
        if not _PROVIDER.exists() or shutil.which("rsync") is None:
            raise NoServer("no Galera: apt-get install mariadb-server galera-4 rsync")  # noqa: TRY301 - told in one place
    except NoServer as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
    return Cluster()


class Cluster:
    """The first node makes the cluster, the others get its data by rsync."""

    def __init__(self) -> None:
        self._mariadbd, self._installer = mariadb_programs()
        self._user = "mysql" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="lockgate-galera-"))
        self.nodes: list[Node] = []
        with ExitStack() as undoing:
            undoing.callback(self.stop)
            if self._user:
                shutil.chown(self.folder, self._user)
            for number in range(_NODES):
                self.nodes.append(self._node(number))
            undoing.pop_all()

    @property
    def urls(self) -> list[str]:
        """One of each node, without a database."""
        return [f"mariadb://{USER}:{PASSWORD}@127.0.0.1:{node.port}/" for node in self.nodes]

    def _node(self, number: int) -> Node:
        node = Node(self.folder / f"node{number}", self._user)
        node.make(self._installer)
        first = self.nodes[0].group if self.nodes else None
        node.start(self._mariadbd, f"127.0.0.1:{first}" if first else "")
        return node

    def stop(self) -> None:
        """Stop all, and remove their folders."""
        for node in self.nodes:
            node.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Node:
    """One server: `port` is for clients, `group` for the other nodes."""

    def __init__(self, folder: Path, user: str | None) -> None:
        self._folder, self._user = folder, user
        self.port, self.group = free_port(), 0
        folder.mkdir()
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", folder], stdin=subprocess.PIPE, cwd="/", start_new_session=True
        )
        self.process: subprocess.Popen[bytes] | None = None

    def make(self, installer: str) -> None:
        """Make its data folder."""
        if self._user:
            shutil.chown(self._folder, self._user)
        made = subprocess.run(
            [
                installer,
                "--no-defaults",
                f"--datadir={self._folder / 'data'}",
                f"--tmpdir={self._folder}",
                "--skip-test-db",
                "--auth-root-authentication-method=normal",
                *([f"--user={self._user}"] if self._user else []),
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
        )
        assert made.returncode == 0, made.stdout

    def start(self, mariadbd: str, others: str) -> None:
        """Join the others, or begin a cluster."""
        self.group, incremental, snapshot = _free_ports(3)
        here = "127.0.0.1"
        options = (
            f"gmcast.listen_addr=tcp://{here}:{self.group};base_port={self.group};ist.recv_addr={here}:{incremental}"
        )
        users = self._folder / "users.sql"
        users.write_text(
            f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';"
            f"\nGRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
        )
        users.chmod(0o644)
        arguments = [
            "--no-defaults",
            f"--datadir={self._folder / 'data'}",
            f"--tmpdir={self._folder}",
            f"--port={self.port}",
            f"--bind-address={here}",
            f"--socket={self._folder / 'socket'}",
            f"--pid-file={self._folder / 'pid'}",
            "--wsrep-on=ON",
            f"--wsrep-provider={_PROVIDER}",
            f"--wsrep-cluster-address=gcomm://{others}",
            f"--wsrep-provider-options={options}",
            f"--wsrep-node-address={here}",
            "--wsrep-sst-method=rsync",
            f"--wsrep-sst-receive-address={here}:{snapshot}",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync",
            "--innodb-buffer-pool-size=32M",
            "--innodb-log-file-size=16M",
            "--performance-schema=OFF",
            "--skip-name-resolve",
            *([] if others else [f"--init-file={users}"]),
            *([f"--user={self._user}"] if self._user else []),
        ]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [mariadbd, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline and self.process is not None and self.process.poll() is None:
            # It listens when it has joined and has the others' data.
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.1)
        raise AssertionError((self._folder / "log").read_text(errors="replace")[-4000:])

    def stop(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self._guard.communicate()


def _free_ports(count: int) -> list[int]:
    """Ports of which the next one is free as well, since a node counts on from its first."""
    return [free_port() for _ in range(count)]
