"""What auto mode does of a difference, and what it leaves undone with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns.changes import Change, Effect, Kind
from lockgate.nouns.schema import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from lockgate.nouns.schema import Name, Schema

_NUMBERED = "nextval("
_LEFT = {
    Kind.TYPE: "not every value of the one type is a value of the other, and auto mode narrows nothing",
    Kind.NULLABLE: "there may be rows without a value, and auto mode narrows nothing",
    Kind.DEFAULT: "auto mode takes no default away",
    Kind.COMMENT: "auto mode takes no comment away",
    Kind.COLLATION: "rows would sort and compare otherwise than before",
    Kind.DOMAIN: "not every value of the one domain is surely a value of the other, and auto mode narrows nothing",
    Kind.TABLE_OPTIONS: "auto mode leaves how a table is stored",
    Kind.GENERATED: "the column would have to be dropped and added again",
    Kind.ENUM: "PostgreSQL takes no label back, nor moves one, without making the type anew",
}


class Left(NamedTuple):
    """A change that is left undone."""

    change: Change
    reason: str


class Sorted(NamedTuple):
    """The changes that auto mode makes, and those that it leaves."""

    made: tuple[Change, ...]
    left: tuple[Left, ...]


def sort_out(changes: Sequence[Change], have: Schema, with_rows: Collection[Name]) -> Sorted:
    """Sort changes; `with_rows` are the tables that have at least one row."""
    left = list(_left(changes, have, with_rows))
    gone = {(one.change.owner, one.change.part) for one in left if one.change.kind is Kind.COLUMN and one.change.adds}
    untouched = {one.change for one in left}
    for change in (one for one in changes if one not in untouched):
        if column := _missing_column(change, gone):
            left.append(Left(change, f"its column {column} is left out"))
            untouched.add(change)
    return Sorted(tuple(one for one in changes if one not in untouched), tuple(left))


def needing_rows(changes: Iterable[Change]) -> set[Name]:
    """The tables of which it has to be known whether they have rows."""
    return {one.owner for one in changes if one.kind is Kind.COLUMN and one.adds and _wants_a_value(one)}


def _left(changes: Sequence[Change], have: Schema, with_rows: Collection[Name]) -> Iterator[Left]:
    numbered = {(one.owner, one.part) for one in changes if _begins_numbering(one)}
    keyed = {(one.owner, column) for one in changes if _takes_key_away(one) for column in one.before.columns}
    for change in changes:
        if reason := _reason(change, have, with_rows, numbered):
            yield Left(change, reason)
        elif change.kind is Kind.NULLABLE and (change.owner, change.part) in keyed:
            yield Left(change, "it is in a primary key, and auto mode drops nothing")


def _reason(change: Change, have: Schema, with_rows: Collection[Name], numbered: Collection[tuple[Name, str]]) -> str:
    if change.effect in {Effect.NARROWING, Effect.DESTRUCTIVE}:
        return _refused(change)
    if change.kind is Kind.COLUMN and _wants_a_value(change) and change.owner in with_rows:
        return "the table has rows, and the column takes no NULL and has no default"
    if change.kind is Kind.CONSTRAINT and change.adds and _is_second_key(change, have):
        return "the table has another primary key, and auto mode drops nothing"
    if change.kind is Kind.SEQUENCE and change.adds and change.after.owner:
        table, column = change.after.owner
        if table in have.tables and (table, column) not in numbered:
            return "its column is numbered by another sequence, or not at all, and auto mode leaves that"
    return ""


def _refused(change: Change) -> str:
    if change.drops:
        return "only the database has it, and auto mode drops nothing"
    if change.kind in {Kind.CONSTRAINT, Kind.INDEX}:
        before, after = (one._replace(name="", comment=None) for one in (change.before, change.after))
        return (
            "auto mode renames nothing"
            if before == after
            else "auto mode drops nothing, and it would have to be made anew"
        )
    return _LEFT.get(change.kind, "auto mode makes no such change")


def _wants_a_value(change: Change) -> bool:
    column = change.after
    return bool(
        column and not column.nullable and column.default is None and not column.identity and not column.generated
    )


def _is_second_key(change: Change, have: Schema) -> bool:
    table = have.tables.get(change.owner)
    there = any(one.kind is ConstraintKind.PRIMARY for one in table.constraints) if table else False
    return there and change.after.kind is ConstraintKind.PRIMARY


def _takes_key_away(change: Change) -> bool:
    return change.kind is Kind.CONSTRAINT and bool(change.before) and change.before.kind is ConstraintKind.PRIMARY


def _begins_numbering(change: Change) -> bool:
    """Whether a column begins to take its default from a sequence, as far as auto mode lets it."""
    if change.kind not in {Kind.COLUMN, Kind.DEFAULT} or change.after is None:
        return False
    default = change.after.default
    return default is not None and default.startswith(_NUMBERED) and change.effect is Effect.ADDITIVE


def _missing_column(change: Change, gone: Collection[tuple[Name, str]]) -> str:
    columns = getattr(change.after, "columns", ()) if change.kind in {Kind.CONSTRAINT, Kind.INDEX} else ()
    return next((column for column in columns if (change.owner, column) in gone), "")
