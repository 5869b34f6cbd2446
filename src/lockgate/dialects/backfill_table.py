"""Says the SQL of the table that keeps how far each range of a backfill has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns.backfills import BackfillState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.tracking import TrackingTable
    from lockgate.nouns.backfills import Part

COLUMNS = "name, part, migration, definition, reached, ends, rows_done, batches, state"


class BackfillTable(NamedTuple):
    """The table beside the tracking table; `long_type` is for text of any length."""

    tracking: TrackingTable
    long_type: str = "TEXT"

    @property
    def name(self) -> str:
        """Its qualified, quoted name."""
        name = self.tracking.name
        return f"{name[:-1]}_backfills{name[-1]}"

    def create(self) -> str:
        """Say the table."""
        text, long, time = self.tracking.text_type, self.long_type, self.tracking.time_type
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name} (name {text} NOT NULL, part INT NOT NULL, migration {text} NOT NULL,"
            f" definition {long} NOT NULL, reached {long}, ends {long}, rows_done BIGINT NOT NULL,"
            f" batches BIGINT NOT NULL, state {text} NOT NULL, started_at {time} NULL, finished_at {time} NULL,"
            f" PRIMARY KEY (name, part)){self.tracking.options}"
        )

    def read(self, name: str | None = None) -> str:
        """Say the query for all ranges, or for those of one backfill."""
        only = "" if name is None else f" WHERE name = {self.tracking.text(name)}"
        return f"SELECT {COLUMNS} FROM {self.name}{only} ORDER BY name, part"

    def register(self, name: str, migration: str, definition: str) -> list[str]:
        """Say that a backfill is to be done from the beginning, whatever was known of one of that name."""
        of = name, migration, definition
        return [
            f"DELETE FROM {self.name} WHERE name = {self.tracking.text(name)}",
            f"INSERT INTO {self.name} ({COLUMNS}) VALUES {self._values(of, 0, (None, None))}",
        ]

    def forget(self, migration: str) -> str:
        """Say that a migration's backfills are struck out."""
        return f"DELETE FROM {self.name} WHERE migration = {self.tracking.text(migration)}"

    def advance(self, part: Part, reached: str | None, rows: int) -> str:
        """Say that a range has come to a key, None for its end; it says nothing where another worker has moved it."""
        text, now = self.tracking.text, self.tracking.now
        state = BackfillState.RUNNING if reached is not None else BackfillState.DONE
        came = f" reached = {text(reached)}," if reached is not None else f" finished_at = {now},"
        return (
            f"UPDATE {self.name} SET{came} rows_done = rows_done + {rows:d}, batches = batches + 1,"
            f" state = {text(state.value)}, started_at = coalesce(started_at, {now}) WHERE {self._same(part)}"
        )

    def shorten(self, part: Part, ends: str) -> str:
        """Say that a range that has not begun ends at this key; it says nothing where a worker has begun with it."""
        moved = f"ends = {self.tracking.text(ends)}, batches = batches + 1"
        return f"UPDATE {self.name} SET {moved} WHERE {self._same(part)}"

    def append(self, part: Part, cuts: Sequence[str]) -> str:
        """Say that there are ranges from each of these keys to the next, and from the last to the table's end."""
        bounds = [*cuts, None]
        values = ", ".join(
            self._values((part.name, part.migration, part.definition), number, bounds[number - 1 : number + 1])
            for number in range(1, len(bounds))
        )
        return f"INSERT INTO {self.name} ({COLUMNS}) VALUES {values}"

    def _same(self, part: Part) -> str:
        return f"name = {self.tracking.text(part.name)} AND part = {part.number:d} AND batches = {part.batches:d}"

    def _values(self, of: tuple[str, str, str], number: int, bounds: Sequence[str | None]) -> str:
        name, migration, definition = map(self.tracking.text, of)
        reached, ends = ("NULL" if one is None else self.tracking.text(one) for one in bounds)
        state = self.tracking.text(BackfillState.PENDING.value)
        return f"({name}, {number:d}, {migration}, {definition}, {reached}, {ends}, 0, 0, {state})"
