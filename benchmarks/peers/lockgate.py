"""What the Lockgate contestants share: the Runner in process, and the command line."""
# ruff: noqa: PLC0415 - Lockgate is imported in the environment that has it

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks.peers.peer import Command, Engine, Job, Opened, Peer, Verb

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# What a run imports when it turns out to have something to do; nobody's imports are within the clock.
_IMPORTED_LATE = (
    "lockgate.running.runs",
    "lockgate.sources.loading",
    "lockgate.dialects.postgresql",
    "lockgate.dialects.sqlite",
    "lockgate.authoring.verbs",
    "sqlalchemy.dialects.postgresql.base",
    "sqlalchemy.dialects.sqlite.base",
)
CHECKOUT = Path(__file__).resolve().parents[2]


class Lockgate(Peer):
    environment = "lockgate"
    requirements = ("-e", str(CHECKOUT))
    engines: ClassVar[frozenset[Engine]] = frozenset({"postgresql", "sqlite"})

    def open(self, job: Job) -> Opened:
        return InProcess(job)

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        arguments = ["--help"] if verb == "help" else [verb, "--directory", str(job.folder)]
        variables = {"ENV": "development", "DATABASE_URL": job.url}
        return Command([str(bin_directory / "lockgate"), *arguments], variables)


class InProcess:
    """A Runner in an event loop."""

    def __init__(self, job: Job) -> None:
        from lockgate import Runner

        for module in _IMPORTED_LATE:
            import_module(module)
        self._make: Any = lambda: Runner(job.url, directory=job.folder, environment="development")
        self._loop = asyncio.Runner()
        self._kept: Any = None

    def up(self) -> None:
        self._loop.run(self._with_runner(lambda runner: runner.up()))

    def down(self) -> None:
        self._loop.run(self._with_runner(lambda runner: runner.down(all=True)))

    async def _with_runner(self, work: Callable[[Any], Awaitable[Any]]) -> None:
        async with self._make() as runner:
            await work(runner)

    def look(self) -> None:
        self._loop.run(self._look())

    async def _look(self) -> None:
        if self._kept is None:
            self._kept = self._make()
        await self._kept.up()

    def close(self) -> None:
        if self._kept is not None:
            self._loop.run(self._kept.close())
        self._loop.close()
