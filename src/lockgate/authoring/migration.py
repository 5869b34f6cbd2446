"""What a Python migration is: a class with `up` and, where it can be undone, `down`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from lockgate.authoring.database import Database


@runtime_checkable
class Migrator(Protocol):
    """Anything that can be run in both directions."""

    async def up(self) -> None:
        """Apply the migration."""

    async def down(self) -> None:
        """Undo what `up` did."""


class Migration:
    """The base of a Python migration; define `up`, and `down` unless it cannot be undone.

    Attributes:
        db: the schema verbs, `execute`, and the connections, all within the migration's own transaction.
        transactional: False for statements that refuse transactions (CREATE INDEX CONCURRENTLY). Each statement is then a
            step in a journal, so that a run that was interrupted resumes at the step it had reached.
        phase: `expand` or `contract`; without one, it expands. Those that contract run when the old code is gone, and every
            backfill that was left for later is done.
    """

    transactional: ClassVar[bool] = True
    phase: ClassVar[Literal["expand", "contract"] | None] = None
    db: Database

    def __init__(self, db: Database) -> None:
        self.db = db

    async def up(self) -> None:
        """Apply the migration."""
        raise TypeError(f"{type(self).__name__} defines no up.")
