"""Models against a database of 1,000 tables: what it costs to find what differs, and that nothing does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.environments import CHECKOUT
from benchmarks.models_child import CHANGED
from benchmarks.peers.peer import Command
from benchmarks.report import Section, Table, Target, add_target
from benchmarks.samples import ContestantFailed

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_TABLES = 1000
_TITLES = {
    "unchanged": "Lockgate, auto mode, nothing changed",
    "alembic-unchanged": "Alembic compare_metadata, nothing changed",
    "changed": f"Lockgate check, {CHANGED} tables changed, nothing remembered",
    "alembic-changed": f"Alembic compare_metadata, {CHANGED} tables changed",
    "reading": "Lockgate, the catalog as a value",
    "by-hand": "the catalog by hand in asyncpg",
}
_AGAINST = {"alembic-unchanged": ["unchanged"], "alembic-changed": ["changed"]}


def measure(bench: Bench) -> Section:
    """All of them in one process, in turns: Lockgate's environment has Alembic and asyncpg too."""
    rounds = bench.rounds(9, 3)
    bench.server.create("bench_models")
    argv = [bench.environment("lockgate-sql").python, "-m", "benchmarks.models_child"]
    command = Command(
        [*argv, bench.server.url("bench_models"), str(rounds), str(_TABLES)], {"PYTHONPATH": str(CHECKOUT)}
    )
    said = (
        f"{_TABLES:,} tables of 10 columns, 2 indexes and a foreign key. Alembic compares types and defaults by its own"
        f" defaults; Lockgate compares all that the catalog says. Rounds: {rounds}."
    )
    try:
        samples = json.loads(bench.output(command).splitlines()[-1])
    except ContestantFailed as error:
        return Section("Models and database", said, facts=[f"Not measured: {error}"])
    targets: list[Target] = []
    add_target(targets, samples, "nothing changed, to Alembic", 0.05, ("unchanged", "alembic-unchanged"))
    add_target(targets, samples, f"{CHANGED} tables changed, to Alembic", 0.25, ("changed", "alembic-changed"))
    add_target(targets, samples, "reading the catalog, to by hand", 2, ("reading", "by-hand"))
    return Section("Models and database", said, [Table("Compare", samples, _TITLES, against=_AGAINST)], targets)
