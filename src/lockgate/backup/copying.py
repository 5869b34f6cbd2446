"""What every engine's way of making a backup gives, and how it fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lockgate.nouns.history import History

OF_ANOTHER: Final = "It may be of another database: compare DATABASE_URL with what the application connects to."


class CopyFailed(Exception):
    """The backup cannot be made, or cannot be read; `hint` says what to do about it."""

    def __init__(self, words: str, *, hint: str = "") -> None:
        super().__init__(words)
        self.hint = hint


class Copying(Protocol):
    """One engine's way, for one database.

    Attributes:
        name: the database's name, by which its backups are told from others.
        suffix: what the file of a backup ends with.
        source: the database's own file, where it is one.
    """

    name: str
    suffix: str
    source: Path | None

    async def copy(self, to: Path) -> None:
        """Write the backup to a file that is there already, empty.

        Raises:
            CopyFailed, OSError: it could not be written.
        """

    async def verify(self, copy: Path, history: History) -> None:
        """Read the backup, and compare its tracking table with the history.

        Raises:
            CopyFailed, OSError: it cannot be read, or holds another history.
        """


class Row(NamedTuple):
    """A row of the tracking table as a backup has it; `applied_at` is in UTC where it does not say otherwise."""

    id: int
    name: str
    hash: str
    applied_at: str
    batch_no: int

    def known(self) -> tuple[int, str, str, datetime | None, int]:
        """Its values as they compare."""
        return self.id, self.name, self.hash, _moment(self.applied_at), self.batch_no


def refuse_other_history(found: Sequence[Row], history: History) -> None:
    """Check that a backup holds the tracking table's rows: their times tell one database from its twin elsewhere.

    Raises:
        CopyFailed: it holds others.
    """
    wanted = {(row.id, row.name, row.hash, row.applied_at.astimezone(UTC), row.batch_no) for row in history}
    if {row.known() for row in found} != wanted:
        raise CopyFailed(
            f"its tracking table has {len(found)} rows, which are not the {len(wanted)} of the database's",
            hint=OF_ANOTHER,
        )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
