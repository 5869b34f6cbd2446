"""What one run keeps account of: its batch, what is on record, what it has done, and how it says that something failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.dialects.seam import Record
from lockgate.events import MigrationFinished, MigrationStopped
from lockgate.nouns.migrations import Direction
from lockgate.nouns.reports import Ran
from lockgate.running.failures import failed
from lockgate.tracing import SYSTEM, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.seam import Session
    from lockgate.errors import MigrationFailed
    from lockgate.events import Listener
    from lockgate.running.failures import Where
    from lockgate.running.lock import Patience
    from lockgate.sources.loading import Loaded


class Ledger:
    """One run's account on one session. `ran` are the migrations that are committed; `known` the names on record, in order."""

    def __init__(
        self, session: Session, patience: Patience, emit: Listener, *, known: Sequence[str], batch_no: int
    ) -> None:
        self.session = session
        self.patience = patience
        self.emit = emit
        self.known = dict.fromkeys(known)
        self.batch_no = batch_no
        self.ran: list[Ran] = []

    def look_again(self, known: Sequence[str], batch_no: int | None) -> None:
        """Take another runner's changes into account; a batch number that is in use stays."""
        self.known = dict.fromkeys(known)
        if not self.ran and batch_no is not None:
            self.batch_no = batch_no

    def record(self, migration: Loaded) -> Record:
        """The change of the tracking table that belongs to a migration."""
        source, again = migration.source, self.is_again(migration)
        return Record(migration.direction, source.name, source.hash, self.batch_no, again=again)

    def is_again(self, migration: Loaded) -> bool:
        """Whether it runs although it is on record: it is repeatable, and has changed."""
        return migration.source.repeatable and migration.source.name in self.known

    def record_sql(self, migration: Loaded) -> str:
        """The same, said."""
        return self.session.tracking.record(self.record(migration))

    def task(self, migration: Loaded, *, together: int = 1) -> Task:
        """What a span says of a migration; `together` of them are one message to the server."""
        name, direction = migration.source.name, migration.direction.value
        attributes = {
            SYSTEM: self.session.flavour.value,
            "lockgate.migration": name,
            "lockgate.direction": direction,
            "lockgate.batch_no": self.batch_no,
            **({"lockgate.sent_together": together} if together > 1 else {}),
        }
        return Task(f"{direction} {name}", attributes)

    def done(self, name: str, direction: Direction, seconds: float) -> None:
        """Note that a migration is committed."""
        self.ran.append(Ran(name, seconds))
        if direction is Direction.UP:
            self.known.setdefault(name)
        else:
            del self.known[name]
        self.emit(MigrationFinished(name, direction, seconds))

    def failure(
        self,
        migration: Loaded,
        error: BaseException,
        *,
        outcome: str,
        where: Where | None = None,
        words: str | None = None,
        hint: str = "",
    ) -> MigrationFailed:
        """The error that ends the run at a migration."""
        self.emit(MigrationStopped(migration.source.name, migration.direction, outcome))
        return failed(
            migration, error, outcome=outcome, batch_no=self.batch_no, ran=self.ran, where=where, words=words, hint=hint
        )
