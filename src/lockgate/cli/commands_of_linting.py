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
@click.option("--all", "everything", is_flag=True, help="Look at all of the files, applied or not.")
@click.option("--after", metavar="NAME", help="Look at all that come after this one, applied or not.")
@click.option(
    "--offline", is_flag=True, help="Ask no database anything; with neither of the two, look at all of the files."
)
@click.pass_context
def lint(context: click.Context, /, *, severity: str | None, sarif: str | None, fix: bool, **options: Any) -> None:
    """Say what is risky about the migrations that are pending; change no database.

    They run in a scratch database, and what they lock, rewrite and scan there is looked at. A comment beside a line allows a
    finding: `-- lockgate: allow RULE: reason`. Exit 6 where one is left.
    """
    from lockgate.cli.linting import run_lint
    from lockgate.judging.looking import Wanted
    from lockgate.nouns.plans import Selection

    common = gathered(context, options)
    if common.as_json and sarif == "-":
        raise click.UsageError("--json and --sarif - both want stdout.")
    assumed = options["everything"] or options["after"] is not None
    if options["everything"] and options["after"] is not None:
        raise click.UsageError("--all and --after say different things.")
    if fix and (assumed or options["offline"]):
        raise click.UsageError(
            "--fix asks the database what is applied; it goes with none of --all, --after, --offline."
        )
    selection = Selection(to=options["to"], steps=options["steps"])
    wanted = Wanted(selection, options["offline"], assumed, options["after"], options["squawk"])
    context.exit(run_lint(common, wanted, severity=severity, sarif_to=sarif, fix=fix))
