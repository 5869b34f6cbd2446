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
from servers import PASSWORD, NoServer, kept_port

USER: Final = "lockgate"
# `nosync` and its like make a server that may lose data in a crash of the machine, and is fast.
_SETTINGS: Final = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--performance-schema=OFF",
    "--max-connections=200",
)
# Whoever starts again finds them there.
_USERS: Final = (
    f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
    f"GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
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
_STARTING_SECONDS: Final = 120
_STARTS: Final = 3


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


class MariadbProcess:
    """A server with its data in a temporary folder, which a guard removes; `port` of 127.0.0.1 is for its clients."""

    scheme = "mariadb"
    quick: tuple[str, ...] = _SETTINGS

    def __init__(self) -> None:
        self._program = self.program()
        # The server refuses to run as root.
        self.user = "mysql" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix=f"lockgate-{self.scheme}-"))
        self.port = kept_port()
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", self.folder], stdin=subprocess.PIPE, cwd="/", start_new_session=True
        )
        self._process: subprocess.Popen[bytes] | None = None
        (self.folder / "data").mkdir()
        (self.folder / "users.sql").write_text(_USERS)
        for path in (self.folder, self.folder / "data", self.folder / "users.sql"):
            self.hand_over(path)

    @property
    def url(self) -> str:
        """The URL of an all-powerful user, without a database."""
        return f"{self.scheme}://{USER}:{PASSWORD}@127.0.0.1:{self.port}/"

    @property
    def socket(self) -> Path:
        """The path of its unix socket."""
        return self.folder / "socket"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has been started, and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def own(self) -> list[str]:
        """Its data folder; and its own place for temporary tables, for a server that starts removes those that it finds."""
        places = [f"--datadir={self.folder / 'data'}", f"--tmpdir={self.folder}"]
        return ["--no-defaults", *places]

    def hand_over(self, path: Path) -> None:
        """Let the server's own user have a file."""
        if self.user:
            shutil.chown(path, self.user)

    def program(self) -> str:
        """The server's path.

        Raises:
            NoServer: it is not installed.
        """
        return mariadb_programs()[0]

    def maker(self) -> list[str]:
        """The command that makes its data folder."""
        installer = mariadb_programs()[1]
        return [installer, *self.own, "--skip-test-db", "--auth-root-authentication-method=normal"]

    def make(self) -> None:
        """Make its data folder."""
        made = subprocess.run(
            self.maker(),
            check=False,
            user=self.user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
        )
        assert made.returncode == 0, made.stdout

    def start(self, *settings: str) -> None:
        """Start it, and wait until it listens; `settings` win over those that all have.

        Raises:
            AssertionError: it has ended; its log says why.
        """
        files = f"--port={self.port}", f"--socket={self.socket}", f"--pid-file={self.folder / 'pid'}"
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, *self.own, *self.quick, *files, *settings],
                user=self.user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                restore_signals=False,  # a file that may not grow is an error to it then, and not its end
            )
        assert self._listens(self._process), (self.folder / "log").read_text(errors="replace")[-4000:]

    def _listens(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + _STARTING_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return process.poll() is None  # else it is somebody else who listens there
            time.sleep(0.05)
        return False

    def kill(self) -> None:
        """End it where it stands."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Stop it; the guard removes its folder."""
        self.kill()
        self._guard.communicate()


class MariadbServer(MariadbProcess):
    """One server by itself, with a certificate; `settings` are more of them."""

    def __init__(self, *settings: str) -> None:
        super().__init__()
        self._settings = (
            "--skip-log-bin",
            "--character-set-server=utf8mb4",
            # Away from UTC, so that a time which forgets its zone is noticed.
            "--default-time-zone=+05:45",
            f"--init-file={self.folder / 'users.sql'}",
            f"--ssl-cert={self.certificate}",
            f"--ssl-key={self.folder / 'key.pem'}",
            *settings,
        )
        try:
            self._certify()
            self.make()
            self._start_somewhere()
        except BaseException:
            self.stop()
            raise

    @property
    def certificate(self) -> Path:
        """The path of its own certificate, which it has signed itself, for 127.0.0.1."""
        return self.folder / "certificate.pem"

    def _certify(self) -> None:
        write_certificate(self.certificate, self.folder / "key.pem")
        for path in (self.certificate, self.folder / "key.pem"):
            self.hand_over(path)

    def _start_somewhere(self) -> None:
        for _ in range(_STARTS - 1):
            with suppress(AssertionError):
                return self.again()
            self.port = kept_port()  # somebody else has taken it meanwhile
        return self.again()

    def again(self) -> None:
        """Start it where it was."""
        self.start(*self._settings)
