"""LOCKGATE_LINT in production: whatever starts a run, nothing that weighs too much is run."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

import lockgate
from lockgate import Migration, Runner
from lockgate.errors import LintRefused
from lockgate.runner import Runner as PlainRunner

if TYPE_CHECKING:
    from conformance.bench import Database, Files

pytestmark = pytest.mark.asyncio
ON_ONE_SERVER = True
TABLE = "CREATE TABLE videos (id bigint PRIMARY KEY, owner bigint)"
INDEX = "CREATE INDEX i ON videos (owner)"


class Risky(Migration):
    async def up(self) -> None:
        await self.db.execute(INDEX)


class Allowed(Migration):
    async def up(self) -> None:
        # lockgate: allow index-not-concurrent, no-down: at night
        await self.db.execute(INDEX)


async def _production(database: Database, files: Files, **more: Any) -> dict[str, Any]:
    files.write("001_base.sql", f"-- migrate:up\n{TABLE};\n-- migrate:down\nDROP TABLE videos;\n")
    async with Runner(database.url, environment="test", directory=files.folder) as runner:
        await runner.up()
    files.write("002_x.sql", f"-- migrate:up\n{INDEX};\n-- migrate:down\nDROP INDEX i;\n")
    return {"environment": "production", "force_migration": True, "lint": "error", "directory": files.folder, **more}


async def _by_up(database: Any, **settings: Any) -> None:
    async with Runner(database, **settings) as runner:
        await runner.up()


async def _by_gate(database: Any, **settings: Any) -> None:
    async with Runner(database, **settings).gate():
        pass


async def _by_lifespan(database: Any, **settings: Any) -> None:
    async with lockgate.lifespan(database, **settings)(SimpleNamespace()):
        pass


@pytest.mark.parametrize("start", [_by_up, _by_gate, _by_lifespan])
async def test_what_weighs_too_much_is_refused(start: Any, database: Database, files: Files) -> None:
    settings = await _production(database, files)
    with pytest.raises(LintRefused, match="Nothing was run") as refused:
        await start(database.url, **settings)
    assert [(one.rule, one.line) for one in refused.value.findings] == [("index-not-concurrent", 2)]
    assert await database.rows("SELECT count(*) FROM schema_migrations") == [(1,)]
    await start(database.url, **settings | {"lint": None})
    assert await database.rows("SELECT count(*) FROM schema_migrations") == [(2,)]


async def test_an_engine_and_a_list_are_looked_at_as_well(database: Database, files: Files) -> None:
    settings = await _production(database, files, table="listed")
    engine = create_async_engine(database.url.replace("postgresql:", "postgresql+asyncpg:"))
    try:
        with pytest.raises(LintRefused, match="index-not-concurrent"):
            await _by_up(engine, migrations=[("002_x", Risky)], **settings)
        await _by_up(engine, migrations=[("002_x", Allowed)], **settings)
    finally:
        await engine.dispose()
    assert await database.rows("SELECT name FROM listed") == [("002_x",)]


async def test_in_test_nobody_looks(database: Database, files: Files) -> None:
    await _by_up(database.url, **await _production(database, files, environment="test"))


async def test_a_runner_that_cannot_look_says_so(
    database: Database, files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    settings = await _production(database, files)
    with caplog.at_level(logging.WARNING, logger="lockgate"):
        async with PlainRunner(database.url, **settings) as runner:
            await runner.up()
    assert "LOCKGATE_LINT=error is not heeded" in caplog.text
