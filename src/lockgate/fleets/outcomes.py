"""What became of each target of a fleet, and of all of them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from lockgate.fleets.filled import Filled
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from lockgate.errors import LockgateError
    from lockgate.nouns.plans import State


class Fate(StrEnum):
    """What became of one target."""

    APPLIED = "applied"
    ROLLED_BACK = "rolled_back"
    CURRENT = "current"
    FAILED = "failed"
    LOCKED = "locked"


class FleetStarted(NamedTuple):
    """So many targets are to be looked at."""

    targets: int


class Outcome(NamedTuple):
    """What became of one target; `migrations` is how many were applied or rolled back, also before a failure.

    `holder` is who has its lock, as far as the engine can tell.
    """

    target: str
    fate: Fate
    migrations: int = 0
    seconds: float = 0.0
    error: LockgateError | None = None
    holder: str | None = None

    def as_json(self) -> dict[str, Any]:
        """A row of `up --targets --json`, and of `down`."""
        said = {"kind": self.error.kind, "message": self.error.message, "hint": self.error.hint} if self.error else None
        return {"target": self.target, "migrations": self.migrations, "error": said}


class FleetReport(NamedTuple):
    """What a run over a fleet did.

    Attributes:
        applied: how many targets something was applied to, or rolled back from, without those that failed.
        current: how many had nothing pending, or nothing to roll back.
        migrations: how many migrations were applied or rolled back, over all targets.
        failed: the targets that failed, each with its error.
        locked: the targets that another runner held to the end.
        untouched: how many were not begun, because of `stopped`.
        stopped: why the run was stopped before its end; empty where it was not.
        direction: which way it went.
    """

    applied: int = 0
    current: int = 0
    migrations: int = 0
    failed: tuple[Outcome, ...] = ()
    locked: tuple[Outcome, ...] = ()
    untouched: int = 0
    seconds: float = 0.0
    stopped: str = ""
    direction: Direction = Direction.UP

    @property
    def targets(self) -> int:
        """How many targets there are."""
        return self.applied + self.current + len(self.failed) + len(self.locked) + self.untouched

    @property
    def exit_code(self) -> int:
        """1 where one failed, 5 where one was locked to the end, else 0."""
        return 1 if self.failed else 5 if self.locked else 0

    def as_json(self) -> dict[str, Any]:
        """The document that `up --targets --json` prints, and `down`, which says `rolled_back` for `applied`."""
        return {
            "targets": self.targets,
            "applied" if self.direction is Direction.UP else "rolled_back": self.applied,
            "current": self.current,
            "migrations": self.migrations,
            "failed": [one.as_json() for one in self.failed],
            "locked": [{"target": one.target, "holder": one.holder} for one in self.locked],
            "untouched": self.untouched,
            "stopped": self.stopped or None,
            "seconds": round(self.seconds, 6),
        }


class Standing(NamedTuple):
    """How one target stands; `at` is the last migration that was applied to it, and `state` None where it cannot be read."""

    target: str
    state: State | None
    at: str | None = None
    applied: int = 0
    pending: int = 0
    problems: tuple[str, ...] = ()
    error: LockgateError | None = None

    def as_json(self) -> dict[str, Any]:
        """A row of `status --targets --json`."""
        return {
            "target": self.target,
            "state": self.state.value if self.state else None,
            "at": self.at,
            "applied": self.applied,
            "pending": self.pending,
            "problems": list(self.problems),
            "error": self.error.message if self.error else None,
        }


class Group(NamedTuple):
    """The targets that stand alike; those that cannot be read have no `state`."""

    state: State | None
    at: str | None
    pending: int
    targets: int

    def as_json(self) -> dict[str, Any]:
        """A row of the summary."""
        return {**self._asdict(), "state": self.state.value if self.state else None}


class FleetStatus(NamedTuple):
    """How a fleet stands: how many targets at which migration, and by name those that have diverged or cannot be read."""

    groups: tuple[Group, ...] = ()
    troubled: tuple[Standing, ...] = ()

    @property
    def targets(self) -> int:
        """How many targets there are."""
        return sum(group.targets for group in self.groups)

    @property
    def pending(self) -> int:
        """How many targets have something pending."""
        return sum(group.targets for group in self.groups if group.pending)


class Planned(NamedTuple):
    """What would be run on one target, in order; nothing where `error` says why it cannot be told, or would be refused."""

    target: str
    migrations: tuple[str, ...] = ()
    batch_no: int | None = None
    error: LockgateError | None = None

    def as_json(self) -> dict[str, Any]:
        """A row of `up --targets --dry-run --json`, and of `down`."""
        return {
            "target": self.target,
            "migrations": list(self.migrations),
            "batch_no": self.batch_no,
            "error": self.error.message if self.error else None,
        }


class Alike(NamedTuple):
    """So many targets on which the same migrations would be run; the first of them by name."""

    migrations: tuple[str, ...]
    targets: int
    first: tuple[str, ...]


class FleetPlan(NamedTuple):
    """What a run over a fleet would do, by what is the same; and by name the targets of which it cannot be told."""

    direction: Direction
    groups: tuple[Alike, ...] = ()
    failed: tuple[Planned, ...] = ()

    @property
    def targets(self) -> int:
        """How many targets there are."""
        return sum(group.targets for group in self.groups) + len(self.failed)

    @property
    def exit_code(self) -> int:
        """1 where one would fail, else 0."""
        return 1 if self.failed else 0


FleetEvent = FleetStarted | Outcome | Standing | Planned | Filled
FleetListener = Callable[[FleetEvent], None]
