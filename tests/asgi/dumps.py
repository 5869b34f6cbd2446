"""A database as its own tools write it down: schema and rows, Lockgate's own tables too."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from servers import embedded_bin, installed_bin

# pg_dump puts a key of the day around what it writes, since 17.6.
_OF_THE_DAY = ("\\restrict", "\\unrestrict")


def full_dump(url: str) -> list[str]:
    """Every line of `pg_dump`, or of SQLite's `.dump`; a SQLite file that is not there is no line at all."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as connection:
            return list(connection.iterdump())
    done = subprocess.run([_pg_dump(), f"--dbname={url}"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if not line.startswith(_OF_THE_DAY)]


def _pg_dump() -> Path:
    """The newest there is: it reads older servers as well."""
    folders = [folder for folder in (embedded_bin(), installed_bin()) if folder and (folder / "pg_dump").exists()]
    on_path = shutil.which("pg_dump")
    return folders[0] / "pg_dump" if folders else Path(on_path or "pg_dump")
