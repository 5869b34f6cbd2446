"""Rebuilds a table under its own name.

SQLite's manual makes the new table under another name and renames it at the end; its text would then come out with the
name in quotes, and a CHECK that says table.column could not be created at all. So the old table is set aside instead:
with PRAGMA legacy_alter_table=ON and foreign keys off, ALTER TABLE … RENAME touches neither views and triggers nor the
foreign keys that refer to the table (https://www.sqlite.org/pragma.html#pragma_legacy_alter_table).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.sqlite_tables.header import qualified
from lockgate.sqlite_tables.tokens import fold, quoted
from lockgate.sqlite_tables.uses import qualifies_itself

if TYPE_CHECKING:
    from lockgate.sqlite_tables.draft import Draft


def remake(old: Draft, new: Draft) -> list[str]:
    """The statements that put the new table into the old one's place, with its rows, indexes and triggers."""
    table, schema = old.table, quoted(old.table.schema)
    aside = f"_lockgate_{old.definition.name}"
    set_aside = _copied_aside if qualifies_itself(old.definition, table.indexes) else _renamed_aside
    return [
        *set_aside(old, new, aside),
        qualified(new.definition.text, table.schema),
        *_sequence(old, new, aside, new.definition.name),
        _copy(old, new, aside, new.definition.name),
        f"DROP TABLE {schema}.{quoted(aside)}",
        *(qualified(text, table.schema) for text in (*table.indexes, *table.triggers)),
    ]


def _renamed_aside(old: Draft, _new: Draft, aside: str) -> list[str]:
    name = f"{quoted(old.table.schema)}.{quoted(old.definition.name)}"
    return [
        "PRAGMA legacy_alter_table=ON",
        f"ALTER TABLE {name} RENAME TO {quoted(aside)}",
        "PRAGMA legacy_alter_table=OFF",
    ]


def _copied_aside(old: Draft, new: Draft, aside: str) -> list[str]:
    """For a table whose expressions say its own name: renamed, SQLite could not read them any more.

    The columns of the copy have no types, so that no value is converted on its way.
    """
    schema, name = quoted(old.table.schema), old.definition.name
    columns = ", ".join(quoted(column) for column in new.stored)
    return [
        f"CREATE TABLE {schema}.{quoted(aside)} ({columns})",
        _copy(old, new, name, aside),
        *_sequence(old, new, name, aside),
        f"DROP TABLE {schema}.{quoted(name)}",
    ]


def _sequence(old: Draft, new: Draft, source: str, target: str) -> list[str]:
    """Hands the highest rowid over; a rename does so by itself, but away from the table's own name."""
    if not (old.definition.autoincrement and new.definition.autoincrement):
        return []
    table = f"{quoted(old.table.schema)}.sqlite_sequence"
    return [f"UPDATE {table} SET name = {_string(target)} WHERE name = {_string(source)}"]


def _copy(old: Draft, new: Draft, source: str, target: str) -> str:
    """OR ABORT overrules what the table's own ON CONFLICT says, which might leave rows out without a word."""
    schema = quoted(old.table.schema)
    columns = ", ".join((*_rowid(old, new), *(quoted(column) for column in new.stored)))
    return f"INSERT OR ABORT INTO {schema}.{quoted(target)} ({columns}) SELECT {columns} FROM {schema}.{quoted(source)}"


def _rowid(old: Draft, new: Draft) -> list[str]:
    """A name for the rowid that no column takes; it comes first, so that an INTEGER PRIMARY KEY has the last word."""
    if old.definition.without_rowid or new.definition.without_rowid:
        return []
    taken = {fold(column.name) for table in (old, new) for column in table.definition.columns}
    return [name for name in ("rowid", "oid", "_rowid_") if name not in taken][:1]


def _string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
