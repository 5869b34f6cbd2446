"""Names in an order in which each comes behind those that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from lockgate.nouns.schema import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from lockgate.nouns.schema import Constraint, Name, Table

T = TypeVar("T")
_KINDS: Final = (
    ConstraintKind.PRIMARY,
    ConstraintKind.UNIQUE,
    ConstraintKind.EXCLUDE,
    ConstraintKind.CHECK,
    ConstraintKind.FOREIGN,
)


def in_order(items: Iterable[T], needs: Callable[[T], Collection[T]]) -> list[T]:
    """Each behind those that it needs, else in the given order; of those that need each other, the first comes first."""
    waiting, ordered = list(items), list[T]()
    while waiting:
        free = next((one for one in waiting if not set(needs(one)).intersection(waiting) - {one}), waiting[0])
        ordered.append(free)
        waiting.remove(free)
    return ordered


def referred(table: Table) -> set[Name]:
    """The tables that a table's foreign keys refer to."""
    return {key.target for key in table.constraints if key.target is not None}


def keys_first(constraints: Iterable[Constraint]) -> tuple[Constraint, ...]:
    """A table's constraints as a reader looks for them: its key, and what it refers to last."""
    return tuple(sorted(constraints, key=lambda one: _KINDS.index(one.kind)))
