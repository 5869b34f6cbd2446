"""What a foreign key refers to, where that stands as it is while everything else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.following.wanting import named_type
from lockgate.nouns.changes import Kind
from lockgate.nouns.schema import ConstraintKind, Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.changes import Statement
    from lockgate.nouns.schema import Constraint, Schema, Table

_KEYS = (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE)


def stands(key: Constraint, statements: Sequence[Statement], have: Schema, want: Schema) -> bool:
    """Whether a new table may have the foreign key from its beginning."""
    if key.target is None:
        return False
    before, after = have.tables.get(key.target), want.tables.get(key.target)
    if before is None or after is None or _targets(before, key) != _targets(after, key):
        return False
    types = {change.owner for one in statements for change in one.changes if change.kind in {Kind.ENUM, Kind.DOMAIN}}
    return bool(_targets(before, key)) and not types.intersection(_types(before, key))


def _targets(table: Table, key: Constraint) -> list[object]:
    """What of the table makes its columns a key, with the columns."""
    wanted = set(key.target_columns)
    keys = [one for one in table.constraints if one.kind in _KEYS and set(one.columns) == wanted]
    indexes = [one for one in table.indexes if one.unique and set(one.columns) == wanted]
    return [*keys, *indexes, *map(table.column, key.target_columns)] if keys or indexes else []


def _types(table: Table, key: Constraint) -> Iterator[Name]:
    for column in map(table.column, key.target_columns):
        if column is not None:
            yield from named_type(column.type)
