"""The command that draws. As in `commands`, what it needs beyond click is imported when it is called."""

# ruff: noqa: PLC0415 - as in `commands`

from __future__ import annotations

from typing import Any

import click

from lockgate.cli.options import gathered, shared


@click.command(short_help="Draw the schema.")
@shared
@click.option(
    "--from", "origin", type=click.Choice(["database", "models", "files"]), default="database", help="Of what."
)
@click.option("--format", "form", type=click.Choice(["svg", "mermaid"]), help="Else as the output's suffix says.")
@click.option("--output", type=click.Path(dir_okay=False), metavar="FILE", help="Where to write it; else stdout.")
@click.option("--only", metavar="PATTERN", multiple=True, help="Only the tables of such a name, as in 'video_*'.")
@click.pass_context
def diagram(
    context: click.Context,
    /,
    *,
    origin: str,
    form: str | None,
    output: str | None,
    only: tuple[str, ...],
    **options: Any,
) -> None:
    """Draw the tables and their foreign keys, of the database, the models, or what the files give.

    SVG where the output's name ends in .svg, else text for Mermaid. The files are run in a scratch database; the database
    itself is only read.
    """
    from lockgate.cli.drawing import draw

    form = form or ("svg" if output and output.lower().endswith(".svg") else "mermaid")
    draw(gathered(context, options), origin, form, output, only)
