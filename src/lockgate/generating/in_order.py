"""Names in an order in which each comes behind those that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from lockgate.nouns.schema import Name, Table

T = TypeVar("T")


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
