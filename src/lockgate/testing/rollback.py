"""A transaction around a test, which nothing in the test can commit unnoticed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_HINT = 'Commit sessions made with join_transaction_mode="create_savepoint", or blocks of begin_nested().'


@asynccontextmanager
async def rolled_back(source: Any, url: str) -> AsyncIterator[Any]:
    """A connection of the source, or one made for the block, within a transaction that is undone.

    Raises:
        LockgateError: the transaction was committed.
    """
    if source is None:
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - a pool needs no SQLAlchemy
        from sqlalchemy.pool import NullPool  # noqa: PLC0415 - as above

        engine = create_async_engine(url, poolclass=NullPool)
        async with _of_engine(engine) as connection:
            yield connection
    elif hasattr(source, "sync_engine"):
        async with _of_engine(source) as connection:
            yield connection
    else:
        async with _of_pool(source) as connection:
            yield connection


@asynccontextmanager
async def _of_engine(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    from sqlalchemy import event  # noqa: PLC0415 - as above

    async with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Else the driver begins with the first INSERT, and a savepoint before it would commit when it is released.
            await connection.exec_driver_sql("BEGIN")
        transaction = await connection.begin() if not connection.in_transaction() else connection.get_transaction()
        event.listen(connection.sync_connection, "commit", _refuse)
        try:
            yield connection
        finally:
            if transaction is not None and transaction.is_active:
                await transaction.rollback()


def _refuse(_: Any) -> None:
    raise LockgateError("This commit would end the transaction that is to be rolled back after the test.", hint=_HINT)


@asynccontextmanager
async def _of_pool(pool: Any) -> AsyncIterator[Any]:
    async with pool.acquire() as connection:
        await connection.execute("BEGIN")
        try:
            yield connection
        finally:
            ended = not connection.is_in_transaction()
            if not ended:
                await connection.execute("ROLLBACK")
        if ended:
            raise LockgateError("The transaction that was to be rolled back was ended within the test.", hint=_HINT)
