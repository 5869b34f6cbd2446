"""The exact difference of two schemas that the same reader has read. The order of columns is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.diffing.effects import effect_of
from lockgate.nouns.changes import Change, Kind
from lockgate.nouns.schema import ConstraintKind, Name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lockgate.nouns.schema import Column, Constraint, Index, Schema, Table

_FACETS = {
    "type": Kind.TYPE,
    "nullable": Kind.NULLABLE,
    "default": Kind.DEFAULT,
    "identity": Kind.IDENTITY,
    "generated": Kind.GENERATED,
    "collation": Kind.COLLATION,
}


def diff(have: Schema, want: Schema) -> tuple[Change, ...]:
    """What makes `want` of `have`, in the order of names; empty where they are the same."""
    return tuple(_changes(have, want))


def reversed_changes(changes: Iterable[Change]) -> tuple[Change, ...]:
    """What takes the changes back."""
    return tuple(_change(one.kind, one.owner, one.part, one.after, one.before) for one in changes)


def _changes(have: Schema, want: Schema) -> Iterator[Change]:
    for namespace in sorted(want.namespaces - have.namespaces):
        yield _change(Kind.NAMESPACE, Name(namespace, ""), "", None, namespace)
    for namespace in sorted(have.namespaces - want.namespaces):
        yield _change(Kind.NAMESPACE, Name(namespace, ""), "", namespace, None)
    yield from _wholes(Kind.ENUM, have.enums, want.enums)
    yield from _wholes(Kind.DOMAIN, have.domains, want.domains)
    yield from _wholes(Kind.SEQUENCE, have.sequences, want.sequences)
    for name in _names(have.tables, want.tables):
        yield from _table(name, have.tables.get(name), want.tables.get(name))
    yield from _wholes(Kind.VIEW, have.views, want.views)


def _names(have: Mapping[Name, Any], want: Mapping[Name, Any]) -> Iterator[Name]:
    """Those that differ: most of a thousand tables do not, and comparing two tuples is quick."""
    return (name for name in sorted({**have, **want}) if have.get(name) != want.get(name))


def _wholes(kind: Kind, have: Mapping[Name, Any], want: Mapping[Name, Any]) -> Iterator[Change]:
    for name in _names(have, want):
        before, after = have.get(name), want.get(name)
        if before is None or after is None:
            yield _change(kind, name, "", before, after)
            continue
        if before._replace(comment=None) != after._replace(comment=None):
            yield _change(kind, name, "", before, after)
        yield from _comment(name, "", before, after)


def _table(name: Name, before: Table | None, after: Table | None) -> Iterator[Change]:
    if before is None or after is None:
        yield _change(Kind.TABLE, name, "", before, after)
        return
    if (before.before, before.after) != (after.before, after.after):
        yield _change(Kind.TABLE_OPTIONS, name, "", before, after)
    yield from _comment(name, "", before, after)
    yield from _columns(name, before, after)
    yield from _parts(
        Kind.CONSTRAINT, name, before.constraints, after.constraints, lambda one: (one.kind, one.definition)
    )
    yield from _parts(
        Kind.INDEX, name, before.indexes, after.indexes, lambda one: (one.unique, one.definition, one.valid)
    )


def _columns(name: Name, before: Table, after: Table) -> Iterator[Change]:
    there = {column.name: column for column in before.columns}
    wanted = {column.name: column for column in after.columns}
    for column in after.columns:
        old = there.get(column.name)
        if old is None:
            yield _change(Kind.COLUMN, name, column.name, None, column)
        elif old != column:
            yield from _facets(name, before, old, column)
    for column in before.columns:
        if column.name not in wanted:
            yield _change(Kind.COLUMN, name, column.name, column, None)


def _facets(name: Name, table: Table, before: Column, after: Column) -> Iterator[Change]:
    for facet, kind in _FACETS.items():
        if getattr(before, facet) != getattr(after, facet):
            yield Change(kind, name, before.name, before, after, effect_of(kind, before, after, table))
    yield from _comment(name, before.name, before, after)


def _comment(owner: Name, part: str, before: Any, after: Any) -> Iterator[Change]:
    if before.comment != after.comment:
        yield _change(Kind.COMMENT, owner, part, before, after)


def _parts(
    kind: Kind,
    owner: Name,
    before: tuple[Any, ...],
    after: tuple[Any, ...],
    meaning: Callable[[Any], tuple[Any, ...]],
) -> Iterator[Change]:
    """Those of one name belong together, then those of one meaning, which have another name only, then the primary keys."""
    if before == after:
        return
    pairs, old, new = _paired(list(before), list(after), lambda one: (one.name, meaning(one)))
    for key in (lambda one: one.name or object(), meaning, _primary):
        more, old, new = _paired(old, new, key)
        pairs += more
    for one, other in pairs:
        if one._replace(comment=None) != other._replace(comment=None):
            yield _change(kind, owner, other.name or one.name, one, other)
        yield from _comment(owner, other.name, one, other)
    yield from (_change(kind, owner, one.name, one, None) for one in old)
    yield from (_change(kind, owner, one.name, None, one) for one in new)


def _primary(one: Constraint | Index) -> object:
    return getattr(one, "kind", None) is ConstraintKind.PRIMARY or object()


def _paired(
    before: list[Constraint | Index], after: list[Constraint | Index], key: Callable[[Any], Any]
) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
    waiting: dict[Any, list[Any]] = {}
    for one in after:
        waiting.setdefault(key(one), []).append(one)
    pairs, left = list[tuple[Any, Any]](), list[Any]()
    for one in before:
        found = waiting.get(key(one))
        if found:
            pairs.append((one, found.pop(0)))
        else:
            left.append(one)
    return pairs, left, [one for ones in waiting.values() for one in ones]


def _change(kind: Kind, owner: Name, part: str, before: Any, after: Any) -> Change:
    return Change(kind, owner, part, before, after, effect_of(kind, before, after))
