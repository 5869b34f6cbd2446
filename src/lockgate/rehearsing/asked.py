"""What is to be rehearsed."""

from __future__ import annotations

from typing import NamedTuple

from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import Selection


class Asked(NamedTuple):
    """What is to be rehearsed.

    Attributes:
        direction: up or down.
        selection: which of the migrations, as for the run itself.
        offline: ask no database anything: as if the files up to `after`, or none, were applied.
        after: the last migration that is applied, where no database is asked.
        restores: roll back as well, and see what that does not restore.
        facts: ask the target for its sizes and sessions, and compare its schema with that of the scratch.
    """

    direction: Direction = Direction.UP
    selection: Selection = Selection()
    offline: bool = False
    after: str | None = None
    restores: bool = False
    facts: bool = True
