"""Measures what an application's start takes where everything is applied, in one process, in turns.

`python -m benchmarks.starts_child URL FOLDER ROUNDS` applies the folder and prints the seconds of each as JSON: a list for each
contestant.
"""

# ruff: noqa: PLC0415 - it is imported in the environment that has them all

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.models_child import in_turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_QUERY = "SELECT id, name, hash, applied_at, batch_no FROM schema_migrations ORDER BY id"
_SCRIPT = "revision = '{number:04d}'\ndown_revision = {before!r}\ndef upgrade(): pass\n"


async def _measure(url: str, folder: Path, rounds: int) -> dict[str, list[float]]:
    import asyncpg
    from sqlalchemy.ext.asyncio import create_async_engine

    import lockgate

    async with lockgate.Runner(url, directory=folder, environment="test") as runner:
        await runner.up()
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    revisions = _revisions(folder)

    async def start(database: Any) -> None:
        lifespan = lockgate.lifespan(database, directory=folder, environment="production", force_migration=False)
        async with lifespan(None):
            pass

    async def check() -> None:
        async with engine.connect() as connection:
            await connection.run_sync(_alembic, revisions)

    async with asyncpg.create_pool(url, min_size=2, max_size=2) as pool, pool.acquire() as connection:
        contestants: dict[str, Callable[[], Awaitable[Any]]] = {
            "query": lambda: connection.fetch(_QUERY),
            "pool": lambda: start(pool),
            "engine": lambda: start(engine),
            "url": lambda: start(url),
            "alembic": check,
        }
        found = await in_turns(contestants, rounds)
    await engine.dispose()
    return found


def _revisions(migrations: Path) -> Path:
    """As many of Alembic's scripts, which its check loads."""
    folder = migrations.parent / "revisions"
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    for number in range(1, len(list(migrations.iterdir())) + 1):
        before = f"{number - 1:04d}" if number > 1 else None
        (folder / "versions" / f"{number:04d}.py").write_text(_SCRIPT.format(number=number, before=before))
    return folder


def _alembic(connection: Any, revisions: Path) -> Any:
    """The check that Alembic's cookbook has for an application's start."""
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(revisions))
    config.set_main_option("path_separator", "os")
    heads = ScriptDirectory.from_config(config).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


def main() -> None:
    """Measure."""
    url, folder, rounds = sys.argv[1:]
    print(json.dumps(asyncio.run(_measure(url, Path(folder), int(rounds)))))


if __name__ == "__main__":
    main()
