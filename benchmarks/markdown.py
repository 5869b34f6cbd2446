"""Writes findings as Markdown."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.reasons import UNEXPLAINED, faster, faster_by_size
from benchmarks.samples import ratio
from benchmarks.slopes import exponent, for_each

PLOT = "results.svg"

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.report import Growth, Section, Table, Target


def document(preamble: str, sections: Sequence[Section], versions: Mapping[str, str]) -> str:
    """The whole report."""
    parts = [
        "# Benchmarks: results",
        preamble,
        f"![How the contestants compare]({PLOT})",
        "## Targets",
        _targets([t for one in sections for t in one.targets]),
    ]
    unexplained = [where for one in sections for where in _unexplained(one)]
    if unexplained:
        parts.append(f"A peer is faster, and nobody has said why: {'; '.join(unexplained)}.")
    parts += [section(one) for one in sections]
    parts += ["## Versions", _grid(["what", "version"], [[name, value] for name, value in versions.items()])]
    return "\n\n".join(parts) + "\n"


def _unexplained(found: Section) -> list[str]:
    """Where a peer is faster and there is no reason; a table's title and the peer's."""
    said = [(one.title, one.titles, faster(one)) for one in found.tables]
    said += [(one.title, one.titles, faster_by_size(one)) for one in found.growths]
    return [f"{title}: {titles[peer]}" for title, titles, why in said for peer in why if UNEXPLAINED in why[peer]]


def section(found: Section) -> str:
    """One workload."""
    parts = [f"## {found.title}", found.words]
    for one in found.tables:
        parts += [f"### {one.title}", table(one)]
    for grown in found.growths:
        parts += [f"### {grown.title}, by {grown.counted}", growth(grown)]
    if found.facts:
        parts.append("\n".join(f"- {fact}" for fact in found.facts))
    if found.targets:
        parts.append(_targets(found.targets))
    return "\n\n".join(parts)


def table(found: Table) -> str:
    """A table: each contestant's time, what it is to the limit, and what ours are to it."""
    ours = [name for name in found.ours if name in found.samples]
    limit = found.samples.get(found.limit) if found.limit else None
    head = ["contestant", "median", "minimum"]
    head += ["× limit"] if limit else []
    head += [f"{found.titles[name]} ÷ it" for name in ours]
    head += list(found.extra)
    reasons = faster(found)
    head += ["faster than Lockgate"] if reasons else []
    rows = []
    for name, seconds in found.samples.items():
        row = [found.titles[name], _time(statistics.median(seconds)), _time(min(seconds))]
        row += [f"{ratio(seconds, limit)[0]:.2f}"] if limit else []
        row += [f"{ratio(found.samples[one], seconds)[0]:.2f}" for one in ours]
        row += [words.get(name, "") for words in found.extra.values()]
        row += [reasons.get(name, "")] if reasons else []
        rows.append(row)
    for name, words in found.failed.items():
        rows.append([found.titles[name], f"failed: {words}", *[""] * (len(head) - 2)])
    return _grid(head, rows)


def growth(found: Growth) -> str:
    """A table: each contestant's median at each size, and how it grows."""
    sizes = sorted({size for samples in found.samples.values() for size in samples})
    reasons = faster_by_size(found)
    rows = []
    for name in found.samples:
        medians = found.medians(name)
        row = [found.titles[name], *(_time(medians[size]) if size in medians else "" for size in sizes)]
        row += [f"{exponent(medians):.2f}", f"{for_each(medians) * 1_000_000:,.0f} µs"]
        rows.append([*row, *([reasons.get(name, "")] if reasons else [])])
    head = ["contestant", *(f"{size:,}" for size in sizes), "exponent", "each more"]
    head += ["faster than Lockgate"] if reasons else []
    failed = [f"- {name} failed: {words}" for name, words in found.failed.items()]
    return "\n\n".join([_grid(head, rows), *failed])


def _targets(targets: Iterable[Target]) -> str:
    rows = [
        [one.words, f"≤ {one.bound:g} {one.unit}", f"{one.median:.2f}", f"{one.minimum:.2f}", one.verdict]
        for one in targets
    ]
    return _grid(["target", "bound", "by medians", "by minima", ""], rows)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
