"""A real PgBouncer in transaction mode, as most of them run."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONFIGURATION = """\
[databases]
* = host={server.hostname} port={server.port} user={server.username} password={server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 40
max_client_conn = 400
server_idle_timeout = 5
server_login_retry = 0.1
ignore_startup_parameters = extra_float_digits
logfile = {folder}/log
pidfile = {folder}/pid
"""
# As a system's own supervisor does: 1.18 ends itself when it passes on a cancel request for a session that ends meanwhile
# (https://github.com/pgbouncer/pgbouncer/issues/822).
_AGAIN = 'while :; do "$@" || sleep 0.05; done'


@contextmanager
def pgbouncer(url: str) -> Iterator[str]:
    """The URL of the same server by way of a pooler; where there is none, CI fails and others skip."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        words = "there is no pgbouncer: apt-get install pgbouncer"
        pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)
    server = urlsplit(url)
    with tempfile.TemporaryDirectory(prefix="lockgate-pgbouncer-") as made, socket.socket() as claim:
        claim.bind(("127.0.0.1", 0))
        port = claim.getsockname()[1]
        claim.close()
        folder = Path(made)
        folder.chmod(0o777)
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(_CONFIGURATION.format(server=server, port=port, folder=folder))
        user = "nobody" if os.geteuid() == 0 else None
        process = subprocess.Popen(
            ["/bin/sh", "-c", _AGAIN, "sh", program, "-q", configuration], user=user, cwd="/", start_new_session=True
        )
        try:
            _wait_until_it_listens(port)
            yield urlunsplit(server._replace(netloc=f"{server.username}:{server.password}@127.0.0.1:{port}"))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_it_listens(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("pgbouncer does not listen")
