"""The command that says what is risky. As in `commands`, what it needs beyond click is imported when it is called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import Any

import click

from lockgate.cli.options import gathered, shared


@click.command(short_help="Say what is risky about what is pending.")
@shared
@click.option("--to", metavar="NAME", help="The last one to look at: a name, its stem, or its number.")
@click.option("--steps", type=int, metavar="N", help="How many to look at.")
@click.option("--severity", metavar="LEVEL", help="Exit 6 at info, warning or error; else LOCKGATE_LINT, else error.")
@click.option("--sarif", metavar="FILE", help="Write SARIF 2.1.0 into a file, or to stdout for -.")
@click.option("--fix", is_flag=True, help="Write the safe way into the SQL files, where it is mechanical.")
@click.option("--squawk/--no-squawk", default=None, help="Demand squawk's rules, or leave them out.")
@click.option("--offline", is_flag=True, help="Ask no database anything.")
@click.option("--after", metavar="NAME", help="With --offline: the last one that is applied; left out, none is.")
@click.pass_context
def lint(context: click.Context, /, *, severity: str | None, sarif: str | None, fix: bool, **options: Any) -> None:
    """Say what is risky about the migrations that are pending; change no database.

    They run in a scratch database, and what they lock, rewrite and scan there is looked at. A comment beside a line allows a
    finding: `-- lockgate: allow RULE: reason`. Exit 6 where one is left.
    """
    from lockgate.cli.linting import Wanted, run_lint

    common = gathered(context, options)
    if common.as_json and sarif == "-":
        raise click.UsageError("--json and --sarif - both want stdout.")
    if options["after"] is not None and not options["offline"]:
        raise click.UsageError("--after goes with --offline.")
    chosen = {name: options[name] for name in ("to", "steps")}
    wanted = Wanted(chosen, options["offline"], options["after"], options["squawk"])
    context.exit(run_lint(common, wanted, severity=severity, sarif_to=sarif, fix=fix))
