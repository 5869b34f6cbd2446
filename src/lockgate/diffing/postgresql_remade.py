"""Columns that are dropped and added again: PostgreSQL changes neither what a computed one says nor what it reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lockgate.diffing.effects import added_labels
from lockgate.diffing.postgresql_names import qualified, quoted
from lockgate.nouns.changes import Change, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lockgate.nouns.schema import Column, Name, Schema

RETYPING = (Kind.TYPE, Kind.COLLATION)


class Remade(NamedTuple):
    """What a column is to be, and the change for which it is made anew: its own, or one of what it reads."""

    column: Column
    because: Change


def remade(changes: Sequence[Change], have: Schema, want: Schema) -> Mapping[tuple[Name, str], Remade]:
    """The columns that are made anew."""
    found: dict[tuple[Name, str], Remade] = {}
    for change in changes:
        own = change.kind is Kind.GENERATED and not loses_expression(change)
        if own or (change.kind in RETYPING and change.before.generated):
            found[change.owner, change.part] = Remade(change.after, change)
    for change in changes:
        for owner, part in _retyped(change, have):
            for column in _readers(owner, part, have, want):
                found.setdefault((owner, column.name), Remade(column, change))
    return found


def loses_expression(change: Change) -> bool:
    """Whether a stored column is computed no more, and keeps its values."""
    before, after = change.before, change.after
    return bool(before and after and before.generated and before.generated.stored and after.generated is None)


def is_remade_type(change: Change) -> bool:
    """Whether an enum type or a domain is made anew: PostgreSQL takes no label back, and changes no domain's type."""
    before, after = change.before, change.after
    if before is None or after is None:
        return False
    if change.kind is Kind.ENUM:
        return added_labels(before.labels, after.labels) is None
    return change.kind is Kind.DOMAIN and (before.type, before.collation) != (after.type, after.collation)


def columns_of(type_: Name, have: Schema) -> Iterator[tuple[Name, Column]]:
    """The columns of a type, or of an array of it."""
    said = qualified(type_)
    for table in have.tables.values():
        yield from ((table.name, column) for column in table.columns if column.type.removesuffix("[]") == said)


def _retyped(change: Change, have: Schema) -> Iterator[tuple[Name, str]]:
    if change.kind in RETYPING:
        yield change.owner, change.part
    elif is_remade_type(change):
        yield from ((owner, column.name) for owner, column in columns_of(change.owner, have))


def _readers(owner: Name, part: str, have: Schema, want: Schema) -> Iterator[Column]:
    """The computed columns that read a column."""
    wanted = want.tables.get(owner)
    for before in have.tables[owner].columns if wanted else ():
        if wanted and before.generated and mentions(before.generated.expression, part):
            after = wanted.column(before.name)
            if after is not None and after.generated:
                yield after


def mentions(text: str, identifier: str) -> bool:
    """Whether an expression names a column; a string that happens to say the same word counts as well."""
    return re.search(rf"(?<![\w$]){re.escape(quoted(identifier))}(?![\w$])", text) is not None
