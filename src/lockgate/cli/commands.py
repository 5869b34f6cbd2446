"""The commands. Each parses, calls and renders; what it needs beyond click is imported when it is called."""

# ruff: noqa: PLC0415 - `--help` and a usage error must not wait for imports that they do not need

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lockgate.cli.commands_of_models import auto, check
from lockgate.cli.options import gathered, shared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lockgate.cli.options import Shared
    from lockgate.nouns.migrations import Direction
    from lockgate.nouns.reports import RecordReport, RunReport
    from lockgate.runner import Runner

_CONTEXT = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=_CONTEXT, invoke_without_command=True)
@shared
@click.version_option(package_name="lockgate", prog_name="lockgate")
@click.pass_context
def cli(context: click.Context, /, **_options: Any) -> None:
    """Async-first schema migrations: versioned and automatic, behind one gate.

    `-direction up` and `-direction down` are another way to say `up` and `down`.
    """
    if context.invoked_subcommand is None:
        if context.params["as_json"]:
            raise click.UsageError("No command is given.")
        click.echo(context.get_help(), err=True)
        context.exit(2)


cli.add_command(auto)
cli.add_command(check)


@cli.command(short_help="Write what a project starts with.")
@shared
@click.pass_context
def init(context: click.Context, /, **options: Any) -> None:
    """Write migrations/, .env.example and [tool.lockgate]; overwrite nothing."""
    from lockgate.cli.scaffold import initialise
    from lockgate.cli.words import show_files

    common = gathered(context, options)
    created, changed = initialise(common.values["directory"])
    show_files(created, common, changed=changed)


@cli.command()
@shared
@click.argument("description")
@click.option("--sql", is_flag=True, help="Write a SQL file instead of a Python file.")
@click.option("--auto", is_flag=True, help="Fill it from the models, against what the files give.")
@click.option("--from-database", is_flag=True, help="With --auto: against the database as it is.")
@click.pass_context
def new(
    context: click.Context, /, description: str, *, sql: bool, auto: bool, from_database: bool, **options: Any
) -> None:
    """Write the next numbered migration.

    With --auto it is filled in both directions, and tried in a scratch database before it is written.
    """
    from lockgate.cli.scaffold import write_migration
    from lockgate.cli.words import show_files

    common = gathered(context, options)
    if auto:
        from lockgate.cli.drafting import write_draft

        write_draft(common, description, sql=sql, from_database=from_database)
    elif from_database:
        raise click.UsageError("--from-database goes with --auto.")
    else:
        show_files([write_migration(common.config().directory, description, sql=sql)], common)


@cli.command()
@shared
@click.option("--to", metavar="NAME", help="The last one to apply: a name, its stem, or its number.")
@click.option("--steps", type=int, metavar="N", help="How many to apply.")
@click.option("--backup", metavar="PATH", help="Copy the database first, into a folder or to a new file.")
@click.option("--dry-run", is_flag=True, help="Say what would be applied, and apply nothing.")
@click.pass_context
def up(
    context: click.Context, /, *, to: str | None, steps: int | None, backup: str | None, dry_run: bool, **options: Any
) -> None:
    """Apply what is pending, as one batch."""
    from lockgate.nouns.migrations import Direction

    common = gathered(context, options)
    if dry_run:
        _show_plan(common, Direction.UP, to=to, steps=steps)
    else:
        _run(common, lambda runner: runner.up(to=to, steps=steps, force=common.flag("force"), backup=backup))


