"""The same on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.report import add_target
from benchmarks.workloads.applying import apply_and_roll_back

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.report import Section, Target
    from benchmarks.samples import Samples


def measure(bench: Bench) -> Section:
    """200 migrations in a file."""
    return apply_and_roll_back(
        bench,
        bench.peers("sqlite"),
        engine="sqlite",
        count=200,
        rounds=bench.rounds(7, 2),
        title="Apply and roll back on SQLite",
        targets=_targets,
    )


def _targets(targets: list[Target], samples: Samples, what: str) -> None:
    for ours, words in {"lockgate-sql": ".sql", "lockgate-python": ".py"}.items():
        add_target(targets, samples, f"{what} on SQLite, {words}, to the limit", 1.3, (ours, "limit"))
