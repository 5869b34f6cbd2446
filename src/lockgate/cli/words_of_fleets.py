"""What the commands print of many targets: words for people, or the JSON document of the contract."""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING, Final, Self

import click

from lockgate.cli.output import say, say_json
from lockgate.cli.words import COLOURS
from lockgate.fleets.filled import Filled
from lockgate.fleets.outcomes import Planned, Standing
from lockgate.narration import counted_rows
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from types import TracebackType

    from lockgate.cli.options import Shared
    from lockgate.fleets.filled import FleetBackfill
    from lockgate.fleets.outcomes import Alike, FleetEvent, FleetPlan, FleetReport, FleetStatus, Group
    from lockgate.fleets.provisioning import Provisioned


class Rows:
    """The rows of a status, a plan or backfills as they come, on the disk: there may be more than memory is to hold."""

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
        if isinstance(event, Standing | Planned | Filled):
            separator = ",\n" if self._file.tell() else "\n"
            self._file.write(f"{separator}    {json.dumps(event.as_json())}")

    def say(self, count: int, **more: object) -> None:
        """Print the document: a row for each target, how many they are, and what is said of all."""
        self._file.seek(0)
        click.echo('{\n  "targets": [', nl=False)
        for row in self._file:
            click.echo(row, nl=False)
        said = "".join(f",\n  {json.dumps(name)}: {json.dumps(value)}" for name, value in more.items())
        say(f'\n  ],\n  "count": {count}{said}\n}}')


def show_fleet(report: FleetReport, shared: Shared) -> None:
    """What a run over a fleet did; the failures were told as they came, and are listed once more."""
    if shared.as_json:
        say_json(report.as_json())
        return
    if not shared.flag("quiet"):
        done, to, apply, on = _WORDS[report.direction]
        current = f"; nothing to {apply} {on} {report.current}" if report.current else ""
        took = f"{report.seconds:.2f} s{current}"
        say(f"{done} {_migrations(report.migrations)} {to} {_targets(report.applied)} in {took}.")
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


def show_fleet_plan(plan: FleetPlan, shared: Shared, rows: Rows) -> None:
    """What a run over a fleet would do; targets on which that is the same are told together."""
    if shared.as_json:
        rows.say(plan.targets, direction=plan.direction.value)
        return
    _, to, apply, on = _WORDS[plan.direction]
    for group in plan.groups:
        if group.migrations:
            say(f"Would {apply} {_migrations(len(group.migrations))} {to} {_named(group)}:")
            for name in group.migrations:
                say(f"  {name}")
        else:
            say(f"Nothing to {apply} {on} {_named(group)}.")
    for one in plan.failed:
        why = _first_line(one.error.message if one.error else "")
        say(f"{click.style('!', fg='red', bold=True)} {one.target}: {why}")
    if not plan.targets:
        say(_targets(0))


def show_fleet_backfill(report: FleetBackfill, shared: Shared, rows: Rows, *, dry_run: bool) -> None:
    """What backfills did over a fleet, or what is left of them."""
    if shared.as_json:
        rows.say(report.targets)
        return
    if dry_run or not shared.flag("quiet"):
        many = f"{report.backfills} backfill{'s' * (report.backfills != 1)}"
        passed = counted_rows(report.rows)
        say(
            f"{many} left on {_targets(report.filled)} of {report.targets}, of about {passed}."
            if dry_run
            else f"{many} done on {_targets(report.filled)} of {report.targets}, {passed}, in {report.seconds:.2f} s."
        )
    for one in report.failed:
        why = _first_line(one.error.message if one.error else "")
        say(f"{click.style('!', fg='red', bold=True)} {one.target}: {why}")
    if report.failed and not dry_run:
        say("The same command goes on with those that are not done.")


def show_provisioned(made: Provisioned, shared: Shared) -> None:
    """The tenant that is ready; its URL is not told, which has a password."""
    if shared.as_json:
        kept = ("target", "migrations", "made", "from_template")
        say_json({**{name: getattr(made, name) for name in kept}, "seconds": round(made.seconds, 6)})
    elif not shared.flag("quiet"):
        how = "made of the template" if made.from_template else "made" if made.made else "there already"
        say(f"{made.target} is {how}; {_migrations(made.migrations)} applied, in {made.seconds:.2f} s.")


def show_fleet_status(status: FleetStatus, shared: Shared, rows: Rows) -> None:
    """How many targets stand at which migration, and which are in trouble."""
    if shared.as_json:
        rows.say(status.targets, summary=[group.as_json() for group in status.groups])
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


_WORDS: Final = {
    Direction.UP: ("Applied", "to", "apply", "to"),
    Direction.DOWN: ("Rolled back", "on", "roll back", "on"),
}


def _named(group: Alike) -> str:
    more = group.targets - len(group.first)
    return f"{_targets(group.targets)} ({', '.join(group.first)}{f' and {more} more' if more else ''})"


def _migrations(number: int) -> str:
    return f"{number} migration{'s' * (number != 1)}"


def _targets(number: int) -> str:
    return f"{number} target{'' if number == 1 else 's'}"


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
