"""What became of each target of a fleet, and of all of them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lockgate.errors import LockgateError
    from lockgate.nouns.plans import State


class Fate(StrEnum):
    """What became of one target."""

    APPLIED = "applied"
    CURRENT = "current"
    FAILED = "failed"
    LOCKED = "locked"


class FleetStarted(NamedTuple):
    """So many targets are to be looked at."""

    targets: int


class Outcome(NamedTuple):
    """What became of one target; `migrations` is how many were applied, also before a failure.

    `holder` is who has its lock, as far as the engine can tell.
    """

    target: str
    fate: Fate
    migrations: int = 0
    seconds: float = 0.0
    error: LockgateError | None = None
    holder: str | None = None

    def as_json(self) -> dict[str, Any]:
        """A row of `up --targets --json`."""
        said = {"kind": self.error.kind, "message": self.error.message, "hint": self.error.hint} if self.error else None
        return {"target": self.target, "migrations": self.migrations, "error": said}


class FleetReport(NamedTuple):
    """What a run over a fleet did.

    Attributes:
        applied: how many targets something was applied to, without those that failed.
        current: how many had nothing pending.
        migrations: how many migrations were applied, over all targets.
        failed: the targets that failed, each with its error.
        locked: the targets that another runner held to the end.
        untouched: how many were not begun, because of `stopped`.
        stopped: why the run was stopped before its end; empty where it was not.
    """

    applied: int = 0
    current: int = 0
    migrations: int = 0
    failed: tuple[Outcome, ...] = ()
    locked: tuple[Outcome, ...] = ()
    untouched: int = 0
    seconds: float = 0.0
    stopped: str = ""

    @property
    def targets(self) -> int:
        """How many targets there are."""
        return self.applied + self.current + len(self.failed) + len(self.locked) + self.untouched

    @property
    def exit_code(self) -> int:
        """1 where one failed, 5 where one was locked to the end, else 0."""
        return 1 if self.failed else 5 if self.locked else 0

    def as_json(self) -> dict[str, Any]:
        """The document that `up --targets --json` prints."""
        return {
            "targets": self.targets,
            "applied": self.applied,
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


FleetEvent = FleetStarted | Outcome | Standing
FleetListener = Callable[[FleetEvent], None]
