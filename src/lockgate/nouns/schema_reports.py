"""What a comparison of models and database tells; `as_json` of each gives the keys of the command line's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lockgate.nouns.plans import Problem, State


class Difference(NamedTuple):
    """One difference in words.

    Attributes:
        kind: what it is about, such as `column` or `column type`.
        name: the owner's name, and after a dot that of its column, constraint or index.
        detail: what the database has to change.
        effect: `additive`, `widening`, `narrowing` (something that was accepted no longer is) or `destructive`.
        reason: why auto mode leaves it undone, where it does.
        owner: the table, type, sequence or view that it belongs to, or is.
        only_in: `models` or `database` where the other has nothing of the kind; "" where both have it and they differ.
    """

    kind: str
    name: str
    detail: str
    effect: str
    reason: str = ""
    owner: str = ""
    only_in: str = ""

    @property
    def part(self) -> str:
        """The name within the owner; "" where the difference is about the owner as a whole."""
        return self.name.removeprefix(self.owner).removeprefix(".")

    def as_json(self) -> dict[str, str | None]:
        """It as JSON; without a reason where there is none."""
        said = {"kind": self.kind, "owner": self.owner, "name": self.name, "detail": self.detail, "effect": self.effect}
        return {**said, "only_in": self.only_in or None, **({"reason": self.reason} if self.reason else {})}


@dataclass(frozen=True, slots=True)
class AutoReport:
    """What auto mode did; where there was nothing to do, there are neither changes nor statements.

    Attributes:
        changes: what was made.
        statements: the SQL that made it.
        left: what is left undone, each with its reason.
    """

    changes: tuple[Difference, ...] = ()
    statements: tuple[str, ...] = ()
    left: tuple[Difference, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The document that `auto --json` prints."""
        return {
            "changes": [one.as_json() for one in self.changes],
            "statements": list(self.statements),
            "left": [one.as_json() for one in self.left],
        }


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Models against database, and files against history.

    Attributes:
        state: how files and history stand to each other.
        pending: the names of the migrations that are not applied.
        problems: where files and history disagree.
        compared: whether models were named; where none were, there are no differences to be known.
        differences: what the database has to change to be as the models say.
        up: the statements that bring the database to the models.
        down: the way back: those that bring a database that is as the models say to what this one is now.
    """

    state: State
    pending: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    compared: bool = False
    differences: tuple[Difference, ...] = ()
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The document that `check --json` prints."""
        return {
            "state": self.state.value,
            "pending": list(self.pending),
            "problems": [{"kind": p.kind.value, "name": p.name, "detail": p.detail} for p in self.problems],
            "compared": self.compared,
            "differences": [one.as_json() for one in self.differences],
            "up": list(self.up),
            "down": list(self.down),
        }
