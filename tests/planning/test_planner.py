"""Which migrations a run would take: pure tables and laws."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgate import HistoryError, SettingsError
from lockgate.nouns.history import Applied, History
from lockgate.nouns.layouts import Layout
from lockgate.nouns.migrations import Direction, Order, Source
from lockgate.nouns.plans import ProblemKind, Selection, State
from lockgate.planning.drift import compare
from lockgate.planning.planner import check_selection, plan_down, plan_stamp, plan_up
from lockgate.planning.versions import place_of

_NOW = datetime(2026, 1, 2, tzinfo=UTC)


def source(number: int, *, edited: bool = False) -> Source:
    return Source(f"{number:03}_m.sql", number, f"hash of {number}{' edited' * edited}", "")


def sources(*numbers: int) -> tuple[Source, ...]:
    return tuple(map(source, numbers))


def history(*rows: int | tuple[int, int]) -> History:
    """Rows of numbers, or of numbers and batches, in the order they were applied."""
    pairs = [row if isinstance(row, tuple) else (row, 1) for row in rows]
    return History(
        tuple(
            Applied(place, f"{number:03}_m.sql", f"hash of {number}", _NOW, batch)
            for place, (number, batch) in enumerate(pairs, 1)
        )
    )


def numbers(chosen: Any) -> list[int]:
    return [one.number for one in chosen]


@pytest.mark.parametrize(
    ("files", "applied", "selection", "chosen", "batch"),
    [
        ((), (), {}, [], None),
        ((1, 2, 3), (), {}, [1, 2, 3], 1),
        ((1, 2, 3), (1,), {}, [2, 3], 2),
        ((1, 2, 3), (1, 2, 3), {}, [], None),
        ((1, 2, 3), ((1, 4),), {"steps": 1}, [2], 5),
        ((1, 2, 3), (), {"to": "2"}, [1, 2], 1),
        ((1, 2, 3), (1, 2), {"to": "1"}, [], None),
        ((1, 2, 3), (), {"to": "003_m"}, [1, 2, 3], 1),
        ((1, 2), (1, 2, 3), {}, [], None),
        ((1, 2, 3), (1, 9), {}, None, None),
    ],
)
def test_up_takes_the_first_of_what_is_pending(
    files: tuple[int, ...], applied: Any, selection: dict[str, Any], chosen: list[int] | None, batch: int | None
) -> None:
    if chosen is None:
        with pytest.raises(HistoryError):
            plan_up(sources(*files), history(*applied), Selection(**selection), Order.STRICT)
        return
    plan = plan_up(sources(*files), history(*applied), Selection(**selection), Order.STRICT)
    assert (plan.direction, numbers(plan.migrations), plan.batch_no) == (Direction.UP, chosen, batch)


@pytest.mark.parametrize(
    ("selection", "chosen", "batch"),
    [
        ({}, [4, 3], 3),
        ({"steps": 1}, [4], 3),
        ({"steps": 3}, [4, 3, 2], 3),
        ({"steps": 99}, [4, 3, 2, 5, 1], 3),
        ({"batch": 1}, [5, 1], 1),
        ({"batch": 2}, [2], 2),
        ({"to": "2"}, [4, 3], 3),
        ({"to": "1"}, [4, 3, 2, 5], 3),
        ({"to": "4"}, [], None),
        ({"everything": True}, [4, 3, 2, 5, 1], 3),
    ],
)
def test_down_takes_the_newest_by_when_they_were_applied(
    selection: dict[str, Any], chosen: list[int], batch: int | None
) -> None:
    applied = history((1, 1), (5, 1), (2, 2), (3, 3), (4, 3))
    plan = plan_down(sources(1, 2, 3, 4, 5), applied, Selection(**selection))
    assert (plan.direction, numbers(plan.migrations), plan.batch_no) == (Direction.DOWN, chosen, batch)
    assert [row.name for row in plan.rows] == [one.name for one in plan.migrations]


@pytest.mark.parametrize(
    ("selection", "direction"),
    [
        ({"steps": 1, "to": "1"}, Direction.UP),
        ({"batch": 1}, Direction.UP),
        ({"everything": True}, Direction.UP),
        ({"steps": 0}, Direction.UP),
        ({"steps": -3}, Direction.DOWN),
        ({"batch": 0}, Direction.DOWN),
        ({"steps": 1, "batch": 1}, Direction.DOWN),
        ({"everything": True, "to": "1"}, Direction.DOWN),
    ],
)
def test_a_selection_of_two_ways_or_of_none_is_refused(selection: dict[str, Any], direction: Direction) -> None:
    with pytest.raises(SettingsError):
        check_selection(Selection(**selection), direction)


def test_down_refuses_only_what_it_takes() -> None:
    files = (source(1, edited=True), source(3))
    applied = history(1, 2, 3)
    assert numbers(plan_down(files, applied, Selection(steps=1)).migrations) == [3]
    for steps, name in ((2, "002_m.sql"), (3, "001_m.sql")):
        with pytest.raises(HistoryError) as raised:
            plan_down(files, applied, Selection(steps=steps))
        assert name in {problem.name for problem in raised.value.problems}


@pytest.mark.parametrize(
    ("files", "applied", "kinds", "state"),
    [
        (sources(1, 2), history(), [], State.BEHIND),
        (sources(1, 2), history(1, 2), [], State.CURRENT),
        ((), history(), [], State.CURRENT),
        ((), history(1), [(ProblemKind.AHEAD, 1)], State.AHEAD),
        (sources(1), history(1, 2, 3), [(ProblemKind.AHEAD, 2), (ProblemKind.AHEAD, 3)], State.AHEAD),
        (sources(1, 3), history(1, 2, 3), [(ProblemKind.MISSING, 2)], State.DIVERGED),
        (sources(1, 3), history(1, 2, 3, 4), [(ProblemKind.MISSING, 2), (ProblemKind.MISSING, 4)], State.DIVERGED),
        (sources(1, 2, 3), history(1, 3), [(ProblemKind.OUT_OF_ORDER, 2)], State.BEHIND),
        ((source(1, edited=True), source(2)), history(1), [(ProblemKind.EDITED, 1)], State.DIVERGED),
        (sources(1, 2), history(1, 2, 10), [(ProblemKind.AHEAD, 10)], State.AHEAD),
        (sources(1, 2, 3), history(1, 2, 10), [(ProblemKind.AHEAD, 10), (ProblemKind.OUT_OF_ORDER, 3)], State.BEHIND),
    ],
)
def test_files_and_history_side_by_side(
    files: tuple[Source, ...], applied: History, kinds: list[tuple[ProblemKind, int]], state: State
) -> None:
    drift = compare(files, applied)
    assert [(problem.kind, problem.name) for problem in drift.problems] == [
        (kind, f"{n:03}_m.sql") for kind, n in kinds
    ]
    assert all(problem.name in problem.detail for problem in drift.problems)
    assert drift.state is state


@pytest.mark.parametrize(
    ("files", "applied", "state"),
    [
        (sources(1), history(), State.LOCKED),
        (sources(1), history(1), State.LOCKED),
        ((source(1, edited=True),), history(1), State.DIVERGED),
    ],
)
def test_a_lock_is_told_before_what_is_pending_and_after_what_diverges(
    files: tuple[Source, ...], applied: History, state: State
) -> None:
    assert compare(files, applied, locked=True).state is state


sets = st.lists(st.integers(1, 10**15), unique=True, max_size=30).map(sorted)


@given(sets, st.integers(0, 30), st.integers(1, 30))
def test_what_is_recorded_and_what_up_takes_is_all_of_the_files_in_order(
    all_numbers: list[int], done: int, steps: int
) -> None:
    files, applied = sources(*all_numbers), history(*all_numbers[:done])
    plan = plan_up(files, applied, Selection(), Order.STRICT)
    assert [*applied.names, *(one.name for one in plan.migrations)] == [one.name for one in files]
    assert (plan.batch_no is None) == (not plan.migrations)
    some = plan_up(files, applied, Selection(steps=steps), Order.STRICT)
    assert some.migrations == plan.migrations[:steps]


@given(sets, st.sets(st.integers(0, 29)))
def test_in_any_order_what_is_pending_is_what_is_not_recorded(all_numbers: list[int], places: set[int]) -> None:
    done = [number for place, number in enumerate(all_numbers) if place in places]
    plan = plan_up(sources(*all_numbers), history(*done), Selection(), Order.ANY)
    assert numbers(plan.migrations) == [number for number in all_numbers if number not in done]
    strictly = [number for number in all_numbers if number not in done and done and number < max(done)]
    if strictly:
        with pytest.raises(HistoryError) as raised:
            plan_up(sources(*all_numbers), history(*done), Selection(), Order.STRICT)
        assert {problem.kind for problem in raised.value.problems} == {ProblemKind.OUT_OF_ORDER}
        assert len(raised.value.problems) == len(strictly)


@given(sets.filter(bool), st.data())
def test_down_is_up_the_other_way_round(all_numbers: list[int], data: st.DataObject) -> None:
    batches = sorted(data.draw(st.lists(st.integers(1, 5), min_size=len(all_numbers), max_size=len(all_numbers))))
    files, applied = sources(*all_numbers), history(*zip(all_numbers, batches, strict=True))
    assert numbers(plan_down(files, applied, Selection(everything=True)).migrations) == all_numbers[::-1]
    last = plan_down(files, applied, Selection())
    assert [row.batch_no for row in last.rows] == [batches[-1]] * len(last.rows)
    assert len(last.rows) == batches.count(batches[-1])
    stays = data.draw(st.sampled_from(all_numbers))
    taken = numbers(plan_down(files, applied, Selection(to=f"{stays:03}_m.sql")).migrations)
    assert taken == [number for number in all_numbers[::-1] if number > stays]


@pytest.mark.parametrize(("wanted", "said"), [("3", "003_m.sql is not applied"), ("9", "There is no migration '9'")])
def test_down_to_what_is_not_applied_says_so(wanted: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        plan_down(sources(1, 2, 3), history(1, 2), Selection(to=wanted))


@given(sets.filter(bool), st.integers(0, 30), st.data())
def test_a_stamp_takes_what_is_not_recorded_up_to_its_name(
    all_numbers: list[int], done: int, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(all_numbers))
    applied = history(*all_numbers[:done])
    plan = plan_stamp(sources(*all_numbers), applied, f"{name:03}_m")
    assert numbers(plan.migrations) == [number for number in all_numbers[done:] if number <= name]
    assert plan.batch_no == (applied.last_batch + 1 if plan.migrations else None)


def test_a_stamp_takes_an_out_of_order_one_too_and_names_must_exist() -> None:
    assert numbers(plan_stamp(sources(1, 2, 3), history(1, 3), "3").migrations) == [2]
    with pytest.raises(SettingsError):
        plan_stamp(sources(1), history(), "2")


def test_a_recorded_name_without_a_number_sorts_first() -> None:
    rows = [Applied(1, name, "", _NOW, 1) for name in ("010_a.sql", "odd", "9_b.up.sql", "0009_a.py")]
    in_order = sorted(rows, key=lambda row: place_of(row.name, Layout.LOCKGATE))
    assert [row.name for row in in_order] == ["odd", "0009_a.py", "9_b.up.sql", "010_a.sql"]
