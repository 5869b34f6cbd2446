"""What the commands print: words for people, or the JSON document of the contract."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import State
from lockgate.nouns.reports import applied_json, plan_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lockgate.cli.options import Shared
    from lockgate.nouns.history import Applied, History
    from lockgate.nouns.plans import Plan
    from lockgate.nouns.reports import RecordReport, RunReport, StatusReport

_COLOURS = {
    State.CURRENT: "green",
    State.AHEAD: "green",
    State.BEHIND: "yellow",
    State.LOCKED: "yellow",
    State.DIVERGED: "red",
}


def show_run(report: RunReport, shared: Shared) -> None:
    """What up or down did."""
    if shared.as_json:
        _document(report.as_json())
        return
    verb = "Applied" if report.direction is Direction.UP else "Rolled back"
    count = len(report.migrations)
    if not count:
        click.echo(f"Nothing to {'apply' if report.direction is Direction.UP else 'roll back'}.")
        return
    seconds = sum(ran.seconds for ran in report.migrations)
    click.echo(f"{verb} {_count(count)}, batch {report.batch_no}, in {seconds:.2f} s.")


def show_status(report: StatusReport, shared: Shared) -> None:
    """Files and history side by side."""
    if shared.as_json:
        _document(report.as_json())
        return
    click.echo(f"Environment: {report.environment or 'unset'}")
    click.echo(f"Database:    {report.database}")
    click.echo(f"State:       {click.style(report.state.value, fg=_COLOURS[report.state], bold=True)}")
    rows = [("applied", *_applied_row(row)) for row in report.applied]
    rows += [("pending", source.name, "", "") for source in report.pending]
    _table(("", "migration", "batch", "applied at (UTC)"), rows)
    for problem in report.problems:
        click.echo(f"{click.style('!', fg='red', bold=True)} {problem.kind.value.replace('_', ' ')}: {problem.detail}")


def show_history(history: History, shared: Shared) -> None:
    """The tracking table's rows."""
    if shared.as_json:
        _document({"applied": [applied_json(row) for row in history]})
    elif not len(history):
        click.echo("Nothing is applied.")
    else:
        _table(("migration", "batch", "applied at (UTC)"), [_applied_row(row) for row in history])


def show_plan(plan: Plan, shared: Shared) -> None:
    """What a run would do."""
    if shared.as_json:
        _document(plan_json(plan))
    elif not plan.migrations:
        click.echo(f"Nothing to {'apply' if plan.direction is Direction.UP else 'roll back'}.")
    else:
        verb = "apply" if plan.direction is Direction.UP else "roll back"
        click.echo(f"Would {verb} {_count(len(plan.migrations))}, batch {plan.batch_no}:")
        for source in plan.migrations:
            click.echo(f"  {source.name}")


def show_record(report: RecordReport, shared: Shared, *, dry_run: bool) -> None:
    """What stamp or repair changed, or would change."""
    if shared.as_json:
        _document(report.as_json())
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
            click.echo(f"{name}: {would}{done}")
    if not report.changed:
        click.echo("The record is straight already.")


def show_files(files: Sequence[Path], shared: Shared) -> None:
    """Which files were written."""
    if shared.as_json:
        _document({"created": [str(file) for file in files]})
        return
    for file in files:
        click.echo(f"Created {file}")
    if not files:
        click.echo("Everything is there already.")


def _document(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _count(number: int) -> str:
    return f"{number} migration{'' if number == 1 else 's'}"


def _applied_row(row: Applied) -> tuple[str, str, str]:
    return row.name, str(row.batch_no), f"{row.applied_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    click.echo()
    for row in (head, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
