"""Goes the way back by the commands of the page, with this test's names in them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from conformance.bench import SqliteDatabase

if TYPE_CHECKING:
    from conformance.bench import Database

_PAGE = Path(__file__).parents[2] / "docs" / "backup.md"
_COPY = re.compile(r"backups/app-\S+\.(?:dump|db|sql)")


def commands(*programs: str) -> list[str]:
    """The lines of the page that call one of the programs."""
    lines = re.findall(r"^\$ (.*)$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [line for line in lines if line.split()[0] in programs]


def restore(copy: str, into: Database) -> None:
    """Restore a copy into a database that is there, and empty but for SQLite."""
    if isinstance(into, SqliteDatabase):
        lines, names, environment = commands("rm", "cp"), {"app.db": str(into.path)}, {}
    else:
        parts = urlsplit(into.url)
        host, port, password = parts.hostname or "", str(parts.port), unquote(parts.password or "")
        program = "pg_restore" if into.is_postgresql else "mariadb"
        lines = [line for line in commands(program) if "CREATE DATABASE" not in line]
        names = {"app_restored": parts.path[1:]}
        environment = (
            {"PGHOST": host, "PGPORT": port, "PGUSER": parts.username or "", "PGPASSWORD": password}
            if into.is_postgresql
            else {"MYSQL_HOST": host, "MYSQL_TCP_PORT": port, "MYSQL_PWD": password}
        )
        if into.is_mysql:
            names["mariadb "] = f"mariadb --no-defaults --protocol=TCP --user={parts.username} "
    assert lines
    for line in lines:
        told = _COPY.sub("COPY", line)
        for name, instead in names.items():
            told = told.replace(name, instead)
        subprocess.run(
            told.replace("COPY", copy), shell=True, check=True, capture_output=True, env={**os.environ, **environment}
        )
