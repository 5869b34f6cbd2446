"""A real MariaDB for the tests: found on the machine, started when first needed, gone at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from certificates import write_certificate
from servers import PASSWORD, NoServer, free_port

USER: Final = "lockgate"
# `nosync` and its like make a server that may lose data in a crash of the machine, and is fast.
_SETTINGS: Final = (
    "--no-defaults",
    "--bind-address=127.0.0.1",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
    "--performance-schema=OFF",
    "--max-connections=200",
    "--character-set-server=utf8mb4",
    # Away from UTC, so that a time which forgets its zone is noticed.
    "--default-time-zone=+05:45",
)
# Waits until the tests let go of its input, which they do even when they are killed; then nothing of a server stays.
_GUARD: Final = """
cat > /dev/null
pid=$(cat "$1/pid" 2> /dev/null)
if test -n "$pid"; then
    kill -KILL "$pid" 2> /dev/null
    while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
fi
rm -rf "$1"
"""
_STARTING_SECONDS: Final = 60


def mariadb_programs() -> tuple[str, str]:
    """The paths of mariadbd and of what makes its data folder.

    Raises:
        NoServer: they are not installed.
    """
    places = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
    found = [shutil.which(name, path=places) for name in ("mariadbd", "mariadb-install-db")]
    if found[0] is None or found[1] is None:
        raise NoServer("no MariaDB: install the package mariadb-server (apt-get install mariadb-server)")
    return found[0], found[1]


class MariadbServer:
    """One server on a free port of 127.0.0.1, with its data in a temporary folder; it wants a password."""

    def __init__(self) -> None:
        self._mariadbd, self._installer = mariadb_programs()
        # The server refuses to run as root.
        self._user = "mysql" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="lockgate-mariadb-"))
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", self._folder], stdin=subprocess.PIPE, cwd="/", start_new_session=True
        )
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._make()
            self.port = self._start()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """The URL of an all-powerful user, without a database."""
        return f"mariadb://{USER}:{PASSWORD}@127.0.0.1:{self.port}/"

    @property
    def socket(self) -> Path:
        """The path of its unix socket."""
        return self._folder / "socket"

    @property
    def certificate(self) -> Path:
        """The path of its own certificate, which it has signed itself, for 127.0.0.1."""
        return self._folder / "certificate.pem"

    @property
    def _places(self) -> tuple[str, str]:
        # A server that starts removes the temporary tables which it finds, another one's too.
        return f"--datadir={self._folder / 'data'}", f"--tmpdir={self._folder}"

    def _make(self) -> None:
        users = self._folder / "users.sql"
        users.write_text(
            f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
        )
        write_certificate(self.certificate, self._folder / "key.pem")
        if self._user:
            for path in (self._folder, users, self.certificate, self._folder / "key.pem"):
                shutil.chown(path, self._user)
        as_user = [f"--user={self._user}"] if self._user else []
        made = subprocess.run(
            [
                self._installer,
                "--no-defaults",
                *self._places,
                "--skip-test-db",
                "--auth-root-authentication-method=normal",
                *as_user,
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
        )
        assert made.returncode == 0, made.stdout

    def _start(self) -> int:
        for attempt in range(3):
            port = free_port()
            as_user = [f"--user={self._user}"] if self._user else []
            with (self._folder / "log").open("wb") as log:
                self._process = subprocess.Popen(
                    [
                        self._mariadbd,
                        *_SETTINGS,
                        *self._places,
                        f"--port={port}",
                        f"--socket={self.socket}",
                        f"--pid-file={self._folder / 'pid'}",
                        f"--init-file={self._folder / 'users.sql'}",
                        f"--ssl-cert={self.certificate}",
                        f"--ssl-key={self._folder / 'key.pem'}",
                        *as_user,
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    start_new_session=True,
                )
            if self._answers(port):
                return port
            if attempt == 2:
                raise AssertionError((self._folder / "log").read_text(errors="replace"))
        raise AssertionError("unreachable")

    def _answers(self, port: int) -> bool:
        deadline = time.monotonic() + _STARTING_SECONDS
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
            time.sleep(0.05)
        return False

    def stop(self) -> None:
        """Stop the server; the guard removes its folder."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._guard.communicate()
