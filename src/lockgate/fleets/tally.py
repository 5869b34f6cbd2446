"""Counts as a fleet's targets are told of, so that memory does not grow with their number."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from lockgate.fleets.outcomes import Alike, Fate, FleetPlan, FleetReport, FleetStatus, Group, Outcome, Planned, Standing
from lockgate.nouns.plans import State

if TYPE_CHECKING:
    from lockgate.fleets.outcomes import FleetListener
    from lockgate.nouns.migrations import Direction

_NAMED: Final = 5


class Tally:
    """The account of a run: counts, and by name only those that failed or were locked."""

    def __init__(self, tell: FleetListener, direction: Direction, *, canary: int, stop_after: int | None) -> None:
        self._tell, self._direction = tell, direction
        self._canary, self._stop_after = canary, stop_after
        self._fates = Counter[Fate]()
        self._migrations = 0
        self._failed, self._locked = list[Outcome](), list[Outcome]()
        self._stopped = ""

    def __call__(self, outcome: Outcome) -> None:
        """Take account of one target."""
        alone = self.wants_canary()
        self._fates[outcome.fate] += 1
        self._migrations += outcome.migrations
        if outcome.fate is Fate.FAILED:
            self._failed.append(outcome)
            self._stopped = self._stopped or self._why_to_stop(outcome, alone=alone)
        elif outcome.fate is Fate.LOCKED:
            self._locked.append(outcome)
        self._tell(outcome)

    def _why_to_stop(self, outcome: Outcome, *, alone: bool) -> str:
        if alone:
            return f"the canary {outcome.target} failed"
        return f"{len(self._failed)} targets failed" if len(self._failed) == self._stop_after else ""

    def wants_canary(self) -> bool:
        """Whether the next target is to be migrated before any other is begun."""
        return self._done < self._canary and not self._failed

    @property
    def _done(self) -> int:
        return self._fates[Fate.APPLIED] + self._fates[Fate.ROLLED_BACK]

    def stopping(self) -> str:
        """Why no other target is to be begun; empty where they are."""
        return self._stopped

    def report(self, untouched: int, seconds: float) -> FleetReport:
        """All of it."""
        return FleetReport(
            applied=self._done,
            current=self._fates[Fate.CURRENT],
            migrations=self._migrations,
            failed=tuple(self._failed),
            locked=tuple(self._locked),
            untouched=untouched,
            seconds=seconds,
            stopped=self._stopped,
            direction=self._direction,
        )


class Survey:
    """The account of a status: counts by state and last migration, and by name only those that are in trouble."""

    def __init__(self, tell: FleetListener) -> None:
        self._tell = tell
        self._groups = Counter[tuple[State | None, str | None, int]]()
        self._troubled = list[Standing]()

    def __call__(self, standing: Standing) -> None:
        """Take account of one target."""
        self._groups[standing.state, standing.at, standing.pending] += 1
        if standing.state in {None, State.DIVERGED}:
            self._troubled.append(standing)
        self._tell(standing)

    def status(self) -> FleetStatus:
        """All of it, the largest group first."""
        groups = tuple(Group(*alike, targets) for alike, targets in self._groups.most_common())
        return FleetStatus(groups, tuple(self._troubled))


class Forecast:
    """The account of a dry run: counts by what would be run, and by name only some of each, and those that would fail."""

    def __init__(self, tell: FleetListener, direction: Direction) -> None:
        self._tell, self._direction = tell, direction
        self._groups = Counter[tuple[str, ...]]()
        self._first: dict[tuple[str, ...], list[str]] = {}
        self._failed = list[Planned]()

    def __call__(self, planned: Planned) -> None:
        """Take account of one target."""
        if planned.error is not None:
            self._failed.append(planned)
        else:
            self._groups[planned.migrations] += 1
            first = self._first.setdefault(planned.migrations, [])
            first += [planned.target] if len(first) < _NAMED else []
        self._tell(planned)

    def plan(self) -> FleetPlan:
        """All of it, the largest group first."""
        groups = tuple(Alike(names, many, tuple(self._first[names])) for names, many in self._groups.most_common())
        return FleetPlan(self._direction, groups, tuple(self._failed))
