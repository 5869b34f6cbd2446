"""Columns that are dropped and added again: PostgreSQL changes neither what a computed one says nor what it reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_names import quoted
from lockgate.nouns.changes import Change, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lockgate.nouns.schema import Column, Name, Schema

RETYPING = (Kind.TYPE, Kind.COLLATION)


def remade(changes: Sequence[Change], have: Schema, want: Schema) -> Mapping[tuple[Name, str], Column]:
    """Each of them with what it is to be."""
    found: dict[tuple[Name, str], Column] = {}
    for change in changes:
        if change.kind is Kind.GENERATED and not loses_expression(change):
            found[change.owner, change.part] = change.after
        if change.kind in RETYPING and change.before.generated:
            found[change.owner, change.part] = change.after
    for change in changes:
        if change.kind in RETYPING:
            found.update({(change.owner, one.name): one for one in _readers(change, have, want)})
    return found


def loses_expression(change: Change) -> bool:
    """Whether a stored column is computed no more, and keeps its values."""
    before, after = change.before, change.after
    return bool(before and after and before.generated and before.generated.stored and after.generated is None)


def _readers(change: Change, have: Schema, want: Schema) -> Iterator[Column]:
    for before in have.tables[change.owner].columns:
        if before.generated and mentions(before.generated.expression, change.part):
            after = want.tables[change.owner].column(before.name)
            if after is not None and after.generated:
                yield after


def mentions(text: str, identifier: str) -> bool:
    """Whether an expression names a column; a string that happens to say the same word counts as well."""
    return re.search(rf"(?<![\w$]){re.escape(quoted(identifier))}(?![\w$])", text) is not None
