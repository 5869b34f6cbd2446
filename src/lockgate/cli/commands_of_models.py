"""The commands about models. As in `commands`, what they need beyond click is imported when they are called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lockgate.cli.options import gathered, shared

if TYPE_CHECKING:
    from lockgate.cli.options import Shared


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
@click.option("--files", is_flag=True, help="Look at the files alone, without a database.")
@click.option("--against", metavar="REF", help="With --files: what git has there counts as applied.")
@click.pass_context
def check(context: click.Context, /, *, files: bool, against: str | None, **options: Any) -> None:
    """Compare models with the database, and files with the history; change nothing.

    Exit 4 when files and history have diverged, 6 when something is pending or models and database differ. Without models,
    only files and history are compared.

    With --files no database is needed, and nothing of the files is executed: exit 2 when a file is wrong, 4 when one that
    is at REF was edited or removed, or a new one would run before those.
    """
    common = gathered(context, options)
    if files:
        from lockgate.cli.words_of_files import show_files_report
        from lockgate.sources.checking import check_files

        found = check_files(common.config(), against)
        show_files_report(found, common)
        context.exit(found.exit_code)
    if against is not None:
        raise click.UsageError("--against goes with --files.")
    _check_database(context, common)


def _check_database(context: click.Context, common: Shared) -> None:
    from lockgate.cli.calling import call
    from lockgate.cli.words_of_models import show_check
    from lockgate.nouns.plans import exit_of

    report = call(common, lambda runner: runner.check())
    show_check(report, common)
    context.exit(exit_of(report.state, pending=bool(report.pending or report.differences)))
