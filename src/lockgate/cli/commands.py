"""The commands. Each parses, calls and renders; what it needs beyond click is imported when it is called."""

# ruff: noqa: PLC0415 - `--help` and a usage error must not wait for imports that they do not need

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lockgate.cli.commands_of_backfills import backfill
from lockgate.cli.commands_of_drawing import diagram
from lockgate.cli.commands_of_fleets import (
    is_fleet,
    move_fleet,
    on_targets,
    provision,
    refuse_with_targets,
    status_fleet,
)
from lockgate.cli.commands_of_folders import baseline, renumber, squash
from lockgate.cli.commands_of_linting import lint
from lockgate.cli.commands_of_models import auto, check
from lockgate.cli.commands_of_records import adopt, pass_gate, repair, stamp
from lockgate.cli.commands_of_reports import report
from lockgate.cli.options import gathered, shared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lockgate.cli.options import Shared
    from lockgate.nouns.migrations import Direction
    from lockgate.nouns.reports import RunReport
    from lockgate.rehearsing import Asked
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
cli.add_command(backfill)
cli.add_command(check)
cli.add_command(diagram)
cli.add_command(lint)
cli.add_command(provision)
cli.add_command(report)
cli.add_command(squash)
cli.add_command(baseline)
cli.add_command(renumber)
cli.add_command(stamp)
cli.add_command(repair)
cli.add_command(adopt)


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
        from lockgate.sources.folders import own_folder
        from lockgate.sources.head_file import kept_head

        config = common.config()
        folder = own_folder(config.directory)
        with kept_head(config):
            path = write_migration(folder, description, sql=sql)
        show_files([path], common)


@cli.command()
@shared
@click.option("--to", metavar="NAME", help="The last one to apply: a name, its stem, or its number.")
@click.option("--steps", type=int, metavar="N", help="How many to apply.")
@click.option("--phase", metavar="PHASE", help="Only what expands, before the deploy, or what contracts, after it.")
@click.option("--backup", metavar="PATH", help="Copy the database first, into a folder or to a new file.")
@click.option("--dry-run", is_flag=True, help="Say what would be applied and sent, and apply nothing.")
@on_targets(with_care=True)
@click.pass_context
def up(
    context: click.Context,
    /,
    *,
    to: str | None,
    steps: int | None,
    phase: str | None,
    backup: str | None,
    dry_run: bool,
    **options: Any,
) -> None:
    """Apply what is pending, as one batch."""
    from lockgate.nouns.migrations import Direction

    common = gathered(context, options)
    if is_fleet(options):
        refuse_with_targets(backup=backup)
        context.exit(move_fleet(common, options, Direction.UP, dry_run=dry_run, to=to, steps=steps, phase=phase))
    elif dry_run:
        _show_dry_run(common, Direction.UP, to=to, steps=steps, phase=phase)
    else:
        _run(
            common,
            lambda runner: runner.up(to=to, steps=steps, phase=phase, force=common.flag("force"), backup=backup),
        )


