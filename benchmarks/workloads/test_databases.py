"""What a test waits for a database as new, by how long tests take and what they do to it."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING

from benchmarks.environments import CHECKOUT
from benchmarks.peers.peer import Command
from benchmarks.report import Section, Table, Target, add_target
from benchmarks.test_databases_child import TESTS

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_TABLES = 50
_WORDS = {"touching": "writes to two tables", "altering": "creates a table"}
_WAITS = {
    "create": "CREATE DATABASE … TEMPLATE, by hand in asyncpg",
    **{name: f"a test of {milliseconds} ms that {_WORDS[name.split('-')[0]]}" for name, milliseconds in TESTS.items()},
    "sqlite": "a test on SQLite",
}
_TRANSACTIONS = {
    "bare-asyncpg": "BEGIN, INSERT, ROLLBACK in asyncpg",
    "pool": "the same within `rollback(pool)`",
    "bare-engine": "BEGIN, INSERT, ROLLBACK in SQLAlchemy, on a connection of the engine's",
    "engine": "the same within `rollback(engine)`",
}


def measure(bench: Bench) -> Section:
    """All of them in one process."""
    rounds = bench.rounds(40, 10)
    bench.server.create("bench_tests")
    argv = [bench.environment("lockgate-sql").python, "-m", "benchmarks.test_databases_child"]
    argv += [bench.server.url("bench_tests"), str(rounds), str(_TABLES)]
    samples = json.loads(bench.output(Command(argv, {"PYTHONPATH": str(CHECKOUT)})).splitlines()[-1])
    said = (
        f"A schema of {_TABLES} tables. A test waits where it takes its database and where it gives it back; the tests of a row"
        " run one after the other. A table that a test has made cannot be taken back, so each of those tests needs a new copy,"
        f" which takes longer than a test of 20 ms; the others' databases are used again. Rounds: {rounds}."
    )
    tables = [_table("A database for a test", samples, _WAITS), _table("A transaction", samples, _TRANSACTIONS)]
    return Section("Test databases", said, tables, _targets(samples))


def _table(title: str, samples: dict[str, list[float]], titles: dict[str, str]) -> Table:
    return Table(title, {name: samples[name] for name in titles}, titles)


def _targets(samples: dict[str, list[float]]) -> list[Target]:
    targets: list[Target] = []
    milliseconds = [one * 1000 for one in samples["sqlite"]]
    targets.append(Target("a test on SQLite", 3, statistics.median(milliseconds), min(milliseconds), "ms"))
    for name in TESTS:
        add_target(targets, samples, f"{_WAITS[name]}, to CREATE DATABASE", 0.1, (name, "create"))
    add_target(targets, samples, "a transaction, on an asyncpg pool", 2, ("pool", "bare-asyncpg"))
    add_target(targets, samples, "a transaction, on an AsyncEngine", 2, ("engine", "bare-engine"))
    return targets
