from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from lockgate.sqlite_tables import TableText, rebuild

if TYPE_CHECKING:
    from lockgate.sqlite_tables import Change


class Lab:
    """A database in memory whose tables are changed as a runner would."""

    def __init__(self, script: str = "") -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.executescript("ATTACH ':memory:' AS aux; PRAGMA foreign_keys=ON;" + script)

    def __call__(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, args).fetchall()

    def master(self, schema: str = "main") -> list[tuple[Any, ...]]:
        return sorted(self(f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_master"))

    def sql(self, name: str = "t") -> str:
        return str(self("SELECT sql FROM sqlite_master WHERE name = ?", name)[0][0])

    def text(self, name: str = "t", schema: str = "main") -> TableText:
        query = f"SELECT sql FROM {schema}.sqlite_master WHERE tbl_name = ? AND type = ? AND sql IS NOT NULL"
        found = {kind: tuple(row[0] for row in self(query, name, kind)) for kind in ("table", "index", "trigger")}
        return TableText(name, found["table"][0], found["index"], found["trigger"], schema)

    def run(self, statements: list[str]) -> None:
        self("PRAGMA foreign_keys=OFF")
        self("BEGIN")
        try:
            for statement in statements:
                self(statement)
        except BaseException:
            self("ROLLBACK")
            raise
        self("COMMIT")
        self("PRAGMA foreign_keys=ON")
        assert self("PRAGMA legacy_alter_table") == [(0,)]
        assert self("PRAGMA integrity_check") == [("ok",)]

    def change(self, *changes: Change, name: str = "t", schema: str = "main") -> list[str]:
        statements = rebuild(self.text(name, schema), changes)
        self.run(statements)
        assert self("PRAGMA foreign_key_check") == []
        return statements
