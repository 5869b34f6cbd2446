"""What an application's start came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns.plans import State

if TYPE_CHECKING:
    from lockgate.nouns.reports import RunReport
    from lockgate.nouns.schema_reports import AutoReport


class Gate(NamedTuple):
    """The gate as the application's start left it; in an ASGI application, `app.state.lockgate`.

    Attributes:
        state: of files and history.
        reason: what the gate decided, in words.
        applied: what the versioned migrations did; None where they did not run.
        followed: what auto mode did; None where it did not run.
    """

    state: State
    reason: str
    applied: RunReport | None = None
    followed: AutoReport | None = None

    @property
    def ready(self) -> bool:
        """Whether the database has all that this code needs."""
        return is_ready(self.state)


def is_ready(state: State) -> bool:
    """Whether a database in this state has all that the code needs."""
    return state in {State.CURRENT, State.AHEAD}
