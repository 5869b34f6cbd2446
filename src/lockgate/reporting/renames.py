"""Tables and columns that the run gives another name: the schemas before and after alone look as if they were dropped."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.nouns.changes import Change, Effect, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.rehearsals import Rehearsal, Sent
    from lockgate.nouns.schema import Column, Constraint, Name, Schema, Table

_PART: Final = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[^\W\d][\w$]*)'
_RENAME: Final = re.compile(
    rf"(?:\s|--[^\n]*\n|/\*.*?\*/)*+ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?"
    rf"(?:(?P<space>{_PART})\s*\.\s*)?(?P<table>{_PART})\s*\*?\s*"
    rf"(?:RENAME\s+TO\s+(?P<to>{_PART})|SET\s+SCHEMA\s+(?P<into>{_PART})"
    rf"|RENAME\s+(?!CONSTRAINT\s)(?:COLUMN\s+)?(?P<column>{_PART})\s+TO\s+(?P<name>{_PART}))\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_$]*")


class Renamed(NamedTuple):
    """The schema before the run with the names of afterwards, and a change for each of them."""

    before: Schema
    changes: tuple[Change, ...]


def renamed(rehearsal: Rehearsal, before: Schema, after: Schema) -> Renamed:
    """Give what the statements of a run rename its later name.

    A name that something else had before the run is left as it is: what had it must be gone, and is to be seen.
    """
    renaming = _Renaming(before)
    for sent in (sent for one in rehearsal.migrations for sent in one.sent):
        found = _RENAME.fullmatch(sent.text)
        if found:
            renaming.follow(found, sent)
    return Renamed(renaming.schema, tuple(renaming.changes(after)))


class _Renaming:
    """The schema before, as far as its names have changed; and what had each new name's table or column before."""

    def __init__(self, before: Schema) -> None:
        self.schema = before
        self._first: dict[tuple[Name, str], Table | Column] = {}

    def follow(self, found: re.Match[str], sent: Sent) -> None:
        table = self._meant(found, sent)
        if table and found["column"]:
            self._rename_column(table, _bare(found["column"]), _bare(found["name"]))
        elif table and found["into"]:
            self._rename_table(table, table.name._replace(schema=_bare(found["into"])))
        elif table:
            self._rename_table(table, table.name._replace(name=_bare(found["to"])))

    def changes(self, after: Schema) -> Iterator[Change]:
        for (owner, part), before in self._first.items():
            table = after.tables.get(owner)
            now = table.column(part) if table and part else table
            if now is not None:
                yield Change(Kind.COLUMN if part else Kind.TABLE, owner, part, before, now, Effect.NARROWING)

    def _meant(self, found: re.Match[str], sent: Sent) -> Table | None:
        """The table that is named; without a schema, the only one of that name, or the one that was locked."""
        space, name = _bare(found["space"]), _bare(found["table"])
        fits = [one for one in self.schema.tables if one.name == name and (not space or one.schema == space)]
        locked = {touch.relation for touch in sent.touches}
        chosen = fits if len(fits) == 1 else [one for one in fits if one in locked]
        return self.schema.tables[chosen[0]] if len(chosen) == 1 else None

    def _rename_table(self, table: Table, goal: Name) -> None:
        old = table.name
        if goal in self.schema.tables:
            return
        for key in [key for key in self._first if key[0] == old]:
            self._first[goal, key[1]] = self._first.pop(key)
        self._first.setdefault((goal, ""), table)
        tables = {
            goal if name == old else name: _aimed_at_table(one, old, goal)._replace(name=goal if name == old else name)
            for name, one in self.schema.tables.items()
        }
        sequences = {
            name: one._replace(owner=(goal, one.owner[1])) if one.owner and one.owner[0] == old else one
            for name, one in self.schema.sequences.items()
        }
        self.schema = replace(self.schema, tables=tables, sequences=sequences)

    def _rename_column(self, table: Table, old: str, new: str) -> None:
        column = table.column(old)
        if column is None or table.column(new) is not None:
            return
        self._first[table.name, new] = self._first.pop((table.name, old), column)
        word = _Word(re.compile(rf'(?<![\w."$]){re.escape(_quoted(old))}(?![\w."$])'), old, new)
        tables = {**self.schema.tables, table.name: word.within(table)}
        tables = {name: word.aimed(one, table.name) for name, one in tables.items()}
        self.schema = replace(self.schema, tables=tables)


def _aimed_at_table(table: Table, old: Name, goal: Name) -> Table:
    """A table whose foreign keys to one refer to that by its new name."""

    def key(one: Constraint) -> Constraint:
        definition = one.definition.replace(f"REFERENCES {_written(old)}(", f"REFERENCES {_written(goal)}(")
        return one._replace(target=goal, definition=definition) if one.target == old else one

    return table._replace(constraints=tuple(map(key, table.constraints)))


class _Word(NamedTuple):
    """A column's old name as it stands in definitions, and its new one."""

    pattern: re.Pattern[str]
    old: str
    new: str

    def within(self, table: Table) -> Table:
        """The table that has the column."""
        columns = tuple(one._replace(name=self.new) if one.name == self.old else one for one in table.columns)
        keys = tuple(
            one._replace(columns=self._names(one.columns), definition=self._said(one.definition, 0))
            for one in table.constraints
        )
        indexes = tuple(
            one._replace(columns=self._names(one.columns), definition=self.pattern.sub(self._goal, one.definition))
            for one in table.indexes
        )
        return table._replace(columns=columns, constraints=keys, indexes=indexes)

    def aimed(self, table: Table, target: Name) -> Table:
        """A table whose foreign keys may refer to the column."""
        keys = tuple(
            one._replace(target_columns=self._names(one.target_columns), definition=self._said(one.definition, 2))
            if one.target == target
            else one
            for one in table.constraints
        )
        return table._replace(constraints=keys)

    def _names(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.new if one == self.old else one for one in names)

    def _said(self, definition: str, place: int) -> str:
        """A definition with the word changed before (0) or behind (2) what it refers to."""
        parts = [*definition.partition(" REFERENCES ")]
        parts[place] = self.pattern.sub(self._goal, parts[place])
        return "".join(parts)

    def _goal(self, _found: re.Match[str]) -> str:
        return _quoted(self.new)


def _bare(written: str | None) -> str:
    """A name without quotes; one that has none is folded as PostgreSQL folds it."""
    if not written:
        return ""
    return written[1:-1].replace('""', '"') if written[0] in '"`[' else written.lower()


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"{}"'.format(name.replace('"', '""'))


def _written(name: Name) -> str:
    return f"{_quoted(name.schema)}.{_quoted(name.name)}"
