"""How many rows, how fast, and how long still: pure but for the clock that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.events import BackfillMoved

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockgate.events import Listener

_EVERY_SECONDS: Final = 0.5


class Tally:
    """Counts what all ranges of a backfill do, and tells of it twice a second at most."""

    def __init__(self, name: str, rows: int, estimate: int | None, emit: Listener, clock: Callable[[], float]) -> None:
        self._name, self._estimate, self._emit, self._clock = name, estimate, emit, clock
        self._began = self._told = clock()
        self._before = self.rows = rows

    @property
    def seconds(self) -> float:
        """How long it has been at work."""
        return self._clock() - self._began

    def passed(self, rows: int) -> None:
        """Count a batch's rows."""
        self.rows += rows
        if self._clock() - self._told < _EVERY_SECONDS:
            return
        self._told = self._clock()
        rate = (self.rows - self._before) / max(self.seconds, 1e-6)
        left = max(0, self._estimate - self.rows) / rate if self._estimate is not None and rate else None
        self._emit(BackfillMoved(self._name, self.rows, self._estimate, rate, left))
