"""Many tenants, empty before: schemas of one database, and databases of one server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.environments import CHECKOUT
from benchmarks.fleet_child import WORKERS
from benchmarks.peers.peer import Command
from benchmarks.report import Section, Table, Target, add_target
from benchmarks.samples import interleaved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.bench import Bench

_COUNT = 20
_SCHEMAS, _DATABASES = (100, 20), (50, 8)
_DATABASE = "bench_fleet"
_SCHEMAS_SQL = (
    "DO $$ BEGIN FOR number IN 0..{last} LOOP EXECUTE 'CREATE SCHEMA t' || lpad(number::text, 4, '0'); END LOOP; END $$"
)
TITLES = {
    "limit": f"limit (asyncpg, {WORKERS} connections, a transaction a migration)",
    "together": f"asyncpg, {WORKERS} connections, a transaction and a round trip a tenant",
    "lockgate": f"Lockgate, Fleet of {WORKERS} at once",
    "alembic": "Alembic, sync, a loop over its API",
}
_AGAINST = {"alembic": ["lockgate"]}
PEERS = {"limit": "limit", "together": "limit", "lockgate": "lockgate-sql", "alembic": "alembic-sync"}


def measure(bench: Bench) -> Section:
    """Both kinds."""
    targets: list[Target] = []
    names = [name for name, peer in PEERS.items() if bench.peers("postgresql", peer)]
    tables = [_table(bench, names, kind, targets) for kind in ("schemas", "databases")]
    said = (
        f"{_COUNT} migrations of CREATE TABLE and CREATE INDEX for each tenant; connecting is in the time, and what the tenants"
        " are made with is not. Lockgate's tenants each have a lock and are looked at before and within it; by hand, nobody"
        f" looks. Rounds: {bench.rounds(5, 2)}."
    )
    return Section("A fleet of tenants", said, tables, targets)


def _table(bench: Bench, names: Sequence[str], kind: str, targets: list[Target]) -> Table:
    full, quick = _SCHEMAS if kind == "schemas" else _DATABASES
    many = quick if bench.quick else full

    def once(name: str) -> dict[str, float]:
        schemas, databases = (many, 0) if kind == "schemas" else (0, many)
        return {kind: measured(bench, name, schemas, databases, _COUNT)}

    found, failed = interleaved(names, bench.rounds(5, 2), once, bench.say)
    drop(bench, many)
    samples = found.get(kind, {})
    add_target(targets, samples, f"{many} {kind}, to the limit", 1.15, ("lockgate", "limit"))
    return Table(
        f"{many} {kind} × {_COUNT} migrations", samples, TITLES, "limit", ("lockgate",), failed=failed, against=_AGAINST
    )


def measured(bench: Bench, name: str, schemas: int, databases: int, count: int) -> float:
    """The seconds that a contestant takes for so many empty schemas or databases, with `count` migrations each.

    Raises:
        ContestantFailed: its process failed.
    """
    job = bench.job(PEERS[name], "postgresql", count, tag="fleet")
    _make(bench, schemas, databases)
    task = {
        "contestant": name,
        "urls": [bench.server.url(_named(number)) for number in range(databases or 1)],
        "schemas": [f"t{number:04}" for number in range(schemas)],
        "count": count,
        "folder": str(job.folder),
    }
    argv = [bench.environment(PEERS[name]).python, "-m", "benchmarks.fleet_child", json.dumps(task)]
    return float(bench.output(Command(argv, {"PYTHONPATH": str(CHECKOUT)})).splitlines()[-1])


def drop(bench: Bench, databases: int) -> None:
    """Drop the databases that `measured` made."""
    for number in range(databases):
        bench.server.drop(_named(number))


def _make(bench: Bench, schemas: int, databases: int) -> None:
    """Empty ones; a checkpoint at the end, so that all begin alike."""
    said = []
    for number in range(databases or 1):
        said += [f'DROP DATABASE IF EXISTS "{_named(number)}" WITH (FORCE)', f'CREATE DATABASE "{_named(number)}"']
    bench.server.say(*said, "?CHECKPOINT")
    if schemas:
        bench.server.within(_named(0), _SCHEMAS_SQL.format(last=schemas - 1))


def _named(number: int) -> str:
    return f"{_DATABASE}_{number}"
