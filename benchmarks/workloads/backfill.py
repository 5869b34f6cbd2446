"""A column of a large table is filled, in SQL and in Python."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.backfill_child import BATCH
from benchmarks.environments import CHECKOUT
from benchmarks.peers.peer import Command
from benchmarks.report import Section, Table, Target, add_target
from benchmarks.samples import interleaved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.bench import Bench
    from benchmarks.samples import Samples

_IN_SQL = {
    "asyncpg": f"limit: asyncpg, batches of {BATCH:,}",
    "asyncpg-2": "the same, two connections",
    "at-once": "asyncpg, one UPDATE of all",
    "lockgate": "Lockgate",
    "lockgate-2": "Lockgate, two connections",
}
_IN_PYTHON = {"lockgate-python": "Lockgate, `compute`", "django": "Django, `bulk_update`"}
_AGAINST = {"django": ["lockgate-python"]}
_DATABASE = "bench_backfill"


def measure(bench: Bench) -> Section:
    """Each in a process of its own, on a table that is made anew."""
    rows, computed = (200_000, 20_000) if bench.quick else (2_000_000, 100_000)
    rounds = bench.rounds(5, 3)
    bench.server.create(_DATABASE)
    memory: dict[str, str] = {}
    in_sql, failed = _measured(bench, list(_IN_SQL), rows, rounds, memory)
    in_python, failed_in_python = _measured(bench, _computing(bench), computed, rounds, memory)
    extra = {"peak memory": memory}
    tables = [
        Table(f"{rows:,} rows in SQL", in_sql, _IN_SQL, "asyncpg", ("lockgate",), extra, failed),
        Table(f"{computed:,} rows in Python", in_python, _IN_PYTHON, None, (), extra, failed_in_python, _AGAINST),
    ]
    targets: list[Target] = []
    add_target(targets, in_sql, "in SQL batches, to the same in asyncpg", 1 / 0.9, ("lockgate", "asyncpg"))
    add_target(targets, in_sql, "two connections, to the same in asyncpg", 1 / 0.9, ("lockgate-2", "asyncpg-2"))
    add_target(targets, in_python, "in Python, to Django's bulk_update", 1 / 5, ("lockgate-python", "django"))
    said = (
        "`b = a * 2` for all rows of a table of three columns, each batch committed by itself. Lockgate finds out how large its"
        f" batches may be. Rounds: {rounds}."
    )
    return Section("Backfill", said, tables, targets)


def _computing(bench: Bench) -> list[str]:
    return list(_IN_PYTHON) if bench.peers("postgresql", "django") else ["lockgate-python"]


def _measured(
    bench: Bench, contestants: Sequence[str], rows: int, rounds: int, memory: dict[str, str]
) -> tuple[Samples, dict[str, str]]:
    url = bench.server.url(_DATABASE)

    def once(name: str) -> dict[str, float]:
        argv = (
            [bench.environment("django").python, "-m", "benchmarks.django_backfill_child", url, str(rows)]
            if name == "django"
            else [bench.environment("lockgate-sql").python, "-m", "benchmarks.backfill_child", url, name, str(rows)]
        )
        found = json.loads(bench.output(Command(argv, {"PYTHONPATH": str(CHECKOUT)})).splitlines()[-1])
        memory[name] = f"{found['memory'] / 2**20:.0f} MiB"
        return {"seconds": found["seconds"]}

    found, failed = interleaved(contestants, rounds, once, bench.say)
    return found.get("seconds", {}), failed
