"""Facts that a run tells as it goes; logging, progress bars and JSON are listeners that phrase them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lockgate.nouns.migrations import Direction
    from lockgate.nouns.schema_reports import AutoReport


class Configured(NamedTuple):
    """A run was asked for under this configuration, described in the exact words of its log block."""

    description: str


class Decided(NamedTuple):
    """The gate has been asked; `reason` is its answer in words, `warnings` are what it has to add."""

    reason: str
    warnings: tuple[str, ...] = ()


class FilesRead(NamedTuple):
    """The folder's migrations were read; `notes` say what of them is not as it seems, a sentence each."""

    notes: tuple[str, ...]


class LockAwaited(NamedTuple):
    """Another runner holds the lock; `holder` says who, `seconds` how long this one will wait for it."""

    holder: str | None
    seconds: float


class BackedUp(NamedTuple):
    """The database was copied to `path` before anything ran; `size` is in bytes.

    `left` says which older backup should have been removed and could not be; it is empty where all is well.
    """

    path: str
    size: int
    seconds: float
    left: str = ""


class RunStarted(NamedTuple):
    """A run begins: these migrations, in this order."""

    direction: Direction
    names: tuple[str, ...]
    batch_no: int


class MigrationStarted(NamedTuple):
    """One migration begins; a note says where it runs otherwise than its file seems to ask."""

    name: str
    direction: Direction
    note: str = ""


class HeldUp(NamedTuple):
    """Others were in the way of a migration, which was undone and is tried again; `blockers` are those that were seen."""

    name: str
    direction: Direction
    blockers: tuple[str, ...]


class MigrationFinished(NamedTuple):
    """One migration and its row are committed."""

    name: str
    direction: Direction
    seconds: float


class MigrationStopped(NamedTuple):
    """One migration ended early, failed or cancelled; `outcome` says what was undone and what was kept."""

    name: str
    direction: Direction
    outcome: str


class BackfillStarted(NamedTuple):
    """A backfill of a table begins, or goes on after `rows`; `estimate` is the database's of all of them."""

    name: str
    table: str
    rows: int
    estimate: int | None


class BackfillMoved(NamedTuple):
    """A backfill has come so far; `rate` is in rows a second, `seconds_left` None where that cannot be told."""

    name: str
    rows: int
    estimate: int | None
    rate: float
    seconds_left: float | None


class BackfillPaused(NamedTuple):
    """A backfill waits, for the reason that is said."""

    name: str
    reason: str


class BackfillFinished(NamedTuple):
    """A backfill is done, with so many rows; `seconds` is how long this run took for its part."""

    name: str
    rows: int
    seconds: float


class AutoFinished(NamedTuple):
    """Auto mode has brought the database to the models, as far as it does."""

    report: AutoReport


class StartAwaited(NamedTuple):
    """An application's start waits for another process to apply what is pending; `seconds` says how long it will.

    `holder` is who is at it, as far as the engine can tell; None where nobody is yet.
    """

    pending: tuple[str, ...]
    seconds: float
    holder: str | None = None


class StartWarned(NamedTuple):
    """An application starts although something is not as it should be."""

    words: str


Event = (
    Configured
    | Decided
    | FilesRead
    | LockAwaited
    | BackedUp
    | RunStarted
    | MigrationStarted
    | HeldUp
    | MigrationFinished
    | MigrationStopped
    | BackfillStarted
    | BackfillMoved
    | BackfillPaused
    | BackfillFinished
    | AutoFinished
    | StartAwaited
    | StartWarned
)
Listener = Callable[[Event], None]
