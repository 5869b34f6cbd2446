"""Listens to a run: draws a bar on a terminal, and remembers what was done for the word at the end."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click
from click.termui import progressbar

from lockgate.cli.output import say, warn
from lockgate.events import (
    BackedUp,
    BackfillFinished,
    BackfillMoved,
    BackfillStarted,
    MigrationFinished,
    MigrationStarted,
    MigrationStopped,
    RunStarted,
)
from lockgate.narration import moved_words, pace_words
from lockgate.nouns.migrations import Direction
from lockgate.nouns.reports import Failure, Ran, RunReport

if TYPE_CHECKING:
    from lockgate.events import Event

_BAR = 24
_WITHOUT_NAME = 54  # what stands before the name: verb, bar, numbers


class Progress:
    """A listener; with `wanted`, a run of several migrations is a bar."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._bar: Any = None
        self._run: RunStarted | None = None
        self._backup: str | None = None
        self._ran: list[Ran] = []
        self._running = ""
        self._backfill, self._counts_rows = "", False
        self._stopped: list[MigrationStopped] = []

    def __call__(self, event: Event) -> None:
        """Hear one fact; a terminal that has gone away is no reason to end a run."""
        with suppress(OSError):
            self._draw(event)
        match event:
            case BackedUp(path):
                self._backup = path
            case BackfillStarted(name):
                self._backfill = name
            case BackfillFinished():
                self._backfill = ""
            case RunStarted():
                self._run = event
            case MigrationStarted(name, _, _):
                self._running = name
            case MigrationFinished(name, _, seconds):
                self._ran.append(Ran(name, seconds))
                self._running = ""
            case MigrationStopped():
                self._stopped.append(event)

    def _draw(self, event: Event) -> None:
        match event:
            case RunStarted(direction, names, _) if self._wanted and len(names) > 1:
                self._bar = bar_of("Applying" if direction is Direction.UP else "Rolling back", len(names))
                self._bar.render_progress()
            case MigrationStarted(name, _, _) if self._bar:
                self._bar.current_item = name
                self._bar.render_progress()
            case MigrationFinished() if self._bar:
                self._bar.update(1)
            case MigrationStopped():
                self.close()
            case BackfillStarted() | BackfillMoved() | BackfillFinished():
                self._draw_backfill(event)

    def _draw_backfill(self, event: BackfillStarted | BackfillMoved | BackfillFinished) -> None:
        """A bar of rows; within a run of several migrations, which has the line, words."""
        match event:
            case BackfillStarted(_, table, rows, estimate) if self._wanted and estimate and not self._bar:
                self._bar, self._counts_rows = bar_of(f"Backfilling {table}", max(rows, estimate)), True
                self._bar.update(rows)
            case BackfillMoved(_, rows) if self._bar:
                self._bar.current_item = pace_words(event) if self._counts_rows else moved_words(event)
                if self._counts_rows:
                    self._bar.length = max(self._bar.length, rows)
                    self._bar.update(rows - self._bar.pos)
                self._bar.render_progress()
            case BackfillFinished(_, rows) if self._counts_rows:
                self._bar.length = rows
                self._bar.update(rows - self._bar.pos)
                self.close()

    @property
    def is_drawn(self) -> bool:
        """Whether the bar stands on the terminal, and says itself what the log would."""
        return self._bar is not None

    def say(self, text: str, *, warning: bool) -> None:
        """Write a line on stderr, above the bar where there is one."""
        if self._bar:
            click.echo("\r\033[K", nl=False, err=True)
        if warning:
            warn(text)
        else:
            say(text, err=True)
        if self._bar:
            self._bar._last_line = None  # it draws only what it has not drawn
            self._bar.render_progress()

    def close(self) -> None:
        """End the bar's line."""
        if self._bar:
            bar, self._bar, self._counts_rows = self._bar, None, False
            bar.current_item = None
            with suppress(OSError):
                bar.render_progress()
                bar.render_finish()

    def interrupted(self, signal: str) -> tuple[RunReport | None, str]:
        """What a run that ended here has done, as a report and in words."""
        if self._run is None and self._backfill:
            return None, f"{self._backfill} keeps what it has done, and `lockgate backfill` goes on from there."
        if self._run is None:
            return None, "Nothing was run."
        direction = self._run.direction
        name, outcome, kept = self._broken_off()
        ran = (*self._ran, *(Ran(one, 0.0) for one in kept))
        failure = Failure(name, f"ended by {signal}: {outcome}") if name else None
        report = RunReport(direction, self._run.batch_no, ran, failure, self._backup)
        said = [f"{name}: {outcome}."] if name else []
        if ran:
            done = "applied" if direction is Direction.UP else "rolled back"
            said.append(f"\nKept from this run: {', '.join(report.names)} ({done}).")
        if self._backup:
            said.append(f"\nThe database as it was before this run: {self._backup}")
        return report, " ".join(said).strip(" ") or "Nothing was run."

    def _broken_off(self) -> tuple[str, str, list[str]]:
        """Which migration a signal stopped, what became of it, and which of the same message had come before it.

        Several that went as one message stop together: the last was not reached, so those of another outcome were.
        """
        if not self._stopped:
            return self._running, "it was broken off, and `lockgate status` says whether it is applied", []
        outcome = self._stopped[-1].outcome
        first = next(one for one in self._stopped if one.outcome == outcome)
        return first.name, outcome, [one.name for one in self._stopped if one.outcome != outcome]


def bar_of(label: str, length: int) -> Any:
    """A bar of so many steps on stderr, with the name of what is at work behind it."""
    return progressbar(
        length=length, label=label, width=_BAR, show_eta=False, show_percent=False, show_pos=True,
        item_show_func=_shortened, file=sys.stderr,
    )  # fmt: skip


def _shortened(name: str | None) -> str | None:
    """A name that leaves the bar on one line."""
    room = max(10, shutil.get_terminal_size().columns - _WITHOUT_NAME)
    return name if name is None or len(name) <= room else f"{name[: room - 1]}…"
