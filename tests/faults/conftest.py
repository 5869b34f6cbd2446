"""The places of the fault matrix, and its summary."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pytest

from faults.cells import Cell, How, Where
from faults.places.every_place import PLACES
from faults.places.on_galera import GaleraPlace
from galera.cluster import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from faults.scene import Place

_FAULT: Final = "fault"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        cell = item.callspec.params.get("cell") if hasattr(item, "callspec") else None
        if isinstance(cell, Cell) and cell.place == GaleraPlace.name:
            item.add_marker(TOGETHER)


@pytest.fixture
def place(cell: Cell, places: Callable[[str], Place]) -> Place:
    """The place of the cell."""
    return places(cell.place)


@pytest.fixture(scope="session")
def places() -> Iterator[Callable[[str], Place]]:
    """Gives a place by its name; its server is started for the first cell that needs it."""
    named = {one.name: one for one in PLACES}
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(named[name].started()))


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
