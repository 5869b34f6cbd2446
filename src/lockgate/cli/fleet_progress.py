"""Listens to a fleet: draws a bar of its targets on a terminal, and remembers how far it came for the word at the end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from lockgate.cli.progress import Progress, bar_of
from lockgate.fleets.filled import Filled
from lockgate.fleets.outcomes import Fate, FleetStarted, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockgate.fleets.outcomes import FleetEvent
    from lockgate.nouns.reports import RunReport


class FleetProgress(Progress):
    """As for a run; `hear` is called with what is told of each target as well."""

    def __init__(self, *, wanted: bool, hear: Callable[[FleetEvent], None] | None = None) -> None:
        super().__init__(wanted=wanted)
        self._targets: int | None = None
        self._done = self._failed = 0
        self._hear = hear

    def of_fleet(self, event: FleetEvent) -> None:
        """Hear one fact; a terminal that has gone away is no reason to end a run."""
        if self._hear is not None:
            self._hear(event)
        with suppress(OSError):
            self._show(event)
        if isinstance(event, FleetStarted):
            self._targets = event.targets
        elif isinstance(event, Outcome):
            self._done += event.fate in {Fate.APPLIED, Fate.ROLLED_BACK, Fate.CURRENT}
            self._failed += event.fate is Fate.FAILED
        elif isinstance(event, Filled):
            self._done += event.error is None
            self._failed += event.error is not None

    def _show(self, event: FleetEvent) -> None:
        if isinstance(event, FleetStarted):
            if self._wanted and event.targets > 1:
                self._bar = bar_of("Targets", event.targets)
                self._bar.render_progress()
        elif self._bar:
            failed = f"{self._failed} failed, " if self._failed else ""
            self._bar.update(1, f"{failed}{event.target}")

    def interrupted(self, signal: str) -> tuple[RunReport | None, str]:
        """How far it came, in words."""
        if self._targets is None:
            return None, "Nothing was run."
        failed = f", {self._failed} failed" if self._failed else ""
        return None, (
            f"{self._done} of {self._targets} targets are done{failed}. What was at work on the others was undone as far as its"
            " engine can, or is kept where it was committed; the same command goes on from there."
        )
