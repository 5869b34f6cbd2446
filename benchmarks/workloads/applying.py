"""What the workloads that apply and roll back share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.bench import titles
from benchmarks.peers import PEERS
from benchmarks.report import Section, Table, Target, add_target
from benchmarks.samples import Samples, interleaved

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.bench import Bench
    from benchmarks.peers.peer import Engine
    from benchmarks.proxy import Proxy

OURS = ("lockgate-sql", "lockgate-python")
WORDS = {"up": "Apply", "down": "Roll back"}


def apply_and_roll_back(
    bench: Bench,
    names: Sequence[str],
    *,
    engine: Engine,
    count: int,
    rounds: int,
    title: str,
    targets: Callable[[list[Target], Samples, str], None],
    proxy: Proxy | None = None,
    words: str = "",
) -> Section:
    """Each contestant applies `count` migrations to an empty database and rolls them back; connecting is in the time."""
    turns: dict[str, dict[str, str]] = {call: {} for call in WORDS}

    def measure(name: str) -> dict[str, float]:
        job = bench.job(name, engine, count, port=proxy.port if proxy else None)
        calls = ["up", "down"] if PEERS[name].rolls_back else ["up"]
        if proxy is None:
            return dict(zip(calls, bench.timed(name, job, calls), strict=True))
        seconds = {}
        for call in calls:
            before = proxy.turns
            (seconds[call],) = bench.timed(name, job, [call])
            turns[call][name] = f"{(proxy.turns - before) / count:.1f}"
        return seconds

    found, failed = interleaved(names, rounds, measure, bench.say)
    tables: list[Table] = []
    met: list[Target] = []
    for call, samples in found.items():
        shown = {name: samples[name] for name in names if name in samples}
        extra = {"turns a migration": turns[call]} if proxy else {}
        tables.append(Table(f"{WORDS[call]} {count}", shown, titles(), "limit", OURS, extra, failed))
        targets(met, samples, WORDS[call].lower())
    said = f"{count} migrations of CREATE TABLE and CREATE INDEX; rolling back drops the tables. Rounds: {rounds}."
    return Section(title, f"{said} {words}".strip(), tables, met)


def limit_targets(targets: list[Target], samples: Samples, what: str) -> None:
    """The targets against the raw driver on PostgreSQL."""
    add_target(targets, samples, f"{what}, .sql, a round trip a file, to the limit", 1.1, ("lockgate-singly", "limit"))
    add_target(targets, samples, f"{what}, .sql, to the limit", 0.85, ("lockgate-sql", "limit"))
    add_target(targets, samples, f"{what}, .py, to the limit", 1.5, ("lockgate-python", "limit"))
