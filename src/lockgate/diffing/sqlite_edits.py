"""Edits the text of a table until it says what another noun says, and leaves the rest of it to the letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockgate.diffing.sqlite_placing import as_table, placed
from lockgate.diffing.sqlite_saying import said_column, said_constraint, said_generated
from lockgate.nouns.schema import ConstraintKind
from lockgate.sqlite_tables.alter import alter_column
from lockgate.sqlite_tables.changes import KEEP, AddColumn, AddConstraint, AlterColumn, DropColumn
from lockgate.sqlite_tables.drop import drop_column, without
from lockgate.sqlite_tables.edit import apply
from lockgate.sqlite_tables.facets import set_collation, set_generated, set_options
from lockgate.sqlite_tables.parse import parse_table
from lockgate.sqlite_tables.tokens import fold
from lockgate.sqlite_tables.uses import uses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lockgate.nouns.schema import Column, Constraint, Schema, Table
    from lockgate.sqlite_tables.definition import Definition
    from lockgate.sqlite_tables.draft import Draft
    from lockgate.sqlite_tables.reading import Placed


@dataclass(frozen=True, slots=True)
class Aim:
    """What a table is to become, and the schemas that it is read among."""

    table: Table
    have: Schema
    want: Schema

    def read(self, definition: Definition) -> Table:
        """What a text of the table says by now."""
        return as_table(definition, self.table, self.have)

    def surplus(self, definition: Definition) -> set[Constraint]:
        """The constraints of the text that are to go, without those that go with their column."""
        return {one.noun for one in self._placed(definition, dropped=False) if one.noun not in self.table.constraints}

    def lost(self, definition: Definition) -> set[Constraint]:
        """The constraints that are to stay, but are said within a column that is to go."""
        return {one.noun for one in self._placed(definition, dropped=True) if one.noun in self.table.constraints}

    def _placed(self, definition: Definition, *, dropped: bool) -> list[Placed]:
        """The constraints within a column that is to be dropped, or all others."""
        columns = set(map(fold, self.columns_to_drop(self.read(definition))))
        said = placed(definition, self.table, self.have)
        return [one for one in said if (one.column is not None and fold(one.column.name) in columns) is dropped]

    def columns_to_drop(self, now: Table) -> list[str]:
        """The columns that are not to be there."""
        return [column.name for column in now.columns if self.table.column(column.name) is None]

    def additions(self, now: Table) -> tuple[list[str], list[str]]:
        """The columns and the constraints to add, as texts.

        A foreign key of a new column and a check are said within the column, so that ALTER TABLE can add them with it.
        """
        new = [column for column in self.table.columns if now.column(column.name) is None]
        source = _Source.of(self)
        missing = [one for one in self.table.constraints if one not in now.constraints]
        texts = dict[str, str]()
        for column in new:
            texts[column.name], within = source.column(column, missing)
            missing = [one for one in missing if one not in within]
        for constraint in [one for one in missing if _home(one, new)]:
            texts[_home(constraint, new)] += f" {said_constraint(constraint, within_column=True)}"
            missing.remove(constraint)
        return list(texts.values()), [source.constraint(one) for one in missing]


def edited(now: Draft, aim: Aim) -> Draft:
    """The draft that says what is aimed at.

    Twice, since a primary key that goes may leave a column nullable, and a column may take a check with it.

    Raises:
        LockgateError: a column is to be dropped that something else names.
    """
    for _ in range(2):
        now = _altered(_without_surplus(now, aim), aim)
        for name in drop_order(now, aim.columns_to_drop(aim.read(now.definition))):
            now = drop_column(now, name)
        columns, constraints = aim.additions(aim.read(now.definition))
        for column in columns:
            now = apply(now, AddColumn(column))
        for constraint in constraints:
            now = apply(now, AddConstraint(constraint))
        if aim.read(now.definition).after != aim.table.after:
            now = now.to(set_options(now.definition, aim.table.after))
    return now


def by_columns(now: Draft, aim: Aim) -> list[AddColumn | DropColumn] | None:
    """The changes, where they are no more than columns that come and go."""
    table = aim.read(now.definition)
    columns, constraints = aim.additions(table)
    altered = any(aim.table.column(one.name) not in {one, None} for one in table.columns)
    moved = aim.surplus(now.definition) | aim.lost(now.definition)
    if altered or constraints or moved or table.after != aim.table.after:
        return None
    drops = drop_order(now, aim.columns_to_drop(table))
    return [*map(DropColumn, drops), *map(AddColumn, columns)]


def drop_order(now: Draft, names: Collection[str]) -> Iterator[str]:
    """The columns to be dropped, those first that compute their values from others.

    Raises:
        LockgateError: what is to stay names one of them.
    """
    waiting = list(names)
    while waiting:
        free = (one for one in waiting if not uses(now.definition.column(one), now.definition, now.table))
        name = next(free, waiting[0])
        now = drop_column(now, name)
        waiting.remove(name)
        yield name


def _without_surplus(now: Draft, aim: Aim) -> Draft:
    surplus = aim.surplus(now.definition)
    while surplus:
        found = next((one for one in placed(now.definition, aim.table, aim.have) if one.noun in surplus), None)
        if found is None:
            break
        now = now.to(without(now.definition, found.column, found.constraint))
    return now


def _altered(now: Draft, aim: Aim) -> Draft:
    for column in aim.read(now.definition).columns:
        wanted = aim.table.column(column.name)
        if wanted is not None and wanted != column:
            now = now.to(_with_column(now.definition, column, wanted))
    return now


def _with_column(definition: Definition, column: Column, wanted: Column) -> str:
    text = alter_column(definition, _alteration(column, wanted))
    if column.collation != wanted.collation:
        text = set_collation(parse_table(text), column.name, wanted.collation)
    if column.generated != wanted.generated:
        text = set_generated(parse_table(text), column.name, said_generated(wanted))
    return text


def _alteration(column: Column, wanted: Column) -> AlterColumn:
    return AlterColumn(
        column.name,
        type=None if wanted.type == column.type else wanted.type,
        nullable=None if wanted.nullable == column.nullable else wanted.nullable,
        default=KEEP if wanted.default == column.default else wanted.default,
    )


def _home(constraint: Constraint, new: list[Column]) -> str:
    """The new column that a constraint can be said within; "" where there is none."""
    if constraint.kind is ConstraintKind.CHECK and new:
        return new[-1].name
    alone = constraint.kind is ConstraintKind.FOREIGN and len(constraint.columns) == 1
    return next((column.name for column in new if alone and constraint.columns == (column.name,)), "")


@dataclass(frozen=True, slots=True)
class _Source:
    """The text that is wanted, as far as there is one: what is taken over from it is spelled as it is there."""

    columns: dict[str, tuple[str, set[Constraint]]]
    constraints: dict[Constraint, str]

    @classmethod
    def of(cls, aim: Aim) -> _Source:
        table, texts = aim.want.tables.get(aim.table.name), aim.want.texts.get(aim.table.name)
        if table is None or not texts:
            return cls({}, {})
        definition = parse_table(texts[0])
        said = placed(definition, table, aim.want)
        columns = {
            column.name: (
                definition.text[place.start : place.end],
                {one.noun for one in said if one.column is place},
            )
            for column, place in zip(table.columns, definition.columns, strict=True)
            if column == aim.table.column(column.name)
        }
        apart = [one for one in said if one.column is None]
        return cls(columns, {one.noun: definition.text[one.constraint.start : one.constraint.end] for one in apart})

    def column(self, column: Column, missing: list[Constraint]) -> tuple[str, set[Constraint]]:
        """A column's text and the constraints within it, all of which are to be added."""
        text, within = self.columns.get(column.name, ("", set()))
        return (text, within) if text and within <= set(missing) else (said_column(column), set())

    def constraint(self, constraint: Constraint) -> str:
        return self.constraints.get(constraint) or said_constraint(constraint)
