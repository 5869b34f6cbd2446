"""What a SQLite database holds: the texts that it keeps of its objects, and its rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.errors import SettingsError
from lockgate.sqlite_tables.tokens import fold, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.seam import Session
    from lockgate.nouns.schema import Name

# A view or a trigger may be older than what it speaks of; tables stand as they were made, which is how their rows refer.
_OBJECTS: Final = (
    "SELECT m.type, m.name, m.sql FROM sqlite_master m LEFT JOIN pragma_table_list t"
    " ON m.type = 'table' AND t.schema = 'main' AND t.name = m.name"
    " WHERE m.sql IS NOT NULL AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND coalesce(t.type, '') <> 'shadow' AND lower(m.tbl_name) NOT IN ({})"
    " ORDER BY CASE m.type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, m.rowid"
)
# quote() says Inf, which is no literal, and ends a text at a NUL.
_LITERAL: Final = (
    "CASE WHEN typeof({0}) = 'real' AND abs({0}) = 9e999 THEN iif({0} > 0, '9e999', '-9e999')"
    " WHEN typeof({0}) = 'text' AND instr({0}, char(0)) THEN 'CAST(X''' || hex({0}) || ''' AS TEXT)' ELSE quote({0}) END"
)
_VIRTUAL: Final = re.compile(r"CREATE VIRTUAL TABLE\b", re.IGNORECASE)
_CONTENTLESS: Final = re.compile(r"""CREATE VIRTUAL TABLE\b.*\bcontent\s*=\s*(?:''|"")""", re.IGNORECASE | re.DOTALL)
_PRAGMAS: Final = ("application_id", "user_version")


async def contents_of_sqlite(session: Session, own: Sequence[Name], *, rows: bool) -> list[str]:
    """The statements, tables first, then with `rows` those, then what would be in their way."""
    names = ", ".join(_text(fold(one.name)) for one in own)
    objects = [tuple(map(str, row)) for row in await session.fetch(_OBJECTS.format(names))]
    tables = [(name, sql) for kind, name, sql in objects if kind == "table"]
    said = [
        f"PRAGMA {name} = {value}" for name in _PRAGMAS for (value,) in await session.fetch(f"PRAGMA {name}") if value
    ]
    said += [sql for _, sql in tables]
    if rows:
        filled = [row for name, sql in tables for row in await _rows(session, name, sql)]
        # One table's rows may refer to another's that come later; the switch ends with the transaction.
        said += ["PRAGMA defer_foreign_keys = ON", *filled] if filled else []
        said += await _counters(session)
    return [*said, *(sql for kind, _, sql in objects if kind != "table")]


async def _rows(session: Session, table: str, sql: str) -> list[str]:
    """An INSERT for each row, of the columns that are not computed.

    A virtual table's rows keep their rowids, by which its module finds them elsewhere.

    Raises:
        SettingsError: it is one that cannot give its rows back.
    """
    if _CONTENTLESS.search(sql):
        raise SettingsError(
            f"The rows of {table} cannot be written down: it keeps an index of them, and not their texts."
        )
    found = await session.fetch(f"SELECT name, hidden FROM pragma_table_xinfo({_text(table)})")
    columns = ["rowid"] if _VIRTUAL.match(sql) else []
    columns += [str(name) for name, hidden in found if not hidden]
    values = " || ', ' || ".join(_LITERAL.format(quoted(one)) for one in columns)
    head = f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, columns))}) VALUES"
    return [f"{head} ({row})" for (row,) in await session.fetch(f"SELECT {values} FROM {quoted(table)}")]


async def _counters(session: Session) -> list[str]:
    """What AUTOINCREMENT counts on from, where that is more than the rows say."""
    if not await session.fetch("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"):
        return []
    counted = await session.fetch("SELECT quote(name), seq FROM sqlite_sequence ORDER BY 1")
    said = list[str]()
    for name, last in counted:
        said.append(f"DELETE FROM sqlite_sequence WHERE name = {name}")
        said.append(f"INSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {last})")
    return said


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
