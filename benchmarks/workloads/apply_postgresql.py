"""Apply small migrations on PostgreSQL, then roll them back, in process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.workloads.applying import apply_and_roll_back, limit_targets

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.report import Section


def measure(bench: Bench) -> Section:
    """200 migrations on the loopback."""
    names = bench.peers("postgresql")
    return apply_and_roll_back(
        bench,
        names,
        engine="postgresql",
        count=200,
        rounds=bench.rounds(7, 3),
        title="Apply and roll back on PostgreSQL",
        targets=limit_targets,
    )
