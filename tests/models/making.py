"""Makes models on a real database: as SQLAlchemy does, and as Lockgate's statements do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.ext.asyncio import create_async_engine

from lockgate.models.creation import create_statements
from lockgate.models.metadata import load_models

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

    from conformance.bench import Database


def dialect_of(version: int | None) -> Dialect:
    if version is None:
        return SQLiteDialect()
    dialect = PGDialect(paramstyle="named")
    dialect.server_version_info = (version,)
    dialect.supports_virtual_generated_columns = version >= 18
    return dialect


async def dialect_for(database: Database) -> Dialect:
    if not database.is_postgresql:
        return dialect_of(None)
    (row,) = await database.rows("SHOW server_version_num")
    return dialect_of(int(row[0]) // 10_000)


async def create_all(database: Database, metadata: sa.MetaData, schemas: dict[str | None, str]) -> None:
    url = database.url.replace("postgresql:", "postgresql+asyncpg:").replace("sqlite:", "sqlite+aiosqlite:")
    engine = create_async_engine(url, poolclass=sa.NullPool)
    engine.dialect._supports_create_index_concurrently = False
    try:
        async with engine.begin() as connection:
            if schemas:
                await connection.execution_options(schema_translate_map=dict(schemas))
            await connection.run_sync(metadata.create_all)
    finally:
        await engine.dispose()


async def both(
    database: Database, beside: Database, metadata: sa.MetaData, schemas: dict[str | None, str], before: str = ""
) -> tuple[Any, Any]:
    """The catalogs that the real `create_all` and the statements make."""
    await database.execute(before or "SELECT 1")
    await beside.execute(before or "SELECT 1")
    await create_all(database, metadata, schemas)
    statements = create_statements(load_models(metadata), await dialect_for(beside), schemas=schemas)
    await beside.execute(";\n".join(statements))
    return await database.catalog(), await beside.catalog()
