"""Phrases a run's facts for the log, under `lockgate`; installs no handler."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lockgate.events import (
    Configured,
    Decided,
    LockAwaited,
    MigrationFinished,
    MigrationStarted,
    MigrationStopped,
    RunStarted,
)
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from lockgate.events import Event


def log_event(event: Event) -> None:
    """Write a fact to the log; warnings as warnings, a migration's start and its failure (which is raised) as debug."""
    logger = logging.getLogger("lockgate")
    if logger.isEnabledFor(logging.INFO) or isinstance(event, Decided | MigrationStarted):
        for level, text in phrase(event):
            logger.log(level, "%s", text)


def phrase(event: Event) -> list[tuple[int, str]]:
    """A fact in words, with its level."""
    match event:
        case Configured(description):
            return [(logging.INFO, description)]
        case Decided(reason, warnings):
            return [(logging.INFO, reason), *((logging.WARNING, warning) for warning in warnings)]
        case LockAwaited(holder, seconds):
            who = holder or "another connection"
            return [(logging.INFO, f"Waiting up to {seconds:g} s for the migration lock, which {who} holds.")]
        case RunStarted(direction, names, batch_no):
            verb = "Applying" if direction is Direction.UP else "Rolling back"
            return [(logging.INFO, f"{verb} {len(names)} migration{'s' * (len(names) != 1)}, batch {batch_no}.")]
        case MigrationStarted(name, direction, note):
            said = [(logging.DEBUG, f"{name}: {direction.value} begins.")]
            return [*said, *([(logging.WARNING, f"{name} runs outside a transaction: {note}")] if note else [])]
        case MigrationFinished(name, direction, seconds):
            done = "applied" if direction is Direction.UP else "rolled back"
            return [(logging.INFO, f"{name}: {done} in {seconds:.3f} s.")]
        case MigrationStopped(name, _, outcome):
            return [(logging.DEBUG, f"{name} was stopped: {outcome}")]
