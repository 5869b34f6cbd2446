"""One contestant over one fleet: `python -m benchmarks.fleet_child JSON` prints the seconds that it took.

The JSON has `contestant`, `urls` (of databases), `schemas` (in the first of them, or none), `count` of migrations and `folder`.
"""

# ruff: noqa: PLC0415 - each contestant imports what it needs

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import deque
from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks import schema

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WORKERS = 4
_TABLE = (
    "CREATE TABLE IF NOT EXISTS history (id SERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,"
    " applied_at TIMESTAMP NOT NULL, batch_no INT NOT NULL)"
)


def _scripts(count: int) -> list[str]:
    found = []
    for number in range(1, count + 1):
        values = f"'{number:04d}_create_{schema.table(number)}.sql', '{'0' * 64}', CURRENT_TIMESTAMP, 1"
        record = f"INSERT INTO history (name, hash, applied_at, batch_no) VALUES ({values});"
        found.append(f"{schema.up(number)}{record}")
    return found


def _by_hand(task: dict[str, Any], *, together: bool) -> Callable[[], Any]:
    """What a careful programmer writes with asyncpg: workers that keep their connection where they can."""
    import asyncpg

    scripts = _scripts(task["count"])
    messages = [f"BEGIN;{''.join(scripts)}COMMIT"] if together else [f"BEGIN;{one}COMMIT" for one in scripts]

    async def tenant(connection: Any) -> None:
        await connection.execute(_TABLE)
        for message in messages:
            await connection.execute(message)

    async def schemas(names: deque[str]) -> None:
        connection = await asyncpg.connect(task["urls"][0])
        while names:
            await connection.execute(f"SET search_path = {names.popleft()}")
            await tenant(connection)
        await connection.close()

    async def databases(urls: deque[str]) -> None:
        while urls:
            connection = await asyncpg.connect(urls.popleft())
            await tenant(connection)
            await connection.close()

    worker: Callable[[deque[str]], Awaitable[None]] = schemas if task["schemas"] else databases

    async def all_of_them() -> None:
        left = deque(task["schemas"] or task["urls"])
        await asyncio.gather(*(worker(left) for _ in range(WORKERS)))

    return lambda: asyncio.run(all_of_them())


def _lockgate(task: dict[str, Any]) -> Callable[[], Any]:
    from lockgate import Fleet

    # What a run imports when it turns out to have something to do; nobody's imports are within the clock.
    for module in ("dialects.postgresql_schema", "running.runs", "sources.loading"):
        import_module(f"lockgate.{module}")
    targets = [f"schema:{name}" for name in task["schemas"]] or task["urls"]
    fleet = Fleet(
        targets,
        concurrency=WORKERS,
        per_server=WORKERS,
        database_url=task["urls"][0],
        directory=task["folder"],
        environment="test",
    )

    def run() -> None:
        report = asyncio.run(fleet.up())
        assert report.migrations == len(targets) * task["count"], report

    return run


def _alembic(task: dict[str, Any]) -> Callable[[], Any]:
    """A loop over its API, as its documentation has it for many schemas; one after the other, because it is not async."""
    from pathlib import Path

    from alembic import command
    from alembic.config import Config

    driven = [url.replace("postgresql://", "postgresql+psycopg://") for url in task["urls"]]
    said = [f"{driven[0]}?options=-csearch_path%%3D{name}" for name in task["schemas"]] or driven

    def run() -> None:
        for url in said:
            config = Config(str(Path(task["folder"]) / "alembic.ini"))
            config.set_main_option("sqlalchemy.url", url)
            command.upgrade(config, "head")

    return run


def main() -> None:
    """Measure, with whatever the contestant prints thrown away."""
    task = json.loads(sys.argv[1])
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    made = {
        "limit": lambda: _by_hand(task, together=False),
        "together": lambda: _by_hand(task, together=True),
        "lockgate": lambda: _lockgate(task),
        "alembic": lambda: _alembic(task),
    }[task["contestant"]]()
    started = time.perf_counter()
    made()
    answer.write(f"{time.perf_counter() - started}\n")
    answer.close()


if __name__ == "__main__":
    main()
