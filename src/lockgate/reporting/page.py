"""A report as one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from lockgate.drawing.shortening import visible
from lockgate.reporting.contents import Contents
from lockgate.reporting.elements import listed
from lockgate.reporting.of_migrations import glance, migrations
from lockgate.reporting.of_the_run import changes, live_facts, not_known, rolling_back, whole_script
from lockgate.reporting.page_style import STYLE
from lockgate.reporting.points import points
from lockgate.reporting.words import took

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from lockgate.nouns.findings import LintReport
    from lockgate.nouns.rehearsals import Rehearsal
    from lockgate.reporting.points import Point

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def html(rehearsal: Rehearsal, lint: LintReport, *, at: datetime) -> str:
    """The page.

    Args:
        lint: what was found in the rehearsal.
        at: when the target was looked at.
    """
    contents = Contents.of(rehearsal, lint)
    return document(contents.count, _parts(contents), at)


def document(title: str, parts: Iterable[str], at: datetime) -> str:
    """A page of these parts."""
    return visible("\n".join(_lines(title, parts, at))) + "\n"


def _lines(title: str, parts: Iterable[str], at: datetime) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<link rel="icon" href="data:,">'
    yield f"<title>{escape(title)} · Lockgate</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>"
    yield from parts
    yield "</main>"
    moment = f'<time datetime="{at.isoformat(timespec="seconds")}">{at:%Y-%m-%d %H:%M:%S %Z}</time>'
    yield f"<footer>Written by <code>lockgate report</code>, {moment}. Nothing of it was run on the target.</footer>"
    yield "</body>\n</html>"


def _parts(contents: Contents) -> Iterator[str]:
    yield from _head(contents)
    if contents.rehearsal.migrations:
        yield glance(contents)
        yield changes(contents)
        yield migrations(contents)
        yield live_facts(contents)
        yield rolling_back(contents)
        yield from not_known(contents)
        yield whole_script(contents)


def _head(contents: Contents) -> Iterator[str]:
    found = points(contents) if contents.rehearsal.migrations else []
    weight = max([contents.weight, *(one.weight for one in found)])
    yield f'<header class="{weight.word}">\n<p class="product">Lockgate report</p>'
    yield f"<h1>{escape(contents.headline)}</h1>"
    if found:
        yield listed(map(_point, found), "points")
    words = took(contents.rehearsal)
    if words:
        yield f'<p class="quiet">{escape(words)}</p>'
    yield "</header>"


def _point(one: Point) -> str:
    sign = f'<b aria-hidden="true">{one.weight.sign}</b>'
    return f'<a class="{one.weight.word}" href="#{one.place}">{sign} {one.asked}: {escape(one.answer)}</a>'
