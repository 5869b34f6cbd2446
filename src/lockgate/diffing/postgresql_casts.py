"""How values of one type become values of another."""

from __future__ import annotations

import re
from typing import Final

from lockgate.diffing.widening import is_wider

# Between those of one set the server casts by itself where a value is stored, and then refuses what is too long; a cast
# that is said cuts it: https://www.postgresql.org/docs/current/datatype-character.html
_BY_ITSELF: Final = (
    {"smallint", "integer", "bigint", "numeric", "real", "double precision"},
    {"numeric", "money"},
    {"character", "character varying", "text", '"char"', "name", "citext"},
    {"date", "timestamp without time zone", "timestamp with time zone"},
    {"time without time zone", "time with time zone"},
    {"time without time zone", "interval"},
    {"json", "jsonb"},
    {"bit varying"},
    {"inet", "cidr"},
)
_WHEN_SAID: Final = ({"integer", "boolean"}, {"bit", "bit varying"})
_HEXADECIMAL: Final = frozenset({"character(32)", "character varying(32)"})
_CHARACTERS: Final = re.compile(r"character(?: varying)?(?:\(\d+\))?((?:\[\])*)")


def conversion(column: str, before: str, after: str) -> str:
    """The USING that ALTER COLUMN TYPE wants; "" where it needs none.

    Of the integers, only `integer` is cast to and from `boolean`, and of the numbers only `numeric` from `money`. A cast by way
    of text exists between any two types; it fails on the first row whose text the new type does not read.
    https://www.postgresql.org/docs/current/sql-createcast.html#SQL-CREATECAST-NOTES
    """
    families = {_family(before), _family(after)}
    if before == after or is_wider(before, after) or any(families <= several for several in _BY_ITSELF):
        return ""
    if "boolean" in families and families & {"smallint", "bigint"}:
        return f" USING {column}::integer::{after}"
    if "money" in families and families & _BY_ITSELF[0]:
        return f" USING {column}::numeric::{after}"
    if any(families <= several for several in _WHEN_SAID):
        return f" USING {column}::{after}"
    if before == "uuid" and after in _HEXADECIMAL:
        return f" USING replace({column}::text, '-', '')"
    return f" USING {column}::text{_from_text(after)}"


def _from_text(after: str) -> str:
    """The cast to a type; characters get their length where they are stored, which refuses what is longer."""
    characters = _CHARACTERS.fullmatch(after)
    if characters is None:
        return f"::{after}" if after != "text" else ""
    return f"::text{characters[1]}" if characters[1] else ""


def _family(type_: str) -> str:
    words, _, rest = type_.partition("(")
    return words.strip() + (rest.partition(")")[2] if rest else "")
