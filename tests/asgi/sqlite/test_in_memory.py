"""A database that is in memory is migrated where the application has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from asgi.driver import bare, served
from lockgate import LockgateMiddleware

if TYPE_CHECKING:
    from conformance.bench import Bench


@pytest.mark.asyncio
async def test_a_database_in_memory_is_migrated_where_the_application_has_it(
    bench: Bench, metadata: sa.MetaData
) -> None:
    bench.files.tables(2)
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    app = LockgateMiddleware(
        bare, engine, directory=bench.files.folder, models=metadata, environment="development", force_migration=True
    )
    for _ in range(2):
        async with served(app), engine.begin() as connection:
            await connection.execute(sa.insert(metadata.tables["books"]).values(name="one"))
            await connection.execute(sa.text("SELECT * FROM t1"))
    async with engine.connect() as connection:
        assert (await connection.execute(sa.text("SELECT count(*) FROM books"))).scalar() == 2
    await engine.dispose()
