"""The statements of a migration and its locks on a time line: bars under lines of text, of whatever width there is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from lockgate.reporting.contents import counted, duration
from lockgate.reporting.elements import listed, strength

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.reporting.spans import Held, Kept, Ran, TimeLine

_MOST_STATEMENTS: Final = 24
_MOST_LOCKS: Final = 16
_LONGEST: Final = 160  # of a statement's text; where there is room for less, it is cut by the page
_LEAST_PERCENT: Final = 0.7  # of a bar, so that it is seen


def drawn_time_line(line: TimeLine, name: str) -> str:
    """A bar for each statement, and one for each lock from the statement that takes it until it is given back.

    Of many statements those that took longest are drawn, of many locks the strongest.
    """
    ran, kept = _slowest(line.ran), line.kept[:_MOST_LOCKS]
    axis = f'<p class="axis" aria-hidden="true"><span>0</span><span>{duration(line.seconds)}</span></p>'
    statements = listed((_statement(one, line) for one in ran), "lanes")
    locks = listed((_lock(one, line) for one in kept), "lanes")
    more = _more(line, ran, kept)
    parts = [axis, statements, '<p class="title">Locks held</p>' if kept else "", locks]
    parts.append(f'<p class="note">{escape(more)}</p>' if more else "")
    return f'<figure class="time" aria-label="Time line of {escape(name)}">\n{"".join(parts)}\n</figure>'


def _slowest(ran: Sequence[Ran]) -> list[Ran]:
    longest = sorted(ran, key=lambda one: (bool(one.sent.touches), one.end - one.start))[-_MOST_STATEMENTS:]
    return sorted(longest, key=lambda one: one.number)


def _more(line: TimeLine, ran: Sequence[Ran], kept: Sequence[Kept]) -> str:
    statements, locks = len(line.ran) - len(ran), len(line.kept) - len(kept)
    parts = [f"the {counted(statements, 'quicker statement')}"] if statements else []
    parts += [f"{counted(locks, 'weaker lock')}"] if locks else []
    return f"Not drawn: {' and '.join(parts)}." if parts else ""


def _statement(one: Ran, line: TimeLine) -> str:
    text = " ".join(one.sent.text.split())
    said = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    words = f'<b class="no">{one.number}</b><code class="cut">{escape(said)}</code>'
    return _lane(words, duration(one.end - one.start), _bar("statement", one.start, one.end, line))


def _lock(one: Kept, line: TimeLine) -> str:
    modes = ", then ".join(f'<b class="{strength(held.mode)}">{held.mode.words}</b>' for held in one.held)
    words = f'<span class="cut">{modes} on <code>{escape(one.relation)}</code></span>'
    span = f"from {one.since} to {one.until} · {duration(one.held[-1].end - one.held[0].start)}"
    return _lane(words, span, "".join(_held(held, line) for held in one.held))


def _held(held: Held, line: TimeLine) -> str:
    return _bar(strength(held.mode), held.start, held.end, line)


def _lane(words: str, span: str, bars: str) -> str:
    return f'<p>{words}<span class="span">{span}</span></p><div class="track" aria-hidden="true">{bars}</div>'


def _bar(kind: str, start: float, end: float, line: TimeLine) -> str:
    whole = line.seconds or 1.0
    width = max((end - start) / whole * 100, _LEAST_PERCENT)
    left = min((start - line.start) / whole * 100, 100 - width)
    return f'<i class="{kind}" style="left:{left:.2f}%;width:{width:.2f}%"></i>'
