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


# By the oids of pg_type.dat, which never change: how a number of another type than its digits have is written.
_INT4: Final = 23
_INTEGERS: Final = {21: "int2", 26: "oid", 700: "float4"}
_FLOATS: Final = {700: "float4", 701: "float8"}
# To these a whole number comes by itself, and no function that is meant is missed for it.
_WIDER: Final = frozenset({20, 701, 1700})
_JSON: Final = frozenset({114, 3802})
_INFINITIES: Final = (datetime.datetime.min, datetime.datetime.max)
_KINDS: Final = {bytes: 17, datetime.datetime: 1184, datetime.timedelta: 1186, UUID: 2950, Decimal: 1700}
_CASTS: Final = re.compile(r"::(?:int2|oid|float4|float8)\Z")


def written(query: str, literals: Sequence[str]) -> str:
    """The query with its `$1`, `$2`, … replaced by literals; those within strings, names and comments stay."""

    def put(match: re.Match[str]) -> str:
        if not match["number"]:
            return match[0]
        said = literals[int(match["number"]) - 1]
        if query.startswith(("[", "."), match.end()):  # a part of it, and not of its type
            return f"({said})"
        return _CASTS.sub("", said) if query.startswith("::", match.end()) else said

    return _PARTS.sub(put, query) if literals else query


def literal(value: Any, oid: int) -> str | None:
    """A value as PostgreSQL reads it for a parameter of that type, whatever the session's settings; None: ask the server.

    A text has no type, as a bound one has none.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return _integer(int(value), oid)
        case float():
            return _float(float(value), _FLOATS[oid]) if oid in _FLOATS else None
        case str():
            return None if oid in _JSON else text(value)
    return (
        _typed(value) if oid == next((_KINDS[kind] for kind in type(value).__mro__ if kind in _KINDS), None) else None
    )


def _typed(value: Any) -> str | None:
    match value:
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case Decimal():
            return _bare(str(value)) if value.is_finite() else f"'{'NaN' if value.is_nan() else value}'::numeric"
        case datetime.datetime():
            # The first and the last one are the driver's infinities; without a zone it takes the machine's.
            is_moment = value.tzinfo is not None and value.replace(tzinfo=None) not in _INFINITIES
            return f"{text(value.isoformat(' '))}::timestamptz" if is_moment else None
        case datetime.timedelta():
            return f"{text(_interval(value))}::interval"
    return f"{text(str(value))}::uuid"


def text(value: str) -> str:
    """A string literal that no setting of the session reads otherwise."""
    quoted = value.replace("'", "''")
    return f"E'{quoted.replace(chr(92), chr(92) * 2)}'" if "\\" in value else f"'{quoted}'"


def _integer(value: int, oid: int) -> str | None:
    if oid == _INT4 or oid in _WIDER:
        return _bare(str(value))
    return f"{_bare(str(value))}::{_INTEGERS[oid]}" if oid in _INTEGERS else None


def _float(value: float, kind: str) -> str:
    said = str(value)
    return f"'{said}'::{kind}" if said == "-0.0" or not math.isfinite(value) else f"{_bare(said)}::{kind}"


def _bare(said: str) -> str:
    """In parentheses, so that `- $1` and `$1::int` mean what they say with a negative number."""
    return f"({said})" if said.startswith("-") else said


def _interval(value: datetime.timedelta) -> str:
    return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
