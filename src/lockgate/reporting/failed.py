"""What stands where the report would, when the pending migrations do not run: so that nobody reads an older one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lockgate.drawing.shortening import visible
from lockgate.errors import MigrationFailed
from lockgate.reporting.elements import paragraph, sql
from lockgate.reporting.marks import fenced, plain, prose
from lockgate.reporting.masking import hidden
from lockgate.reporting.page import document

if TYPE_CHECKING:
    from datetime import datetime

    from lockgate.errors import LockgateError

_LONGEST = 20_000  # of an error's text, so that a comment takes it


def failed_html(error: LockgateError, *, at: datetime) -> str:
    """The page of an error that `rehearse` or `lint` has raised."""
    head = f'<header class="lasting">\n<p class="product">Lockgate report</p>\n<h1>{escape(_headline(error))}</h1>\n</header>'
    hint = paragraph(error.hint, "hint") if error.hint else ""
    return document(_headline(error), [head, f"<section>\n{sql(_told(error))}\n{hint}\n</section>"], at)


def failed_markdown(error: LockgateError) -> str:
    """The Markdown of such an error."""
    parts = [f"### Lockgate: {plain(_headline(error))}", fenced(_told(error), "text"), prose(error.hint)]
    return visible("\n\n".join(part for part in parts if part)) + "\n"


def _headline(error: LockgateError) -> str:
    cause = error if isinstance(error, MigrationFailed) else error.__cause__
    if isinstance(cause, MigrationFailed):
        return f"{cause.name} fails, and what is pending does not run."
    return "What is pending cannot be run."


def _told(error: LockgateError) -> str:
    return hidden(error.message)[:_LONGEST]
