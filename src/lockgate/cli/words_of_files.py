"""What `check --files` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lockgate.cli.output import say, say_json, warn
from lockgate.cli.words import show_problems

if TYPE_CHECKING:
    from lockgate.cli.options import Shared
    from lockgate.nouns.file_checks import FilesReport


def show_files_report(report: FilesReport, shared: Shared) -> None:
    """What is wrong with the files, a line each; where nothing is, how many there are."""
    if shared.as_json:
        say_json(report.as_json())
        return
    for note in report.notes if not shared.flag("quiet") else ():
        warn(note)
    for fault in report.faults:
        say(f"{click.style('!', fg='red', bold=True)} {fault.detail}")
        if fault.hint:
            say(f"  {fault.hint}")
    show_problems(report.problems)
    if not (report.exit_code or shared.flag("quiet")):
        against = f", and beside {report.against}" if report.against else ""
        say(f"Files: {report.migrations} migrations, all right in themselves{against}.")
