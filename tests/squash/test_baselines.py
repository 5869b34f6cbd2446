"""What a baseline stands for, and which databases have it: pure tables."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lockgate import Irreversible
from lockgate.nouns.history import Applied, History
from lockgate.nouns.migrations import Source
from lockgate.nouns.plans import ProblemKind, Selection, State
from lockgate.planning.baselines import head_of, replaced_by
from lockgate.planning.drift import compare
from lockgate.planning.planner import plan_down
from lockgate.planning.squashing import baseline_name

_NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _source(name: str, *replaced: Source) -> Source:
    text = head_of(replaced) if replaced else ""
    return Source(name, int(name[:3]), name.encode().hex().ljust(64, "0")[:64], text, replaces=replaced_by(text))


def _history(*names: str, edited: str = "") -> History:
    hashes = {name: "f" * 64 if name == edited else _source(name).hash for name in names}
    return History(tuple(Applied(place, name, hashes[name], _NOW, 1) for place, name in enumerate(names, 1)))


_A, _B, _C, _D = map(_source, ("001_a b.sql", "002_b.py", "003_c.up.sql", "004_d.sql"))
_ONE = _source("002_baseline.sql", _A, _B)
_TWO = _source("003_baseline.sql", _ONE, _C)


def test_a_head_is_read_as_it_was_written() -> None:
    assert [(one.name, one.hash, one.is_baseline) for one in _TWO.replaces] == [
        (_A.name, _A.hash, False),
        (_B.name, _B.hash, False),
        (_ONE.name, _ONE.hash, True),
        (_C.name, _C.hash, False),
    ]
    assert replaced_by(f"\n{_TWO.text}") == replaced_by(f"-- {_TWO.text}") == ()


@pytest.mark.parametrize(
    ("recorded", "pending", "state", "problem"),
    [
        ((), [_TWO, _D], State.BEHIND, None),
        ((_A, _B, _C), [_D], State.BEHIND, None),
        ((_C, _B, _A), [_D], State.BEHIND, None),
        ((_A, _B, _C, _D), [], State.CURRENT, None),
        ((_ONE, _C, _D), [], State.CURRENT, None),
        ((_TWO, _D), [], State.CURRENT, None),
        ((_A, _B, _C, _TWO, _D), [], State.CURRENT, None),
        ((_A, _B), [_TWO, _D], State.DIVERGED, "003_c.up.sql"),
        ((_A, _C), [_TWO, _D], State.DIVERGED, "002_b.py"),
        ((_ONE,), [_TWO, _D], State.DIVERGED, "003_c.up.sql"),
        ((_C,), [_TWO, _D], State.DIVERGED, "001_a b.sql, 002_b.py"),
    ],
)
def test_which_databases_have_it(
    recorded: tuple[Source, ...], pending: list[Source], state: State, problem: str | None
) -> None:
    drift = compare([_TWO, _D], _history(*(one.name for one in recorded)))
    assert (list(drift.pending), drift.state) == (pending, state)
    assert [one.kind for one in drift.problems] == [ProblemKind.HALF_REPLACED] * (problem is not None)
    assert all(f"{problem} not" in one.detail for one in drift.problems)


def test_one_that_was_applied_in_other_words_is_edited() -> None:
    drift = compare([_TWO], _history(_A.name, _B.name, _C.name, edited=_B.name))
    assert [(one.kind, one.name) for one in drift.problems] == [(ProblemKind.EDITED, _B.name)]


@pytest.mark.parametrize(
    ("selection", "rolled_back"),
    [
        (Selection(to="003_baseline"), ["004_d.sql"]),
        (Selection(to="3"), ["004_d.sql"]),
        (Selection(to="003_c.up.sql"), ["004_d.sql"]),
        (Selection(steps=1), ["004_d.sql"]),
        (Selection(to="002_b.py"), None),
        (Selection(steps=2), None),
        (Selection(everything=True), None),
        (Selection(), None),
    ],
)
def test_what_it_replaced_goes_no_more_down(selection: Selection, rolled_back: list[str] | None) -> None:
    history = _history(_A.name, _B.name, _C.name, _D.name)
    if rolled_back is None:
        with pytest.raises(Irreversible, match=r"003_c\.up\.sql can no longer be rolled back: 003_baseline"):
            plan_down([_TWO, _D], history, selection)
    else:
        assert [one.name for one in plan_down([_TWO, _D], history, selection).migrations] == rolled_back


def test_its_name_is_none_of_theirs() -> None:
    assert baseline_name([_A, _B]) == "002_baseline.sql"
    assert baseline_name([_A, _source("002_baseline.sql")]) == "002_baseline_2.sql"
