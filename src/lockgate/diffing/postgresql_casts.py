"""How values of one type become values of another."""

from __future__ import annotations

from typing import Final

from lockgate.diffing.widening import is_wider

_FAMILIES: Final = (
    {"smallint", "integer", "bigint", "numeric", "real", "double precision", "money"},
    {"integer", "boolean"},
    {"character", "character varying", "text", '"char"', "name", "citext"},
    {"date", "timestamp without time zone", "timestamp with time zone"},
    {"time without time zone", "time with time zone", "interval"},
    {"json", "jsonb"},
    {"bit", "bit varying"},
    {"inet", "cidr"},
)


def conversion(column: str, before: str, after: str) -> str:
    """The USING that ALTER COLUMN TYPE wants; "" where it needs none.

    Of the integers, only `integer` is cast to and from `boolean`. A cast by way of text exists between any two types; it fails
    on the first row whose text the new type does not read.
    https://www.postgresql.org/docs/current/sql-createcast.html#SQL-CREATECAST-NOTES
    """
    if before == after or is_wider(before, after):
        return ""
    if "boolean" in {before, after} and {before, after} & {"smallint", "bigint"}:
        return f" USING {column}::integer::{after}"
    if any({_family(before), _family(after)} <= family for family in _FAMILIES):
        return f" USING {column}::{after}"
    return f" USING {column}::text::{after}"


def _family(type_: str) -> str:
    words, _, rest = type_.partition("(")
    return words.strip() + (rest.partition(")")[2] if rest else "")