@cli.command()
@shared
@click.option("--steps", type=int, metavar="N", help="How many to roll back.")
@click.option("--batch", type=int, metavar="N", help="The number of the batch to roll back.")
@click.option("--to", metavar="NAME", help="The newest one that stays applied: a name, its stem, or its number.")
@click.option("--all", "everything", is_flag=True, help="Roll back everything.")
@click.option("--dry-run", is_flag=True, help="Say what would be rolled back and sent, and roll back nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@on_targets(with_care=True)
@click.pass_context
def down(context: click.Context, /, *, dry_run: bool, yes: bool, everything: bool, **options: Any) -> None:
    """Roll back, newest first; with no option the last batch."""
    from lockgate.cli.words import show_run
    from lockgate.nouns.migrations import Direction
    from lockgate.nouns.reports import RunReport

    common = gathered(context, options)
    chosen = {"steps": options["steps"], "batch": options["batch"], "to": options["to"], "all": everything}
    if is_fleet(options):
        refuse_with_targets(steps=chosen.pop("steps"), batch=chosen.pop("batch"))
        context.exit(move_fleet(common, options, Direction.DOWN, dry_run=dry_run, yes=yes, **chosen))
    if dry_run:
        _show_dry_run(common, Direction.DOWN, **chosen)
    elif yes or _may_roll_back(common, chosen):
        _run(common, lambda runner: runner.down(**chosen, force=common.flag("force")))
    else:
        show_run(RunReport(Direction.DOWN), common, declined=True)


@cli.command(short_help="Show what is applied and what is pending.")
@shared
@click.option("--check", is_flag=True, help="Exit 4 when diverged, 6 when behind.")
@on_targets(with_care=False)
@click.pass_context
def status(context: click.Context, /, *, check: bool, **options: Any) -> None:
    """Show what is applied, what is pending, and where files and history disagree."""
    from lockgate.cli.calling import call
    from lockgate.cli.words import show_status
    from lockgate.nouns.plans import exit_of

    common = gathered(context, options)
    if is_fleet(options):
        context.exit(status_fleet(common, options, check=check))
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


@cli.command(short_help="Show what `up` would apply.")
@shared
@click.option("--to", metavar="NAME", help="The last one: a name, its stem, or its number.")
@click.option("--steps", type=int, metavar="N", help="How many.")
@click.option("--sql", is_flag=True, help="Say what would be sent, as a script for the database's own client.")
@click.option(
    "--trace", is_flag=True, help="Rehearse it in a scratch database, and say what it locks, rewrites and reads."
)
@click.option("--offline", is_flag=True, help="With --sql: ask no database anything.")
@click.option("--after", metavar="NAME", help="With --offline: the last one that is applied; left out, none is.")
@click.pass_context
def plan(
    context: click.Context,
    /,
    *,
    sql: bool,
    trace: bool,
    offline: bool,
    after: str | None,
    **options: Any,
) -> None:
    """Show what `up` would apply; with --sql what it would send, with --trace what that would lock."""
    from lockgate.nouns.migrations import Direction

    common = gathered(context, options)
    if (offline and not sql) or (after is not None and not offline):
        raise click.UsageError("--offline goes with --sql, and --after with --offline.")
    chosen = {"to": options["to"], "steps": options["steps"]}
    if sql or trace:
        from lockgate.cli.rehearsing import show_rehearsal

        show_rehearsal(common, _asked(Direction.UP, offline=offline, after=after, **chosen), traced=trace)
    else:
        from lockgate.cli.calling import call
        from lockgate.cli.words import show_plan

        show_plan(call(common, lambda runner: runner.plan(Direction.UP, **chosen)), common)


def _run(common: Shared, work: Callable[[Runner], Awaitable[RunReport]]) -> None:
    from lockgate.cli.calling import call
    from lockgate.cli.words import show_run

    show_run(call(common, work), common)


def _show_dry_run(common: Shared, direction: Direction, **chosen: Any) -> None:
    from lockgate.cli.rehearsing import show_dry_run

    show_dry_run(common, _asked(direction, **chosen), chosen)


def _asked(direction: Direction, *, offline: bool = False, after: str | None = None, **chosen: Any) -> Asked:
    from lockgate.nouns.plans import Selection
    from lockgate.planning.planner import check_selection
    from lockgate.rehearsing import Asked

    selection = Selection(everything=chosen.pop("all", False), **chosen)
    check_selection(selection, direction)
    return Asked(direction, selection, offline, after=after)


def _may_roll_back(common: Shared, chosen: dict[str, Any]) -> bool:
    """Ask, where there is somebody to ask and more than one migration to roll back."""
    from lockgate.cli.asking import agreed, can_ask
    from lockgate.cli.calling import call
    from lockgate.nouns.migrations import Direction

    if not can_ask():
        return True
    pass_gate(common)
    names = [source.name for source in call(common, lambda runner: runner.plan(Direction.DOWN, **chosen)).migrations]
    return len(names) < 2 or agreed(f"Roll back {len(names)} migrations, {names[0]} to {names[-1]}?")
