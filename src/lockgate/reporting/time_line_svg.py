"""The statements of a migration and its locks on a time line, as SVG that takes the width it is given."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.drawing.shortening import cut
from lockgate.reporting.contents import counted, duration
from lockgate.reporting.elements import strength

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.reporting.spans import Held, Kept, Ran, TimeLine

_ROW: Final = 34
_HEAD: Final = 26
_GAP: Final = 30  # between the statements and the locks, for a title
_PLACES: Final = 54  # of a statement's text
_MOST_STATEMENTS: Final = 24
_MOST_LOCKS: Final = 16
_LEAST_PERCENT: Final = 0.7  # of a bar, so that it is seen
_HEIGHTS: Final = {"bars-all": 12, "bars-writing": 9, "bars-changing": 6, "bars-nothing": 4}


def time_line_svg(line: TimeLine, name: str) -> str:
    """A bar for each statement, and one for each lock from the statement that takes it until it is given back.

    Of many statements those that took longest are drawn, of many locks the strongest.
    """
    ran, kept = _slowest(line.ran), line.kept[:_MOST_LOCKS]
    top = _HEAD + _ROW * len(ran)
    height = top + (_GAP + _ROW * len(kept) if kept else 0) + 4
    said = escape(_label(line, name))
    rows = [*_statements(ran, line), *_locks(kept, line, top)]
    more = _more(line, ran, kept)
    drawn = (
        f'<svg class="time" role="img" aria-label="{said}" width="100%" height="{height}">'
        f"{''.join(_axis(line, height))}\n{chr(10).join(rows)}\n</svg>"
    )
    return drawn + (f'<p class="note">{escape(more)}</p>' if more else "")


def _slowest(ran: Sequence[Ran]) -> list[Ran]:
    longest = sorted(ran, key=lambda one: (bool(one.sent.touches), one.end - one.start))[-_MOST_STATEMENTS:]
    return sorted(longest, key=lambda one: one.number)


def _label(line: TimeLine, name: str) -> str:
    return (
        f"Time line of {name}: {counted(len(line.ran), 'statement')} and {counted(len(line.kept), 'lock')}"
        f" in {duration(line.seconds)}; the same is said in words below"
    )


def _more(line: TimeLine, ran: Sequence[Ran], kept: Sequence[Kept]) -> str:
    statements, locks = len(line.ran) - len(ran), len(line.kept) - len(kept)
    parts = [f"the {counted(statements, 'quicker statement')}"] if statements else []
    parts += [f"{counted(locks, 'weaker lock')}"] if locks else []
    return f"Not drawn: {' and '.join(parts)}." if parts else ""


def _axis(line: TimeLine, height: int) -> Iterator[str]:
    for percent in (0, 25, 50, 75):
        yield f'<line class="grid" x1="{percent}%" x2="{percent}%" y1="18" y2="{height}"/>'
    yield f'<line class="end" x1="100%" x2="100%" y1="18" y2="{height}"/>'
    yield '<text class="dim" x="2" y="12">0</text>'
    yield f'<text class="dim" x="100%" y="12" text-anchor="end">{duration(line.seconds)}</text>'


def _statements(ran: Sequence[Ran], line: TimeLine) -> Iterator[str]:
    for row, one in enumerate(ran):
        top = _HEAD + _ROW * row
        yield (
            f"<g><title>{escape(one.sent.text[:1000])}</title>"
            f'<text x="2" y="{top + 13}"><tspan class="no">{one.number}</tspan> {escape(cut(one.sent.text, _PLACES))}'
            f'<tspan class="dim"> · {duration(one.end - one.start)}</tspan></text>'
            f"{_bar(_Shape('statement', top + 24, 8), one.start, one.end, line)}</g>"
        )


def _locks(kept: Sequence[Kept], line: TimeLine, top: int) -> Iterator[str]:
    if kept:
        yield f'<text class="title" x="2" y="{top + 22}">Locks held</text>'
    for row, one in enumerate(kept):
        at = top + _GAP + _ROW * row
        modes = ", then ".join(f'<tspan class="{strength(held.mode)}">{held.mode.words}</tspan>' for held in one.held)
        span = f"from {one.since} to {one.until}, {duration(one.held[-1].end - one.held[0].start)}"
        yield (
            f"<g><title>{escape(_told(one))}</title>"
            f'<text x="2" y="{at + 13}">{modes} on {escape(cut(one.relation, _PLACES // 2))}'
            f'<tspan class="dim"> · {span}</tspan></text>'
            f"{''.join(_lock_bar(held, line, at + 24) for held in one.held)}</g>"
        )


def _told(one: Kept) -> str:
    modes = ", then ".join(held.mode.words for held in one.held)
    return f"{modes} on {one.relation}, from statement {one.since} to {one.until}"


def _lock_bar(held: Held, line: TimeLine, middle: int) -> str:
    kind = strength(held.mode)
    return _bar(_Shape(kind, middle, _HEIGHTS[kind]), held.start, held.end, line)


class _Shape(NamedTuple):
    """How a bar looks: a class of style, the middle of its height, and its height."""

    kind: str
    middle: int
    height: int


def _bar(shape: _Shape, start: float, end: float, line: TimeLine) -> str:
    whole = line.seconds or 1.0
    width = max((end - start) / whole * 100, _LEAST_PERCENT)
    left = min((start - line.start) / whole * 100, 100 - width)
    top = shape.middle - shape.height / 2
    return (
        f'<rect class="{shape.kind}" x="{left:.2f}%" width="{width:.2f}%" y="{top:g}" height="{shape.height}" rx="2"/>'
    )
