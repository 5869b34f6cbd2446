"""What the commands print: words for people, or the JSON document of the contract."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC
from typing import TYPE_CHECKING

import click

from lockgate.cli.output import is_terminal, say, say_json
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import State
from lockgate.nouns.reports import applied_json, plan_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lockgate.cli.options import Shared
    from lockgate.nouns.history import Applied, History
    from lockgate.nouns.plans import Plan, Problem
    from lockgate.nouns.reports import AdoptReport, RecordReport, RunReport, StatusReport

COLOURS = {
    State.CURRENT: "green",
    State.AHEAD: "green",
    State.BEHIND: "yellow",
    State.LOCKED: "yellow",
    State.DIVERGED: "red",
}
_FEWEST_ROWS, _OTHER_LINES = 10, 14


def show_run(report: RunReport, shared: Shared, *, declined: bool = False) -> None:
    """What up or down did."""
    if shared.as_json:
        say_json(report.as_json())
        return
    if declined or shared.flag("quiet"):
        return
    verb = "Applied" if report.direction is Direction.UP else "Rolled back"
    count = len(report.migrations)
    if not count:
        say(f"Nothing to {'apply' if report.direction is Direction.UP else 'roll back'}.")
        return
    seconds = sum(ran.seconds for ran in report.migrations)
    say(f"{verb} {_count(count)}, batch {report.batch_no}, in {seconds:.2f} s.")
    if report.backup:
        say(f"The database as it was before: {report.backup}")


def show_status(report: StatusReport, shared: Shared) -> None:
    """Files and history side by side."""
    if shared.as_json:
        say_json(report.as_json())
        return
    say(f"Environment: {report.environment or 'unset'}")
    say(f"Database:    {report.database}")
    counts = f"{len(report.applied)} applied, {len(report.pending)} pending"
    say(f"State:       {click.style(report.state.value, fg=COLOURS[report.state], bold=True)} ({counts})")
    shown = report.applied[-_rows_that_fit(shared) :]
    rows = [("applied", *_applied_row(row)) for row in shown]
    rows += [("pending", "", "", source.name) for source in report.pending]
    _table(("", "batch", "applied at (UTC)", "migration"), rows)
    if len(shown) < len(report.applied):
        say(f"\n{_count(len(report.applied) - len(shown))} applied before these: `lockgate history` shows all.")
    if report.problems:
        say("")
    show_problems(report.problems)


def show_problems(problems: Sequence[Problem]) -> None:
    """Where files and history disagree."""
    for problem in problems:
        say(f"{click.style('!', fg='red', bold=True)} {problem.kind.value.replace('_', ' ')}: {problem.detail}")


def show_history(history: History, shared: Shared) -> None:
    """The tracking table's rows."""
    if shared.as_json:
        say_json({"applied": [applied_json(row) for row in history]})
    elif not len(history):
        say("Nothing is applied.")
    else:
        _table(("batch", "applied at (UTC)", "migration"), [_applied_row(row) for row in history])


def show_plan(plan: Plan, shared: Shared) -> None:
    """What a run would do."""
    if shared.as_json:
        say_json(plan_json(plan))
    elif not plan.migrations:
        say(f"Nothing to {'apply' if plan.direction is Direction.UP else 'roll back'}.")
    else:
        say("\n".join(plan_lines(plan)))


def plan_lines(plan: Plan) -> Iterator[str]:
    """The names of what a run would do, and what it would wait for."""
    verb = "apply" if plan.direction is Direction.UP else "roll back"
    yield f"Would {verb} {_count(len(plan.migrations))}, batch {plan.batch_no}:"
    for source in plan.migrations:
        yield f"  {source.name}"
    if plan.unfinished:
        from lockgate.planning.phases import first_contract, waiting_words  # noqa: PLC0415 - most wait for nothing

        contract = first_contract(plan.migrations) or ""
        yield f"{waiting_words(contract, plan.unfinished)} `lockgate backfill` finishes what is left."


def show_record(report: RecordReport, shared: Shared, *, dry_run: bool = False, declined: bool = False) -> None:
    """What stamp or repair changed, or would change."""
    if shared.as_json:
        say_json(report.as_json())
        return
    if declined or (shared.flag("quiet") and not dry_run):
        return
    would = "would be " if dry_run else ""
    changes = (
        ("recorded as applied", report.recorded),
        ("accepted as it is now", report.rehashed),
        ("forgotten", report.forgotten),
        ("decided", report.decided),
    )
    for done, names in changes:
        for name in names:
            say(f"{name}: {would}{done}")
    if not report.changed:
        say("The record is straight already.")


def show_adoption(
    report: AdoptReport, shared: Shared, *, foreseen: bool = False, dry_run: bool = False, declined: bool = False
) -> None:
    """What adopt took over; what it would take over, where it is only `foreseen` or tried."""
    if shared.as_json:
        if not foreseen:
            say_json(report.as_json())
        return
    if declined:
        return
    if not shared.flag("quiet") or dry_run:
        _say_adopted(report, would=foreseen or dry_run)
    show_problems(report.problems)
    if report.changed and not (foreseen or dry_run) and shared.values.get("table"):
        say(f"Set LOCKGATE_TABLE={report.into} from now on, or `table` under [tool.lockgate].")


def _say_adopted(report: AdoptReport, *, would: bool) -> None:
    source = f"{report.table} ({report.tool})"
    if not report.changed:
        say(f"Nothing to adopt: {report.into} has all that {source} has as applied.")
    elif would:
        say(f"Would adopt {_count(len(report.adopted))} from {source} into {report.into}, batch {report.batch_no}:")
        for name in report.names:
            say(f"  {name}")
    else:
        say(f"Adopted {_count(len(report.adopted))} from {source} into {report.into}, batch {report.batch_no}.")
    say(f"Pending: {_count(len(report.pending))}.")


def show_files(created: Sequence[Path], shared: Shared, *, changed: Sequence[Path] = ()) -> None:
    """Which files were written."""
    if shared.as_json:
        say_json({"created": [str(file) for file in created], "changed": [str(file) for file in changed]})
        return
    if shared.flag("quiet"):
        return
    for file in created:
        say(f"Created {file}")
    for file in changed:
        say(f"Added [tool.lockgate] to {file}")
    if not created and not changed:
        say("Everything is there already.")


def _count(number: int) -> str:
    return f"{number} migration{'' if number == 1 else 's'}"


def _applied_row(row: Applied) -> tuple[str, str, str]:
    return str(row.batch_no), f"{row.applied_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}", row.name


def _rows_that_fit(shared: Shared) -> int:
    """How many applied migrations a status shows: on a terminal, which scrolls, the last ones; else all."""
    if shared.flag("verbose") or not is_terminal(sys.stdout):
        return sys.maxsize
    return max(_FEWEST_ROWS, shutil.get_terminal_size().lines - _OTHER_LINES)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Columns; the name stands last, where a long one moves nothing."""
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    say("")
    for row in (head, *rows):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
