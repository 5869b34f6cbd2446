"""A session on a scratch file of SQLite, which tells of every statement with its parameters written in.

https://www.sqlite.org/c3ref/expanded_sql.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.dialects.sqlite import SqliteSession
from lockgate.nouns.rehearsals import Sent

if TYPE_CHECKING:
    from lockgate.rehearsing.recorder import Recorder

# What a session asks and sets for itself; the foreign keys are switched so that tables can be rebuilt.
_OF_THE_SESSION: Final = re.compile(
    r"PRAGMA\s+(?:\w+\.)?(?:busy_timeout|data_version|\w+_(?:list|check|info|xinfo)|\w+\s*$)"
    r"|SELECT\b.*\b(?:sqlite_master|sqlite_schema|sqlite_version|total_changes)\b|--|EXPLAIN\b|ROLLBACK\s*$",
    re.IGNORECASE | re.DOTALL,
)
_OWN: Final = re.compile(r"(?:BEGIN IMMEDIATE|COMMIT|PRAGMA foreign_keys *=.*)\Z", re.IGNORECASE)


class HeardSqlite(SqliteSession):
    """Keeps what its driver runs."""

    async def listen(self, recorder: Recorder) -> None:
        """Keep from now on what is run."""
        self._recorder = recorder
        self._last: tuple[str, float] | None = None
        await self._open()
        self._own_names = (self.tracking.name, self.tracking.journal, self.tracking.marks)
        await self._hop(lambda: self._work.raw.set_trace_callback(self._heard))

    def _heard(self, text: str) -> None:
        if _OF_THE_SESSION.match(text) or (
            text[:6].upper() == "SELECT" and any(one in text for one in self._own_names)
        ):
            return
        is_own = bool(_OWN.match(text)) or any(one in text for one in self._own_names)
        self._recorder.keep(Sent(text, is_own, seconds=0.0, in_transaction=self._work.raw.in_transaction))
