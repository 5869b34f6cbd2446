"""Parameters of SQLite's statements, written into the text; SQLite's own way of it (sqlite3_expanded_sql) rounds floats."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# What a parameter may stand in without being one comes first: https://www.sqlite.org/lang_expr.html#varparam
_PARTS: Final = re.compile(
    r"(?s)'[^']*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|[^\W\d][\w$]*"
    r"|(?P<mark>\?(?P<number>\d*)|[:@$](?P<name>\w+))"
)


def written(sql: str, parameters: Any, quote: Callable[[Any], str]) -> str:
    """The statement with its `?`, `?1`, `:name` replaced by literals; `quote` writes what a driver's adapter makes of others.

    Args:
        parameters: a sequence, or a mapping of the names.
    """
    known: list[str] = []

    def put(match: re.Match[str]) -> str:
        mark, name, number = match["mark"], match["name"], match["number"]
        if mark is None:
            return match[0]
        if name is not None and hasattr(parameters, "keys"):
            return literal(parameters[name], quote)
        if name is None or mark not in known:
            known.extend([""] * (int(number) - 1 - len(known)) if number else [])
            known.append(mark)
        place = int(number) - 1 if number else known.index(mark) if name is not None else len(known) - 1
        return literal(parameters[place], quote)

    return _PARTS.sub(put, sql) if parameters else sql


def literal(value: Any, quote: Callable[[Any], str]) -> str:
    """A value as SQLite reads it back."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return f"({int(value)})" if value < 0 else str(int(value))
        case float():
            return _number(value)
        case str() if "\0" in value:
            return f"CAST(X'{value.encode().hex()}' AS TEXT)"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case bytes() | bytearray() | memoryview():
            return f"X'{bytes(value).hex()}'"
    return quote(value)


def _number(value: float) -> str:
    if math.isnan(value):
        return "NULL"  # which is what SQLite keeps
    said = "9e999" if math.isinf(value) else repr(abs(value))
    return f"(-{said})" if math.copysign(1, value) < 0 else said
