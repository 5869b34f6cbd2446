"""The statements that change a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.sqlite_tables.changes import AlterColumn
from lockgate.sqlite_tables.draft import Draft, draft
from lockgate.sqlite_tables.edit import apply
from lockgate.sqlite_tables.keywords import plain
from lockgate.sqlite_tables.native import native
from lockgate.sqlite_tables.remake import remake
from lockgate.sqlite_tables.tokens import fold, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.sqlite_tables.changes import Change, TableText
    from lockgate.sqlite_tables.definition import Definition


def rebuild(table: TableText, changes: Sequence[Change]) -> list[str]:
    """The statements that make the changes, in order; none if nothing changes.

    They are to be run in one transaction that was begun with PRAGMA foreign_keys=OFF, on SQLite 3.35 or later. Where
    SQLite's own ALTER TABLE does, they are no more than that; else the table is rebuilt. Its text changes only where
    the changes ask for it. Each change applies to the result of those before it, except that renaming comes last.

    Raises:
        SettingsError: a change names what is not there, adds what is, or cannot be read; or the table is virtual.
        LockgateError: a column to be dropped is named elsewhere, or no other would keep its values.
    """
    old, now, steps = _applied(table, changes)
    renames = [f"{_alter(old)} RENAME COLUMN {rename}" for rename in _renames(now.definition, changes)]
    return [*_statements(old, now, steps), *renames]


def natively(table: TableText, changes: Sequence[Change]) -> list[str] | None:
    """The statements that make the changes where SQLite's own ALTER TABLE can make them all, else None.

    Raises:
        SettingsError, LockgateError: as `rebuild` does.
    """
    old, now, steps = _applied(table, changes)
    return None if None in steps else _statements(old, now, steps)


def _applied(table: TableText, changes: Sequence[Change]) -> tuple[Draft, Draft, list[str | None]]:
    """The table before and after; and for each change what ALTER TABLE is told, None where it cannot make it."""
    old = now = draft(table)
    steps = list[str | None]()
    for change in changes:
        after = apply(now, change)
        if after != now:
            steps.append(native(now.definition, change))
        now = after
    return old, now, steps


def _alter(old: Draft) -> str:
    return f"ALTER TABLE {quoted(old.table.schema)}.{quoted(old.definition.name)}"


def _statements(old: Draft, new: Draft, steps: list[str | None]) -> list[str]:
    if None in steps:
        return remake(old, new)
    return [f"{_alter(old)} {step}" for step in steps]


def _renames(definition: Definition, changes: Sequence[Change]) -> Iterator[str]:
    names = [column.name for column in definition.columns]
    for change in changes:
        if isinstance(change, AlterColumn) and change.new_name is not None:
            old = definition.column(change.column).name
            if old != change.new_name:
                _check(definition, [name for name in names if name != old], change.new_name)
                names[names.index(old)] = change.new_name
                yield f"{quoted(old)} TO {plain(change.new_name)}"


def _check(definition: Definition, others: list[str], name: str) -> None:
    if not name:
        raise SettingsError(f"A column of {definition.name} cannot be renamed to nothing.")
    if any(fold(other) == fold(name) for other in others):
        raise SettingsError(f"The table {definition.name} has a column {name} already.")
