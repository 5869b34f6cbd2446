"""COMMENT ON, for whatever may have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.diffing.postgresql_names import qualified, quoted, string
from lockgate.nouns.changes import Kind
from lockgate.nouns.schema import Column, Constraint, Domain, Enumeration, Index, Sequence, Table, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.changes import Change
    from lockgate.nouns.schema import Name


def comment(change: Change) -> str:
    """Say the comment that a change asks for; None takes it away."""
    return _comment(change.owner, change.after, change.after.comment)


def comments_of(kind: Kind, owner: Name, noun: Any) -> Iterator[str]:
    """The comments of what has just been made, and of its parts."""
    parts = [noun]
    if kind is Kind.TABLE:
        parts += [*noun.columns, *noun.constraints, *noun.indexes]
    elif kind is Kind.VIEW:
        parts += noun.indexes
    return (_comment(owner, part, part.comment) for part in parts if part.comment is not None)


def _comment(owner: Name, noun: Any, text: str | None) -> str:
    return f"COMMENT ON {_subject(owner, noun)} IS {string(text)}"


def _subject(owner: Name, noun: Any) -> str:
    match noun:
        case Table():
            return f"TABLE {qualified(owner)}"
        case Column():
            return f"COLUMN {qualified(owner)}.{quoted(noun.name)}"
        case Constraint():
            return f"CONSTRAINT {quoted(noun.name)} ON {qualified(owner)}"
        case Index():
            return f"INDEX {quoted(owner.schema)}.{quoted(noun.name)}"
        case Enumeration():
            return f"TYPE {qualified(owner)}"
        case Domain():
            return f"DOMAIN {qualified(owner)}"
        case Sequence():
            return f"SEQUENCE {qualified(owner)}"
        case View():
            return f"{'MATERIALIZED ' if noun.materialized else ''}VIEW {qualified(owner)}"
        case _:
            raise TypeError(noun)
