"""What is told afterwards; `as_json` of each gives the keys of the command line's JSON."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from lockgate.nouns.migrations import Direction, Source

if TYPE_CHECKING:
    from datetime import datetime

    from lockgate.nouns.adoption import Adopted, Tool
    from lockgate.nouns.history import Applied
    from lockgate.nouns.plans import Plan, Problem, State


class Ran(NamedTuple):
    """One migration that a run has finished, and how many seconds it took."""

    name: str
    seconds: float


class Failure(NamedTuple):
    """The migration that ended a run, and why."""

    name: str
    error: str


class RunReport(NamedTuple):
    """What `up` or `down` did. With nothing to do, `batch_no` is None and `migrations` is empty.

    `backup` is the path of the copy that was made before it; None where none was.
    """

    direction: Direction
    batch_no: int | None = None
    migrations: tuple[Ran, ...] = ()
    failed: Failure | None = None
    backup: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the migrations that were applied or rolled back, in order."""
        return tuple(ran.name for ran in self.migrations)

    @property
    def applied(self) -> tuple[Ran, ...]:
        """The migrations that were applied; empty for a run down."""
        return self.migrations if self.direction is Direction.UP else ()

    @property
    def rolled_back(self) -> tuple[Ran, ...]:
        """The migrations that were rolled back; empty for a run up."""
        return self.migrations if self.direction is Direction.DOWN else ()

    def as_json(self) -> dict[str, Any]:
        """The document that `up --json` and `down --json` print."""
        done = "applied" if self.direction is Direction.UP else "rolled_back"
        return {
            "direction": self.direction.value,
            "batch_no": self.batch_no,
            done: [{"name": ran.name, "seconds": round(ran.seconds, 6)} for ran in self.migrations],
            "failed": {"name": self.failed.name, "error": self.failed.error} if self.failed else None,
            **({"backup": self.backup} if self.backup else {}),
        }


class StatusReport(NamedTuple):
    """Files and history side by side. `database` is the URL without its password."""

    environment: str | None
    database: str
    state: State
    applied: tuple[Applied, ...]
    pending: tuple[Source, ...]
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """The document that `status --json` prints."""
        return {
            "environment": self.environment,
            "database": self.database,
            "state": self.state.value,
            "applied": [applied_json(row) for row in self.applied],
            "pending": [{"name": source.name, "hash": source.hash} for source in self.pending],
            "problems": [problem_json(problem) for problem in self.problems],
        }


class RecordReport(NamedTuple):
    """What `stamp` or `repair` changed in the tracking table, without running anything."""

    recorded: tuple[str, ...] = ()
    rehashed: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every migration whose record was changed."""
        return (*self.recorded, *self.rehashed, *self.forgotten, *self.decided)

    @property
    def changed(self) -> bool:
        """Whether anything was to be changed."""
        return bool(self.names)

    def as_json(self) -> dict[str, Any]:
        """The document that `stamp --json` and `repair --json` print."""
        return {
            "recorded": list(self.recorded),
            "rehashed": list(self.rehashed),
            "forgotten": list(self.forgotten),
            "decided": list(self.decided),
        }


class RenumberReport(NamedTuple):
    """The migrations that have other numbers now, each by its old name and its new one."""

    renamed: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The document that `renumber --json` prints."""
        return {"renamed": [{"from": old, "to": new} for old, new in self.renamed]}


class AdoptReport(NamedTuple):
    """What `adopt` took over from another tool's `table` into Lockgate's own, `into`, and how things stand then.

    With nothing to take over, `batch_no` is None and `adopted` is empty.
    """

    tool: Tool
    table: str
    into: str = ""
    batch_no: int | None = None
    adopted: tuple[Adopted, ...] = ()
    pending: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The migrations that are recorded as applied."""
        return tuple(row.name for row in self.adopted)

    @property
    def changed(self) -> bool:
        """Whether anything was to be changed."""
        return bool(self.adopted)

    def as_json(self) -> dict[str, Any]:
        """The document that `adopt --json` prints."""
        return {
            "tool": self.tool.value,
            "table": self.table,
            "into": self.into,
            "batch_no": self.batch_no,
            "adopted": [
                {"name": row.name, "hash": row.hash, "applied_at": _iso(row.applied_at) if row.applied_at else None}
                for row in self.adopted
            ],
            "pending": [{"name": source.name, "hash": source.hash} for source in self.pending],
            "problems": [problem_json(problem) for problem in self.problems],
        }


def applied_json(row: Applied) -> dict[str, Any]:
    """A row of the tracking table as JSON; the time in ISO 8601, UTC."""
    return {
        "name": row.name,
        "hash": row.hash,
        "applied_at": _iso(row.applied_at),
        "batch_no": row.batch_no,
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def problem_json(problem: Problem) -> dict[str, str]:
    """A disagreement of files and history as JSON."""
    return {"kind": problem.kind.value, "name": problem.name, "detail": problem.detail}


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    return {
        "direction": plan.direction.value,
        "batch_no": plan.batch_no,
        "migrations": [{"name": source.name, "hash": source.hash} for source in plan.migrations],
        "unfinished": list(plan.unfinished),
    }
