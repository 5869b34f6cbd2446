"""Waits for what nobody tells of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PATIENCE: Final = 60.0


async def until(seen: Callable[[], Awaitable[object]]) -> None:
    """Look again and again until something is so.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(PATIENCE):
        while not await seen():  # noqa: ASYNC110 - a server's catalog, another process's file
            await asyncio.sleep(0.01)
