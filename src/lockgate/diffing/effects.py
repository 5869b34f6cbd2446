"""What a difference does to what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.diffing.widening import is_wider, is_wider_sequence
from lockgate.nouns.changes import Effect, Kind
from lockgate.nouns.schema import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockgate.nouns.schema import Column, Domain, Enumeration, Sequence, Table

_DATA = {Kind.TABLE, Kind.COLUMN}
_ADDITIVE, _WIDENING, _NARROWING, _DESTRUCTIVE = Effect


def effect_of(kind: Kind, before: Any, after: Any, table: Table | None = None) -> Effect:
    """Decide it; `table` is the one that a column is in, before the change."""
    if before is None:
        return _ADDITIVE
    if after is None:
        computed = kind is Kind.COLUMN and before.generated
        return _DESTRUCTIVE if kind in _DATA and not computed else _NARROWING
    decide = _CHANGED.get(kind)
    return decide(before, after, table) if decide else _NARROWING


def _type(before: Column, after: Column, table: Table | None) -> Effect:
    if table and _is_rowid(before, table):
        return _NARROWING
    return _WIDENING if is_wider(before.type, after.type) else _DESTRUCTIVE


def _is_rowid(column: Column, table: Table) -> bool:
    """Whether SQLite numbers the rows by it, which it does for INTEGER, said exactly so, alone.

    https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key
    """
    keys = [key.columns for key in table.constraints if key.kind is ConstraintKind.PRIMARY]
    return column.type == "INTEGER" and keys == [(column.name,)]


def _nullable(_before: Column, after: Column, _table: Table | None) -> Effect:
    return _WIDENING if after.nullable else _NARROWING


def _default(before: Column, after: Column, _table: Table | None) -> Effect:
    numbered = before.default is not None and before.default.startswith("nextval(")
    return _NARROWING if after.default is None or numbered else _ADDITIVE


def _identity(before: Column, after: Column, _table: Table | None) -> Effect:
    if before.identity is None:
        return _ADDITIVE if before.default is None and not before.nullable else _NARROWING
    if after.identity is None:
        return _NARROWING
    stricter = before.identity.startswith("BY DEFAULT") and after.identity.startswith("ALWAYS")
    renamed = _sequence_name(before.identity) != _sequence_name(after.identity)
    return (
        _WIDENING if not stricter and not renamed and is_wider_sequence(before.identity, after.identity) else _NARROWING
    )


def _sequence_name(identity: str) -> str:
    """What stands before its options; nothing where the server gave the name."""
    return identity.partition("(")[2].partition("START WITH")[0]


def _generated(before: Column, after: Column, _table: Table | None) -> Effect:
    """Values that are stored may go; so do those that are shown where nothing computes them any more."""
    lost = before.generated is None or (after.generated is None and not before.generated.stored)
    return _DESTRUCTIVE if lost else _NARROWING


def _comment(before: Any, after: Any, _table: Table | None) -> Effect:
    return _NARROWING if after.comment is None and before.comment is not None else _ADDITIVE


def _enum(before: Enumeration, after: Enumeration, _table: Table | None) -> Effect:
    return _ADDITIVE if added_labels(before.labels, after.labels) is not None else _DESTRUCTIVE


def added_labels(before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[str, str, str]] | None:
    """Each label to add, with BEFORE or AFTER and the label beside it; None where one goes or they change places."""
    if [label for label in after if label in before] != list(before):
        return None
    added = list[tuple[str, str, str]]()
    for place, label in enumerate(after):
        if label not in before:
            following = next((one for one in after[place:] if one in before), None)
            added.append((label, "BEFORE", following) if following else (label, "AFTER", after[place - 1]))
    return added


def _domain(before: Domain, after: Domain, _table: Table | None) -> Effect:
    if (before.type, before.collation) != (after.type, after.collation):
        return _DESTRUCTIVE
    stricter = (before.nullable and not after.nullable) or bool(set(after.checks) - set(before.checks))
    if stricter or after.default is None is not before.default:
        return _NARROWING
    return _WIDENING if before.nullable != after.nullable or before.checks != after.checks else _ADDITIVE


def _sequence(before: Sequence, after: Sequence, _table: Table | None) -> Effect:
    if before.owner != after.owner and before.options == after.options:
        return _ADDITIVE
    return _WIDENING if is_wider_sequence(before.options, after.options) else _NARROWING


_CHANGED: dict[Kind, Callable[[Any, Any, Table | None], Effect]] = {
    Kind.TYPE: _type,
    Kind.NULLABLE: _nullable,
    Kind.DEFAULT: _default,
    Kind.IDENTITY: _identity,
    Kind.GENERATED: _generated,
    Kind.COMMENT: _comment,
    Kind.ENUM: _enum,
    Kind.DOMAIN: _domain,
    Kind.SEQUENCE: _sequence,
}
