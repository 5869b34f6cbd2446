"""Where applications start: with everything applied, and sixteen at once on an empty database."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

from benchmarks.environments import CHECKOUT
from benchmarks.peers.peer import Command
from benchmarks.report import Section, Table, Target, add_target
from benchmarks.samples import ContestantFailed, interleaved

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.peers.peer import Job

_COUNT, _HERD, _SECONDS = 50, 16, 120
_STARTS = {
    "query": "the query for the history, on a connection at hand (asyncpg)",
    "pool": "Lockgate's lifespan, on an asyncpg pool",
    "engine": "Lockgate's lifespan, on an AsyncEngine (it connects)",
    "url": "Lockgate's lifespan, on a URL (it connects)",
    "alembic": "Alembic's check of its heads, on an AsyncEngine",
}
_HERDS = {"by-hand": "by hand: asyncpg, one advisory lock", "lockgate": "Lockgate, `async with runner.gate()`"}


def measure(bench: Bench) -> Section:
    """Both."""
    targets: list[Target] = []
    tables = [_starts(bench, targets), _herds(bench, targets)]
    said = (
        f"{_COUNT} migrations. A start evaluates the gate in production, where everything is applied. A herd is {_HERD}"
        " processes that start at the same moment on an empty database and may all migrate; timed until the last has ended."
    )
    return Section("Where applications start", said, tables, targets)


def _starts(bench: Bench, targets: list[Target]) -> Table:
    job = bench.job("lockgate-sql", "postgresql", _COUNT, tag="starts")
    argv = [bench.environment("lockgate-sql").python, "-m", "benchmarks.starts_child", job.url, str(job.folder)]
    output = bench.output(Command([*argv, str(bench.rounds(200, 50))], {"PYTHONPATH": str(CHECKOUT)}))
    samples = json.loads(output.splitlines()[-1])
    add_target(targets, samples, "a start on a pool, to its query", 1.3, ("pool", "query"))
    add_target(targets, samples, "a start on a pool, to Alembic's check", 0.1, ("pool", "alembic"))
    return Table("A start with everything applied", samples, _STARTS, against={"alembic": ["pool", "engine", "url"]})


def _herds(bench: Bench, targets: list[Target]) -> Table:
    def once(name: str) -> dict[str, float]:
        return {"herd": _herd(bench, name, bench.job("lockgate-sql", "postgresql", _COUNT, tag="herd"))}

    found, failed = interleaved(list(_HERDS), bench.rounds(9, 3), once, bench.say)
    samples = found.get("herd", {})
    add_target(targets, samples, f"{_HERD} processes, to by hand", 1.4, ("lockgate", "by-hand"))
    return Table(f"{_HERD} processes at once", samples, _HERDS, failed=failed)


def _herd(bench: Bench, name: str, job: Job) -> float:
    """The seconds until all have ended.

    Raises:
        ContestantFailed: one of them failed.
    """
    argv = [bench.environment("lockgate-sql").python, "-m", "benchmarks.herd_child", name, job.url, str(job.folder)]
    started = time.perf_counter()
    herd = [subprocess.Popen(argv, cwd=CHECKOUT, env={}, stderr=subprocess.PIPE) for _ in range(_HERD)]
    errors = [one.communicate(timeout=_SECONDS)[1] for one in herd]
    seconds = time.perf_counter() - started
    for one, error in zip(herd, errors, strict=True):
        if one.returncode:
            raise ContestantFailed(error.decode().strip().splitlines()[-1][:200])
    return seconds
