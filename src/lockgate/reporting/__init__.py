"""A rehearsal as a page, and as Markdown for a pull request."""

from lockgate.reporting.contents import headline
from lockgate.reporting.failed import failed_html, failed_markdown
from lockgate.reporting.page import html
from lockgate.reporting.twin import markdown

__all__ = ["failed_html", "failed_markdown", "headline", "html", "markdown"]
