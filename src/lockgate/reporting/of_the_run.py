"""The parts of the page that are about the run as a whole."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from lockgate.drawing.svg import svg
from lockgate.nouns.flavours import Flavour
from lockgate.rehearsing.script import script
from lockgate.rehearsing.verdicts import circumstances, in_bytes
from lockgate.reporting.elements import (
    code,
    folded,
    listed,
    mode_chip,
    paragraph,
    prose,
    scrolling,
    section,
    sign_of,
    sql,
    table,
)
from lockgate.reporting.words import MASKED, NO_CHANGE, NO_SCHEMA, back, commands, said, server_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockgate.nouns.schema_reports import Difference
    from lockgate.reporting.contents import Contents

_WIDTH: Final = re.compile(r' width="(\d+)"')
_SHOWN: Final = 30  # of a list; the others are folded
_KINDS: Final = {"+": "added", "−": "dropped", "~": "changed"}


def changes(contents: Contents) -> str:
    """The schema before and after, drawn and in words."""
    before, after = contents.rehearsal.before, contents.rehearsal.after
    if before is None or after is None:
        return section("What changes", "changes", paragraph(NO_SCHEMA))
    if not contents.differences:
        return section("What changes", "changes", paragraph(NO_CHANGE))
    return section("What changes", "changes", _diagram(svg(after, contents.changes)), differences(contents.differences))


def _diagram(drawn: str) -> str:
    """The diagram, a little smaller where the page is narrow, and scrolled where that is not enough."""
    width = _WIDTH.search(drawn)
    style = f' style="--wide:{width[1]}px"' if width else ""
    return f"<figure{style}>{scrolling(drawn, 'Entity diagram', 'diagram')}</figure>"


def differences(found: Sequence[Difference]) -> str:
    """Differences as a list, each with the sign of what becomes of it."""
    items = [_difference(one) for one in found]
    rest = len(items) - _SHOWN
    more = folded(f"{rest} more", listed(items[_SHOWN:], "changes")) if rest > 0 else ""
    return listed(items[:_SHOWN], "changes") + more


def _difference(one: Difference) -> str:
    sign = sign_of(one)
    return f'<b class="{_KINDS[sign]}">{sign}<span class="unseen"> {_KINDS[sign]}</span></b> {escape(said(one))}'


def live_facts(contents: Contents) -> str:
    """What the target says of the tables that are touched, and who is at work there."""
    rehearsal = contents.rehearsal
    if rehearsal.live is None:
        words = {Flavour.SQLITE: "A SQLite database tells no sizes, sessions or replicas."}
        why = "Which tables the run touches is not known, so the database was not asked about them."
        return section("The database now", "live", paragraph(words.get(rehearsal.flavour, why)))
    notes = circumstances(rehearsal) or ["No transaction has been open for long, and no replica is connected."]
    parts = [paragraph(f"{server_of(rehearsal, rehearsal.live.version)}; it was only read.", "note")]
    return section("The database now", "live", *parts, _sizes(contents), listed(map(escape, notes), "plain"))


def _sizes(contents: Contents) -> str:
    rows = [(code(one.table), one.rows, in_bytes(one.facts.bytes), mode_chip(one.mode)) for one in contents.sizes]
    heads = ("Table", "Rows, as estimated", "Size with indexes", "Strongest lock")
    return table("The tables that the run locks", heads, rows, (1, 2), told=(1, 2)) if rows else ""


def rolling_back(contents: Contents) -> str:
    """How to roll back, and what that does not restore."""
    ways = (f"{code(command)} {prose(does)}" for command, does in commands(contents))
    left = differences(contents.rehearsal.unrestored or ())
    parts = [listed(map(prose, back(contents)), "plain"), left, listed(ways, "plain")]
    return section("Rolling back", "back", *(part for part in parts if part))


def not_known(contents: Contents) -> Iterable[str]:
    """What could not be known, and where the target is not what the scratch began with."""
    found, differs = unknown(contents), contents.rehearsal.differs
    if not found and not differs:
        return
    parts = [listed(map(prose, found), "plain")]
    if differs:
        parts.append(paragraph("The target's schema is not what the scratch began with. Compared with that, it has:"))
        parts.append(differences(differs))
    yield section("Not known", "unknown", *(part for part in parts if part))


def whole_script(contents: Contents) -> str:
    """All that would be sent, folded."""
    text = script(contents.rehearsal)
    lines = text.count("\n")
    return section("The script", "script", paragraph(MASKED, "note"), folded(f"All {lines:,} lines", sql(text)))
