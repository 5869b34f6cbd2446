"""`report`: rehearses what is pending, looks what is risky about it, and writes both where they are wanted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from lockgate.cli.calling import call
from lockgate.cli.output import say, say_json
from lockgate.errors import HistoryError, LockgateError, MigrationFailed, SettingsError
from lockgate.judging.looking import Wanted, linted
from lockgate.nouns.plans import Selection
from lockgate.reporting import failed_html, failed_markdown, headline, html, markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.cli.options import Shared

_HTML, _MARKDOWN = "lockgate-report.html", "lockgate-report.md"
_OF_MIGRATIONS = frozenset({MigrationFailed.exit_code, HistoryError.exit_code})


class Places(NamedTuple):
    """Where the page and the Markdown go; None is nowhere, and `-` is stdout."""

    html: str | None
    markdown: str | None

    @classmethod
    def of(cls, html: str | None, markdown: str | None) -> Self:
        """Those that are named; with neither, both in the current folder."""
        return cls(html, markdown) if html or markdown else cls(_HTML, _MARKDOWN)


def write_report(shared: Shared, places: Places, chosen: Mapping[str, Any]) -> None:
    """Write it, and say so.

    Raises:
        SettingsError: a file cannot be written.
        LockgateError: as `rehearse`; where the migrations are to blame, what is written says so.
    """
    try:
        rehearsal, found = call(shared, lambda runner: linted(runner.config, Wanted(Selection(**chosen))))
    except LockgateError as error:
        if error.exit_code in _OF_MIGRATIONS:
            _write_both(places, failed_html(error, at=datetime.now(UTC)), failed_markdown(error))
        raise
    _write_both(places, html(rehearsal, found, at=datetime.now(UTC)), markdown(rehearsal, found))
    words, written = headline(rehearsal, found), [one for one in places if one not in {None, "-"}]
    if shared.as_json:
        names = [one.name for one in rehearsal.migrations]
        say_json({"headline": words, "migrations": names, **places._asdict()})
    elif not shared.flag("quiet") and places.markdown != "-":
        say(words)
        for place in written:
            say(f"Wrote {place}")


def _write_both(places: Places, page: str, text: str) -> None:
    if places.html is not None:
        _write(places.html, page)
    if places.markdown == "-":
        say(text.rstrip("\n"))
    elif places.markdown is not None:
        _write(places.markdown, text)


def _write(place: str, text: str) -> None:
    try:
        Path(place).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(f"{place} cannot be written: {error.strerror}.") from error
