"""Types as a Python migration writes them."""

from __future__ import annotations

import re
from typing import Final

_TYPE: Final = re.compile(r"([a-z ]+?) ?(?:\((\d+)(?:, ?(\d+))?\))?( with(?:out)? time zone)?")
_SA: Final = {
    "integer": "Integer",
    "int": "Integer",
    "bigint": "BigInteger",
    "smallint": "SmallInteger",
    "text": "Text",
    "boolean": "Boolean",
    "date": "Date",
    "double precision": "Double",
    "real": "REAL",
    "uuid": "Uuid",
    "json": "JSON",
    "bytea": "LargeBinary",
    "blob": "LargeBinary",
    "datetime": "DateTime",
    "float": "Float",
    "interval": "Interval",
}
_POSTGRESQL: Final = {
    name: name.upper()
    for name in ("jsonb", "inet", "cidr", "macaddr", "tsvector", "tsquery", "hstore", "money", "citext", "oid")
}
_RANGES: Final = {
    f"{kind}{span}".lower(): f"{kind.upper()}{span.upper()}"
    for kind in ("int4", "int8", "num", "ts", "tstz", "date")
    for span in ("range", "multirange")
}
_SIZED: Final = {"character varying": "String", "varchar": "String", "character": "CHAR", "char": "CHAR"}


def python_type(type_: str) -> str | None:
    """The expression of a type, of the catalog's own spelling; None where plain SQL says it better."""
    found = _TYPE.fullmatch(type_.lower())
    if found is None:
        return None
    words, length, scale, zone = found.groups()
    return _sized(words, length, scale) if length or words in _SIZED else _plain(words, zone)


def _plain(words: str, zone: str | None) -> str | None:
    if words == "timestamp":
        return "sa.DateTime(timezone=True)" if zone == " with time zone" else "sa.DateTime()"
    if words == "time":
        return None if zone == " with time zone" else "sa.Time()"
    if words == "numeric":
        return "sa.Numeric()"
    if zone:
        return None
    if name := _SA.get(words):
        return f"sa.{name}()"
    name = _POSTGRESQL.get(words) or _RANGES.get(words)
    return f"postgresql.{name}()" if name else None


def _sized(words: str, length: str | None, scale: str | None) -> str | None:
    if name := _SIZED.get(words):
        return f"sa.{name}({length or ''})" if scale is None else None
    if words == "numeric":
        return f"sa.Numeric({length}{f', {scale}' if scale else ''})"
    return None
