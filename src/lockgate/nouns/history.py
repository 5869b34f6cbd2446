"""What the tracking table says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


class Applied(NamedTuple):
    """One row of the tracking table: a migration that has been applied; `applied_at` is in UTC."""

    id: int
    name: str
    hash: str
    applied_at: datetime
    batch_no: int


@dataclass(frozen=True, slots=True)
class History:
    """All rows of the tracking table in the order they were applied; `exists` is False before the table is made."""

    rows: tuple[Applied, ...] = ()
    exists: bool = True

    def __iter__(self) -> Iterator[Applied]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order they were applied."""
        return tuple(row.name for row in self.rows)

    @property
    def last_batch(self) -> int:
        """The highest batch number, 0 where nothing is applied."""
        return max((row.batch_no for row in self.rows), default=0)
