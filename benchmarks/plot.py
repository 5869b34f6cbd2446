"""Draws findings as SVG: what each contestant takes beside the limit, and how cost grows."""

from __future__ import annotations

import math
import statistics
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.report import Growth, Section, Table

_WIDTH, _LEFT, _ROW = 900, 330, 22
_PANEL, _PANEL_HEIGHT = 450, 270
_STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.small { font-size: 11px }
.grid { stroke: #8c959f; stroke-opacity: .35 }
.sql { fill: #0969da; stroke: #0969da } .py { fill: #1a7f37; stroke: #1a7f37 }
.alembic { fill: #cf222e; stroke: #cf222e } .limit { fill: #57606a; stroke: #57606a }
.other { fill: #9a6700; stroke: #9a6700; fill-opacity: .45 }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .sql { fill: #58a6ff; stroke: #58a6ff } .py { fill: #3fb950; stroke: #3fb950 }
  .alembic { fill: #ff7b72; stroke: #ff7b72 } .limit { fill: #b1bac4; stroke: #b1bac4 }
  .other { fill: #d29922; stroke: #d29922 }
}"""
_KINDS = {"sql": "Lockgate", "py": "Lockgate, .py", "alembic": "Alembic", "limit": "the limit", "other": "another peer"}

_WORDS = {"lockgate": "sql", "alembic": "alembic", "limit": "limit", "asyncpg-trek": "other", "asyncpg": "limit"}


def svg(sections: Sequence[Section]) -> str:
    """The whole picture, with a title on every mark; it fits light and dark pages."""
    tables = [(one, table) for one in sections for table in one.tables if table.limit in table.samples]
    growths = [growth for one in sections for growth in one.growths if growth.samples]
    parts = [_legend(30)]
    height = 60
    if tables:
        parts.append(_ratios(tables, height))
        height += _ROW * len(tables) + 80
    for number, growth in enumerate(growths):
        parts.append(_lines(growth, _PANEL * (number % 2), height + _PANEL_HEIGHT * (number // 2)))
    height += _PANEL_HEIGHT * math.ceil(len(growths) / 2)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}">'
    )
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>\n"])


def _kind(name: str) -> str:
    first = name.split(maxsplit=1)[0]
    if first == "lockgate-python":
        return "py"
    return next((kind for word, kind in _WORDS.items() if first.startswith(word)), "other")


def _legend(y: float) -> str:
    marks = (_mark(kind, 30 + 150 * place, y - 4, words) for place, (kind, words) in enumerate(_KINDS.items()))
    words = (_text(40 + 150 * place, y, said) for place, said in enumerate(_KINDS.values()))
    return "\n".join([*marks, *words])


def _ratios(tables: Sequence[tuple[Section, Table]], top: float) -> str:
    """A row for each table, a mark for each contestant; the limit is at 1."""
    rows = [_over_limit(table) for _, table in tables]
    ticks = _ticks(value for row in rows for value, _, _ in row)
    bottom = top + 25 + _ROW * len(rows)
    across = _scale(ticks[0], ticks[-1], _LEFT, _WIDTH - 40)
    parts = [_text(20, top + 10, "Time to the limit's, × (less is better)", "title")]
    for tick in ticks:
        parts += [
            _rule(across(tick), top + 20, across(tick), bottom),
            _text(across(tick), bottom + 16, f"{tick:g}", "", "middle"),
        ]
    for number, ((found, table), row) in enumerate(zip(tables, rows, strict=True)):
        y = top + 36 + _ROW * number
        parts.append(_text(_LEFT - 12, y + 4, _short(found.title, table.title), "small", "end"))
        parts += [_mark(_kind(name), across(value), y, f"{said}: {value:.2f}") for value, name, said in row]
    return "\n".join(parts)


def _over_limit(table: Table) -> list[tuple[float, str, str]]:
    """Ours come last, on top of the others."""
    limit = statistics.median(table.samples[table.limit or ""])
    found = [(statistics.median(one) / limit, name, table.titles[name]) for name, one in table.samples.items()]
    return sorted(found, key=lambda one: (_kind(one[1]) in {"sql", "py"}, one[0]))


def _short(section: str, title: str) -> str:
    said = (
        title
        if section.startswith(title.split(",", maxsplit=1)[0])
        else f"{section.removeprefix('Apply and roll back on ')}: {title}"
    )
    return said if len(said) <= 50 else f"{said[:49]}…"


def _lines(growth: Growth, left: float, top: float) -> str:
    """Lines on two logarithmic axes; the names stand at the ends of the lines, held apart."""
    medians = {name: growth.medians(name) for name in growth.samples}
    sizes = sorted({size for points in medians.values() for size in points})
    ticks = _ticks(seconds for points in medians.values() for seconds in points.values())
    across = _scale(sizes[0], sizes[-1], left + 62, left + _PANEL - 150)
    upward = _scale(ticks[0], ticks[-1], top + _PANEL_HEIGHT - 50, top + 30)
    parts = [_text(left + 20, top + 10, f"{growth.title}, by {growth.counted}", "title")]
    for tick in ticks:
        y = upward(tick)
        parts += [_rule(left + 62, y, left + _PANEL - 150, y), _text(left + 56, y + 4, _seconds(tick), "small", "end")]
    parts += [_text(across(size), top + _PANEL_HEIGHT - 32, f"{size:,}", "small", "middle") for size in sizes]
    ends = {name: upward(list(points.values())[-1]) for name, points in medians.items()}
    for name, y in _apart(ends, 14).items():
        points = [(across(size), upward(seconds)) for size, seconds in medians[name].items()]
        path = " ".join(f"{x:.1f},{height:.1f}" for x, height in points)
        parts.append(f'<polyline class="line {_kind(name)}" style="fill:none" points="{path}"/>')
        parts += [_mark(_kind(name), x, height, growth.titles[name]) for x, height in points]
        parts.append(_text(left + _PANEL - 140, y + 4, _brief(growth.titles[name]), "small"))
    return "\n".join(parts)


def _brief(title: str) -> str:
    """Its first words, as many as there is room for."""
    return (
        title.partition(" (")[0] if len(title.partition(" (")[0]) <= 18 else title[:18].rpartition(" ")[0].rstrip(",")
    )


def _apart(heights: dict[str, float], least: float) -> dict[str, float]:
    """The same, from the top down, each at least so far below the one before."""
    held: dict[str, float] = {}
    last = -math.inf
    for name, height in sorted(heights.items(), key=lambda one: one[1]):
        last = max(height, last + least)
        held[name] = last
    return held


def _ticks(values: Iterable[float]) -> list[float]:
    """Powers of ten around all values."""
    logs = [math.log10(value) for value in values]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    return [10.0**power for power in range(low, max(high, low + 1) + 1)]


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    step = (end - start) / (math.log(high / low) or 1)
    return lambda value: start + math.log(value / low) * step


def _seconds(value: float) -> str:
    return f"{value:g} s" if value >= 1 else f"{value * 1000:g} ms"


def _mark(kind: str, x: float, y: float, said: str) -> str:
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escape(said)}</title></circle>'


def _text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _rule(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="grid" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'
