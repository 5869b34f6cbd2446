"""Batches behind a transaction pooler, where each may reach another server process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backfills.tables import COMPOSITE, IN_PYTHON, IN_SQL, SUM, filled, migration

if TYPE_CHECKING:
    from pooled.conftest import PooledBench

_ROWS = 5_500


@pytest.mark.asyncio
@pytest.mark.parametrize("how", [IN_SQL, IN_PYTHON], ids=["sql", "python"])
async def test_every_row_is_filled_once(bench: PooledBench, how: str) -> None:
    await filled(bench.database, COMPOSITE, _ROWS)
    bench.files.write("001_fill.py", migration(how))
    bench.files.write("002_fill.py", migration(f"{how}, later=True", attributes="x = 1"))
    async with bench.runner() as runner:
        await runner.up()
        assert await bench.database.rows(SUM) == [(_ROWS, _ROWS, 1, 1, _ROWS)]
        await runner.backfill(connections=3)
    assert await bench.database.rows(SUM) == [(_ROWS, _ROWS, 2, 2, _ROWS)]
