"""Nothing is pending: what it costs to find that out in a process that is up, and in how many turns."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from benchmarks.bench import titles
from benchmarks.proxy import proxied
from benchmarks.report import Section, Table, Target
from benchmarks.samples import interleaved
from benchmarks.workloads.applying import OURS

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.peers.peer import Job

_COUNT, _LOOKS = 200, 20
_WITHOUT = ("lockgate-singly", "dbmate")  # the one looks as Lockgate does; the other is always a process of its own


def measure(bench: Bench) -> Section:
    """Look again and again with 200 applied."""
    names = [name for name in bench.peers("postgresql") if name not in _WITHOUT]
    jobs = {name: bench.job(name, "postgresql", _COUNT, tag="noop") for name in names}
    for name, job in jobs.items():
        bench.timed(name, job, ["up"], warm=False)

    def once(name: str) -> dict[str, float]:
        bench.again(jobs[name], name)
        seconds = bench.timed(name, jobs[name], ["look"] * (_LOOKS + 2), warm=False)[2:]
        return {"median": statistics.median(seconds), "minimum": min(seconds)}

    rounds = bench.rounds(7, 2)
    found, failed = interleaved(names, rounds, once, bench.say)
    turns = {name: _turns(bench, name, job) for name, job in jobs.items() if name not in failed}
    words = {name: f"{count:.1f}" for name, count in turns.items()}
    samples = {name: found["median"][name] for name in names if name in found["median"]}
    table = Table(f"Nothing to do, {_COUNT} applied", samples, titles(), "limit", OURS, {"turns": words}, failed)
    targets: list[Target] = []
    for name in OURS:
        what = f"no-op in process, {titles()[name]}"
        median, best = math.nan, math.nan
        if name in samples:
            median, best = statistics.median(samples[name]) * 1000, min(found["minimum"][name]) * 1000
        count = turns.get(name, math.nan)
        targets += [Target(what, 2, median, best, "ms"), Target(what, 1, count, count, "turns")]
    said = (
        f"`up` with {_COUNT} applied, {_LOOKS} times in a process; Lockgate, asyncpg-trek,"
        " knex, node-pg-migrate and the limit (one query for the history) keep their connection,"
        f" the others connect anew, as their interfaces have it. Rounds: {rounds}."
    )
    return Section("Nothing to do, in process", said, [table], targets)


def _turns(bench: Bench, name: str, job: Job) -> float:
    """Turns a look: what ten more of them add."""
    few, many = 2, 12
    with proxied(bench.server.address, 0) as proxy:
        database = job.url.rpartition("/")[2]
        through = bench.again(type(job)(bench.server.url(database, proxy.port), job.folder, job.count), name)
        counts = []
        for looks in (few, many):
            before = proxy.turns
            bench.timed(name, through, ["look"] * looks, warm=False)
            counts.append(proxy.turns - before)
    return (counts[1] - counts[0]) / (many - few)
