"""`report`: rehearses what is pending, looks what is risky about it, and writes both where they are wanted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from lockgate.cli.calling import call
from lockgate.cli.linting import Wanted, linted
from lockgate.cli.output import say, say_json
from lockgate.errors import SettingsError
from lockgate.reporting import headline, html, markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.cli.options import Shared

_HTML, _MARKDOWN = "lockgate-report.html", "lockgate-report.md"


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
        LockgateError: as `rehearse`.
    """
    rehearsal, found = call(shared, lambda runner: linted(runner.config, Wanted(chosen)))
    if places.html is not None:
        _write(places.html, html(rehearsal, found, at=datetime.now(UTC)))
    if places.markdown == "-":
        say(markdown(rehearsal, found).rstrip("\n"))
    elif places.markdown is not None:
        _write(places.markdown, markdown(rehearsal, found))
    words, written = headline(rehearsal, found), [one for one in places if one not in {None, "-"}]
    if shared.as_json:
        names = [one.name for one in rehearsal.migrations]
        say_json({"headline": words, "migrations": names, **places._asdict()})
    elif not shared.flag("quiet") and places.markdown != "-":
        say(words)
        for place in written:
            say(f"Wrote {place}")


def _write(place: str, text: str) -> None:
    try:
        Path(place).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(f"{place} cannot be written: {error.strerror}.") from error
