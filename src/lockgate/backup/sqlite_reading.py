"""Reads a copy of a SQLite database to its end, by PRAGMA quick_check (https://sqlite.org/pragma.html#pragma_quick_check)."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from lockgate.backup.copying import CopyFailed, Row

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

_OPERATIONS: Final = 100_000
_HINT: Final = "The copy is as the database is: `PRAGMA integrity_check` tells what is wrong with that."
# What it says of rows that break a rule of their table; the copy has them as the database has.
_OF_THE_DATA: Final = re.compile(r"(?:NULL|NUMERIC|TEXT|INT|REAL|BLOB|non-\w+) value in |row not in PRIMARY KEY order")
_STRANGER: Final = re.compile(r"no such collation sequence: (?P<collation>.+)|unknown function: (?P<function>.+)\(\)")


def read_all(copy: Path, table: str | None, stop: Event) -> list[Row]:
    """Read every page, and give the rows of the tracking table, if there is one.

    Raises:
        CopyFailed: a page cannot be read, or is not what it should be; or it was stopped.
    """
    # Immutable: no other file is made beside the copy, in whatever journal mode the database is.
    place = f"file:{quote(str(copy.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(place, uri=True)) as connection:
            connection.set_progress_handler(stop.is_set, _OPERATIONS)
            faults = [line for line in _checked(connection) if line != "ok" and not _OF_THE_DATA.search(line)]
            query = f"SELECT {', '.join(Row._fields)} FROM {table}"
            rows = [] if table is None or faults else [Row(*row) for row in connection.execute(query)]
    except sqlite3.Error as error:
        raise CopyFailed(f"the copy cannot be read: {error}", hint=_HINT) from error
    if faults:
        raise CopyFailed(f"quick_check of the copy says: {'; '.join(faults[:3])}", hint=_HINT)
    return rows


def _checked(connection: sqlite3.Connection) -> list[str]:
    """What quick_check says; whether indexes agree with their tables, which is the database's own affair, it does not ask."""
    connection.execute("PRAGMA ignore_check_constraints = ON")
    known: set[str] = set()
    while True:
        try:
            return [str(row[0]) for row in connection.execute("PRAGMA quick_check")]
        except sqlite3.OperationalError as error:
            stranger = _STRANGER.fullmatch(str(error))
            if stranger is None or stranger[0] in known:
                raise
            known.add(stranger[0])
            _make_known(connection, stranger)


def _make_known(connection: sqlite3.Connection, stranger: re.Match[str]) -> None:
    """Stand in for a function or a collation that only the application has: without it the schema cannot be read."""
    if stranger["collation"]:
        connection.create_collation(stranger["collation"], lambda one, other: (one > other) - (one < other))
    else:
        connection.create_function(stranger["function"], -1, lambda *_: None, deterministic=True)
