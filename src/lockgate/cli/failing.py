"""How a failure is shown: words on stderr, or one JSON document on stdout, and the exit status."""

from __future__ import annotations

import signal as signals
from typing import TYPE_CHECKING, Any

import click

from lockgate.cli.output import say, say_json
from lockgate.errors import LockgateError, MigrationFailed

if TYPE_CHECKING:
    from lockgate.nouns.reports import RunReport

_EXIT_OF_SIGNAL = 128


class Interrupted(Exception):
    """A signal ended the command; `report` and `words` say what became of the run, where one had begun."""

    def __init__(self, signal: int, report: RunReport | None = None, words: str = "Nothing was run.") -> None:
        self.exit_code = _EXIT_OF_SIGNAL + signal
        self.report = report
        super().__init__(f"Ended by {signals.Signals(signal).name}. {words}")


def show_error(error: LockgateError, *, as_json: bool) -> int:
    """Show an error of Lockgate's own, and give its exit status."""
    report = error.report if isinstance(error, MigrationFailed) else None
    if as_json:
        _show_json(report, error.kind, error.exit_code, error.message, error.hint)
    _show_words(error.message, error.hint)
    return error.exit_code


def show_interruption(error: Interrupted, *, as_json: bool) -> int:
    """Show which signal ended the command and what was undone and kept, and give its exit status."""
    if as_json:
        _show_json(error.report, "interrupted", error.exit_code, str(error), "")
    say(str(error), err=True)
    return error.exit_code


def show_usage_error(error: click.ClickException, *, as_json: bool) -> int:
    """Show what is wrong with the arguments, and give exit status 2."""
    if as_json:
        _show_json(None, "usage", 2, error.format_message(), "")
    context = error.ctx if isinstance(error, click.UsageError) else None
    usage = f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n\n" if context else ""
    _show_words(error.format_message(), "", before=usage)
    return 2


def _show_words(message: str, hint: str, *, before: str = "") -> None:
    say(f"{before}{click.style('Error:', fg='red', bold=True)} {message}", err=True)
    if hint:
        say(f"{click.style('Hint:', fg='cyan', bold=True)} {hint}", err=True)


def _show_json(report: RunReport | None, kind: str, exit_code: int, message: str, hint: str) -> None:
    fault: dict[str, Any] = {"kind": kind, "exit": exit_code, "message": message, "hint": hint}
    say_json(report.as_json() if report else {"error": fault})