@cli.command()
@shared
@click.option("--steps", type=int, metavar="N", help="How many to roll back.")
@click.option("--batch", type=int, metavar="N", help="The number of the batch to roll back.")
@click.option("--to", metavar="NAME", help="The newest one that stays applied: a name, its stem, or its number.")
@click.option("--all", "everything", is_flag=True, help="Roll back everything.")
@click.option("--dry-run", is_flag=True, help="Say what would be rolled back, and roll back nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def down(context: click.Context, /, *, dry_run: bool, yes: bool, everything: bool, **options: Any) -> None:
    """Roll back, newest first; with no option the last batch."""
    from lockgate.cli.words import show_run
    from lockgate.nouns.migrations import Direction
    from lockgate.nouns.reports import RunReport

    common = gathered(context, options)
    chosen = {"steps": options["steps"], "batch": options["batch"], "to": options["to"], "all": everything}
    if dry_run:
        _show_plan(common, Direction.DOWN, **chosen)
    elif yes or _may_roll_back(common, chosen):
        _run(common, lambda runner: runner.down(**chosen, force=common.flag("force")))
    else:
        show_run(RunReport(Direction.DOWN), common, declined=True)


@cli.command(short_help="Show what is applied and what is pending.")
@shared
@click.option("--check", is_flag=True, help="Exit 4 when diverged, 6 when behind.")
@click.pass_context
def status(context: click.Context, /, *, check: bool, **options: Any) -> None:
    """Show what is applied, what is pending, and where files and history disagree."""
    from lockgate.cli.calling import call
    from lockgate.cli.words import show_status
    from lockgate.nouns.plans import exit_of

    common = gathered(context, options)
    report = call(common, lambda runner: runner.status())
    show_status(report, common)
    if check:
        context.exit(exit_of(report.state, pending=bool(report.pending)))


@cli.command()
@shared
@click.pass_context
def history(context: click.Context, /, **options: Any) -> None:
    """Show what was applied, when, and in which batch."""
    from lockgate.cli.calling import call
    from lockgate.cli.words import show_history

    common = gathered(context, options)
    show_history(call(common, lambda runner: runner.history()), common)


@cli.command()
@shared
@click.option("--to", metavar="NAME", help="The last one: a name, its stem, or its number.")
@click.option("--steps", type=int, metavar="N", help="How many.")
@click.pass_context
def plan(context: click.Context, /, *, to: str | None, steps: int | None, **options: Any) -> None:
    """Show what `up` would apply."""
    from lockgate.nouns.migrations import Direction

    _show_plan(gathered(context, options), Direction.UP, to=to, steps=steps)


@cli.command(short_help="Record as applied, without running.")
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


@cli.command(short_help="Accept edited files, forget missing ones.")
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


def _run(common: Shared, work: Callable[[Runner], Awaitable[RunReport]]) -> None:
    from lockgate.cli.calling import call
    from lockgate.cli.words import show_run

    show_run(call(common, work), common)


def _show_plan(common: Shared, direction: Direction, **chosen: Any) -> None:
    from lockgate.cli.calling import call
    from lockgate.cli.words import show_plan

    show_plan(call(common, lambda runner: runner.plan(direction, **chosen)), common)


def _may_roll_back(common: Shared, chosen: dict[str, Any]) -> bool:
    """Ask, where there is somebody to ask and more than one migration to roll back."""
    from lockgate.cli.asking import agreed, can_ask
    from lockgate.cli.calling import call
    from lockgate.nouns.migrations import Direction

    if not can_ask():
        return True
    _pass_gate(common)
    names = [source.name for source in call(common, lambda runner: runner.plan(Direction.DOWN, **chosen)).migrations]
    return len(names) < 2 or agreed(f"Roll back {len(names)} migrations, {names[0]} to {names[-1]}?")


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
        _pass_gate(common)
    report = call(common, lambda runner: change(runner, True))
    if report.changed and not dry_run:
        if not yes and not _may_change(question, report.names):
            show_record(RecordReport(), common, declined=True)
            return
        report = call(common, lambda runner: change(runner, False))
    show_record(report, common, dry_run=dry_run)


def _may_change(question: str, names: Sequence[str]) -> bool:
    from lockgate.cli.asking import agreed, can_ask
    from lockgate.errors import SettingsError

    if not can_ask():
        raise SettingsError(
            "This asks before it changes the record, and there is no terminal to ask on.", hint="Say --yes."
        )
    which = names[0] if len(names) == 1 else f"{len(names)} migrations, {names[0]} to {names[-1]},"
    return agreed(question.format(which))


def _pass_gate(common: Shared) -> None:
    """Refuse where the gate is closed, before anybody is asked anything."""
    from lockgate.gate import check_versioned

    check_versioned(common.config(), force=common.flag("force"))
