"""Files that are run on one visit to the driver's thread, each in a transaction of its own that others may come before."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from lockgate import HistoryError
from lockgate.events import LockAwaited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from conformance.bench import Bench
    from lockgate import Runner

pytestmark = pytest.mark.asyncio

_RECORD = (
    "INSERT INTO schema_migrations (name, hash, applied_at, batch_no)"
    " SELECT '{name}', '{hash}', applied_at, 1 FROM schema_migrations LIMIT 1"
)


@asynccontextmanager
async def _interrupted(
    bench: Bench, act: Callable[[sqlite3.Connection], object], **settings: Any
) -> AsyncIterator[Runner]:
    """A runner before whose second transaction another connection does something."""
    engine = create_async_engine(bench.database.url.replace("sqlite:", "sqlite+aiosqlite:"))
    path = bench.database.path  # type: ignore[attr-defined]
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    begun = []

    def hear(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            begun.append(statement)
            if len(begun) == 2:
                act(other)

    @event.listens_for(engine.sync_engine, "connect")
    def listen(connection: Any, _record: object) -> None:
        connection.driver_connection._conn.set_trace_callback(hear)

    async with bench.runner(engine, **settings) as runner:
        yield runner
    await engine.dispose()
    other.close()
    assert len(begun) >= 2


async def test_one_that_writes_in_between_is_waited_for(bench: Bench) -> None:
    bench.files.tables(3)
    told: list[object] = []

    def write(other: sqlite3.Connection) -> None:
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.3, other.execute, ("COMMIT",)).start()

    async with _interrupted(bench, write, on_event=told.append) as runner:
        report = await runner.up()
        assert report.names == (await runner.history()).names
    assert (len(report.names), report.batch_no) == (3, 1)
    assert any(isinstance(one, LockAwaited) for one in told)


async def test_what_another_runner_has_done_in_between_is_not_done_again(bench: Bench) -> None:
    bench.files.tables(3)

    def do_the_second(other: sqlite3.Connection) -> None:
        other.execute("CREATE TABLE t2 (id INTEGER)")
        digest = hashlib.sha256((bench.files.folder / "002_t2.sql").read_bytes()).hexdigest()
        other.execute(_RECORD.format(name="002_t2.sql", hash=digest))

    async with _interrupted(bench, do_the_second) as runner:
        assert (await runner.up()).names == ("001_t1.sql", "003_t3.sql")
        assert (await runner.history()).names == ("001_t1.sql", "002_t2.sql", "003_t3.sql")


async def test_what_newer_code_has_done_in_between_stops_the_run_and_what_was_done_is_told(bench: Bench) -> None:
    bench.files.tables(3)

    gone = _RECORD.format(name="0_gone.sql", hash="0" * 64)
    async with _interrupted(bench, lambda other: other.execute(gone)) as runner:
        with pytest.raises(HistoryError, match=r"0_gone\.sql is applied, but its file is gone") as raised:
            await runner.up()
    assert "001_t1.sql" in raised.value.message
    assert await bench.database.tables() == {"t1"}
