"""What a project's listeners add to the DDL of its models.

SQLAlchemy's own documentation of these events: https://docs.sqlalchemy.org/en/21/core/events.html#ddl-events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.sqltypes import SchemaType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import MetaData, Table


def listeners_of(item: Any) -> list[tuple[str, Callable[..., Any]]]:
    """Who listens to the creation of a metadata, table, index, constraint, sequence or type, on it or on its class.

    Each with the name of the event, and without SQLAlchemy's own, which create a table's enum types.
    """
    dispatch = getattr(item, "dispatch", None)
    if dispatch is None:
        return []
    before, after = dispatch.before_create, dispatch.after_create
    if not before and not after:
        return []
    found = [("before_create", one) for one in before] + [("after_create", one) for one in after]
    return [(event, one) for event, one in found if not is_of_a_type(one)]


def is_of_a_type(listener: Callable[..., Any]) -> bool:
    """Whether SQLAlchemy listens itself, for a type that a table needs."""
    method = getattr(listener, "func", listener)
    owner = getattr(method, "__self__", None)
    return isinstance(owner, SchemaType) and getattr(method, "__module__", "").startswith("sqlalchemy.")


def is_text(listener: object) -> bool:
    """Whether a listener only says DDL, the same on every connection of one dialect."""
    return (
        isinstance(listener, ExecutableDDLElement)
        and type(listener).__call__ is ExecutableDDLElement.__call__
        and not asks_code(listener)
    )


def asks_code(item: object) -> bool:
    """Whether a function decides if an item is created (`ddl_if`, `execute_if`)."""
    condition = getattr(item, "_ddl_if", None)
    return condition is not None and condition.callable_ is not None


def items_of(metadata: MetaData, tables: Iterable[Table]) -> Iterator[Any]:
    """All whose creation can be listened to when the tables of a metadata are created."""
    yield metadata
    yield from metadata._sequences.values()
    yield from (one for one in metadata._objects if isinstance(one, SchemaType))
    for table in tables:
        yield table
        yield from table.indexes
        yield from table.constraints
