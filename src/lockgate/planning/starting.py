"""What an application's start does about what it finds: one table, pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack

from lockgate.errors import SettingsError
from lockgate.nouns.plans import State

if TYPE_CHECKING:
    from collections.abc import Mapping

OnPending = Literal["wait", "fail", "warn"]
OnAhead = Literal["start", "warn", "fail"]
OnDiverged = Literal["fail", "warn"]


class Chosen(TypedDict, total=False):
    """Policies as a caller chooses them; None means what suits the environment."""

    on_pending: OnPending | None
    on_ahead: OnAhead | None
    on_diverged: OnDiverged | None


class Step(StrEnum):
    """What a start does next."""

    START = "start"
    WARN = "warn"
    RUN = "run"
    WAIT = "wait"
    REFUSE = "refuse"


class Policies(NamedTuple):
    """What a start does that may not migrate, or that finds what it cannot migrate.

    Attributes:
        on_pending: migrations are pending, whether another process is at them or not.
        on_ahead: the database knows migrations that this code does not, as in a rolling deploy.
        on_diverged: an applied migration was edited, or its file is gone.
    """

    on_pending: OnPending
    on_ahead: OnAhead
    on_diverged: OnDiverged


# Where nothing guards the data but the migrations, a replica waits for the one that may migrate, and starts on nothing that
# it cannot explain; on a developer's machine, files are edited and lag behind the models all day long.
_CLOSED = Policies("wait", "start", "fail")
_OPEN = Policies("warn", "start", "warn")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "on_pending": ("wait", "fail", "warn"),
    "on_ahead": ("start", "warn", "fail"),
    "on_diverged": ("fail", "warn"),
}


def policies(*, is_open: bool, **chosen: Unpack[Chosen]) -> Policies:
    """The policies that were chosen, and for the others what suits the environment.

    Raises:
        SettingsError: there is no such policy.
    """
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    for name, value in given.items():
        if value not in _CHOICES[name]:
            raise SettingsError(f"{name} takes {', '.join(_CHOICES[name])}.")
    return (_OPEN if is_open else _CLOSED)._replace(**given)


def next_step(state: State, chosen: Policies, *, versioned: bool, pending: bool) -> Step:
    """What to do.

    Args:
        state: of files and history.
        chosen: the policies.
        versioned: whether this start may apply what is pending.
        pending: whether something is pending, which is so of what is behind or locked, and may be of what has diverged.
    """
    if state is State.CURRENT:
        return Step.START
    if state is State.AHEAD:
        return {"start": Step.START, "warn": Step.WARN, "fail": Step.REFUSE}[chosen.on_ahead]
    # Nothing is applied to a history that has diverged, so a start that is to apply something cannot do it.
    if state is State.DIVERGED and (chosen.on_diverged == "fail" or (versioned and pending)):
        return Step.REFUSE
    if not pending:
        return Step.WARN
    if versioned:
        return Step.RUN
    return {"wait": Step.WAIT, "warn": Step.WARN, "fail": Step.REFUSE}[chosen.on_pending]
