"""Listens to a run: draws a bar on a terminal, and remembers what was done for the word at the end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import click
from click.termui import progressbar

from lockgate.events import MigrationFinished, MigrationStarted, MigrationStopped, RunStarted

if TYPE_CHECKING:
    from lockgate.events import Event


class Progress:
    """A listener; with `wanted`, a run of several migrations is a bar, and their lines in the log are held back."""

    def __init__(self, log: logging.Handler, *, wanted: bool) -> None:
        self.done: list[str] = []
        self.stopped: MigrationStopped | None = None
        self._log = log
        self._level = log.level
        self._wanted = wanted
        self._bar: Any = None

    def __call__(self, event: Event) -> None:
        """Hear one fact."""
        match event:
            case RunStarted(direction, names, _):
                self._begin(direction.value, names)
            case MigrationStarted(name, _, _) if self._bar:
                self._bar.label = name
                self._bar.render_progress()
            case MigrationFinished(name, _, _):
                self.done.append(name)
                if self._bar:
                    self._bar.update(1)
            case MigrationStopped():
                self.stopped = event
                self.close()

    def _begin(self, label: str, names: tuple[str, ...]) -> None:
        if self._wanted and len(names) > 1:
            self._log.setLevel(max(self._level, logging.WARNING))
            stderr = click.get_text_stream("stderr")
            self._bar = progressbar(length=len(names), label=label, file=stderr)
            self._bar.render_progress()

    def close(self) -> None:
        """End the bar's line."""
        if self._bar:
            self._bar.render_finish()
            self._bar = None
        self._log.setLevel(self._level)
