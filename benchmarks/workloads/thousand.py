"""Whether 1,000 migrations cost five times what 200 cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.bench import titles
from benchmarks.report import Section, Table, Target, add_target
from benchmarks.samples import interleaved
from benchmarks.workloads.applying import OURS, WORDS

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_FEW, _MANY = 200, 1000


def measure(bench: Bench) -> Section:
    """Apply and roll back 200 and 1,000 on PostgreSQL, in turns."""
    names = (
        bench.peers("postgresql", "limit", *OURS)
        if bench.quick
        else bench.peers("postgresql", "limit", *OURS, "alembic-async", "yoyo")
    )
    contestants = [f"{name} {count}" for name in names for count in (_FEW, _MANY)]

    def once(contestant: str) -> dict[str, float]:
        name, count = contestant.split()
        calls = ["up", "down"]
        seconds = bench.timed(name, bench.job(name, "postgresql", int(count)), calls)
        return dict(zip(calls, seconds, strict=True))

    found, failed = interleaved(contestants, bench.rounds(3, 1), once, bench.say)
    named = {f"{name} {count}": f"{titles()[name]}, {count:,}" for name in names for count in (_FEW, _MANY)}
    against = {
        f"{name} {count}": [f"{ours} {count}" for ours in OURS]
        for name in names
        if name not in {"limit", *OURS}
        for count in (_FEW, _MANY)
    }
    tables = [
        Table(
            f"{WORDS[call]} {_FEW} and {_MANY:,}",
            {name: samples[name] for name in contestants if name in samples},
            named,
            failed=failed,
            against=against,
        )
        for call, samples in found.items()
    ]
    targets: list[Target] = []
    for call, samples in found.items():
        for name in OURS:
            words = f"{WORDS[call].lower()} {_MANY:,} to {_FEW}, {titles()[name]}"
            add_target(targets, samples, words, 5, (f"{name} {_MANY}", f"{name} {_FEW}"))
    return Section("A thousand", f"PostgreSQL, in process. Rounds: {bench.rounds(3, 1)}.", tables, targets)
