"""Asks on the terminal, while no connection is open and no event loop runs: Ctrl-C at the prompt ends the process."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from lockgate.cli.failing import Interrupted
from lockgate.cli.output import is_terminal
from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


def can_ask() -> bool:
    """Whether somebody is there to read a question and to answer it."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def agreed(question: str, *, otherwise: str = "Nothing was changed.") -> bool:
    """Ask; whatever is not yes, an end of the input too, is no, to which `otherwise` is said.

    Raises:
        Interrupted: Ctrl-C or SIGTERM came instead of an answer.
    """
    with _interruptible():
        click.echo(f"{question} [y/N]: ", err=True, nl=False)
        answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        click.echo(err=True)
    if answer.strip().lower() in {"y", "yes"}:
        return True
    if otherwise:
        click.echo(otherwise, err=True)
    return False


def demand(question: str, changes: str) -> bool:
    """Ask before something is changed that cannot be taken back.

    Raises:
        SettingsError: nobody is there to be asked.
    """
    if not can_ask():
        raise SettingsError(
            f"This asks before it changes {changes}, and there is no terminal to ask on.", hint="Say --yes."
        )
    return agreed(question)


@contextmanager
def _interruptible() -> Iterator[None]:
    # SIGINT too: a shell's background job is started with it ignored, and whoever is asked must be able to leave.
    before = {number: signal.signal(number, _end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    click.echo(err=True)
    raise Interrupted(number)
