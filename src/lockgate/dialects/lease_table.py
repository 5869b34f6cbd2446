"""Says the SQL of the lease: one row, which a runner holds where no lock of the session's keeps others out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lockgate.dialects.tracking import TrackingTable


class LeaseRow(NamedTuple):
    """What the row says.

    Attributes:
        fence: counts the holders; whoever has another number than the row's holds it no more.
        beats: goes on as long as the holder lives.
        holder: who it is, in words; None where it is free.
        mark: stands in all that the holder sends, so that its statements can be found on the server.
    """

    fence: int
    beats: int
    holder: str | None = None
    mark: str | None = None


class LeaseTable(NamedTuple):
    """The table beside the tracking table."""

    tracking: TrackingTable

    @property
    def name(self) -> str:
        """Its qualified, quoted name."""
        name = self.tracking.name
        return f"{name[:-1]}_lease{name[-1]}"

    def create(self) -> str:
        """Say the table."""
        text = self.tracking.text_type
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name} (id INT NOT NULL PRIMARY KEY, fence BIGINT NOT NULL,"
            f" beats BIGINT NOT NULL, holder {text}, mark {text}, heard_at {self.tracking.time_type}){self.tracking.options}"
        )

    def fill(self) -> str:
        """Say its row, free; a second one is refused by its key."""
        return f"INSERT INTO {self.name} (id, fence, beats) VALUES (1, 0, 0)"

    def read(self) -> str:
        """Say the query for the row."""
        return f"SELECT fence, beats, holder, mark FROM {self.name} WHERE id = 1"

    def read_holder(self, seconds: float) -> str:
        """Say the query for its holder, if that was heard of in the last seconds by the server's clock."""
        return f"SELECT holder FROM {self.name} WHERE id = 1 AND heard_at > {self.tracking.ago(seconds)}"

    def take(self, seen: LeaseRow, holder: str, mark: str) -> str:
        """Say that it has a new holder, unless it has changed since it was seen."""
        text = self.tracking.text
        return (
            f"UPDATE {self.name} SET fence = fence + 1, beats = 0, holder = {text(holder)}, mark = {text(mark)},"
            f" heard_at = {self.tracking.now}"
            f" WHERE id = 1 AND fence = {seen.fence:d} AND beats = {seen.beats:d}"
        )

    def beat(self, fence: int) -> str:
        """Say that its holder lives."""
        return f"UPDATE {self.name} SET beats = beats + 1, heard_at = {self.tracking.now} WHERE id = 1 AND fence = {fence:d}"

    def hold(self, fence: int) -> str:
        """Say what changes no row where somebody else has it by now; nobody takes it before the transaction ends.

        It is a write, because of two nodes' transactions a cluster refuses one only where both have written the same row.
        """
        return f"UPDATE {self.name} SET beats = beats + 1 WHERE id = 1 AND fence = {fence:d}"

    def free(self, fence: int) -> str:
        """Say that nobody holds it."""
        return f"UPDATE {self.name} SET holder = NULL, mark = NULL WHERE id = 1 AND fence = {fence:d}"

    def check(self, fence: int) -> str:
        """Say what PostgreSQL refuses where somebody else has it by now; nobody takes it before the transaction ends.

        A plain SELECT would be out of date by the time of the COMMIT.
        """
        found = f"PERFORM 1 FROM {self.name} WHERE id = 1 AND fence = {fence:d} FOR UPDATE"
        return (
            f"DO $lockgate$ BEGIN {found}; IF NOT FOUND THEN RAISE EXCEPTION '{LOST_WORDS}'"
            f" USING ERRCODE = '{LEASE_LOST}'; END IF; END $lockgate$"
        )

    def check_without_plpgsql(self, fence: int) -> str:
        """Say the same in one expression: CockroachDB's DO has neither PERFORM nor FOUND.

        https://github.com/cockroachdb/cockroach/issues/122306
        """
        found = f"SELECT '1' FROM {self.name} WHERE id = 1 AND fence = {fence:d} FOR UPDATE"
        return f"SELECT CAST(coalesce(({found}), '{LOST_WORDS}') AS INT)"


LEASE_LOST = "LG001"
"""The SQLSTATE that says so."""

LOST_WORDS = "the lease was lost to another runner"
"""The same in words."""
