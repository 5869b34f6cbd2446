"""A session on a scratch file of SQLite, which tells of every statement with its parameters written in.

https://www.sqlite.org/c3ref/expanded_sql.html
"""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from lockgate.dialects.sqlite import SqliteSession
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.rehearsals import Sent
from lockgate.rehearsing.filling import heard
from lockgate.rehearsing.sqlite_literals import written
from lockgate.sql import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockgate.rehearsing.recorder import Recorder

# What a session asks and sets for itself; the foreign keys are switched so that tables can be rebuilt.
_OF_THE_SESSION: Final = re.compile(
    r"PRAGMA\s+(?:\w+\.)?(?:busy_timeout|data_version|\w+_(?:list|check|info|xinfo)|\w+\s*$)"
    r"|SELECT\b.*\b(?:sqlite_master|sqlite_schema|sqlite_version|total_changes)\b|--|EXPLAIN\b|ROLLBACK\s*$",
    re.IGNORECASE | re.DOTALL,
)
# What the driver says by itself, and by no cursor.
_OF_THE_DRIVER: Final = ("BEGIN", "COMMIT", "ROLLBACK")
_OWN: Final = re.compile(r"(?:BEGIN IMMEDIATE|COMMIT|PRAGMA foreign_keys *=.*)\Z", re.IGNORECASE)


class _Cursor(sqlite3.Cursor):
    """Says when a statement begins: what is traced after that, until the next one, are triggers that it has set off."""

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        with self.connection.taking_back():
            self.connection.begin(sql, parameters)
            return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> _Cursor:
        with self.connection.taking_back():
            return super().executemany(sql, self._each(sql, parameters))

    def executescript(self, sql_script: str, /) -> _Cursor:
        self.connection.executescript(sql_script)
        return self

    def _each(self, sql: str, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            self.connection.begin(sql, row)
            yield row

    if TYPE_CHECKING:

        @property
        def connection(self) -> TellingConnection: ...


class TellingConnection(sqlite3.Connection):
    """Its trace is told of triggers by the text of the statement itself; `begun` is that of the one which begins, once."""

    begun: str | None = None
    _last = ""
    recorder: Recorder | None = None

    def begin(self, sql: str, parameters: Any) -> None:
        """Have the next trace be of this, its parameters written in."""
        self.begun = self._last = written(sql, parameters, self._quote)

    @contextmanager
    def taking_back(self) -> Iterator[None]:
        """Say of a statement how long it took; where it fails, take back that it was sent."""
        began = time.perf_counter()
        try:
            yield
        except sqlite3.Error:
            self.begun = None
            if self.recorder is not None:
                self.recorder.drop(self._last)
            raise
        if self.recorder is not None:  # nobody listens while it is opened
            self.recorder.took(self._last, time.perf_counter() - began)

    def _quote(self, value: Any) -> str:
        return str(super().execute("SELECT quote(?)", (value,)).fetchone()[0])

    def cursor(self, factory: Any = None) -> Any:
        """One that says when a statement begins."""
        return super().cursor(factory or _Cursor)

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        """By a cursor of its own."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        """By a cursor of its own."""
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql_script: str, /) -> Any:
        """Statement by statement; as the driver does it, what is open is committed first."""
        if self.in_transaction:
            self.execute("COMMIT")
        for statement in split(sql_script, Flavour.SQLITE):
            self.execute(statement.text)
        return self.cursor()


class HeardSqlite(SqliteSession):
    """Keeps what its driver runs, one migration after the other, so that it is known whose it is."""

    groups = False

    async def listen(self, recorder: Recorder) -> None:
        """Keep from now on what is run."""
        self._recorder = recorder
        await self._open()
        self._own_names = (self.tracking.name, self.tracking.journal, self.tracking.marks)
        raw: Any = self._work.raw
        raw.recorder = recorder
        await self._hop(raw.set_trace_callback, self._heard)

    def filler(self) -> Any:
        """One whose backfills are heard of."""
        return heard(super().filler(), self._recorder)

    def _heard(self, text: str) -> None:
        raw: Any = self._work.raw
        if not text.startswith(_OF_THE_DRIVER) or (raw.begun or "").upper().startswith(_OF_THE_DRIVER):
            if raw.begun is None:
                return
            text, raw.begun = raw.begun, None
        if text.strip().upper() == "ROLLBACK":
            self._recorder.undo()
        if _OF_THE_SESSION.match(text) or (
            text[:6].upper() == "SELECT" and any(one in text for one in self._own_names)
        ):
            return
        is_own = bool(_OWN.match(text)) or any(one in text for one in self._own_names)
        self._recorder.keep(Sent(text, is_own, seconds=0.0, in_transaction=raw.in_transaction))
