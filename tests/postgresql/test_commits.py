"""Files that travel together wait for the disk once; what is told is on it."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from lockgate import MigrationFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Bench

pytestmark = [pytest.mark.asyncio, pytest.mark.xdist_group("wal writer")]

_LAZY = ("wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'")


@asynccontextmanager
async def _lazy_writer(connection: Any) -> AsyncIterator[None]:
    """A server that waits for the disk at a commit, and whose WAL writer is too slow to do it instead."""
    try:
        for setting in _LAZY:
            await connection.execute(f"ALTER SYSTEM SET {setting}")
        await connection.execute("SELECT pg_reload_conf()")
        named = await connection.fetchval("SELECT quote_ident(current_database())")
        await connection.execute(f"ALTER DATABASE {named} SET synchronous_commit = on")
        yield
    finally:
        for setting in _LAZY:
            await connection.execute(f"ALTER SYSTEM RESET {setting.split()[0]}")
        await connection.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize("last", ["CREATE TABLE t9 (a integer)", "SELECT nope"])
async def test_whatever_is_told_to_be_applied_is_on_the_disk(bench: Bench, last: str) -> None:
    for number in range(1, 9):
        bench.files.write(f"{number:03}_t.sql", f"CREATE TABLE t{number} (a integer)")
    bench.files.write("009_last.sql", last)
    async with bench.database.connection() as connection, _lazy_writer(connection), bench.runner() as runner:
        with suppress(MigrationFailed):
            await runner.up()
        # Asked for by itself: to read the rows would write WAL of its own.
        not_on_disk = await connection.fetchval("SELECT pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn()")
        applied = await connection.fetchval("SELECT count(*) FROM schema_migrations")
    assert (not_on_disk, applied) == (0, 9 if last.startswith("CREATE") else 8)
