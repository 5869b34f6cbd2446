"""The commands about models. As in `commands`, what they need beyond click is imported when they are called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import Any

import click

from lockgate.cli.options import gathered, shared


@click.command(short_help="Bring the database to the models.")
@shared
@click.pass_context
def auto(context: click.Context, /, **options: Any) -> None:
    """Bring the database to the models, in development and test only; nothing forces it elsewhere.

    It adds and widens. What would drop, rename or narrow something is left undone, and said.
    """
    from lockgate.cli.calling import call
    from lockgate.cli.words_of_models import show_auto
    from lockgate.narration import LOG_OF_AUTO

    common = gathered(context, options)
    # What is shown on stdout need not stand in the log beside it.
    unsaid = "" if common.as_json or common.flag("quiet") else LOG_OF_AUTO
    show_auto(call(common, lambda runner: runner.auto_migrate(), unsaid=unsaid), common)


@click.command(short_help="Compare models, database and files.")
@shared
@click.pass_context
def check(context: click.Context, /, **options: Any) -> None:
    """Compare models with the database, and files with the history; change nothing.

    Exit 4 when files and history have diverged, 6 when something is pending or models and database differ. Without models,
    only files and history are compared.
    """
    from lockgate.cli.calling import call
    from lockgate.cli.words_of_models import show_check
    from lockgate.nouns.plans import exit_of

    common = gathered(context, options)
    report = call(common, lambda runner: runner.check())
    show_check(report, common)
    context.exit(exit_of(report.state, pending=bool(report.pending or report.differences)))
