"""What a reader has to be warned of, in words that stand before a statement as a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.diffing.words import difference, shown
from lockgate.nouns.changes import Change, Effect, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MAKING = {
    Kind.TYPE: " TYPE ",
    Kind.NULLABLE: " NOT NULL",
    Kind.GENERATED: " COLUMN ",
    Kind.ENUM: "CREATE TYPE ",
    Kind.DOMAIN: "DOMAIN ",
}


def cautions(changes: Iterable[Change], default: str) -> Iterator[str]:
    """What the changes destroy, or fail at; nothing for the most of them."""
    for change in changes:
        if change.effect is Effect.DESTRUCTIVE:
            yield f"Destructive: {_destroyed(change, default)}"
        elif words := _failing(change, default):
            yield words


def made_by(text: str, changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes that a statement makes itself, without those for which it only steps aside."""
    return tuple(one for one in changes if _word(one) in text)


def _word(change: Change) -> str:
    if change.kind in {Kind.TABLE, Kind.COLUMN}:
        verb = "DROP" if change.drops else "CREATE" if change.kind is Kind.TABLE else "ADD"
        return f"{verb} {change.kind.name}" if change.drops or change.kind is Kind.COLUMN else verb
    return _MAKING.get(change.kind, "")


def _destroyed(change: Change, default: str) -> str:
    owner = shown(change.owner, default)
    column = f"{owner}.{change.part}"
    match change.kind:
        case Kind.TABLE:
            return f"drops the table {owner} with all its rows."
        case Kind.COLUMN:
            return f"drops the column {column} with all its values."
        case Kind.TYPE:
            types = f"{_type(change.before.type, default)} becomes {_type(change.after.type, default)}"
            return f"a value of {column} may not survive that {types}."
        case Kind.GENERATED:
            return f"{column} is computed from now on, and loses the values that it has."
        case Kind.ENUM:
            gone = [label for label in change.before.labels if label not in change.after.labels]
            labels = f"{owner} without {', '.join(gone)}" if gone else f"{owner} in another order"
            return f"makes {labels}; it fails where a row still has what goes." if gone else f"makes {labels}."
    return f"{change.kind} {owner}: {difference(change, default).detail}."


def _type(type_: str, default: str) -> str:
    return type_.removeprefix(f"{default}.")


def _failing(change: Change, default: str) -> str:
    owner = shown(change.owner, default)
    after: Any = change.after
    if change.kind is Kind.NULLABLE and not after.nullable:
        return f"Fails where a row has no {owner}.{change.part}: give it a value first."
    if change.kind is Kind.COLUMN and change.adds and _wants_a_value(change):
        return (
            f"Fails where {owner} has rows, for which there is no {change.part}: give it a default, or fill it first."
        )
    return ""


def _wants_a_value(change: Change) -> bool:
    column = change.after
    return not (column.nullable or column.default is not None or column.identity or column.generated)
