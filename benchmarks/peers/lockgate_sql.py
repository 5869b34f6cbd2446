"""Lockgate with a folder of .sql files, as it comes: on PostgreSQL consecutive files share a round trip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import schema
from benchmarks.peers.lockgate import Lockgate

if TYPE_CHECKING:
    from pathlib import Path


class LockgateSql(Lockgate):
    name = "lockgate-sql"
    title = "Lockgate, .sql"

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        folder.mkdir(parents=True)
        for number in range(1, count + 1):
            text = f"-- migrate:up\n{schema.up(number)}\n-- migrate:down\n{schema.down(number)}"
            (folder / f"{number:04d}_create_{schema.table(number)}.sql").write_text(text)
