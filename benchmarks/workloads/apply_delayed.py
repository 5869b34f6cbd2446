"""The same on PostgreSQL behind a network: 1 ms each way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.proxy import proxied
from benchmarks.report import add_target
from benchmarks.workloads.applying import apply_and_roll_back

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.report import Section, Target
    from benchmarks.samples import Samples

_EACH_WAY = 0.001


def measure(bench: Bench) -> Section:
    """Migrations through a proxy that delays."""
    with proxied(bench.server.address, _EACH_WAY) as proxy:
        return apply_and_roll_back(
            bench,
            bench.peers("postgresql"),
            engine="postgresql",
            count=50 if bench.quick else 200,
            rounds=bench.rounds(3, 2),
            title="Apply and roll back on PostgreSQL, 2 ms away",
            targets=_targets,
            proxy=proxy,
            words="A proxy on the loopback holds every piece of data back for 1 ms each way, and counts the turns: how often"
            " the client speaks after the server has. Those of connecting are in the count.",
        )


def _targets(targets: list[Target], samples: Samples, what: str) -> None:
    for ours, words in {"lockgate-sql": ".sql", "lockgate-python": ".py"}.items():
        add_target(targets, samples, f"{what} 2 ms away, {words}, to Alembic async", 0.3, (ours, "alembic-async"))
