"""The command that does what migrations have left for after the deploy; what it needs is imported when it is called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lockgate.cli.commands_of_fleets import backfill_fleet, is_fleet, on_targets
from lockgate.cli.options import gathered, shared

if TYPE_CHECKING:
    from lockgate.cli.options import Shared
    from lockgate.nouns.backfills import BackfillReport


@click.command(short_help="Fill large tables, batch by batch.")
@shared
@click.argument("name", required=False)
@click.option("--seconds", type=float, default=0.5, show_default=True, help="How long a batch may hold its locks.")
@click.option("--connections", type=int, default=1, show_default=True, help="How many work at once, on PostgreSQL.")
@click.option("--max-lag", type=float, default=10.0, show_default=True, help="Seconds that replicas may be behind.")
@click.option("--dry-run", is_flag=True, help="Show what there is to do, and do nothing.")
@on_targets(with_care=False)
@click.pass_context
def backfill(
    context: click.Context,
    /,
    *,
    name: str | None,
    seconds: float,
    connections: int,
    max_lag: float,
    dry_run: bool,
    **options: Any,
) -> None:
    """Do the backfills that migrations have left for after the deploy: all, or those of the migration NAME.

    Each batch is committed with how far it has come, so that after an interruption the same command goes on from there.
    """
    from lockgate.cli.calling import call

    if seconds <= 0 or connections < 1 or max_lag < 0:
        raise click.UsageError("--seconds is above 0, --connections 1 or more, --max-lag 0 or more.")
    common = gathered(context, options)
    pace: dict[str, Any] = {"seconds": seconds, "connections": connections, "max_lag": max_lag}
    if is_fleet(options):
        if name is not None:
            raise click.UsageError("NAME is of one database, and does not go with --targets.")
        context.exit(backfill_fleet(common, options, dry_run=dry_run, **pace))
    report = call(
        common,
        lambda runner: runner.backfill(
            name,
            **pace,
            force=common.flag("force"),
            dry_run=dry_run,
        ),
    )
    _show(report, common, dry_run=dry_run)


def _show(report: BackfillReport, shared: Shared, *, dry_run: bool) -> None:
    from lockgate.cli.output import say, say_json
    from lockgate.narration import counted_rows
    from lockgate.nouns.backfills import BackfillState

    if shared.as_json:
        say_json(report.as_json())
        return
    if shared.flag("quiet") and not dry_run:
        return
    for one in report.backfills:
        is_left = one.estimate is not None and one.state is not BackfillState.DONE
        rows = f"{one.rows:,} of about {max(one.rows, one.estimate or 0):,} rows" if is_left else counted_rows(one.rows)
        when = "" if dry_run else f", in {one.seconds:.2f} s"
        say(f"{one.name}: {one.table}, {one.state.value}, {rows}{when}")
    if not report.backfills:
        say("No backfill is left to do.")
