"""Parameters of PostgreSQL's statements, written into the text so that any client sends the same."""

from __future__ import annotations

import datetime
import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a `$1` may stand in without being one comes first: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
_PARTS: Final = re.compile(
    r"(?s)[eE]'(?:[^'\\\\]|\\\\.|'')*'|'[^']*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|\$(?P<tag>[^\W\d]\w*)?\$.*?\$(?P=tag)\$"
    r"|\$\$.*?\$\$|[^\W\d][\w$]*|\$(?P<number>\d+)"
)


def written(query: str, arguments: Sequence[Any]) -> str:
    """The query with its `$1`, `$2`, … replaced by literals; those within strings, names and comments stay.

    Raises:
        LockgateError: an argument is of a kind that cannot be written.
    """
    if not arguments:
        return query

    def put(match: re.Match[str]) -> str:
        return literal(arguments[int(match["number"]) - 1]) if match["number"] else match[0]

    return _PARTS.sub(put, query)


def literal(value: Any) -> str:
    """A value as PostgreSQL reads it, whatever the session's settings; a text has no type, as a bound one has none.

    Raises:
        LockgateError: nobody knows how it is written.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | Decimal() | float():
            return _number(value)
        case str():
            return text(value)
        case list() | tuple() | set() | frozenset():
            return text("{" + ",".join(map(_element, value)) + "}")
        case dict():
            return text(json.dumps(value))
    return _typed(value)


def _typed(value: Any) -> str:
    zoned = "tz" if getattr(value, "tzinfo", None) else ""
    match value:
        case bytes() | bytearray() | memoryview():
            return f"'\\x{bytes(value).hex()}'::bytea"
        case datetime.datetime():
            return f"{text(value.isoformat(' '))}::timestamp{zoned}"
        case datetime.date():
            return f"{text(value.isoformat())}::date"
        case datetime.time():
            return f"{text(value.isoformat())}::time{zoned}"
        case datetime.timedelta():
            return f"{text(_interval(value))}::interval"
        case UUID():
            return f"{text(str(value))}::uuid"
    raise LockgateError(f"A value of the type {type(value).__name__} cannot be written into a script.")


def text(value: str) -> str:
    """A string literal that no setting of the session reads otherwise."""
    quoted = value.replace("'", "''")
    return f"E'{quoted.replace(chr(92), chr(92) * 2)}'" if "\\" in value else f"'{quoted}'"


def _number(value: float | Decimal) -> str:
    if isinstance(value, int) or math.isfinite(value):
        # In parentheses, so that `- $1` and `$1::int` mean what they say with a negative number.
        return f"({value})" if value < 0 else str(value)
    kind = "numeric" if isinstance(value, Decimal) else "float8"
    return f"'{str(value).replace('inf', 'Infinity').replace('nan', 'NaN')}'::{kind}"


def _interval(value: datetime.timedelta) -> str:
    return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"


def _element(value: Any) -> str:
    """One of an array's elements: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO."""
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return "{" + ",".join(map(_element, value)) + "}"
    said = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    if isinstance(value, bytes | bytearray):
        said = f"\\x{bytes(value).hex()}"
    elif isinstance(value, dict):
        said = json.dumps(value)
    quoted = str(said).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
