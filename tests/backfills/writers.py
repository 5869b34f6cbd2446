"""An application that writes while a table is filled, and measures how long each write takes."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import time
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from conformance.bench import Database

_PAUSE = 0.003
_PATIENCE = 30.0


class Written(NamedTuple):
    """How long each write took, in seconds."""

    seconds: list[float]

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.seconds, n=100)[-1]


@asynccontextmanager
async def writing(database: Database, rows: int, workers: int = 2) -> AsyncIterator[Written]:
    """Change rows anywhere in the table, and insert some at its beginning, until the block ends."""
    written = Written([])
    number = iter(range(1, 10**9))

    async def work() -> None:
        async with _executing(database) as execute:
            while True:
                if random.random() < 0.1:
                    statement = f"INSERT INTO items (id, a) VALUES ({-next(number)}, -1)"
                else:
                    statement = f"UPDATE items SET noise = noise + 1 WHERE id = {random.randint(1, rows)}"
                began = time.perf_counter()
                await execute(statement)
                written.seconds.append(time.perf_counter() - began)
                await anyio.sleep(_PAUSE)

    async with anyio.create_task_group() as group:
        for _ in range(1 if database.engine == "sqlite" else workers):
            group.start_soon(work)
        yield written
        group.cancel_scope.cancel()


@asynccontextmanager
async def _executing(database: Any) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    if database.engine != "sqlite":
        async with database.connection() as connection:
            yield getattr(connection, database.driver_call)
        return
    opening = sqlite3.connect(database.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    with closing(opening) as connection:

        async def execute(statement: str) -> None:
            # A thread that is left behind would write on after the test.
            with anyio.CancelScope(shield=True):
                await asyncio.to_thread(connection.execute, statement)

        yield execute
