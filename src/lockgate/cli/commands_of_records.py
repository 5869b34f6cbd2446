"""The commands that change what is on record, and run nothing; what they need is imported when they are called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from lockgate.cli.options import gathered, shared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lockgate.cli.options import Shared
    from lockgate.nouns.reports import AdoptReport, RecordReport
    from lockgate.runner import Runner


Report = TypeVar("Report", "RecordReport", "AdoptReport")


@click.command(short_help="Record as applied, without running.")
@shared
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Say what would be recorded, and record nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def stamp(context: click.Context, /, name: str, *, dry_run: bool, yes: bool, **options: Any) -> None:
    """Record everything up to NAME as applied, without running it."""
    common = gathered(context, options)
    force = common.flag("force")
    _change_record(
        common,
        lambda runner, dry: runner.stamp(name, force=force, dry_run=dry),
        "Record {} as applied, without running anything?",
        dry_run=dry_run,
        yes=yes,
    )


@click.command(short_help="Accept edited files, forget missing ones.")
@shared
@click.argument("name", required=False)
@click.option("--step", type=click.Choice(["done", "undone"]), help="What became of the step that was interrupted.")
@click.option("--dry-run", is_flag=True, help="Say what would be changed, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def repair(
    context: click.Context, /, name: str | None, *, step: str | None, dry_run: bool, yes: bool, **options: Any
) -> None:
    """Set the record straight without running anything: accept edited files as they are, forget missing ones.

    With --step, say instead what became of the step at which the migration NAME was interrupted.
    """
    common = gathered(context, options)
    force = common.flag("force")
    _change_record(
        common,
        lambda runner, dry: runner.repair(name, step=step, force=force, dry_run=dry),
        "Change the record of {}, without running anything?",
        dry_run=dry_run,
        yes=yes,
    )


@click.command(short_help="Take over another tool's history.")
@shared
@click.option("--from", "tool", metavar="TOOL", help="The tool; else its table is looked for.")
@click.option("--from-table", metavar="NAME", help="The tool's table, where it has another name or schema.")
@click.option("--skip-unknown", is_flag=True, help="Leave behind what has no file here any more.")
@click.option("--dry-run", is_flag=True, help="Say what would be adopted, and adopt nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def adopt(
    context: click.Context,
    /,
    *,
    tool: str | None,
    from_table: str | None,
    skip_unknown: bool,
    dry_run: bool,
    yes: bool,
    **options: Any,
) -> None:
    """Record as applied what golang-migrate, dbmate, Rails, goose, Flyway, sqlx, refinery, diesel or Alembic has applied.

    Its table is only read. Where both are called schema_migrations, --table names another one for Lockgate.
    """
    common = gathered(context, options)
    force = common.flag("force")
    _adopt(
        common,
        lambda runner, dry: runner.adopt(
            tool=tool, table=from_table, skip_unknown=skip_unknown, force=force, dry_run=dry
        ),
        dry_run=dry_run,
        yes=yes,
    )


def _adopt(common: Shared, take: Callable[[Runner, bool], Awaitable[AdoptReport]], *, dry_run: bool, yes: bool) -> None:
    """Foresee what would be adopted, show it, ask, and adopt it."""
    from lockgate.cli.calling import call
    from lockgate.cli.words import show_adoption

    if not dry_run:
        pass_gate(common)
    if yes and not dry_run:
        show_adoption(call(common, lambda runner: _at_once(take, runner)), common)
        return
    report = call(common, lambda runner: take(runner, True))
    if report.changed and not dry_run:
        show_adoption(report, common, foreseen=True)
        if not _may_change("Record {} as applied, without running anything?", report.names):
            show_adoption(report._replace(adopted=(), batch_no=None), common, declined=True)
            return
        report = call(common, lambda runner: take(runner, False))
    show_adoption(report, common, dry_run=dry_run)


def _change_record(
    common: Shared,
    change: Callable[[Runner, bool], Awaitable[RecordReport]],
    question: str,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Foresee the change, ask, and change the record."""
    from lockgate.cli.calling import call
    from lockgate.cli.words import show_record
    from lockgate.nouns.reports import RecordReport

    if not dry_run:
        pass_gate(common)
    if yes and not dry_run:
        show_record(call(common, lambda runner: _at_once(change, runner)), common)
        return
    report = call(common, lambda runner: change(runner, True))
    if report.changed and not dry_run:
        if not _may_change(question, report.names):
            show_record(RecordReport(), common, declined=True)
            return
        report = call(common, lambda runner: change(runner, False))
    show_record(report, common, dry_run=dry_run)


async def _at_once(change: Callable[[Runner, bool], Awaitable[Report]], runner: Runner) -> Report:
    """Look, and change what there is to change; one runner says what it has to say of the files once."""
    foreseen = await change(runner, True)
    return await change(runner, False) if foreseen.changed else foreseen


def _may_change(question: str, names: Sequence[str]) -> bool:
    from lockgate.cli.asking import demand

    which = names[0] if len(names) == 1 else f"{len(names)} migrations, {names[0]} to {names[-1]},"
    return demand(question.format(which), "the record")


def pass_gate(common: Shared) -> None:
    """Refuse where the gate is closed, before anybody is asked anything."""
    from lockgate.gate import check_versioned

    check_versioned(common.config(), force=common.flag("force"))
