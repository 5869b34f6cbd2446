"""Aerich, the migrations of Tortoise ORM, with asyncpg or aiosqlite."""
# ruff: noqa: PLC0415 - Aerich is imported in the environment that has it

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks import schema
from benchmarks.peers.peer import Command, Engine, Job, Opened, Peer, Verb

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

# Its first migration makes its own table, as the file that `aerich init-db` writes does.
_OWN = """
    CREATE TABLE IF NOT EXISTS "aerich" (
        "id" {key}, "version" VARCHAR(255) NOT NULL, "app" VARCHAR(100) NOT NULL, "content" {json} NOT NULL
    );"""
_TYPES: dict[Engine, dict[str, str]] = {
    "postgresql": {"key": "SERIAL NOT NULL PRIMARY KEY", "json": "JSONB"},
    "sqlite": {"key": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "json": "JSON"},
}
_FILE = '''\
from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """{up}"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """{down}"""
'''
_PROJECT = '[tool.aerich]\ntortoise_orm = "settings.TORTOISE_ORM"\nlocation = "./migrations"\nsrc_folder = "./."\n'


class Aerich(Peer):
    name = "aerich"
    title = "Aerich"
    environment = "aerich"
    requirements = ("aerich", "tortoise-orm[asyncpg]", "asyncpg", "aiosqlite")
    engines: ClassVar[frozenset[Engine]] = frozenset({"postgresql", "sqlite"})
    note = (
        "its migrations are text of SQL in Python; without the compressed state of the models that it writes into them"
    )

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        package = folder / "migrations" / "models"
        package.mkdir(parents=True)
        (folder / "pyproject.toml").write_text(_PROJECT)
        for number in range(1, count + 1):
            text = _FILE.format(up=schema.up(number), down=schema.down(number))
            (package / f"{number}_create_{schema.table(number)}.py").write_text(text)

    def configure(self, job: Job) -> None:
        (job.folder / "settings.py").write_text(f"TORTOISE_ORM = {_config(job)!r}\n")
        up = f"{_OWN.format(**_TYPES[job.engine])}\n{schema.up(1)}"
        first = job.folder / "migrations" / "models" / f"1_create_{schema.table(1)}.py"
        first.write_text(_FILE.format(up=up, down=schema.down(1)))

    def open(self, job: Job) -> Opened:
        return _InProcess(job)

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        if verb == "help":
            return Command([str(bin_directory / "aerich"), "--help"])
        return Command([str(bin_directory / "aerich"), "upgrade" if verb == "up" else "heads"], directory=job.folder)


def _config(job: Job) -> dict[str, object]:
    url = job.url if job.engine == "sqlite" else job.url.replace("postgresql:", "asyncpg:")
    apps = {"models": {"models": ["aerich.models"], "default_connection": "default"}}
    return {"connections": {"default": url}, "apps": apps}


class _InProcess:
    def __init__(self, job: Job) -> None:
        from aerich import Command as AerichCommand
        from tortoise import Tortoise

        self._init: Any = Tortoise.init
        self._config = _config(job)
        self._make: Any = lambda: AerichCommand(self._config, "models", str(job.folder / "migrations"))
        self._loop = asyncio.Runner()

    def up(self) -> None:
        self._loop.run(self._connected(lambda command: command.upgrade()))

    def down(self) -> None:
        self._loop.run(self._connected(lambda command: command.downgrade(1, delete=False)))

    async def _connected(self, work: Callable[[Any], Awaitable[Any]]) -> None:
        await self._init(config=self._config)  # Aerich itself does this only once in a process
        async with self._make() as command:
            await work(command)

    def look(self) -> None:
        self.up()

    def close(self) -> None:
        self._loop.close()
