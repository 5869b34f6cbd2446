"""The physical limit: the raw driver, one transaction and one round trip a migration, its record in the same script."""
# ruff: noqa: PLC0415 - a driver is imported in the environment that has it

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks import schema
from benchmarks.peers.peer import Command, Engine, Job, Opened, Peer, Verb

if TYPE_CHECKING:
    from pathlib import Path

_TABLE = (
    "CREATE TABLE IF NOT EXISTS history ({key}, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,"
    " applied_at TIMESTAMP NOT NULL, batch_no INT NOT NULL)"
)
_POSTGRES_TABLE = _TABLE.format(key="id SERIAL PRIMARY KEY")
_SQLITE_TABLE = _TABLE.format(key="id INTEGER PRIMARY KEY")
_READ = "SELECT id, name, hash, applied_at, batch_no FROM history ORDER BY id"
_PROCESS = """\
import asyncio, sys, asyncpg
async def main():
    connection = await asyncpg.connect(sys.argv[1])
    await connection.fetch(sys.argv[2])
    await connection.close()
asyncio.run(main())
"""


class Limit(Peer):
    name = "limit"
    title = "limit (raw driver)"
    environment = "limit"
    requirements = ("asyncpg",)
    engines: ClassVar[frozenset[Engine]] = frozenset({"postgresql", "sqlite"})
    note = "asyncpg, or the sqlite3 module; the scripts are in memory before the clock starts"

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)

    def open(self, job: Job) -> Opened:
        return _Sqlite(job) if job.engine == "sqlite" else _Postgres(job)

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        if verb == "help":
            return Command([str(bin_directory / "python"), "-c", "pass"])
        return Command([str(bin_directory / "python"), "-c", _PROCESS, job.url, _READ])


def _scripts(count: int, begin: str) -> tuple[list[str], list[str]]:
    columns = "name, hash, applied_at, batch_no"
    ups, downs = [], []
    for number in range(1, count + 1):
        name = f"{number:04d}_create_{schema.table(number)}.sql"
        record = f"INSERT INTO history ({columns}) VALUES ('{name}', '{'0' * 64}', CURRENT_TIMESTAMP, 1)"
        ups.append(f"{begin};\n{schema.up(number)}{record};\nCOMMIT;")
        downs.append(f"{begin};\n{schema.down(number)}DELETE FROM history WHERE name = '{name}';\nCOMMIT;")
    return ups, downs[::-1]


class _Postgres:
    def __init__(self, job: Job) -> None:
        import asyncpg

        self._connect: Any = lambda: asyncpg.connect(job.url)
        self._ups, self._downs = _scripts(job.count, "BEGIN")
        self._loop = asyncio.Runner()
        self._kept: Any = None

    def up(self) -> None:
        self._loop.run(self._run([_POSTGRES_TABLE, *self._ups]))

    def down(self) -> None:
        self._loop.run(self._run(self._downs))

    async def _run(self, scripts: list[str]) -> None:
        connection = await self._connect()
        for script in scripts:
            await connection.execute(script)
        await connection.close()

    def look(self) -> None:
        self._loop.run(self._look())

    async def _look(self) -> None:
        if self._kept is None:
            self._kept = await self._connect()
        await self._kept.fetch(_READ)

    def close(self) -> None:
        if self._kept is not None:
            self._loop.run(self._kept.close())
        self._loop.close()


class _Sqlite:
    def __init__(self, job: Job) -> None:
        self._path = job.url.removeprefix("sqlite:///")
        self._ups, self._downs = _scripts(job.count, "BEGIN IMMEDIATE")

    def up(self) -> None:
        self._run([_SQLITE_TABLE, *self._ups])

    def down(self) -> None:
        self._run(self._downs)

    def _run(self, scripts: list[str]) -> None:
        import sqlite3

        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            for script in scripts:
                connection.executescript(script)

    def look(self) -> None:
        self._run([_READ])

    def close(self) -> None:
        """Nothing is kept open."""
