"""The commands about a folder as a whole. As in `commands`, what they need beyond click is imported when they are called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import Any

import click

from lockgate.cli.options import gathered, shared


@click.command(short_help="Replace applied migrations by one.")
@shared
@click.option("--to", metavar="NAME", help="The last one to replace: a name, its stem, or its number.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def squash(context: click.Context, /, *, to: str | None, dry_run: bool, yes: bool, **options: Any) -> None:
    """Replace the first migrations, all that are applied or those up to NAME, by one file that gives the same.

    Both are run in scratch databases, and compared, before a file is touched. Databases that have the replaced ones on record
    stay valid.
    """
    from lockgate.cli.folders import squash_folder

    squash_folder(gathered(context, options), to, dry_run=dry_run, yes=yes)


@click.command(short_help="Begin with a database that is there.")
@shared
@click.argument("description", default="baseline")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def baseline(context: click.Context, /, description: str, *, dry_run: bool, yes: bool, **options: Any) -> None:
    """Write the first migration from the schema of a database that never had any, and record it there as applied.

    It is run in a scratch database, and compared, before it is written. No row of the database is read.
    """
    from lockgate.cli.folders import begin_folder

    begin_folder(gathered(context, options), description, dry_run=dry_run, yes=yes)


@click.command(short_help="Move what is not applied to the end.")
@shared
@click.argument("name", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be renamed, and rename nothing.")
@click.pass_context
def renumber(context: click.Context, /, name: str | None, *, dry_run: bool, **options: Any) -> None:
    """Give NAME, or whatever is pending and sorts before what is applied, the next numbers: rename its files.

    Where LOCKGATE_HEAD_FILE is true, write the file HEAD as well.
    """
    from lockgate.cli.folders import renumber_folder

    renumber_folder(gathered(context, options), name, dry_run=dry_run)
