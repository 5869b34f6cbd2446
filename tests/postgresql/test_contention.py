"""Others hold the locks that a migration needs: it waits a little, lets the traffic pass, tries again, and names them."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lockgate import MigrationFailed
from lockgate.events import HeldUp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

SQL = "ALTER TABLE t ADD COLUMN b integer;"
KINDS = {
    "a file": ("002_alter.sql", SQL),
    "a file that keeps steps": ("002_alter.sql", f"-- migrate:up transaction:false\n{SQL}\n"),
    "verbs": ("002_alter.py", "await self.db.add_column('t', sa.Column('b', sa.Integer))"),
    "SQLAlchemy": ("002_alter.py", f"await self.db.connection.execute(sa.text({SQL!r}))"),
    "an index built concurrently": (
        "002_alter.sql",
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON t (a);\n",
    ),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def _write(bench: Bench, kind: str) -> str:
    bench.files.write("001_table.sql", "CREATE TABLE t (a integer); CREATE TABLE u (a integer);")
    name, text = KINDS[kind]
    if name.endswith(".py"):
        bench.files.python(name, text)
    else:
        bench.files.write(name, text)
    return name


@asynccontextmanager
async def _holding(bench: Bench) -> AsyncIterator[Any]:
    """A session with an open transaction that has written to the table."""
    async with bench.database.connection() as other:  # type: ignore[attr-defined]
        await other.execute("SET application_name = 'the culprit'; BEGIN; INSERT INTO t SELECT 1 WHERE 'secret' <> ''")
        yield other
        await other.execute("ROLLBACK")


@kinds
async def test_who_is_in_the_way_is_named_in_the_end(bench: Bench, kind: str) -> None:
    name = _write(bench, kind)
    async with bench.runner() as runner:
        await runner.up(steps=1)
        async with _holding(bench), bench.runner(ddl_lock_timeout=0.1, lock_timeout=0.5) as hasty:
            with pytest.raises(MigrationFailed, match=r"in the way: pid \d+ \(the culprit") as raised:
                await hasty.up()
        assert raised.value.name == name
        assert "idle in transaction since" in raised.value.message
        assert "INSERT INTO t SELECT 1 WHERE '…' <> '…'" in raised.value.message
        assert "secret" not in str(raised.value)
        assert "LOCKGATE_DDL_LOCK_TIMEOUT" in raised.value.hint
        columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0"
        assert await bench.database.rows(columns) == [(1,)]
        assert (await runner.up()).names == (name,)


@kinds
async def test_it_is_tried_again_until_the_way_is_free(bench: Bench, kind: str) -> None:
    name = _write(bench, kind)
    events: list[Any] = []
    held_up = asyncio.Event()

    def hear(event: Any) -> None:
        if isinstance(event, HeldUp):
            events.append(event)
            held_up.set()

    async with bench.runner(ddl_lock_timeout=0.1, lock_timeout=20, on_event=hear) as runner:
        await runner.up(steps=1)
        async with _holding(bench):
            running = asyncio.create_task(runner.up())
            await asyncio.wait_for(held_up.wait(), 20)
        assert (await running).names == (name,)
    assert events[0].name == name
    assert "the culprit" in events[0].blockers[0]


async def test_between_two_tries_the_traffic_passes(bench: Bench) -> None:
    """A waiting ALTER holds up every reader who comes after it; none of them waits longer than one try."""
    _write(bench, "a file")
    async with bench.runner(ddl_lock_timeout=0.3, lock_timeout=3) as runner:
        await runner.up(steps=1)
        async with _holding(bench), bench.database.connection() as reader:  # type: ignore[attr-defined]
            running = asyncio.create_task(runner.up())
            longest, ends = 0.0, time.monotonic() + 2
            while time.monotonic() < ends:
                started = time.monotonic()
                await reader.fetch("SELECT * FROM t")
                longest = max(longest, time.monotonic() - started)
                await asyncio.sleep(0.01)
        await running
    assert 0.05 < longest < 1


async def test_a_deadlock_is_tried_again(bench: Bench) -> None:
    _write(bench, "a file")
    bench.files.write("002_alter.sql", "LOCK TABLE t; SELECT pg_sleep(0.3); LOCK TABLE u;")
    async with bench.runner(ddl_lock_timeout=20) as runner:
        await runner.up(steps=1)
        async with bench.database.connection() as other:  # type: ignore[attr-defined]
            await other.execute("SET deadlock_timeout = '10s'; BEGIN; LOCK TABLE u")
            running = asyncio.create_task(runner.up())
            await asyncio.sleep(0.15)
            await other.execute("LOCK TABLE t")
            await other.execute("COMMIT")
        assert (await running).names == ("002_alter.sql",)


async def test_a_migration_says_for_itself_how_long_it_waits(bench: Bench) -> None:
    _write(bench, "a file")
    bench.files.write("002_alter.sql", f"SET lock_timeout = '10s'; {SQL}")
    events: list[Any] = []
    async with bench.runner(ddl_lock_timeout=0.1, on_event=events.append) as runner:
        await runner.up(steps=1)
        async with _holding(bench):
            running = asyncio.create_task(runner.up())
            await asyncio.sleep(0.6)
        await running
    assert not any(isinstance(event, HeldUp) for event in events)


async def test_what_an_index_that_waits_too_long_leaves_is_removed_by_the_next_run(bench: Bench) -> None:
    """While the other transaction is open, nobody can drop it."""
    _write(bench, "an index built concurrently")
    invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    async with bench.runner(ddl_lock_timeout=0.05, lock_timeout=0.5) as runner:
        await runner.up(steps=1)
        async with _holding(bench):
            with pytest.raises(MigrationFailed, match="in the way"):
                await runner.up()
            assert await bench.database.rows(invalid) == [(1,)]
            assert await bench.journal() == [("002_alter.sql", "up", 1, "started")]
        assert (await runner.up()).names == ("002_alter.sql",)
    assert await bench.database.rows(invalid) == [(0,)]
    assert await bench.journal() == []


async def test_a_statement_that_only_takes_long_is_not_held_up(bench: Bench) -> None:
    bench.files.write("001_slow.sql", "-- migrate:up transaction:false\nSELECT pg_sleep(0.5);\nVACUUM;\n")
    events: list[Any] = []
    async with bench.runner(ddl_lock_timeout=0.05, on_event=events.append) as runner:
        assert (await runner.up()).names == ("001_slow.sql",)
    assert not any(isinstance(event, HeldUp) for event in events)
