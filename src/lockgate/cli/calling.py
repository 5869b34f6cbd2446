"""From a command to the Runner and back: the event loop, the signals, the log on stderr."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
import time
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from lockgate.cli.failing import Interrupted
from lockgate.cli.output import is_terminal
from lockgate.cli.progress import Progress
from lockgate.judging.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import FrameType

    from lockgate.cli.options import Shared

T = TypeVar("T")

_HEARING_SECONDS, _ENOUGH_SIGNALS = 0.1, 3


def call(
    shared: Shared,
    work: Callable[[Runner], Awaitable[T]],
    *,
    unsaid: str = "",
    shows: Callable[..., Progress] = Progress,
) -> T:
    """Do `work` with a runner made of the options; Ctrl-C and SIGTERM end it cleanly.

    What the logger `unsaid` has to tell is not shown: the command shows it itself. `shows` makes what is drawn on a terminal.

    Raises:
        LockgateError: whatever the work raises.
        Interrupted: a signal came.
    """
    config = shared.config()
    gc.enable()
    progress = shows(wanted=not (shared.as_json or shared.flag("quiet")) and is_terminal(sys.stderr))
    caught: list[int] = []

    async def within() -> list[T]:
        results: list[T] = []
        with anyio.CancelScope() as scope, _heard(caught, scope.cancel):
            async with Runner(config=config, on_event=progress) as runner:
                results.append(await work(runner))
        return results

    # Models and migrations may print, and stdout is for the document.
    printing = redirect_stdout(sys.stderr) if shared.as_json else nullcontext()
    with _log_to_stderr(shared, progress, unsaid), printing:
        try:
            results = anyio.run(within)
        except KeyboardInterrupt:
            results = []
    if results:
        return results[0]
    number = caught[0] if caught else signal.SIGINT
    raise Interrupted(number, *progress.interrupted(signal.Signals(number).name))


@contextmanager
def _heard(caught: list[int], cancel: Callable[[], object]) -> Iterator[None]:
    """Cancel at the first signal; at a later one, break off what does not await, or what undoes for too long.

    An exception out of nowhere may hit whatever is being undone, so none is raised as long as the loop may still hear.
    """
    loop = asyncio.get_running_loop()
    reached, began = list[bool](), list[float]()

    def stop() -> None:
        reached.append(True)
        cancel()

    def hear(number: int, _frame: FrameType | None) -> None:
        first = not caught  # asked before anything else: another signal may come between any two of these lines
        caught.append(number)
        began.append(time.monotonic())
        if first:
            loop.call_soon_threadsafe(stop)
        elif (not reached and began[-1] - began[0] > _HEARING_SECONDS) or len(caught) > _ENOUGH_SIGNALS:
            raise KeyboardInterrupt

    before: dict[signal.Signals, Any] = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.getsignal(number)
        # It wakes the loop: a signal that comes just before the loop waits for events is not noticed until the next one.
        with suppress(NotImplementedError):  # Windows, where the loop wakes at every signal by itself
            loop.add_signal_handler(number, lambda: None)
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            # What was to be undone is undone: another signal may end the process as it likes.
            signal.signal(number, signal.SIG_DFL if caught else handler)


@contextmanager
def _log_to_stderr(shared: Shared, progress: Progress, unsaid: str) -> Iterator[None]:
    handler = _Stderr(progress)
    handler.addFilter(lambda record: record.name != unsaid)
    handler.setLevel(logging.WARNING if shared.flag("quiet") else logging.INFO)
    logger = logging.getLogger("lockgate")
    before = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    if shared.flag("verbose"):
        handler.setLevel(logging.DEBUG)
        logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        progress.close()
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]  # whoever calls it from a program of their own logs on as before


class _Stderr(logging.Handler):
    """Lines on stderr, coloured on a terminal only; while the bar is drawn, warnings only."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        warning = record.levelno >= logging.WARNING
        if warning or not self._progress.is_drawn or self.level == logging.DEBUG:
            try:
                self._progress.say(self.format(record), warning=warning)
            except OSError:
                self.setLevel(logging.CRITICAL + 1)  # nobody is there to read; the run goes on
