"""asyncpg-trek, which has no command line: an application calls it with a connection of its own."""
# ruff: noqa: PLC0415 - asyncpg-trek is imported in the environment that has it

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from benchmarks import schema
from benchmarks.peers.peer import Job, Opened, Peer

if TYPE_CHECKING:
    from pathlib import Path


class AsyncpgTrek(Peer):
    name = "asyncpg-trek"
    title = "asyncpg-trek"
    environment = "asyncpg-trek"
    requirements = ("asyncpg-trek", "asyncpg")
    note = "all migrations of a run in one transaction"

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        folder.mkdir(parents=True)
        for number in range(1, count + 1):
            before, this = _revision(number - 1), _revision(number)
            (folder / f"20240101_{before}_up_{this}.sql").write_text(schema.up(number))
            (folder / f"20240101_{this}_down_{before}.sql").write_text(schema.down(number))

    def open(self, job: Job) -> Opened:
        return _InProcess(job)


def _revision(number: int) -> str:
    return f"r{number:04d}" if number else "initial"


class _InProcess:
    def __init__(self, job: Job) -> None:
        import asyncpg
        import asyncpg_trek
        from asyncpg_trek.asyncpg import AsyncpgBackend

        self._trek: Any = asyncpg_trek
        self._backend: Any = AsyncpgBackend
        self._connect: Any = lambda: asyncpg.connect(job.url)
        self._job = job
        self._loop = asyncio.Runner()
        self._kept: Any = None

    def up(self) -> None:
        self._loop.run(self._connected(_revision(self._job.count), self._trek.Direction.up))

    def down(self) -> None:
        self._loop.run(self._connected("initial", self._trek.Direction.down))

    async def _connected(self, target: str, direction: Any) -> None:
        connection = await self._connect()
        await self._run(connection, target, direction)
        await connection.close()

    async def _run(self, connection: Any, target: str, direction: Any) -> None:
        backend = self._backend(connection)
        plan = await self._trek.plan(backend, self._job.folder, target, direction)
        await self._trek.execute(backend, plan)

    def look(self) -> None:
        self._loop.run(self._look())

    async def _look(self) -> None:
        if self._kept is None:
            self._kept = await self._connect()
        await self._run(self._kept, _revision(self._job.count), self._trek.Direction.up)

    def close(self) -> None:
        if self._kept is not None:
            self._loop.run(self._kept.close())
        self._loop.close()
