"""What a start does about what it finds: the whole table, every combination by exactly one line of it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from lockgate import SettingsError
from lockgate.nouns.plans import State
from lockgate.planning.starting import Policies, next_step, policies

# state, whether something is pending, whether this start may apply it, on_pending, on_ahead, on_diverged: what it does.
# A star stands for everything.
TABLE = """
    current  no  *   *    *     *    start

    ahead    no  *   *    start *    start
    ahead    no  *   *    warn  *    warn
    ahead    no  *   *    fail  *    refuse

    behind   yes yes *    *     *    run
    behind   yes no  wait *     *    wait
    behind   yes no  warn *     *    warn
    behind   yes no  fail *     *    refuse

    locked   yes yes *    *     *    run
    locked   yes no  wait *     *    wait
    locked   yes no  warn *     *    warn
    locked   yes no  fail *     *    refuse

    diverged *   *   *    *     fail refuse
    diverged no  *   *    *     warn warn
    diverged yes yes *    *     warn refuse
    diverged yes no  wait *     warn wait
    diverged yes no  warn *     warn warn
    diverged yes no  fail *     warn refuse
"""
LINES = [line.split() for line in TABLE.splitlines() if line.strip()]
# Nothing is pending where the state is current or ahead, and something is where it is behind or locked.
STATES = [
    ("current", "no"),
    ("ahead", "no"),
    ("behind", "yes"),
    ("locked", "yes"),
    ("diverged", "no"),
    ("diverged", "yes"),
]
EVERY = [
    (state, pending, *rest)
    for (state, pending), rest in product(
        STATES,
        product(("yes", "no"), ("wait", "fail", "warn"), ("start", "warn", "fail"), ("fail", "warn")),
    )
]


def test_every_combination_is_one_line_of_the_table() -> None:
    for found in EVERY:
        fitting = [line[6] for line in LINES if all(map(_says, line, found))]
        assert len(fitting) == 1, found
        state, pending, versioned, *chosen = found
        may = {"versioned": versioned == "yes", "pending": pending == "yes"}
        assert next_step(State(state), Policies(*chosen), **may) == fitting[0], found  # type: ignore[arg-type]


def _says(word: str, value: str) -> bool:
    return word in {"*", value}


def test_every_state_has_its_lines() -> None:
    assert {line[0] for line in LINES} == {state.value for state in State}


@pytest.mark.parametrize(
    ("is_open", "expected"), [(True, ("warn", "start", "warn")), (False, ("wait", "start", "fail"))]
)
def test_what_nobody_chose_is_what_suits_the_environment(is_open: bool, expected: tuple[str, ...]) -> None:
    assert policies(is_open=is_open) == expected
    assert policies(is_open=is_open, on_pending=None, on_ahead=None, on_diverged=None) == expected
    assert policies(is_open=is_open, on_ahead="fail") == (expected[0], "fail", expected[2])


@pytest.mark.parametrize("name", ["on_pending", "on_ahead", "on_diverged"])
def test_a_policy_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    chosen: dict[str, Any] = {name: "hope"}
    with pytest.raises(SettingsError, match=f"{name} takes .*fail.*warn|{name} takes .*warn.*fail"):
        policies(is_open=True, **chosen)
