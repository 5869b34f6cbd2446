"""Facts that a run tells as it goes; logging, progress bars and JSON are listeners that phrase them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockgate.nouns.migrations import Direction


@dataclass(frozen=True, slots=True)
class Configured:
    """A run was asked for under this configuration, described in the exact words of its log block."""

    description: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The gate has been asked; `reason` is its answer in words, `warnings` are what it has to add."""

    reason: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LockAwaited:
    """Another runner holds the lock; `holder` says who, `seconds` how long this one will wait for it."""

    holder: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins: these migrations, in this order."""

    direction: Direction
    names: tuple[str, ...]
    batch_no: int


@dataclass(frozen=True, slots=True)
class MigrationStarted:
    """One migration begins; a note says where it runs otherwise than its file seems to ask."""

    name: str
    direction: Direction
    note: str = ""


@dataclass(frozen=True, slots=True)
class MigrationFinished:
    """One migration and its row are committed."""

    name: str
    direction: Direction
    seconds: float


@dataclass(frozen=True, slots=True)
class MigrationStopped:
    """One migration ended early, failed or cancelled; `outcome` says what was undone and what was kept."""

    name: str
    direction: Direction
    outcome: str


Event = Configured | Decided | LockAwaited | RunStarted | MigrationStarted | MigrationFinished | MigrationStopped
Listener = Callable[[Event], None]
