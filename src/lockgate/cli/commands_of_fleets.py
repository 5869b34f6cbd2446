"""Commands over many targets, and the one that makes one; what they need beyond click is imported when it is called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from lockgate.cli.options import gathered, shared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lockgate.cli.fleet_progress import FleetProgress
    from lockgate.cli.options import Shared
    from lockgate.fleets.fleet import Fleet
    from lockgate.fleets.outcomes import FleetReport
    from lockgate.fleets.provisioning import Provisioned
    from lockgate.nouns.migrations import Direction
    from lockgate.runner import Runner

T = TypeVar("T")

_TARGETS = (
    click.option("--targets", metavar="FILE|QUERY", help="Do so for every target of a file, or of a SELECT."),
    click.option("--concurrency", type=int, metavar="N", help="With --targets: how many at once; 16."),
    click.option("--per-server", type=int, metavar="N", help="With --targets: how many at once on one server; 8."),
)
_CARE = (
    click.option("--canary", type=int, metavar="N", help="With --targets: how many alone, before all others."),
    click.option("--stop-after", type=int, metavar="N", help="With --targets: begin no other after N failures."),
)
_OF_FLEETS = ("concurrency", "per_server", "canary", "stop_after")


def on_targets(*, with_care: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of fleets; `with_care`, those that stop a run early as well."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed((*_TARGETS, *(_CARE if with_care else ()))):
            function = option(function)
        return function

    return add


def is_fleet(options: dict[str, Any]) -> bool:
    """Whether targets are named.

    Raises:
        click.UsageError: none are, and an option is given that goes with them.
    """
    if options["targets"] is None:
        for name in _OF_FLEETS:
            if options.get(name) is not None:
                raise click.UsageError(f"--{name.replace('_', '-')} goes with --targets.")
    return options["targets"] is not None


def refuse_with_targets(**given: object) -> None:
    """Refuse what is of one database only.

    Raises:
        click.UsageError: something is given.
    """
    for name, value in given.items():
        if value:
            raise click.UsageError(f"--{name.replace('_', '-')} is of one database, and does not go with --targets.")


def move_fleet(
    common: Shared, options: dict[str, Any], direction: Direction, *, dry_run: bool, yes: bool = False, **chosen: Any
) -> int:
    """Apply, or roll back, on each target, or show what that would run; gives the exit status."""
    from lockgate.cli.words_of_fleets import show_fleet
    from lockgate.fleets.selecting import rolled_back
    from lockgate.nouns.migrations import Direction

    if dry_run:
        return _plan(common, options, direction, **chosen)
    if direction is Direction.DOWN:
        rolled_back(to=chosen["to"], everything=chosen["all"])
        if not yes and not _may_roll_back(common):
            return 0
    else:
        _refuse_unlinted(common)

    async def run(fleet: Fleet) -> FleetReport:
        force = common.flag("force")
        is_up = direction is Direction.UP
        return await (fleet.up(**chosen, force=force) if is_up else fleet.down(**chosen, force=force))

    report = _call(common, options, run)
    show_fleet(report, common)
    return report.exit_code


def _refuse_unlinted(common: Shared) -> None:
    """Refuse what LOCKGATE_LINT would have looked at before a run on one database.

    Raises:
        SettingsError: it is set, outside development and test.
    """
    from lockgate.cli.commands_of_records import pass_gate
    from lockgate.errors import SettingsError

    config = common.config()
    if config.lint is not None and not config.is_open:
        pass_gate(common)
        raise SettingsError(
            "LOCKGATE_LINT looks at what is pending on one database, and the targets are many. Nothing was run.",
            hint="Run `lockgate lint` on one of them before, and the fleet with LOCKGATE_LINT= (empty).",
        )


def _plan(common: Shared, options: dict[str, Any], direction: Direction, **chosen: Any) -> int:
    from lockgate.cli.words_of_fleets import Rows, show_fleet_plan

    with Rows() as rows:
        hear = rows if common.as_json else None
        plan = _call(common, options, lambda fleet: fleet.plan(direction, **chosen), hear)
        show_fleet_plan(plan, common, rows)
    return plan.exit_code


def backfill_fleet(common: Shared, options: dict[str, Any], *, dry_run: bool, **pace: Any) -> int:
    """Do the backfills of each target, or show what is left of them; gives the exit status."""
    from lockgate.cli.words_of_fleets import Rows, show_fleet_backfill

    with Rows() as rows:
        hear = rows if common.as_json else None
        force = common.flag("force")
        report = _call(common, options, lambda fleet: fleet.backfill(**pace, force=force, dry_run=dry_run), hear)
        show_fleet_backfill(report, common, rows, dry_run=dry_run)
    return report.exit_code


def _may_roll_back(common: Shared) -> bool:
    """Ask, where there is somebody to ask."""
    from lockgate.cli.asking import agreed, can_ask
    from lockgate.cli.commands_of_records import pass_gate

    if not can_ask():
        return True
    pass_gate(common)
    return agreed("Roll back on every target?")


@click.command(short_help="Make a new tenant, with all migrations applied.")
@shared
@click.argument("name")
@click.option("--targets", metavar="FILE|QUERY", help="Of a bare NAME: the first of these tells what it is to be.")
@click.option("--template", metavar="DATABASE", help="The database to copy, where it is to be a database.")
@click.pass_context
def provision(
    context: click.Context, /, name: str, *, targets: str | None, template: str | None, **options: Any
) -> None:
    """Make the schema or the database NAME, and apply all migrations to it.

    NAME is schema:NAME, a URL, or a bare name, which becomes what the first of the targets is.
    """
    from lockgate.cli.calling import call
    from lockgate.cli.words_of_fleets import show_provisioned
    from lockgate.fleets.fleet import Fleet

    common = gathered(context, options)
    force = common.flag("force")

    async def made(runner: Runner) -> Provisioned:
        fleet = Fleet([] if targets is None else targets, template=template, config=runner.config)
        return await fleet.provision(name, force=force)

    show_provisioned(call(common, made), common)


def status_fleet(common: Shared, options: dict[str, Any], *, check: bool) -> int:
    """Show how the targets stand; gives the exit status."""
    from lockgate.cli.words_of_fleets import Rows, show_fleet_status
    from lockgate.nouns.plans import State, exit_of

    with Rows() as rows:
        status = _call(common, options, lambda fleet: fleet.status(), rows if common.as_json else None)
        show_fleet_status(status, common, rows)
    if any(one.error for one in status.troubled):
        return 1
    diverged = State.DIVERGED if status.troubled else State.CURRENT
    return exit_of(diverged, pending=bool(status.pending)) if check else 0


def _call(
    common: Shared,
    options: dict[str, Any],
    work: Callable[[Fleet], Awaitable[T]],
    hear: Callable[[Any], None] | None = None,
) -> T:
    from lockgate.cli.calling import call
    from lockgate.cli.fleet_progress import FleetProgress
    from lockgate.fleets.fleet import Fleet

    made: list[FleetProgress] = []

    def shows(*, wanted: bool) -> FleetProgress:
        made.append(FleetProgress(wanted=wanted, hear=hear))
        return made[0]

    async def of_fleet(runner: Runner) -> T:
        bounds = {name: options[name] for name in _OF_FLEETS if options.get(name) is not None}
        return await work(Fleet(options["targets"], config=runner.config, on_event=made[0].of_fleet, **bounds))

    return call(common, of_fleet, shows=shows)
