"""What `auto` and `check` print."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from lockgate.cli.output import say, say_json, warn
from lockgate.cli.words import COLOURS, show_problems
from lockgate.nouns.changes import Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockgate.cli.options import Shared
    from lockgate.nouns.schema_reports import AutoReport, CheckReport, Difference

_NO_MODELS = "No models are named, so only files and history were compared: say --models, or set LOCKGATE_MODELS."
_ONLY_IN = {"models": "only the models have it", "database": "only the database has it"}


def show_auto(report: AutoReport, shared: Shared) -> None:
    """What auto mode changed, and what it left undone."""
    if shared.as_json:
        say_json(report.as_json())
        return
    if shared.flag("quiet"):
        return
    say("Changed:" if report.changes else "Nothing to change.")
    _show_grouped(report.changes, _line)
    if report.left:
        say("Left undone:")
    _show_grouped(report.left, lambda one: f"{_line(one)} ({one.reason})")


def show_check(report: CheckReport, shared: Shared) -> None:
    """Whether models, database and files agree; where they do not, in what, and the SQL there and back."""
    if not report.compared:
        warn(_NO_MODELS)
    if shared.as_json:
        say_json(report.as_json())
        return
    wrong = report.problems or report.pending or report.differences
    if shared.flag("quiet") and not wrong:
        return
    counts = f" ({len(report.pending)} pending)" if report.pending else ""
    say(f"Files and history:   {click.style(report.state.value, fg=COLOURS[report.state], bold=True)}{counts}")
    for name in report.pending:
        say(f"  pending: {name}")
    show_problems(report.problems)
    if report.compared:
        _show_comparison(report)


def _show_comparison(report: CheckReport) -> None:
    if not report.differences:
        say(f"Models and database: {click.style('the same', fg='green', bold=True)}")
        return
    say(f"Models and database: {click.style('different', fg='yellow', bold=True)}; the database would have to change:")
    _show_grouped(report.differences, _told_apart)
    _show_sql("To bring the database to the models:", report.up)
    _show_sql("To bring it back from there to what it is now:", report.down)


def _show_grouped(differences: Iterable[Difference], line: Callable[[Difference], str]) -> None:
    """One line each, under the table or the other thing that it belongs to."""
    ordered = sorted(differences, key=lambda one: one.owner)
    for owner, ours in groupby(ordered, key=lambda one: one.owner):
        say(f"  {owner}")
        for one in ours:
            say(f"    {line(one)}")


def _line(one: Difference) -> str:
    return f"{f'{one.kind} {one.part}'.rstrip()}: {one.detail}"


def _told_apart(one: Difference) -> str:
    """The line, with what a reader has to know before running the SQL: which side has it, and whether data is at stake."""
    said = [_ONLY_IN[one.only_in]] if one.only_in else []
    said += ["data may be lost"] if one.effect == Effect.DESTRUCTIVE else []
    return f"{_line(one)} ({', '.join(said)})" if said else _line(one)


def _show_sql(head: str, statements: Iterable[str]) -> None:
    say(f"\n{head}")
    for statement in statements:
        # A comment at the end of the last line would swallow the semicolon.
        end = "" if statement.startswith("-- ") else "\n;" if "--" in statement.rpartition("\n")[2] else ";"
        say(f"{statement}{end}")
