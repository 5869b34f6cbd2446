"""What became of DDL that was interrupted: it is atomic, so whether the thing is there tells.

https://mariadb.com/kb/en/atomic-ddl/ (10.6) and https://dev.mysql.com/doc/refman/8.4/en/atomic-ddl.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Fetch = Callable[[str], Awaitable[list[tuple[Any, ...]]]]

_NAME: Final = r"((?:`(?:[^`]|``)+`|[\w$]+)(?:\s*\.\s*(?:`(?:[^`]|``)+`|[\w$]+))?)"
_COMMENTS: Final = re.compile(r"\s*(?:--\s[^\n]*\n\s*|#[^\n]*\n\s*|/\*[^!M].*?\*/\s*)*", re.DOTALL)


def _said(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+").replace("NAME", _NAME), re.IGNORECASE)


# Said again, they change nothing.
_AGAIN: Final = _said(r"(?:CREATE OR REPLACE|ANALYZE|OPTIMIZE)\b|(?:CREATE|DROP) (?:\w+ ){1,2}IF (?:NOT )?EXISTS\b")
_TABLE: Final = _said(r"(CREATE|DROP) (?:TABLE) NAME\s*(?:\(|;?\s*$)")
_INDEX: Final = _said(r"(CREATE|DROP) (?:(?:UNIQUE|FULLTEXT|SPATIAL) )?INDEX NAME ON NAME")
_OTHER: Final = _said(r"(CREATE|DROP) (VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT) NAME")
_COLUMN: Final = _said(r"ALTER TABLE NAME (ADD|DROP) COLUMN NAME(?: |;?\s*$)")
_CATALOGS: Final = {
    "VIEW": ("views", "table_schema", "table_name"),
    "TRIGGER": ("triggers", "trigger_schema", "trigger_name"),
    "PROCEDURE": ("routines", "routine_schema", "routine_name"),
    "FUNCTION": ("routines", "routine_schema", "routine_name"),
    "EVENT": ("events", "event_schema", "event_name"),
}


def is_atomic(version: str) -> bool:
    """Whether a server of this version undoes DDL that it could not finish."""
    numbers = [int(one) for one in re.findall(r"\d+", version.removeprefix("5.5.5-"))[:2]]
    return numbers >= ([10, 6] if "MariaDB" in version else [8, 0])


async def became(fetch: Fetch, text: Callable[[str], str], statement: str) -> bool | None:
    """Whether an interrupted statement has done its work; None where the catalog does not tell; `text` says literals."""
    found = _COMMENTS.match(statement)
    said = statement[found.end() if found else 0 :]
    if _AGAIN.match(said):
        return False
    asked = _question(said)
    if asked is None:
        return None
    verb, catalog, names = asked
    where = " AND ".join(f"{column} = {'DATABASE()' if name is None else text(name)}" for column, name in names)
    there = bool(await fetch(f"SELECT 1 FROM information_schema.{catalog} WHERE {where} LIMIT 1"))
    return there is (verb.upper() in {"CREATE", "ADD"})


def _question(said: str) -> tuple[str, str, Sequence[tuple[str, str | None]]] | None:
    """What was to be done, and where to look: the catalog, and its columns with the names (None: the session's database)."""
    if (found := _TABLE.match(said)) and not re.search(r"(?i)\b(?:SELECT|LIKE)\b", said):
        return found[1], "tables", _of("table_schema", "table_name", found[2])
    if found := _INDEX.match(said):
        return found[1], "statistics", [*_of("table_schema", "table_name", found[3]), ("index_name", _plain(found[2]))]
    if found := _OTHER.match(said):
        catalog, schema, name = _CATALOGS[found[2].upper()]
        kind = [("routine_type", found[2].upper())] if catalog == "routines" else []
        return found[1], catalog, [*_of(schema, name, found[3]), *kind]
    if (found := _COLUMN.match(said)) and not _has_more(said):
        return found[2], "columns", [*_of("table_schema", "table_name", found[1]), ("column_name", _plain(found[3]))]
    return None


def _has_more(said: str) -> bool:
    """Whether an ALTER TABLE does more than one thing; rather yes, where a comma stands in quotes."""
    rest, before = said, ""
    while rest != before:
        before, rest = rest, re.sub(r"\([^()]*\)", "", rest)
    return "," in rest


def _of(schema: str, table: str, name: str) -> list[tuple[str, str | None]]:
    parts = re.findall(r"`(?:[^`]|``)+`|[\w$]+", name)
    return [(schema, _plain(parts[0]) if len(parts) > 1 else None), (table, _plain(parts[-1]))]


def _plain(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name
