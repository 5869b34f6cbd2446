"""Somebody holds a row for long: the batch lets go of what it has, so that nobody waits for it longer than it may."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from backfills.tables import IN_SQL, SINGLE, SUM, filled, migration
from lockgate import LockgateError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio
_ROWS = 2_000


@asynccontextmanager
async def _holding(database: Any, number: int) -> AsyncIterator[None]:
    async with database.connection() as connection:
        say = getattr(connection, database.driver_call)
        await say("BEGIN")
        await say(f"UPDATE items SET a = a WHERE id = {number}")
        yield
        await say("ROLLBACK")


@pytest.mark.parametrize("engine", ["postgresql-18", "mariadb"], indirect=True)
async def test_the_batch_lets_go(bench: Bench) -> None:
    database: Any = bench.database
    await filled(database, SINGLE, _ROWS)
    bench.files.write("001_fill.py", migration(f"{IN_SQL}, later=True", attributes="x = 1"))
    waits: list[float] = []

    async def write() -> None:
        async with database.connection() as connection:
            while True:
                began = time.perf_counter()
                await getattr(connection, database.driver_call)("UPDATE items SET a = a WHERE id = 1")
                waits.append(time.perf_counter() - began)
                await anyio.sleep(0.01)

    async with bench.runner(lock_timeout=0.5) as runner:
        await runner.up()
        async with _holding(database, 401), anyio.create_task_group() as group:
            group.start_soon(write)
            with pytest.raises(LockgateError, match=r"others were in the way of the next batch for 0.5 s"):
                await runner.backfill(seconds=0.1)
            group.cancel_scope.cancel()
        assert len(waits) > 5
        assert max(waits) < 0.1 + 0.3
        ((done,),) = await database.rows("SELECT sum(times) FROM items")
        assert done < _ROWS
        await runner.backfill()
    assert await database.rows(SUM) == [(_ROWS, _ROWS, 1, 1, _ROWS)]
