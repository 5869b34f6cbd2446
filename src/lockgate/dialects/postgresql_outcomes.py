"""What became of a statement that runs outside transactions and was interrupted: the catalog tells, of most kinds.

CREATE INDEX CONCURRENTLY leaves an INVALID index behind, which slows every write and which IF NOT EXISTS then takes for one:
https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from lockgate.diffing.postgresql_names import string

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Fetch = Callable[[str], Awaitable[list[tuple[Any, ...]]]]

_NAME: Final = r'((?:"(?:[^"]|"")+"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$]+))?)'
_COMMENTS: Final = re.compile(r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*", re.DOTALL)


def _said(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+").replace("NAME", _NAME), re.IGNORECASE)


_CREATE_INDEX: Final = _said(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?NAME ON (?:ONLY )?NAME")
_DROP_INDEX: Final = _said(r"DROP INDEX CONCURRENTLY (?:IF EXISTS )?NAME")
_REINDEX: Final = _said(r"REINDEX (?:\([^)]*\) ?)?(INDEX|TABLE) (?:CONCURRENTLY )?NAME")
_DETACH: Final = _said(r"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?NAME DETACH PARTITION NAME CONCURRENTLY")
_DATABASE: Final = _said(r"(CREATE|DROP) (DATABASE|TABLESPACE) (?:IF EXISTS )?NAME")
_AGAIN: Final = _said(r"(?:VACUUM|ANALYZE|CLUSTER|CHECKPOINT|REINDEX|REFRESH|ALTER SYSTEM)\b")
_CATALOGS: Final = {"DATABASE": ("pg_database", "datname"), "TABLESPACE": ("pg_tablespace", "spcname")}


async def became(fetch: Fetch, statement: str) -> bool | None:
    """Whether an interrupted statement has done its work; None where the catalog does not tell."""
    text = _bare(statement)
    if found := _CREATE_INDEX.match(text):
        index, table = found.groups()
        return await _is(fetch, f"SELECT i.indisvalid {_index_of(index, table)}", "t")
    if found := _DROP_INDEX.match(text):
        return not await fetch(f"SELECT 1 WHERE {_regclass(found[1])} IS NOT NULL")
    if found := _DETACH.match(text):
        return not await fetch(f"SELECT 1 {_inherits(*found.groups())}")
    if found := _DATABASE.match(text):
        catalog, column = _CATALOGS[found[2].upper()]
        there = await fetch(f"SELECT 1 FROM pg_catalog.{catalog} WHERE {column} = {string(_plain(found[3]))}")
        return bool(there) is (found[1].upper() == "CREATE")
    return False if _AGAIN.match(text) else None


async def leftovers(fetch: Fetch, statement: str) -> list[str]:
    """What removes, or brings to its end, what an interrupted statement has left; nothing that somebody is at."""
    text = _bare(statement)
    if found := _CREATE_INDEX.match(text):
        index, table = found.groups()
        return await _drops(fetch, f"{_index_of(index, table)} AND NOT i.indisvalid")
    if found := _REINDEX.match(text):
        table = f"(SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = {_regclass(found[2])})"
        owner = _regclass(found[2]) if found[1].upper() == "TABLE" else table
        return await _drops(fetch, f"{_indexes(owner)} AND NOT i.indisvalid AND c.relname ~ '_cc(new|old)\\d*$'")
    if found := _DETACH.match(text):
        parent, partition = found.groups()
        if await fetch(f"SELECT 1 {_inherits(parent, partition)} AND inhdetachpending"):
            return [f"ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE"]
    return []


async def _drops(fetch: Fetch, which: str) -> list[str]:
    idle = "NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)"
    rows = await fetch(
        f"SELECT 'DROP INDEX CONCURRENTLY IF EXISTS ' || i.indexrelid::pg_catalog.regclass {which} AND {idle}"
    )
    return [said for (said,) in rows]


async def _is(fetch: Fetch, query: str, value: str) -> bool:
    return [row[0] for row in await fetch(query)] == [value]


def _index_of(index: str, table: str) -> str:
    return f"{_indexes(_regclass(table))} AND c.relname = {string(_plain(index))}"


def _indexes(table: str) -> str:
    return f"FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = {table}"


def _inherits(parent: str, partition: str) -> str:
    return f"FROM pg_catalog.pg_inherits WHERE inhparent = {_regclass(parent)} AND inhrelid = {_regclass(partition)}"


def _regclass(name: str) -> str:
    return f"pg_catalog.to_regclass({string(name)})"


def _bare(statement: str) -> str:
    """A statement without the comments before it."""
    found = _COMMENTS.match(statement)
    return statement[found.end() :] if found else statement


def _plain(name: str) -> str:
    """An identifier as the catalog has it."""
    if name.startswith('"'):
        return name[1:-1].replace('""', '"')
    return name.lower()
