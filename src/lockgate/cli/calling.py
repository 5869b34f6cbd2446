"""From a command to the Runner and back: the event loop, the signals, the log on stderr."""

from __future__ import annotations

import logging
import signal
import sys
from typing import TYPE_CHECKING, TypeVar

import anyio
import click

from lockgate.cli.failing import Interrupted
from lockgate.cli.progress import Progress
from lockgate.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lockgate.cli.options import Shared

T = TypeVar("T")


def call(shared: Shared, work: Callable[[Runner], Awaitable[T]]) -> T:
    """Do `work` with a runner made of the options; Ctrl-C and SIGTERM end it cleanly.

    Raises:
        LockgateError: whatever the work raises.
        Interrupted: a signal came.
    """
    config = shared.config()
    handler = _log_to_stderr(shared)
    progress = Progress(handler, wanted=not (shared.as_json or shared.flag("quiet")) and sys.stderr.isatty())

    async def within() -> T:
        async with Runner(config=config, on_event=progress) as runner:
            return await work(runner)

    try:
        return anyio.run(_until_signal, within, progress)
    finally:
        progress.close()
        logging.getLogger("lockgate").removeHandler(handler)


async def _until_signal(work: Callable[[], Awaitable[T]], progress: Progress) -> T:
    results: list[T] = []
    errors: list[Exception] = []
    caught: list[int] = []

    async with anyio.create_task_group() as group:

        async def watch() -> None:
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
                async for number in received:
                    caught.append(number)
                    group.cancel_scope.cancel()
                    return

        if sys.platform != "win32":
            group.start_soon(watch)
        try:
            results.append(await work())
        except Exception as error:  # raised below, outside the group, which would wrap it
            errors.append(error)
        group.cancel_scope.cancel()
    if errors:
        raise errors[0]
    if caught and not results:
        raise Interrupted(caught[0], progress.stopped, progress.done)
    return results[0]


def _log_to_stderr(shared: Shared) -> logging.Handler:
    handler = _Stderr()
    handler.setLevel(logging.WARNING if shared.flag("quiet") else logging.INFO)
    logger = logging.getLogger("lockgate")
    logger.setLevel(logging.INFO)
    if shared.flag("verbose"):
        handler.setLevel(logging.DEBUG)
        logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    logger.propagate = False
    return handler


class _Stderr(logging.Handler):
    """Lines on stderr, coloured on a terminal only."""

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        warning = record.levelno >= logging.WARNING
        click.echo(click.style(f"Warning: {text}", fg="yellow") if warning else text, err=True)
