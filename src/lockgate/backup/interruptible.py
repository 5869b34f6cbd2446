"""Blocking work in a thread that ends when its caller is cancelled, and is waited for."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def in_thread(work: Callable[[Event], T]) -> T:
    """Do `work` in a thread; it is given an event, and is to end early once that is set.

    The caller never goes on while the thread still works on its files, however it was cancelled.
    """
    stop, ended = Event(), anyio.Event()
    results, errors = list[T](), list[Exception]()

    async def working() -> None:
        with anyio.CancelScope(shield=True):
            try:
                results.append(await anyio.to_thread.run_sync(work, stop))
            except Exception as error:
                errors.append(error)
        ended.set()

    async with anyio.create_task_group() as group:
        group.start_soon(working)
        try:
            await ended.wait()
        except BaseException:
            stop.set()
            raise
    if errors:
        raise errors[0]
    return results[0]
