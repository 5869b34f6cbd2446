"""What the commands print of many targets: words for people, or the JSON document of the contract."""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING, Self

import click

from lockgate.cli.output import say, say_json
from lockgate.cli.words import COLOURS
from lockgate.fleets.outcomes import Standing

if TYPE_CHECKING:
    from types import TracebackType

    from lockgate.cli.options import Shared
    from lockgate.fleets.outcomes import FleetEvent, FleetReport, FleetStatus, Group


class Rows:
    """The rows of a status as they come, on the disk: there may be more than memory is to hold."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - it is closed on leaving

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def __call__(self, event: FleetEvent) -> None:
        """Hear of one target."""
        if isinstance(event, Standing):
            separator = ",\n" if self._file.tell() else "\n"
            self._file.write(f"{separator}    {json.dumps(event.as_json())}")

    def say(self, status: FleetStatus) -> None:
        """Print the document: a row for each target, and the summary."""
        self._file.seek(0)
        click.echo('{\n  "targets": [', nl=False)
        for row in self._file:
            click.echo(row, nl=False)
        summary = [group.as_json() for group in status.groups]
        say(f'\n  ],\n  "count": {status.targets},\n  "summary": {json.dumps(summary)}\n}}')


def show_fleet(report: FleetReport, shared: Shared) -> None:
    """What a run over a fleet did; the failures were told as they came, and are listed once more."""
    if shared.as_json:
        say_json(report.as_json())
        return
    if not shared.flag("quiet"):
        many = f"{report.migrations} migration{'s' * (report.migrations != 1)}"
        current = f"; nothing to apply to {report.current}" if report.current else ""
        say(f"Applied {many} to {_targets(report.applied)} in {report.seconds:.2f} s{current}.")
    if report.failed:
        say(f"{click.style('Failed', fg='red', bold=True)}: {_targets(len(report.failed))}.")
    for one in report.failed:
        say(f"  {one.target}: {_first_line(one.error.message if one.error else '')}")
    for one in report.locked:
        say(f"  {one.target}: still locked by {one.holder or 'another connection'}")
    if report.stopped:
        say(f"Stopped, because {report.stopped}: {_targets(report.untouched)} not begun.")
    if report.failed or report.locked or report.untouched:
        say("The same command goes on with those that are not done.")


def show_fleet_status(status: FleetStatus, shared: Shared, rows: Rows) -> None:
    """How many targets stand at which migration, and which are in trouble."""
    if shared.as_json:
        rows.say(status)
        return
    say(f"{_targets(status.targets)}")
    for group in status.groups:
        say(f"{group.targets:>7}  {_stands(group)}")
    for one in status.troubled:
        why = _first_line(one.error.message) if one.error else "; ".join(one.problems)
        say(f"{click.style('!', fg='red', bold=True)} {one.target}: {why}")


def _stands(group: Group) -> str:
    if group.state is None:
        return click.style("cannot be read", fg="red", bold=True)
    state = click.style(group.state.value, fg=COLOURS[group.state], bold=True)
    pending = f", {group.pending} pending" if group.pending else ""
    return f"{state} at {group.at or 'nothing applied'}{pending}"


def _targets(number: int) -> str:
    return f"{number} target{'' if number == 1 else 's'}"


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
