"""A backfill under concurrent writes whose process is killed again and again."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from backfills.tables import migration
from backfills.writers import writing

if TYPE_CHECKING:
    from conformance.bench import Bench, Database

pytestmark = pytest.mark.asyncio
_EVERYTHING = bool(os.environ.get("LOCKGATE_TEST_EVERYTHING"))
_ROWS, _KILLS, _SECONDS = (2_000_000, 5, 0.5) if _EVERYTHING else (60_000, 2, 0.05)
_TABLE = (
    "CREATE TABLE items (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER, times INTEGER NOT NULL DEFAULT 0,"
    " noise INTEGER NOT NULL DEFAULT 0)"
)
_NUMBERS = {
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) SELECT i, i % 1000 FROM n",
    "mariadb": "SELECT seq, seq % 1000 FROM seq_1_to_{0}",
    "mysql": "SELECT i, i % 1000 FROM"
    " JSON_TABLE(CONCAT('[0', REPEAT(',0', {0} - 1), ']'), '$[*]' COLUMNS (i FOR ORDINALITY)) n",
}
_IN_POSTGRESQL = "SELECT i, i % 1000 FROM generate_series(1, {0}) i"
_OLDEST = (
    "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float FROM pg_stat_activity"
    " WHERE application_name LIKE 'lockgate%' AND query LIKE '%UPDATE%items%'"
)


def _started(bench: Bench) -> subprocess.Popen[bytes]:
    words = ["backfill", "--database", bench.database.url, "-d", str(bench.files.folder), "--seconds", str(_SECONDS)]
    return subprocess.Popen([sys.executable, "-m", "lockgate", *words], stderr=subprocess.DEVNULL)


async def _rows_done(database: Database) -> int:
    return int((await database.rows("SELECT sum(rows_done) FROM schema_migrations_backfills"))[0][0])


async def _kill_on_the_way(bench: Bench) -> None:
    before = await _rows_done(bench.database)
    with _started(bench) as process:
        try:
            with anyio.fail_after(60):
                while await _rows_done(bench.database) <= before:
                    assert process.poll() is None, "it ended before it could be killed"
                    await anyio.sleep(0.001)
        finally:
            process.kill()
    assert await _rows_done(bench.database) < _ROWS, "it was over before it could be killed"


async def test_every_row_is_converted_once(bench: Bench, record_property: pytest.RecordProperty) -> None:
    database = bench.database
    numbers = _NUMBERS.get(database.engine, _IN_POSTGRESQL).format(_ROWS)
    await database.execute(
        f"{_TABLE}; INSERT INTO items (id, a) {numbers}; ANALYZE{' TABLE items' * database.is_mysql}"
    )
    bench.files.write(
        "001_fill.py", migration('set={"b": "a * 2", "times": "times + 1"}, later=True', attributes="x = 1")
    )
    await bench.up()
    oldest = 0.0

    async def watch() -> None:
        nonlocal oldest
        while database.is_postgresql:
            oldest = max(oldest, (await database.rows(_OLDEST))[0][0])
            await anyio.sleep(0.02)

    async with writing(database, _ROWS) as written, anyio.create_task_group() as group:
        group.start_soon(watch)
        for _ in range(_KILLS):
            await _kill_on_the_way(bench)
        with _started(bench) as process:
            assert await anyio.to_thread.run_sync(process.wait) == 0
        group.cancel_scope.cancel()
    told = f"p99 of {len(written.seconds)} writes {written.p99 * 1000:.1f} ms, longest {max(written.seconds) * 1000:.0f} ms"
    record_property("writers", f"{told}; oldest batch seen {oldest * 1000:.0f} ms")
    sys.stdout.write(
        f"\n{database.engine}: {_ROWS:,} rows, {_KILLS} kills: {told}; oldest batch {oldest * 1000:.0f} ms\n"
    )
    once = "SELECT count(*), min(times), max(times), sum(CASE WHEN b = a * 2 THEN 1 ELSE 0 END) FROM items WHERE a >= 0"
    assert await database.rows(once) == [(_ROWS, 1, 1, _ROWS)]
    # Those that came in front of the beginning are the application's own, but for what came before the first batch.
    inserted, most = (await database.rows("SELECT count(*), max(times) FROM items WHERE a < 0"))[0]
    assert (most or 0) <= 1
    assert _ROWS <= await _rows_done(database) <= _ROWS + inserted
    assert max(oldest, written.p99) < _SECONDS + 0.5
