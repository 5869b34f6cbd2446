"""How PostgreSQL's catalog prints what SQLAlchemy says, for the plain kinds that are certain; None for all others.

Types as format_type prints them, defaults as pg_get_expr, definitions as pg_get_constraintdef and pg_get_indexdef, with an
empty search_path (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CATALOG).
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

_SIMPLE: Final = re.compile(r"[a-z_][a-z0-9_]*")
# A name that PostgreSQL quotes only because it is a keyword. Two quotes in a row are one within a name.
_NEEDLESSLY_QUOTED: Final = re.compile(r'(?<!")"([a-z_][a-z0-9_]*)"(?!")')

_TYPES: Final = MappingProxyType(
    {
        "VARCHAR": "character varying",
        "FLOAT": "double precision",
        "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
        "TIMESTAMP WITHOUT TIME ZONE": "timestamp without time zone",
        "TIME WITH TIME ZONE": "time with time zone",
        "TIME WITHOUT TIME ZONE": "time without time zone",
        **{
            name: name.lower()
            for name in (
                *("SMALLINT", "INTEGER", "BIGINT", "NUMERIC", "REAL", "DOUBLE PRECISION", "BOOLEAN", "TEXT", "BYTEA"),
                *("DATE", "INTERVAL", "UUID", "JSON", "JSONB", "INET", "CIDR", "MACADDR", "MACADDR8"),
                *("TSVECTOR", "TSQUERY", "INT4RANGE", "INT8RANGE", "NUMRANGE", "DATERANGE", "TSRANGE", "TSTZRANGE"),
            )
        },
    }
)
_SIZED: Final = re.compile(r"(VARCHAR|CHAR|NUMERIC)\((\d+)(?:, (\d+))?\)")
_SIZED_NAMES: Final = MappingProxyType({"VARCHAR": "character varying", "CHAR": "character", "NUMERIC": "numeric"})

_NUMBERS: Final = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_TIMES: Final = frozenset({"timestamp with time zone", "timestamp without time zone", "date"})
# The functions with the types of the columns whose default they are; a cast that PostgreSQL adds to them is not printed.
_FUNCTIONS: Final = MappingProxyType(
    {
        "now()": _TIMES,
        "CURRENT_TIMESTAMP": _TIMES,
        "clock_timestamp()": _TIMES,
        "statement_timestamp()": _TIMES,
        "transaction_timestamp()": _TIMES,
        "CURRENT_DATE": frozenset({"date"}),
        "gen_random_uuid()": frozenset({"uuid"}),
        "true": frozenset({"boolean"}),
        "false": frozenset({"boolean"}),
    }
)
_INTEGER: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_LITERAL: Final = re.compile(r"'([^'\\]*)'")
_PLAIN_TEXT: Final = re.compile(r"[^'\\\x00-\x1f\x7f]*")


def is_simple(name: str) -> bool:
    """Whether a name needs quotes only where it is a keyword."""
    return _SIMPLE.fullmatch(name) is not None


def quoted(name: str) -> str:
    """A name in SQL; a keyword as it is."""
    return name if is_simple(name) else '"' + name.replace('"', '""') + '"'


def without_quotes(text: str) -> str:
    """The catalog's text of nothing but names, with keywords among them as `quoted` has them."""
    return _NEEDLESSLY_QUOTED.sub(r"\1", text) if '"' in text else text


def printed_type(said: str) -> str | None:
    """A type of the system's own, as the catalog prints what SQLAlchemy says."""
    element = said.rstrip("[]")
    name = _TYPES.get(element) or _printed_size(element)
    if name is None or element == said:
        return name
    # How many dimensions an array was declared with, PostgreSQL does not keep.
    return f"{name}[]"


def _printed_size(said: str) -> str | None:
    sized = _SIZED.fullmatch(said)
    if sized is None or (sized[3] is not None and sized[1] != "NUMERIC"):
        return None
    scale = f",{sized[3] or 0}" if sized[1] == "NUMERIC" else ""
    return f"{_SIZED_NAMES[sized[1]]}({sized[2]}{scale})"


def printed_default(kind: str, said: str, type_: str, *, is_enum: bool) -> str | None:
    """A default as the catalog prints it, of a column of that printed type.

    Args:
        kind: `literal` for a text that SQLAlchemy quotes, `sql` for what it says as it is.
        said: the text.
        type_: as the catalog prints it.
        is_enum: whether the type is an enum.
    """
    literal = _LITERAL.fullmatch(said)
    if kind == "literal" or literal is not None:
        return _printed_literal(literal[1] if kind != "literal" and literal else said, type_, is_enum=is_enum)
    if type_ in _FUNCTIONS.get(said, ()):
        return said
    return said if _base(type_) in _NUMBERS and _INTEGER.fullmatch(said) else None


def _printed_literal(text: str, type_: str, *, is_enum: bool) -> str | None:
    base = _base(type_)
    if not _PLAIN_TEXT.fullmatch(text):
        return None
    if type_ == "integer":
        return text if _INTEGER.fullmatch(text) else None
    if type_ == "boolean":
        return text if text in {"true", "false"} else None
    empty = text == "{}" and ((base == type_ and type_.endswith("[]")) or type_ in {"json", "jsonb"})
    return f"'{text}'::{base}" if is_enum or empty or base in {"text", "character varying"} else None


def _base(type_: str) -> str:
    """A type without its size, which a default has not."""
    return type_ if type_.endswith("[]") else type_.partition("(")[0]
