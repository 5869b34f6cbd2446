"""Behind a transaction pooler a search_path is nobody's own, so a schema is refused there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import Fleet, SettingsError

if TYPE_CHECKING:
    from pooled.conftest import PooledBench


@pytest.mark.asyncio
async def test_a_schema_is_refused_and_a_database_is_migrated(bench: PooledBench) -> None:
    names = bench.files.tables(2)
    await bench.database.execute("CREATE SCHEMA acme")
    targets = ["schema:acme", bench.pooled_url]
    # One after the other: whatever the first set, the second would have from the pooler.
    report = await Fleet(targets, concurrency=1, database_url=bench.pooled_url, directory=bench.files.folder).up()
    (refused,) = report.failed
    assert refused.target == "schema:acme"
    assert isinstance(refused.error, SettingsError)
    assert "LOCKGATE_DIRECT_URL" in refused.error.hint
    assert await bench.names() == names
