"""Phrases a run's facts for the log, under `lockgate`; installs no handler."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from lockgate.events import (
    AutoFinished,
    BackedUp,
    BackfillFinished,
    BackfillMoved,
    BackfillPaused,
    BackfillStarted,
    Configured,
    Decided,
    FilesRead,
    HeldUp,
    LockAwaited,
    MigrationFinished,
    MigrationStarted,
    MigrationStopped,
    RunStarted,
    StartAwaited,
    StartWarned,
)
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from lockgate.events import Event
    from lockgate.nouns.schema_reports import AutoReport

LOG_OF_AUTO: Final = "lockgate.auto"
"""The logger of what auto mode did, so that what it leaves undone can be silenced by itself."""
_MAY_WARN: Final = (BackedUp, Decided, FilesRead, HeldUp, MigrationStarted, AutoFinished, StartWarned)


def log_event(event: Event) -> None:
    """Write a fact to the log; warnings as warnings, a migration's start and its failure (which is raised) as debug."""
    logger = logging.getLogger(LOG_OF_AUTO if isinstance(event, AutoFinished) else "lockgate")
    if logger.isEnabledFor(logging.INFO) or isinstance(event, _MAY_WARN):
        for level, text in phrase(event):
            logger.log(level, "%s", text)


def phrase(event: Event) -> list[tuple[int, str]]:
    """A fact in words, with its level."""
    return _of_start(event) or _of_run(event) or _of_backfill(event)


def _of_start(event: Event) -> list[tuple[int, str]]:
    match event:
        case Configured(description):
            return [(logging.INFO, description)]
        case Decided(reason, warnings):
            return [(logging.INFO, reason), *((logging.WARNING, warning) for warning in warnings)]
        case FilesRead(notes):
            return [(logging.WARNING, note) for note in notes]
        case StartAwaited(pending, seconds, holder):
            what = f"{len(pending)} pending migration{'s' * (len(pending) != 1)}"
            return [(logging.INFO, f"Waiting up to {seconds:g} s for {holder or 'another process'} to apply {what}.")]
        case StartWarned(words):
            return [(logging.WARNING, words)]
        case AutoFinished(report):
            return _auto(report)
    return []


def _of_run(event: Event) -> list[tuple[int, str]]:
    match event:
        case LockAwaited(holder, seconds):
            who = holder or "another connection"
            return [(logging.INFO, f"Waiting up to {seconds:g} s for the migration lock, which {who} holds.")]
        case BackedUp(path, size, seconds, left):
            said = [(logging.INFO, f"Backed the database up to {path} ({size:,} bytes) in {seconds:.2f} s.")]
            return [*said, *([(logging.WARNING, left)] if left else [])]
        case RunStarted(direction, names, batch_no):
            verb = "Applying" if direction is Direction.UP else "Rolling back"
            return [(logging.INFO, f"{verb} {len(names)} migration{'s' * (len(names) != 1)}, batch {batch_no}.")]
        case MigrationStarted(name, direction, note):
            said = [(logging.DEBUG, f"{name}: {direction.value} begins.")]
            return [*said, *([(logging.WARNING, f"{name} runs outside a transaction: {note}")] if note else [])]
        case HeldUp(name, _, blockers):
            who = f" by {', '.join(blockers)}" if blockers else ""
            return [(logging.WARNING, f"{name} was held up{who}; it is tried again.")]
        case MigrationFinished(name, direction, seconds):
            done = "applied" if direction is Direction.UP else "rolled back"
            return [(logging.INFO, f"{name}: {done} in {seconds:.3f} s.")]
        case MigrationStopped(name, _, outcome):
            return [(logging.DEBUG, f"{name} was stopped: {outcome}")]
    return []


def _of_backfill(event: Event) -> list[tuple[int, str]]:
    match event:
        case BackfillStarted(name, table, rows, estimate):
            of = f" of about {counted_rows(estimate)}" if estimate is not None else ""
            return [(logging.INFO, f"{name}: backfilling {table}{of}{f', after {rows:,}' if rows else ''}.")]
        case BackfillMoved():
            return [(logging.INFO, f"{event.name}: {moved_words(event)}.")]
        case BackfillPaused(name, reason):
            return [(logging.INFO, f"{name} waits: {reason}.")]
        case BackfillFinished(name, rows, seconds):
            return [(logging.INFO, f"{name}: {counted_rows(rows)} done, in {seconds:.2f} s.")]
    return []


def counted_rows(rows: int) -> str:
    """So many rows, in words."""
    return f"{rows:,} row{'s' * (rows != 1)}"


def moved_words(event: BackfillMoved) -> str:
    """How far a backfill has come, in words."""
    of = f" of about {max(event.rows, event.estimate):,}" if event.estimate is not None else ""
    return f"{event.rows:,}{of} rows, {pace_words(event)}"


def pace_words(event: BackfillMoved) -> str:
    """How fast a backfill is, and how long it will take, in words."""
    left = f", {event.seconds_left:,.0f} s left" if event.seconds_left is not None else ""
    return f"{event.rate:,.0f} a second{left}"


def _auto(report: AutoReport) -> list[tuple[int, str]]:
    count = len(report.changes)
    done = f"{count} change{'s' * (count != 1)} made" if count else "nothing to change"
    left = [f"Auto mode leaves undone: {one.kind} {one.name}, {one.detail}: {one.reason}." for one in report.left]
    made = [f"{one.kind} {one.name}: {one.detail}" for one in report.changes]
    return [
        (logging.INFO, f"Auto mode: {done}{f', {len(left)} left undone' if left else ''}."),
        *((logging.DEBUG, text) for text in made),
        *((logging.WARNING, text) for text in left),
    ]
