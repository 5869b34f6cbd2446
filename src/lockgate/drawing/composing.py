"""From a schema, and what changes to make it, to what a diagram shows."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Final

from lockgate.diffing.words import difference, shown
from lockgate.drawing.entities import Attribute, Drawing, Entity, Mark, Note, Relation
from lockgate.drawing.shortening import short_type
from lockgate.nouns.changes import Kind
from lockgate.nouns.schema import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockgate.nouns.changes import Change
    from lockgate.nouns.schema import Column, Constraint, Index, Name, Schema, Table

_BIG: Final = 40  # tables: more than a reader looks through for the few that change
_FACETS: Final = frozenset({Kind.TYPE, Kind.DEFAULT, Kind.IDENTITY, Kind.GENERATED, Kind.COLLATION})
_OF_TABLES: Final = frozenset({Kind.TABLE, Kind.TABLE_OPTIONS, Kind.COLUMN, Kind.NULLABLE, Kind.CONSTRAINT, Kind.INDEX})
_KEYS: Final = {ConstraintKind.PRIMARY: "PK", ConstraintKind.FOREIGN: "FK", ConstraintKind.UNIQUE: "UK"}


def compose(after: Schema, changes: Sequence[Change] = ()) -> Drawing:
    """What to draw of a schema; `changes` are those that have led, or will lead, to it.

    With changes, a big schema is cut down to the tables that change and those that foreign keys tie to them.
    """
    return _Composing(after, changes).drawing()


class _Composing:
    def __init__(self, after: Schema, changes: Sequence[Change]) -> None:
        self._changes: dict[Name, list[Change]] = defaultdict(list)
        for change in changes:
            self._changes[change.owner].append(change)
        whole = [change for change in changes if change.kind is Kind.TABLE]
        self._added = {change.owner for change in whole if change.adds}
        self._dropped = {change.owner: change.before for change in whole if change.drops}
        self._tables: dict[Name, Table] = {**after.tables, **self._dropped}
        self._others = [
            change for change in changes if change.owner not in self._tables and change.kind is not Kind.TABLE
        ]
        spaces = {name.schema for name in self._tables}
        self._default = spaces.pop() if len(spaces) == 1 else ""

    def drawing(self) -> Drawing:
        relations = [one for table in self._tables.values() for one in self._relations(table)]
        seen = self._seen(relations)
        entities = tuple(self._entity(self._tables[name]) for name in sorted(seen))
        kept = tuple(one for one in relations if one.source in seen and one.target in seen)
        notes = tuple(Note(f"{one.kind} {self._words(one)}", _mark(one)) for one in self._others)
        return Drawing(entities, kept, notes, len(self._tables) - len(seen))

    def _seen(self, relations: Iterable[Relation]) -> set[Name]:
        if not self._changes or len(self._tables) <= _BIG:
            return set(self._tables)
        changed = set(self._tables) & set(self._changes)
        ends = [(one.source, one.target) for one in relations]
        return changed | {name for pair in ends if changed.intersection(pair) for name in pair}

    def _entity(self, table: Table) -> Entity:
        mark, changes = self._mark_of(table.name), self._changes.get(table.name, [])
        keys = _keys_of(table)
        parts: dict[str, list[Change]] = defaultdict(list)
        for change in changes:
            if _is_of_column(change, table):
                parts[change.part].append(change)
        rows = [
            self._attribute(column, keys[column.name], parts.get(column.name, ()), mark) for column in table.columns
        ]
        gone = [one.before for one in changes if one.kind is Kind.COLUMN and one.drops]
        rows += [self._plain(column, (), Mark.DROPPED) for column in gone]
        aside = [one for one in changes if not _is_whole(one) and not _is_of_column(one, table)]
        notes = tuple(Note(self._note(one), _mark(one)) for one in aside if one.kind is not Kind.COLUMN)
        return Entity(table.name, shown(table.name, self._default), tuple(rows), notes, mark)

    def _mark_of(self, name: Name) -> Mark:
        if name in self._dropped:
            return Mark.DROPPED
        if name in self._added:
            return Mark.ADDED
        return Mark.CHANGED if name in self._changes else Mark.SAME

    def _attribute(self, column: Column, keys: tuple[str, ...], changes: Sequence[Change], of_table: Mark) -> Attribute:
        if of_table in {Mark.ADDED, Mark.DROPPED}:
            return self._plain(column, keys, of_table)
        if not changes:
            return self._plain(column, keys, Mark.SAME)
        if changes[0].adds and changes[0].kind is Kind.COLUMN:
            return self._plain(column, keys, Mark.ADDED)
        return self._plain(column, keys, Mark.CHANGED)._replace(was=", ".join(map(self._was, changes)))

    def _plain(self, column: Column, keys: tuple[str, ...], mark: Mark) -> Attribute:
        return Attribute(column.name, short_type(column.type, self._default), column.nullable, keys, mark)

    def _was(self, change: Change) -> str:
        """What one facet of a column was."""
        column: Column = change.before
        if change.kind is Kind.COLUMN:
            return f"was {column.name}"
        if change.kind is Kind.TYPE:
            return f"was {short_type(column.type, self._default)}"
        if change.kind is Kind.NULLABLE:
            return "was null" if column.nullable else "was not null"
        return self._words(change)

    def _words(self, change: Change) -> str:
        said = difference(change, self._default)
        return (
            f"{said.kind.removeprefix('column ')}: {said.detail}"
            if change.kind in _FACETS
            else _named(said.name, said.detail)
        )

    def _note(self, change: Change) -> str:
        if change.kind is Kind.TABLE:
            return f"was {shown(change.before.name, self._default)}"
        detail = difference(change, self._default).detail
        detail = detail.removeprefix("add ").removeprefix("drop ") if change.adds or change.drops else detail
        return " ".join(word for word in (change.kind.value, change.part, detail) if word)

    def _relations(self, table: Table) -> Iterator[Relation]:
        of_table = self._mark_of(table.name)
        changed = {
            one.after or one.before: _mark(one)
            for one in self._changes.get(table.name, ())
            if one.kind is Kind.CONSTRAINT and (one.after or one.before).kind is ConstraintKind.FOREIGN
        }
        gone = [key for key, mark in changed.items() if mark is Mark.DROPPED]
        for key in chain(table.constraints, gone):
            if key.kind is ConstraintKind.FOREIGN and key.target in self._tables:
                mark = changed.get(key, of_table if of_table is not Mark.CHANGED else Mark.SAME)
                yield _relation(table, key, mark)


def _relation(table: Table, key: Constraint, mark: Mark) -> Relation:
    assert key.target is not None
    nullable = {column.name for column in table.columns if column.nullable}
    single = any(unique and set(unique) <= set(key.columns) for unique in _uniques(table))
    optional = bool(nullable.intersection(key.columns))
    return Relation(table.name, key.target, key.columns, key.target_columns, optional, single, mark)


def _keys_of(table: Table) -> defaultdict[str, tuple[str, ...]]:
    """The marks of each column; unique is one only by itself."""
    found = defaultdict[str, tuple[str, ...]](tuple)
    for kind, said in _KEYS.items():
        for one in table.constraints:
            if one.kind is kind and (said != "UK" or len(one.columns) == 1):
                for column in one.columns:
                    found[column] += () if said in found[column] else (said,)
    for index in table.indexes:
        if _is_unique(index) and len(index.columns) == 1 and not {"UK", "PK"} & {*found[index.columns[0]]}:
            found[index.columns[0]] += ("UK",)
    return found


def _uniques(table: Table) -> Iterator[tuple[str, ...]]:
    yield from (one.columns for one in table.constraints if _KEYS.get(one.kind) in {"PK", "UK"})
    yield from (one.columns for one in table.indexes if _is_unique(one))


def _is_unique(index: Index) -> bool:
    """Whether it keeps its plain columns unique, in all rows: neither an expression nor WHERE is in it."""
    said = index.definition
    inner = said.partition("(")[2].partition(")")[0]
    return index.unique and " WHERE " not in said and "(" not in inner and inner.count(",") + 1 == len(index.columns)


def _is_of_column(change: Change, table: Table) -> bool:
    if change.kind is Kind.COMMENT:
        return bool(change.part) and table.column(change.part) == change.after
    return change.kind in _FACETS or change.kind is Kind.NULLABLE or (change.kind is Kind.COLUMN and not change.drops)


def _is_whole(change: Change) -> bool:
    """Whether the table itself comes or goes."""
    return change.kind is Kind.TABLE and (change.adds or change.drops)


def _mark(change: Change) -> Mark:
    if change.adds:
        return Mark.ADDED
    return Mark.DROPPED if change.drops else Mark.CHANGED


def _named(name: str, detail: str) -> str:
    return f"{name}: {detail}" if detail else name
