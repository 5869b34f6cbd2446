"""A start that ends when the server is told to stop, however long it would have waited or migrated."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import FrameType

T = TypeVar("T")


async def until_stopped(work: Callable[[], Awaitable[T]]) -> T:
    """Do `work`; cancel it at SIGTERM or SIGINT, which the server's own handler hears first.

    uvicorn only notes a signal that comes before its lifespan has started, and waits for the start to end.

    Raises:
        LockgateError: a signal came, and the work was cancelled.
    """
    results: list[T] = []
    with anyio.CancelScope() as scope, _heard(scope.cancel) as caught:
        results.append(await work())
    if results:
        return results[0]
    raise LockgateError(
        f"The start was ended by {' and '.join(caught)}.",
        hint="What is recorded as applied is kept; what ran was undone as far as its transaction went.",
    )


@contextmanager
def _heard(cancel: Callable[[], object]) -> Iterator[list[str]]:
    """Hear the signals that the server handles in Python, and pass them on; others end the process by themselves."""
    caught: list[str] = []
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    ours = {
        number: _passing_on(handler, caught, loop, cancel) for number, handler in before.items() if _is_theirs(handler)
    }
    for number, hear in ours.items():
        signal.signal(number, hear)
    try:
        yield caught
    finally:
        for number, hear in ours.items():
            if signal.getsignal(number) is hear:
                signal.signal(number, before[number])


def _is_theirs(handler: Any) -> bool:
    # Without a server, Ctrl-C raises KeyboardInterrupt or cancels the main task, which ends the start as well.
    return callable(handler) and handler is not signal.default_int_handler


def _passing_on(
    handler: Any, caught: list[str], loop: asyncio.AbstractEventLoop, cancel: Callable[[], object]
) -> Callable[[int, FrameType | None], None]:
    def hear(number: int, frame: FrameType | None) -> None:
        caught.append(signal.Signals(number).name)
        loop.call_soon_threadsafe(cancel)
        handler(number, frame)

    return hear
