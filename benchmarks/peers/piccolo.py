"""Piccolo's migrations with asyncpg, as `piccolo migrations new --auto` writes them."""
# ruff: noqa: PLC0415 - Piccolo is imported in the environment that has it

from __future__ import annotations

import asyncio
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks import schema
from benchmarks.peers.peer import Command, Job, Opened, Peer, Verb

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

_CONF = """\
from piccolo.conf.apps import AppRegistry
from piccolo.engine.postgres import PostgresEngine

DB = PostgresEngine(config={{"dsn": {url!r}}}, log_queries=False)
APP_REGISTRY = AppRegistry(apps=["piccolo_app"])
"""
_APP = """\
from pathlib import Path

from piccolo.conf.apps import AppConfig

FOLDER = str(Path(__file__).parent / "migrations")
APP_CONFIG = AppConfig(app_name="items", migrations_folder_path=FOLDER, table_classes=[])
"""
_FILE = """\
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Boolean, Integer, Text, Timestamp

ID = "2024-01-01T00:00:00:{number:06d}"
COLUMNS = {{
    "id": (Integer, {{"default": None, "null": False, "primary_key": True}}),
    "owner_id": (Integer, {{"default": None, "null": False, "index": True}}),
    "title": (Text, {{"default": None, "null": False}}),
    "done": (Boolean, {{"default": None, "null": True}}),
    "created_at": (Timestamp, {{"default": None, "null": True}}),
}}


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="items", description="")
    manager.add_table(class_name="Item{number:04d}", tablename="{table}", schema=None, columns=None)
    for name, (kind, params) in COLUMNS.items():
        manager.add_column(
            table_class_name="Item{number:04d}",
            tablename="{table}",
            column_name=name,
            db_column_name=name,
            column_class_name=kind.__name__,
            column_class=kind,
            params=params,
        )
    return manager
"""
_MODULES = ("piccolo_conf", "piccolo_app")


class Piccolo(Peer):
    name = "piccolo"
    title = "Piccolo"
    environment = "piccolo"
    requirements = ("piccolo[postgres]",)
    note = "it connects for each migration, and again to record it, as its command line does"

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        (folder / "migrations").mkdir(parents=True)
        (folder / "piccolo_app.py").write_text(_APP)
        for number in range(1, count + 1):
            table = schema.table(number)
            (folder / "migrations" / f"create_{table}.py").write_text(_FILE.format(number=number, table=table))

    def configure(self, job: Job) -> None:
        (job.folder / "piccolo_conf.py").write_text(_CONF.format(url=job.url))

    def open(self, job: Job) -> Opened:
        return _InProcess(job)

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        if verb == "help":
            return None
        words = ["forwards", "items"] if verb == "up" else ["check"]
        return Command([str(bin_directory / "piccolo"), "migrations", *words], directory=job.folder)


class _InProcess:
    def __init__(self, job: Job) -> None:
        # A process may be warmed up with another job, whose modules Python and Piccolo would keep.
        sys.path.insert(0, str(job.folder))
        for name in _MODULES:
            sys.modules.pop(name, None)
        os.environ["PICCOLO_CONF"] = "piccolo_conf"
        from piccolo.apps.migrations.commands import backwards, forwards
        from piccolo.apps.migrations.tables import Migration

        Migration._meta._db = import_module("piccolo_conf").DB
        self._forwards: Any = forwards.run_forwards
        self._backwards: Any = backwards.run_backwards
        self._loop = asyncio.Runner()

    def up(self) -> None:
        self._loop.run(self._succeed(self._forwards("items")))

    def down(self) -> None:
        self._loop.run(self._succeed(self._backwards("items", "all", auto_agree=True)))

    async def _succeed(self, running: Awaitable[Any]) -> None:
        result = await running
        assert result.success, result.message

    def look(self) -> None:
        self.up()

    def close(self) -> None:
        self._loop.close()
