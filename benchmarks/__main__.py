"""Runs the workloads and writes RESULTS.md."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import markdown, plot
from benchmarks.bench import Bench
from benchmarks.environments import Environment
from benchmarks.peers import PEERS
from benchmarks.report import Section
from benchmarks.samples import ContestantFailed
from benchmarks.server import server
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).parent / "RESULTS.md"
_SHOWN = (
    "lockgate",
    "alembic",
    "sqlalchemy",
    "asyncpg",
    "psycopg",
    "aiosqlite",
    "yoyo-migrations",
    "asyncpg-trek",
    "aerich",
    "tortoise-orm",
    "piccolo",
    "django",
    "dbmate",
    "knex",
    "node-pg-migrate",
    "pg",
)


def main() -> None:
    """Run what the arguments ask for; one workload alone is shown and not written."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and migrations: a few minutes")
    parser.add_argument("--only", metavar="NAME", choices=list(WORKLOADS), action="append", help=", ".join(WORKLOADS))
    parser.add_argument("--plot", metavar="FILE", type=Path, help="write the plot there too, also with --only")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sections, preamble, versions = _run(options.only or list(WORKLOADS), quick=options.quick)
    text = markdown.document(preamble, sections, versions)
    print(text)
    if options.plot:
        options.plot.write_text(plot.svg(sections))
    if not options.only:
        RESULTS.write_text(text)
        RESULTS.with_name(markdown.PLOT).write_text(plot.svg(sections))


def _run(names: Sequence[str], *, quick: bool) -> tuple[list[Section], str, dict[str, str]]:
    limit = PEERS["limit"]
    admin = Environment(limit.environment, limit.requirements)
    print("environments", flush=True)
    admin.prepare()
    with server(admin) as postgresql:
        bench = Bench(postgresql, quick=quick)
        try:
            bench.install()
            sections = []
            for name in names:
                started = time.perf_counter()
                try:
                    found = WORKLOADS[name](bench)
                except ContestantFailed as error:
                    found = Section(name, f"**Not measured**: {error}")
                print(markdown.section(found), flush=True)
                print(f"{name} took {time.perf_counter() - started:.0f} s", flush=True)
                sections.append(found)
            return sections, _preamble(bench), _versions(bench)
        finally:
            bench.close()


def _preamble(bench: Bench) -> str:
    command = "python -m benchmarks --quick" if bench.quick else "python -m benchmarks"
    lines = [
        f"Written by `{command}` on {datetime.now(UTC):%Y-%m-%d}, {platform.system()} on {platform.machine()},"
        f" {os.cpu_count()} CPUs.",
        "The contestants of a table are measured in turns, round by round, each in a process of its own; a ratio compares"
        " times of this run only, by their medians.",
        "",
        *(f"- {peer.title}: {peer.note}." for peer in PEERS.values() if peer.note),
        *(f"- Left out: {name} ({why})." for name, why in bench.unavailable.items()),
    ]
    return "\n".join(lines)


def _versions(bench: Bench) -> dict[str, str]:
    found = {"Python": platform.python_version(), "PostgreSQL": bench.server.say("SHOW server_version")}
    for environment in bench.environments().values():
        installed = environment.versions()
        found |= {name: installed[name] for name in _SHOWN if name in installed}
    return found


if __name__ == "__main__":
    main()
