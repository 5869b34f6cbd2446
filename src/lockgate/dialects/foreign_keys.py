"""SQLite's foreign keys around a migration: off while it runs, checked before it commits.

A table is changed by being rebuilt, and dropping the old one while foreign keys are on deletes its children. They can be
switched only outside a transaction: https://www.sqlite.org/lang_altertable.html#otheralter
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import suppress

Violations = Counter[tuple[str, str]]


class ForeignKeys:
    """Pauses one connection's enforcement, and tells the violations that a transaction has added."""

    def __init__(self) -> None:
        self._paused = False
        self._version: int | None = None
        self._before: Violations = Counter()
        self._none: bool | None = None

    def pause(self, connection: sqlite3.Connection) -> None:
        """Switch enforcement off, if it is on; before BEGIN."""
        self._paused = self._paused or bool(connection.execute("PRAGMA foreign_keys").fetchone()[0])
        if self._paused:
            connection.execute("PRAGMA foreign_keys = OFF")

    def resume(self, connection: sqlite3.Connection) -> None:
        """Switch enforcement on again, if it was on; after COMMIT or ROLLBACK."""
        if self._paused:
            connection.execute("PRAGMA foreign_keys = ON")
            self._paused = False

    def begin(self, connection: sqlite3.Connection, version: int) -> None:
        """Count what is violated already; `version` tells whether anybody else has written since the last time."""
        if self._version != version:
            self._none = None
            self._before = self._violations(connection)
            self._version = version

    def hear(self, statement: str) -> None:
        """Note a statement that may have made a foreign key."""
        if "REFERENCES" in statement.upper():
            self._none = False

    def unsure(self) -> None:
        """Others have spoken to the connection: what tables there are is to be looked up again."""
        self._none = None

    def forget(self) -> None:
        """Count anew next time: what the last transaction did was undone."""
        self._version = self._none = None

    def broken(self, connection: sqlite3.Connection) -> str:
        """Say which violations the open transaction has added; empty if none."""
        after = self._violations(connection)
        added = [(pair, count - self._before[pair]) for pair, count in after.items() if count > self._before[pair]]
        if not added:
            self._before = after
            return ""
        rows = ", ".join(f"{count} of {child} without their {parent}" for (child, parent), count in added)
        return f"FOREIGN KEY constraint failed: the migration would leave rows behind: {rows}"

    def _violations(self, connection: sqlite3.Connection) -> Violations:
        """Without a foreign key anywhere there is nothing to check, which would cost more with every table."""
        if self._none is None:
            self._none = not _has_keys(connection)
        return Counter() if self._none else _violations(connection)


def _has_keys(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE sql LIKE '%REFERENCES%' LIMIT 1").fetchone())


def _violations(connection: sqlite3.Connection) -> Violations:
    try:
        return _counted(connection.execute("PRAGMA foreign_key_check").fetchall())
    except sqlite3.OperationalError:
        # A foreign key whose parent has no matching unique key cannot be checked; SQLite says so on use, not before.
        return _checkable(connection)


def _checkable(connection: sqlite3.Connection) -> Violations:
    found: Violations = Counter()
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        with suppress(sqlite3.OperationalError):
            found += _counted(connection.execute("SELECT * FROM pragma_foreign_key_check(?)", (table,)).fetchall())
    return found


def _counted(rows: list[tuple[str, int | None, str, int]]) -> Violations:
    return Counter((child, parent) for child, _, parent, _ in rows)
