"""Reads a SQLite database's schema: sqlite_master holds the text of all there is."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from lockgate.sqlite_tables.catalog import Row, is_own, schema_of
from lockgate.sqlite_tables.tokens import fold, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.nouns.schema import Name, Schema


async def read_sqlite(session: Session, namespaces: Sequence[str], *, leaving_out: Collection[Name] = ()) -> Schema:
    """Read the databases of those names that are there: `main`, and what is attached.

    Raises:
        SettingsError: the text of a table cannot be read.
    """
    there = await _there(session, namespaces)
    return schema_of(await _rows(session, there), there, leaving_out=leaving_out)


async def fingerprint_sqlite(session: Session, namespaces: Sequence[str], *, leaving_out: Collection[Name] = ()) -> str:
    """The SHA-256 of all texts, in hexadecimal digits: the same as long as no statement changes the schema."""
    rows = await _rows(session, await _there(session, namespaces))
    hidden = {(name.schema, fold(name.name)) for name in leaving_out}
    said = [row for row in rows if not is_own(row.table) and (row.schema, fold(row.table)) not in hidden]
    return hashlib.sha256(json.dumps(sorted(said)).encode()).hexdigest()


async def _there(session: Session, namespaces: Sequence[str]) -> tuple[str, ...]:
    """Those that exist; `main` always does."""
    if set(namespaces) <= {"main"}:
        return tuple(namespaces)
    attached = {name for _, name, _ in await session.fetch("PRAGMA database_list")}
    return tuple(name for name in namespaces if name in attached)


async def _rows(session: Session, namespaces: Sequence[str]) -> list[Row]:
    """The rows that have a text, in the order in which they were made."""
    each = [
        f"SELECT {_text(name)} AS place, rowid AS number, type, name, tbl_name, sql FROM {quoted(name)}.sqlite_master"
        " WHERE sql IS NOT NULL"
        for name in namespaces
    ]
    query = f"SELECT place, type, name, tbl_name, sql FROM ({' UNION ALL '.join(each)}) ORDER BY place, number"
    return [Row(*row) for row in await session.fetch(query)] if each else []


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
