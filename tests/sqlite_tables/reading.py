from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from lockgate.nouns.schema import Name, Schema
from lockgate.sqlite_tables.catalog import Row, schema_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from lockgate.nouns.schema import Table


def rows_of(connection: sqlite3.Connection, schema: str = "main") -> list[Row]:
    query = f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_master ORDER BY rowid"
    return [Row(schema, *row) for row in connection.execute(query)]


def schema(script: str, *, leaving_out: Collection[Name] = (), like: Schema | None = None) -> Schema:
    """What SQLite makes of a script, read."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(script)
        return schema_of(rows_of(connection), leaving_out=leaving_out, like=like)


def table(script: str) -> Table:
    return schema(script).tables[Name("main", "t")]
