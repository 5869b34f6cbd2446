"""What is asked for, what stands in the way, and what would be run."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lockgate.nouns.history import Applied
    from lockgate.nouns.migrations import Direction, Source


class State(StrEnum):
    """How files and history stand to each other; the first that fits, in this order."""

    DIVERGED = "diverged"
    LOCKED = "locked"
    BEHIND = "behind"
    AHEAD = "ahead"
    CURRENT = "current"


class ProblemKind(StrEnum):
    """In which way files and history disagree."""

    EDITED = "edited"
    MISSING = "missing"
    AHEAD = "ahead"
    OUT_OF_ORDER = "out_of_order"
    HALF_REPLACED = "half_replaced"
    SHARED_VERSION = "shared_version"


class Problem(NamedTuple):
    """One disagreement of files and history, about the migration `name`."""

    kind: ProblemKind
    name: str
    detail: str


class Drift(NamedTuple):
    """Files and history laid side by side: what is pending, and where they disagree."""

    pending: tuple[Source, ...]
    problems: tuple[Problem, ...]
    state: State


class Selection(NamedTuple):
    """How much of a direction is asked for; at most one of the fields is set.

    Attributes:
        to: a migration's name, stem or number. Up includes it; down leaves it applied.
        steps: that many migrations.
        batch: down only: the migrations of that batch.
        everything: down only: all that is applied.
        phase: up only, and beside the others: `expand` or `contract`.
    """

    to: str | None = None
    steps: int | None = None
    batch: int | None = None
    everything: bool = False
    phase: str | None = None


class Plan(NamedTuple):
    """What a run would do: these migrations, in this order, in this direction, as this batch.

    `batch_no` is the number that up would record, or the newest one that down takes back; None when there is nothing to do.
    `rows` are the recorded rows that down takes back, in step with `migrations`. `unfinished` are the backfills that one of
    them which contracts would have to wait for, by what is known now.
    """

    direction: Direction
    migrations: tuple[Source, ...] = ()
    batch_no: int | None = None
    rows: tuple[Applied, ...] = ()
    unfinished: tuple[str, ...] = ()


def exit_of(state: State, *, pending: bool) -> int:
    """The exit status of `status --check` and `check`: 4 when diverged, 6 when something is pending, else 0."""
    if state is State.DIVERGED:
        return 4
    return 6 if pending else 0
