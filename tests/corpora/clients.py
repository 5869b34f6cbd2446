"""The databases' own clients, which say what a text makes of a database."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from servers import psql


def by_the_client(url: str, text: str, *, name: str) -> None:
    """Run a text as the database's own client does, in a session of its own."""
    if url.startswith("sqlite"):
        _sqlite3(Path(url.removeprefix("sqlite:///")), text, name)
    elif url.startswith("postgresql"):
        _run(name, text, psql(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-")
    else:
        parts = urlsplit(url)
        client = shutil.which("mariadb") or shutil.which("mysql")
        assert client, "there is no client of MariaDB"
        where = [f"-h{parts.hostname}", f"-P{parts.port}", f"-u{parts.username}", f"-p{parts.password}"]
        # The tools that these files are written for send them whole, so that the server finds where a routine ends.
        _run(name, text, client, "--no-defaults", "--delimiter=;;whole;;", *where, parts.path.lstrip("/"))


def _sqlite3(path: Path, text: str, name: str) -> None:
    client = shutil.which("sqlite3")
    if client:
        _run(name, text, client, "-bail", str(path))
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(text)


def _run(name: str, text: str, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=text)
    assert done.returncode == 0, f"{name}: {done.stderr}"
    assert "error" not in done.stderr.lower(), f"{name}: {done.stderr}"
