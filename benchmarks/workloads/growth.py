"""How cost grows: with migrations, with tables and with targets."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING

from benchmarks.bench import titles
from benchmarks.environments import CHECKOUT
from benchmarks.models_child import CHANGED
from benchmarks.peers.peer import Command
from benchmarks.report import Growth, Section
from benchmarks.samples import Samples, interleaved
from benchmarks.workloads import fleet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.bench import Bench

_SIZES, _MOST = (10, 100, 1000), 10_000
_NAMES = ("limit", "lockgate-sql", "lockgate-python", "alembic-sync", "asyncpg-trek", "knex")
_LOOKS = 7
_TABLES = {
    "lockgate": f"Lockgate check, up to {CHANGED} tables changed",
    "alembic": "Alembic compare_metadata, the same",
}
_CHILDREN = {"lockgate": "changed", "alembic": "alembic-changed"}
_FLEET = ("limit", "lockgate", "alembic")
_FLEET_MIGRATIONS = 2
# A loop over Alembic's API takes a tenth of a second and more for each tenant.
_ALEMBIC_TENANTS = 100


def measure(bench: Bench) -> Section:
    """Each size in turns with the others."""
    sizes = _SIZES if bench.quick else (*_SIZES, _MOST)
    growths = [*_migrations(bench, sizes), _tables(bench, sizes), _targets(bench, sizes)]
    said = (
        "The exponent is that of the power of the size that fits the medians best, by least squares of their logarithms: 0"
        " does not grow, 1 grows as the size does. What is spent once, as connecting is, draws it towards 0. What each more"
        " costs is the slope of the straight line. On PostgreSQL, in process;"
        f" in the fleet {_FLEET_MIGRATIONS} migrations each."
    )
    return Section("How cost grows", said, growths=growths)


def _migrations(bench: Bench, sizes: Sequence[int]) -> list[Growth]:
    names = bench.peers("postgresql", *_NAMES)

    def once(name: str, size: int) -> dict[str, float]:
        job = bench.job(name, "postgresql", size)
        applied, *looks = bench.timed(name, job, ["up", *["look"] * _LOOKS])
        return {"applied": applied, "looked": statistics.median(looks[2:])}

    found, failed = _in_turns(bench, dict.fromkeys(names, sizes), bench.rounds(3, 1), once)
    return [
        Growth("Apply", "migrations", found.get("applied", {}), titles(), failed),
        Growth("Nothing to do", "migrations", found.get("looked", {}), titles()),
    ]


def _tables(bench: Bench, sizes: Sequence[int]) -> Growth:
    def once(_: str, size: int) -> dict[str, float]:
        bench.server.create("bench_growth")
        argv = [bench.environment("lockgate-sql").python, "-m", "benchmarks.models_child"]
        argv += [bench.server.url("bench_growth"), "1", str(size), *_CHILDREN.values()]
        samples = json.loads(bench.output(Command(argv, {"PYTHONPATH": str(CHECKOUT)})).splitlines()[-1])
        return {name: samples[child][0] for name, child in _CHILDREN.items()}

    by_child, failed = _in_turns(bench, {"both": sizes}, bench.rounds(3, 1), once)
    found = {name: samples["both"] for name, samples in by_child.items()}
    return Growth("Models against a database", "tables", found, _TABLES, failed)


def _targets(bench: Bench, sizes: Sequence[int]) -> Growth:
    def once(name: str, size: int) -> dict[str, float]:
        return {"fleet": fleet.measured(bench, name, size, 0, _FLEET_MIGRATIONS)}

    wanted = {
        name: [size for size in sizes if name != "alembic" or size <= _ALEMBIC_TENANTS]
        for name in _FLEET
        if bench.peers("postgresql", fleet.PEERS[name])
    }
    found, failed = _in_turns(bench, wanted, bench.rounds(3, 1), once)
    fleet.drop(bench, 1)
    return Growth("A fleet", "schemas", found.get("fleet", {}), fleet.TITLES, failed)


def _in_turns(
    bench: Bench,
    wanted: Mapping[str, Sequence[int]],
    rounds: int,
    once: Callable[[str, int], Mapping[str, float]],
) -> tuple[dict[str, dict[str, dict[int, list[float]]]], dict[str, str]]:
    """Samples by what was measured, by contestant and by size; and who failed at which size, and how."""
    pairs = {f"{name} {size}": (name, size) for name, sizes in wanted.items() for size in sizes}
    found, failed = interleaved(list(pairs), rounds, lambda pair: once(*pairs[pair]), bench.say)
    return {what: _by_size(samples, pairs) for what, samples in found.items()}, failed


def _by_size(samples: Samples, pairs: Mapping[str, tuple[str, int]]) -> dict[str, dict[int, list[float]]]:
    sorted_out: dict[str, dict[int, list[float]]] = {}
    for pair, (name, size) in pairs.items():
        if pair in samples:
            sorted_out.setdefault(name, {})[size] = samples[pair]
    return sorted_out
