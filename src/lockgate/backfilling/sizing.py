"""How many rows the next batch has: pure."""

from __future__ import annotations

from typing import Final

FIRST: Final = 1_000
_AIM: Final = 0.5  # of what a batch may take, so that a slower one still ends in time
_GROWTH: Final = 2.0


class BatchSize:
    """Follows what batches take: `seconds` is the longest one may, `most` the most rows that it may have."""

    def __init__(self, seconds: float, most: int) -> None:
        self._aim, self._most = seconds * _AIM, most
        self.rows = min(FIRST, most)

    def took(self, seconds: float, rows: int) -> None:
        """Take account of a batch that is done; of one that was not full, nothing is learnt."""
        if rows >= self.rows:
            factor = min(_GROWTH, max(1 / _GROWTH, self._aim / max(seconds, 1e-6)))
            self.rows = max(1, min(self._most, round(rows * factor)))

    def took_too_long(self) -> None:
        """Take account of a batch that was broken off."""
        self.rows = max(1, self.rows // 4)
