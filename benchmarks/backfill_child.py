"""Fills a table in one contestant's way: `python -m benchmarks.backfill_child URL CONTESTANT ROWS`.

It prints the seconds, and the process's peak memory in bytes, as JSON.
"""

# ruff: noqa: PLC0415 - each is imported in the environment that has it

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BATCH = 50_000
"""How many rows a batch of the raw driver's has: about as many as Lockgate's come to have."""
_CREATE = (
    "DROP TABLE IF EXISTS items, schema_migrations, schema_migrations_backfills;"
    " CREATE TABLE items (id BIGINT PRIMARY KEY, a INTEGER NOT NULL, b INTEGER)"
)
_FILL = "INSERT INTO items SELECT i, i % 1000 FROM generate_series(1, {}) i"
_UPDATE = "UPDATE items SET b = a * 2"
_MIGRATION = """\
from lockgate import Migration

class Fill(Migration):
    async def up(self):
        await self.db.backfill("items", {how}, later=True)

    async def doubled(self, rows):
        return [{{"b": row["a"] * 2}} for row in rows]
"""
_HOW = {"sql": 'set={"b": "a * 2"}', "python": 'compute=self.doubled, columns=("a",)'}


async def _prepared(url: str, rows: int) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    for statement in (_CREATE, _FILL.format(rows), "VACUUM ANALYZE items", "CHECKPOINT"):
        await connection.execute(statement)
    await connection.close()


async def _checked(url: str, rows: int) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT count(*) FROM items WHERE b = a * 2") == rows
    await connection.close()


async def _raw(url: str, rows: int, connections: int) -> float:
    import asyncpg

    opened = [await asyncpg.connect(url) for _ in range(connections)]

    async def fill(number: int) -> None:
        last = rows * (number + 1) // connections
        for first in range(rows * number // connections, last, BATCH):
            until = min(first + BATCH, last)
            await opened[number].execute(f"{_UPDATE} WHERE id > {first} AND id <= {until}")

    seconds = await _timed(lambda: asyncio.gather(*map(fill, range(connections))))
    for connection in opened:
        await connection.close()
    return seconds


async def _at_once(url: str, rows: int) -> float:
    import asyncpg

    connection = await asyncpg.connect(url)
    seconds = await _timed(lambda: connection.execute(_UPDATE))
    await connection.close()
    return seconds


async def _lockgate(url: str, how: str, connections: int) -> float:
    from lockgate import Runner

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "001_fill.py").write_text(_MIGRATION.format(how=_HOW[how]))
        async with Runner(url, directory=folder, environment="test") as runner:
            await runner.up()
            seconds = await _timed(lambda: runner.backfill(connections=connections))
    return seconds


async def _timed(work: Callable[[], Awaitable[Any]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


_WAYS: dict[str, Callable[[str, int], Awaitable[float]]] = {
    "asyncpg": lambda url, rows: _raw(url, rows, 1),
    "asyncpg-2": lambda url, rows: _raw(url, rows, 2),
    "at-once": _at_once,
    "lockgate": lambda url, _: _lockgate(url, "sql", 1),
    "lockgate-2": lambda url, _: _lockgate(url, "sql", 2),
    "lockgate-python": lambda url, _: _lockgate(url, "python", 1),
}


async def _main(url: str, contestant: str, rows: int) -> None:
    await _prepared(url, rows)
    seconds = await _WAYS[contestant](url, rows)
    await _checked(url, rows)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "memory": memory}))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
