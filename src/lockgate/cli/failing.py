"""How a failure is shown: words on stderr, or one JSON document on stdout, and the exit status."""

from __future__ import annotations

import json
import signal as signals
from typing import TYPE_CHECKING

import click

from lockgate.errors import LockgateError, MigrationFailed

if TYPE_CHECKING:
    from lockgate.events import MigrationStopped

EXIT_OF_SIGNAL = 128


class Interrupted(Exception):
    """A signal ended the command; says what became of the migration that was running, and of those before it."""

    def __init__(self, signal: int, stopped: MigrationStopped | None, done: list[str]) -> None:
        self.signal = signal
        said = f"Ended by {signals.Signals(signal).name}."
        if stopped is not None:
            said += f" {stopped.name}: {stopped.outcome}."
        if done:
            said += f" Kept: {', '.join(done)}."
        super().__init__(said if stopped or done else f"{said} Nothing was run.")


def show_error(error: LockgateError, *, as_json: bool) -> int:
    """Show an error of Lockgate's own, and give its exit status."""
    if as_json:
        report = error.report if isinstance(error, MigrationFailed) else None
        document = report.as_json() if report else _error_json(error.kind, error.exit_code, error.message, error.hint)
        click.echo(json.dumps(document))
    click.echo(f"{click.style('Error:', fg='red', bold=True)} {error.message}", err=True)
    if error.hint:
        click.echo(f"{click.style('Hint:', fg='cyan', bold=True)} {error.hint}", err=True)
    return error.exit_code


def show_usage_error(error: click.ClickException, *, as_json: bool) -> int:
    """Show what click found wrong with the arguments, and give exit status 2."""
    if as_json:
        click.echo(json.dumps(_error_json("usage", 2, error.format_message(), "")))
    error.show()
    return 2


def _error_json(kind: str, exit_code: int, message: str, hint: str) -> dict[str, dict[str, str | int]]:
    return {"error": {"kind": kind, "exit": exit_code, "message": message, "hint": hint}}
