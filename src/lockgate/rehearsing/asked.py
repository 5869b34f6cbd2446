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
        offline: ask no database anything.
        assumed: whatever is on record, take the files up to `after`, or none, for applied; offline it is always so.
        after: the last migration that is taken for applied.
        restores: roll back as well, and see what that does not restore.
        facts: ask the target for its sizes and sessions, and compare its schema with that of the scratch.
    """

    direction: Direction = Direction.UP
    selection: Selection = Selection()
    offline: bool = False
    assumed: bool = False
    after: str | None = None
    restores: bool = False
    facts: bool = True
