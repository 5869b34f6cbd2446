"""The command that writes a report. As in `commands`, what it needs beyond click is imported when it is called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import Any

import click

from lockgate.cli.options import gathered, shared


@click.command(short_help="Write a report on what is pending.")
@shared
@click.option("--html", "html_to", type=click.Path(dir_okay=False), metavar="FILE", help="Where to write the page.")
@click.option("--markdown", "markdown_to", metavar="FILE", help="Where to write the Markdown; - is stdout.")
@click.option("--to", metavar="NAME", help="The last one to look at: a name, its stem, or its number.")
@click.option("--steps", type=int, metavar="N", help="How many to look at.")
@click.pass_context
def report(context: click.Context, /, *, html_to: str | None, markdown_to: str | None, **options: Any) -> None:
    """Write what is pending as a page, and as Markdown for a pull request; the database is only read.

    The migrations run in a scratch database. With neither --html nor --markdown, both lockgate-report.html and
    lockgate-report.md are written into the current folder; with one of them, only that.
    """
    from lockgate.cli.reporting import Places, write_report

    common = gathered(context, options)
    if common.as_json and markdown_to == "-":
        raise click.UsageError("--json and --markdown - both want stdout.")
    places = Places.of(html_to, markdown_to)
    write_report(common, places, {name: options[name] for name in ("to", "steps")})
