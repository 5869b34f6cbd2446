"""What is kept of a database as a whole: who migrated it in a closed environment, and what auto mode last found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockgate.nouns.schema_reports import Difference

if TYPE_CHECKING:
    from lockgate.dialects.seam import Session
    from lockgate.dialects.tracking import TrackingTable
    from lockgate.running.lock import Patience

_CLOSED, _FOLLOWED = "closed", "followed"


@dataclass(frozen=True, slots=True)
class Followed:
    """What auto mode last found: digests of the models and of the catalog, and what it left undone."""

    models: str
    catalog: str
    left: tuple[Difference, ...]

    def as_text(self) -> str:
        """It as it is kept."""
        return json.dumps([self.models, self.catalog, [list(one) for one in self.left]])


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one database.

    Attributes:
        default: the schema of unqualified names, where it is known already.
        closed: the environment, neither development nor test, that has migrated it; None where none has.
        followed: None where auto mode has not run, or another release of Lockgate kept it in other words.
    """

    default: str | None = None
    closed: str | None = None
    followed: Followed | None = None


async def read_marks(session: Session) -> Marks:
    """Read them, in one query."""
    default, rows = await session.marks()
    return Marks(default, rows.get(_CLOSED), _followed(rows.get(_FOLLOWED)))


def _followed(text: str | None) -> Followed | None:
    try:
        models, catalog, left = json.loads(text or "")
        return Followed(models, catalog, tuple(Difference(*one) for one in left))
    except (ValueError, TypeError):
        return None


async def mark_closed(session: Session, patience: Patience, environment: str | None) -> None:
    """Mark a database as one that a closed environment migrates; called under the lock."""
    if (await patience.through(lambda: read_marks(session))).closed is None:
        tracking = session.tracking
        await patience.through(lambda: session.note(tracking.create_marks()))
        await patience.through(lambda: session.note(tracking.write_mark(_CLOSED, environment or "unset")))


def write_followed(tracking: TrackingTable, followed: Followed) -> str:
    """Say that auto mode has found this."""
    return tracking.write_mark(_FOLLOWED, followed.as_text())
