"""Runs in a package's own environment: its history by Alembic, then by Lockgate; a line of JSON says what each leaves."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import importlib
import json
import sys
import traceback
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine

from ecosystem.alembic_packages import HISTORIES
from ecosystem.child import metadata_of
from ecosystem.ground import SqliteGround, prepared
from lockgate import Runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecosystem.alembic_packages import History
    from ecosystem.ground import Ground

# What an env.py has to do, and no more.
_ENV: Final = """
from alembic import context
given = context.config.attributes
context.configure(connection=given["connection"], target_metadata=given["target"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("package")
    parser.add_argument("url")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pg-dump", type=Path)
    options = parser.parse_args()
    lines, sys.stdout = sys.stdout, sys.stderr
    history = next(one for one in HISTORIES if one.package.name == options.package)
    found = asyncio.run(_compare(history, options.url, options.folder, options.pg_dump))
    lines.write(f"\n{json.dumps(found)}\n")  # the package may have begun a line of its own
    lines.flush()


async def _compare(history: History, url: str, folder: Path, pg_dump: Path) -> dict[str, Any]:
    target = metadata_of(history.package) if history.has_target else None
    module, _, path = history.folder(url).partition(":")
    versions = Path(next(iter(importlib.import_module(module).__path__))) / path
    async with prepared(url, folder, pg_dump, history.package.extensions) as ground:
        found: dict[str, Any] = {}
        await ground.empty()
        await _timed(found, "alembic", _by_alembic(ground, versions, folder, history.driver(url), target))
        if "broken" in found:
            return {"impossible": found["broken"]}
        await ground.transact(["DROP TABLE alembic_version"])  # Lockgate makes none
        expected = await _kept(ground)
        await ground.empty()
        await _timed(found, "lockgate", _by_lockgate(ground, versions, target))
        if "broken" not in found and (told := _difference(expected, await _kept(ground))):
            found["broken"] = told
        return found


async def _kept(ground: Ground) -> list[str]:
    """What a database holds. SQLite's own text tells the order of constraints, which batch mode takes from a set."""
    if isinstance(ground, SqliteGround):
        return json.dumps(await ground.testimony(), indent=1, sort_keys=True, default=str).splitlines()
    return await ground.dump()


async def _timed(found: dict[str, Any], name: str, work: Any) -> None:
    began = perf_counter()
    try:
        found["revisions"] = await work
    except Exception:
        found["broken"] = "".join(traceback.format_exc()[-3000:])
    found[name] = perf_counter() - began


async def _by_alembic(ground: Ground, versions: Path, folder: Path, driver: str, target: Any) -> None:
    config = _config(versions, folder / "alembic")

    def upgrade(connection: sa.Connection) -> None:
        config.attributes.update(connection=connection, target=target)
        command.upgrade(config, "heads")

    url = sa.make_url(ground.url).set(drivername=driver)
    if "async" in driver:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            await connection.run_sync(upgrade)
            await connection.commit()
        await engine.dispose()
        return
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        upgrade(connection)
        connection.commit()


def _config(versions: Path, place: Path) -> Config:
    place.mkdir(exist_ok=True)
    (place / "env.py").write_text(_ENV)
    config = Config()
    config.set_main_option("script_location", str(place))
    locations = {str(path.parent) for path in versions.rglob("*.py") if path.name != "__init__.py"}
    config.set_main_option("version_locations", ";".join(sorted(locations)))
    config.set_main_option("path_separator", ";")
    return config


async def _by_lockgate(ground: Ground, versions: Path, target: Any) -> int:
    async with Runner(
        ground.url, directory=versions, models=target, environment="development", auto_migrate=False
    ) as runner:
        return len((await runner.up()).migrations)


def _difference(expected: Sequence[str], found: Sequence[str]) -> str:
    lines = difflib.unified_diff(expected, found, "alembic", "lockgate", lineterm="", n=3)
    return "\n".join(list(lines)[:60])
