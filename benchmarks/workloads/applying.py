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
    turns: dict[str, str] = {}

    def measure(name: str) -> dict[str, float]:
        job = bench.job(name, engine, count, port=proxy.port if proxy else None)
        calls = ["up", "down"] if PEERS[name].rolls_back else ["up"]
        before = proxy.turns if proxy else 0
        seconds = bench.timed(name, job, calls)
        if proxy:
            turns[name] = f"{(proxy.turns - before) / count / len(calls):.1f}"
        return dict(zip(calls, seconds, strict=True))

    found, failed = interleaved(names, rounds, measure, bench.say)
    extra = {"turns a migration": turns} if turns else {}
    tables, met = [], []
    for call, samples in found.items():
        shown = {name: samples[name] for name in names if name in samples}
        tables.append(Table(f"{WORDS[call]} {count}", shown, titles(), "limit", OURS, extra, failed))
        targets(met, samples, WORDS[call].lower())
    said = f"{count} migrations of CREATE TABLE and CREATE INDEX; rolling back drops the tables. Rounds: {rounds}."
    return Section(title, f"{said} {words}".strip(), tables, met)


def limit_targets(targets: list[Target], samples: Samples, what: str) -> None:
    """The targets against the raw driver on PostgreSQL."""
    add_target(targets, samples, f"{what}, .sql, a round trip a file, to the limit", 1.1, ("lockgate-singly", "limit"))
    add_target(targets, samples, f"{what}, .sql, to the limit", 0.85, ("lockgate-sql", "limit"))
    add_target(targets, samples, f"{what}, .py, to the limit", 1.5, ("lockgate-python", "limit"))
