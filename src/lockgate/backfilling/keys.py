"""Keys as text, and the SQL of ranges between them: pure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.filler import Filler, Keyed
    from lockgate.nouns.backfills import Backfill, Key


def written(key: Key | None) -> str | None:
    """A key as the journal keeps it."""
    return None if key is None else json.dumps([_value(one) for one in key])


def _value(value: Any) -> Any:
    match value:
        case bytes():
            return {"hex": value.hex()}
        case Decimal():
            return {"number": str(value)}
        case str() | int() | float():
            return value
    return str(value)


def read(text: str | None) -> Key | None:
    """The key again."""
    return None if text is None else tuple(_read_value(one) for one in json.loads(text))


def _read_value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return bytes.fromhex(value["hex"]) if "hex" in value else Decimal(value["number"])


def refuse_moving(backfill: Backfill, keyed: Keyed) -> None:
    """Refuse to change what the table is gone through by: a row would come again, or be passed over.

    Raises:
        LockgateError: it would.
    """
    moved = [column for column, _ in backfill.changes if column in keyed.key]
    if moved:
        raise moves(moved, keyed)


def moves(columns: Sequence[str], keyed: Keyed) -> LockgateError:
    """The error for a backfill that would change its own key."""
    return LockgateError(
        f"A backfill of {keyed.name} cannot change {', '.join(columns)}: by its key it knows which rows are done.",
        hint="Go by another unique key, key=(…); or fill a new column, and swap the two.",
    )


def quoted(name: str, filler: Filler) -> str:
    """An identifier in the engine's quotes."""
    return filler.quote + name.replace(filler.quote, filler.quote * 2) + filler.quote


def between(keyed: Keyed, after: Key | None, until: Key | None, filler: Filler) -> str:
    """The condition for keys after one and up to another; without either, on that side all."""
    conditions = [
        *([_beyond(keyed, after, ">", filler)] if after is not None else []),
        *([_beyond(keyed, until, "<=", filler)] if until is not None else []),
    ]
    return " AND ".join(conditions) or "1 = 1"


def _beyond(keyed: Keyed, key: Key, operator: str, filler: Filler) -> str:
    columns = [quoted(name, filler) for name in keyed.key]
    values = [filler.literal(value) for value in key]
    if len(columns) == 1:
        return f"{columns[0]} {operator} {values[0]}"
    if filler.compares_rows:
        return f"({', '.join(columns)}) {operator} ({', '.join(values)})"
    said = f"{columns[-1]} {operator} {values[-1]}"
    for column, value in zip(columns[-2::-1], values[-2::-1], strict=True):
        said = f"({column} {operator[0]} {value} OR ({column} = {value} AND {said}))"
    # Of an OR alone, no index says where to begin.
    return f"{columns[0]} {operator[0]}= {values[0]} AND {said}"


def edge(keyed: Keyed, after: Key | None, until: Key | None, rows: int, filler: Filler) -> str:
    """The query for the key that so many rows end with; it has no row where there are fewer."""
    columns = ", ".join(quoted(name, filler) for name in keyed.key)
    within = between(keyed, after, until, filler)
    return f"SELECT {columns} FROM {keyed.name} WHERE {within} ORDER BY {columns} LIMIT 1 OFFSET {rows - 1:d}"


def count(keyed: Keyed, after: Key | None, until: Key | None, rows: int, filler: Filler) -> str:
    """The query for how many rows there are, `rows` at most."""
    within = between(keyed, after, until, filler)
    return f"SELECT count(*) FROM (SELECT 1 FROM {keyed.name} WHERE {within} LIMIT {rows:d}) found"


def change(backfill: Backfill, keyed: Keyed, after: Key | None, until: Key | None, filler: Filler) -> str:
    """The UPDATE of a range."""
    changes = ", ".join(f"{quoted(column, filler)} = {expression}\n" for column, expression in backfill.changes)
    return f"UPDATE {keyed.name} SET {changes} WHERE {_wanted(backfill, keyed, after, until, filler)}"


def rows(backfill: Backfill, keyed: Keyed, after: Key | None, until: Key | None, filler: Filler) -> str:
    """The query for a range's rows, which stay as they are until the transaction ends."""
    names = list(dict.fromkeys((*keyed.key, *backfill.columns)))
    columns = ", ".join(quoted(name, filler) for name in names) if backfill.columns else "*"
    wanted = _wanted(backfill, keyed, after, until, filler)
    order = ", ".join(quoted(name, filler) for name in keyed.key)
    return f"SELECT {columns} FROM {keyed.name} WHERE {wanted} ORDER BY {order}{filler.locking}"


def _wanted(backfill: Backfill, keyed: Keyed, after: Key | None, until: Key | None, filler: Filler) -> str:
    only = f" AND ({backfill.where}\n)" if backfill.where else ""
    return f"{between(keyed, after, until, filler)}{only}"
