from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from lockgate.diffing.differ import diff
from lockgate.diffing.sqlite import statements
from lockgate.sqlite_tables.catalog import schema_of
from sqlite_tables.reading import rows_of, schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockgate.nouns.changes import Change, Statement
    from lockgate.nouns.schema import Schema


class Bringing:
    """A database with rows in it that is brought to another schema as a runner would do it."""

    def __init__(self, before: str, after: str, choose: Callable[[Change], bool] = lambda _: True) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.executescript(f"PRAGMA foreign_keys=ON; {before}")
        self.have = self.read()
        self.want = schema(after, like=self.have)
        self.changes = [change for change in diff(self.have, self.want) if choose(change)]
        self.statements = statements(self.changes, self.have, self.want)

    @property
    def texts(self) -> list[str]:
        return [statement.text for statement in self.statements]

    def read(self, like: Schema | None = None) -> Schema:
        return schema_of(rows_of(self.connection), like=like)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.connection.execute(query).fetchall()

    def run(self) -> Bringing:
        """Make the changes, and see that nothing else is left to be made."""
        run(self.connection, self.statements)
        self.left = list(diff(self.read(self.want), self.want))
        return self


def run(connection: sqlite3.Connection, made: list[Statement]) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("BEGIN")
    for statement in made:
        connection.execute(statement.text)
        assert statement.changes
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.execute("COMMIT")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA legacy_alter_table").fetchall() == [(0,)]


def brought(before: str, after: str, choose: Callable[[Change], bool] = lambda _: True) -> Bringing:
    return Bringing(before, after, choose).run()
