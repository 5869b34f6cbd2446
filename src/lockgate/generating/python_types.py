"""Types as a Python migration writes them."""

from __future__ import annotations

import re
from typing import Final

from lockgate.generating.code import Call, Text, call

_TYPE: Final = re.compile(
    r"(?P<words>[a-z0-9\" ]+?)(?: ?\((?P<length>\d+)(?:, ?(?P<scale>-?\d+))?\))?(?P<zone> with(?:out)? time zone)?"
)
_INTERVAL: Final = re.compile(r"interval(?: (?P<fields>[a-z ]+?))?(?:\((?P<precision>\d)\))?")
_SA: Final = {
    "integer": "Integer",
    "int": "Integer",
    "bigint": "BigInteger",
    "smallint": "SmallInteger",
    "text": "Text",
    "boolean": "Boolean",
    "date": "Date",
    "double precision": "Double",
    "double": "Double",
    "real": "REAL",
    "uuid": "Uuid",
    "json": "JSON",
    "bytea": "LargeBinary",
    "blob": "LargeBinary",
    "datetime": "DateTime",
    "float": "Float",
}
_POSTGRESQL: Final = {
    name: name.upper()
    for name in (
        "jsonb inet cidr macaddr macaddr8 tsvector tsquery hstore money citext oid regclass regconfig jsonpath".split()  # noqa: SIM905 - words, not quotes
    )
}
_RANGES: Final = {
    f"{kind}{span}".lower(): f"{kind.upper()}{span.upper()}"
    for kind in ("int4", "int8", "num", "ts", "tstz", "date")
    for span in ("range", "multirange")
}
_SIZED: Final = {
    "character varying": "String",
    "varchar": "String",
    "character": "CHAR",
    "char": "CHAR",
    "numeric": "Numeric",
    "decimal": "Numeric",
}
_TIMES: Final = {"timestamp": "DateTime", "time": "Time"}
_COLLATED: Final = frozenset({"sa.Text", "sa.String", "sa.CHAR"})


def python_type(type_: str) -> Call | None:
    """The expression of a type, of the catalog's own spelling; None where plain SQL says it better."""
    said = type_.lower()
    if found := _INTERVAL.fullmatch(said):
        return _interval(found["fields"], found["precision"])
    found = _TYPE.fullmatch(said)
    if found is None:
        return None
    words, length, scale, zone = found.group("words", "length", "scale", "zone")
    if words in _TIMES:
        return _time(words, length, zone) if scale is None else None
    if words in {"bit", "bit varying"}:
        return _bits(words, length) if scale is None and not zone else None
    if zone:
        return None
    return _sized(words, length, scale) if words in _SIZED else None if length else _plain(words)


def collated(type_: Call | None, collation: str | None) -> Call | None:
    """The type with a collation of one plain name."""
    if collation is None or type_ is None:
        return type_
    name = re.fullmatch(r'"((?:[^"]|"")+)"|(\w+)', collation)
    if name is None or type_.name not in _COLLATED:
        return None
    return type_.having(collation=Text((name[1] or name[2]).replace('""', '"')))


def _plain(words: str) -> Call | None:
    if name := _SA.get(words):
        return call(f"sa.{name}")
    name = _POSTGRESQL.get(words) or _RANGES.get(words)
    return call(f"postgresql.{name}") if name else None


def _time(words: str, precision: str | None, zone: str | None) -> Call:
    aware = "True" if zone == " with time zone" else None
    if precision is not None:
        return call(f"postgresql.{words.upper()}", timezone=aware, precision=precision)
    return call(f"sa.{_TIMES[words]}", timezone=aware)


def _interval(fields: str | None, precision: str | None) -> Call:
    if fields is None and precision is None:
        return call("sa.Interval")
    return call("postgresql.INTERVAL", fields=Text(fields.upper()) if fields else None, precision=precision)


def _bits(words: str, length: str | None) -> Call:
    varying = "True" if words == "bit varying" else None
    own = [length] if length and (varying or length != "1") else []
    return call("postgresql.BIT", *own, varying=varying)


def _sized(words: str, length: str | None, scale: str | None) -> Call | None:
    own = [one for one in (length, scale) if one is not None]
    return call(f"sa.{_SIZED[words]}", *own) if scale is None or _SIZED[words] == "Numeric" else None
