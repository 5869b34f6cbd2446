"""The workloads, by the name that `--only` takes; each is a function from a Bench to a Section."""

from __future__ import annotations

from benchmarks.workloads import (
    apply_delayed,
    apply_postgresql,
    apply_sqlite,
    backfill,
    discovery,
    fleet,
    growth,
    help_process,
    imports,
    models,
    noop_connected,
    noop_process,
    starts,
    test_databases,
    thousand,
)

WORKLOADS = {
    "postgresql": apply_postgresql.measure,
    "delayed": apply_delayed.measure,
    "sqlite": apply_sqlite.measure,
    "thousand": thousand.measure,
    "noop": noop_connected.measure,
    "process": noop_process.measure,
    "help": help_process.measure,
    "imports": imports.measure,
    "models": models.measure,
    "starts": starts.measure,
    "discovery": discovery.measure,
    "fleet": fleet.measure,
    "growth": growth.measure,
    "backfill": backfill.measure,
    "tests": test_databases.measure,
}
