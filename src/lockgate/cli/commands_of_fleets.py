"""What `up` and `status` do over many targets; what they need beyond click is imported when they are called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lockgate.cli.fleet_progress import FleetProgress
    from lockgate.cli.options import Shared
    from lockgate.fleets.fleet import Fleet
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


def up_fleet(common: Shared, options: dict[str, Any], *, to: str | None, steps: int | None, phase: str | None) -> int:
    """Apply what is pending on each target; gives the exit status."""
    from lockgate.cli.words_of_fleets import show_fleet

    force = common.flag("force")
    report = _call(common, options, lambda fleet: fleet.up(to=to, steps=steps, phase=phase, force=force))
    show_fleet(report, common)
    return report.exit_code


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
