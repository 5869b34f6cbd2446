"""Lockgate with a folder of .py files that use the schema verbs."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from benchmarks import schema
from benchmarks.peers.lockgate import Lockgate

if TYPE_CHECKING:
    from pathlib import Path

_FILE = '''\
"""Create {table}."""

import sqlalchemy as sa

from lockgate import Migration


class CreateItem{number:04d}(Migration):
    async def up(self) -> None:
        await self.db.create_table(
            "{table}",
{columns}
        )
        await self.db.create_index("{index}", "{table}", ["owner_id"])

    async def down(self) -> None:
        await self.db.drop_table("{table}")
'''


class LockgatePython(Lockgate):
    name = "lockgate-python"
    title = "Lockgate, .py"

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        folder.mkdir(parents=True)
        columns = indent(schema.SQLALCHEMY_COLUMNS, "    ")
        for number in range(1, count + 1):
            table = schema.table(number)
            text = _FILE.format(number=number, table=table, index=schema.index(number), columns=columns)
            (folder / f"{number:04d}_create_{table}.py").write_text(text)
