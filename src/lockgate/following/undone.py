"""Work on a session that leaves nothing behind."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lockgate.dialects.seam import Session

_SECONDS = 10.0


@asynccontextmanager
async def undone(session: Session) -> AsyncIterator[None]:
    """A transaction that is rolled back, or within one that is open a savepoint that is rolled back to."""
    if session.in_transaction:
        await session.submit(["SAVEPOINT lockgate_undone"], None)
        ending = ["ROLLBACK TO SAVEPOINT lockgate_undone", "RELEASE SAVEPOINT lockgate_undone"]
    else:
        await session.begin(None)
        ending = []
    try:
        yield
    finally:
        with anyio.move_on_after(_SECONDS, shield=True):
            session.discard()
            if ending:
                await session.submit(ending, None)
                await session.flush()
            else:
                await session.rollback()
