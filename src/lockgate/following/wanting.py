"""Puts together what is wanted: what the models ask for, and what is left as it is because no model can say it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from lockgate.diffing.postgresql_views import readers
from lockgate.nouns.schema import Name, Schema, Sequence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from lockgate.nouns.schema import Table, View

T = TypeVar("T")
_WORD = re.compile(r'"(?:[^"]|"")+"|\w+')


def put_together(
    have: Schema, built: Schema, equal: Collection[Name], *, beyond: Mapping[Name, Table], views: bool
) -> Schema:
    """What is wanted.

    Args:
        have: the database, cut down to what is looked at.
        beyond: the tables that are there and are not looked at.
        built: what the models made where they were built.
        equal: the tables that are surely equal already, and were not built.
        views: whether the models say views; where they do not, those of the database are nobody's to judge.
    """
    tables = {name: table for name, table in have.tables.items() if name in equal} | dict(built.tables)
    needed = types_of({**tables, **beyond})
    return replace(
        built,
        tables=tables,
        enums=_with_others(have.enums, built.enums, types_of(have.tables), needed),
        domains=_with_others(have.domains, built.domains, types_of(have.tables), needed),
        sequences=_sequences(have, built, equal),
        views=built.views if views else _views(have, tables),
        namespaces=have.namespaces | built.namespaces,
        texts={**{name: have.texts[name] for name in equal if name in have.texts}, **built.texts},
    )


def _with_others(
    have: Mapping[Name, T], built: Mapping[Name, T], used: Collection[Name], needed: Collection[Name]
) -> dict[Name, T]:
    """A type that no model has stays, unless it was some column's and is no column's any more."""
    kept = {name: one for name, one in have.items() if name in needed or name not in used}
    return {**kept, **built}


def _views(have: Schema, tables: Mapping[Name, Table]) -> dict[Name, View]:
    """Those of the database, but for what reads a table that is to go."""
    gone = {view.name for view in readers(have.views, set(have.tables) - set(tables))}
    return {name: view for name, view in have.views.items() if name not in gone}


def types_of(tables: Mapping[Name, Table]) -> set[Name]:
    """The types of their columns that have a name in a schema."""
    return {name for table in tables.values() for column in table.columns for name in named_type(column.type)}


def named_type(type_: str) -> Iterator[Name]:
    """The qualified name that a column's type is; none where it is one of PostgreSQL's own."""
    words = _WORD.findall(type_.removesuffix("[]"))
    if len(words) == 2 and "." in type_:
        yield Name(*(word.strip('"').replace('""', '"') if word.startswith('"') else word for word in words))


def _sequences(have: Schema, built: Schema, equal: Collection[Name]) -> dict[Name, Sequence]:
    """One of a column's goes with its column; any other that no model has is somebody's."""
    kept = {
        name: one
        for name, one in have.sequences.items()
        if one.owner is None or one.owner[0] in equal or one.owner[0] not in have.tables
    }
    return {**kept, **built.sequences}
