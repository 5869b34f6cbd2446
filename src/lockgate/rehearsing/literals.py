"""Parameters of PostgreSQL's statements, written into the text so that any client sends the same."""

from __future__ import annotations

import datetime
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a `$1` may stand in without being one comes first: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
_PARTS: Final = re.compile(
    r"(?s)[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|\$(?P<tag>[^\W\d]\w*)?\$.*?\$(?P=tag)\$"
    r"|\$\$.*?\$\$|[^\W\d][\w$]*|\$(?P<number>\d+)"
)


def written(query: str, literals: Sequence[str]) -> str:
    """The query with its `$1`, `$2`, … replaced by literals; those within strings, names and comments stay."""

    def put(match: re.Match[str]) -> str:
        return literals[int(match["number"]) - 1] if match["number"] else match[0]

    return _PARTS.sub(put, query) if literals else query


def is_plain(value: Any) -> bool:
    """Whether `literal` can write it; what else becomes (a time without a zone, a range), only the server says."""
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, datetime.datetime):
        return value.tzinfo is not None
    return value is None or isinstance(value, bool | int | float | Decimal | str | bytes | datetime.timedelta | UUID)


def literal(value: Any) -> str:
    """A plain value as PostgreSQL reads it, whatever the session's settings; a text has no type, as a bound one has none."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | Decimal() | float():
            return _number(value)
        case list():
            return text(_array(value))
    return _typed(value)


def _typed(value: Any) -> str:
    match value:
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case datetime.datetime():
            return f"{text(value.isoformat(' '))}::timestamptz"
        case datetime.timedelta():
            return f"{text(_interval(value))}::interval"
        case UUID():
            return f"{text(str(value))}::uuid"
    return text(str(value))


def text(value: str) -> str:
    """A string literal that no setting of the session reads otherwise."""
    quoted = value.replace("'", "''")
    return f"E'{quoted.replace(chr(92), chr(92) * 2)}'" if "\\" in value else f"'{quoted}'"


def _number(value: float | Decimal) -> str:
    said = str(value)
    if isinstance(value, Decimal) and not value.is_finite():
        return f"'{'NaN' if value.is_nan() else said}'::numeric"
    if isinstance(value, float) and (said == "-0.0" or not math.isfinite(value)):
        return f"'{said}'::float8"
    # In parentheses, so that `- $1` and `$1::int` mean what they say with a negative number.
    return f"({said})" if said.startswith("-") else said


def _interval(value: datetime.timedelta) -> str:
    return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"


def _array(values: list[Any]) -> str:
    """What stands in an array's literal: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case list():
            return _array(value)
        case bool():
            said = "true" if value else "false"
        case bytes():
            said = f"\\x{value.hex()}"
        case datetime.timedelta():
            said = _interval(value)
        case _:
            said = str(value)
    quoted = said.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
