"""Identifiers and strings as PostgreSQL reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockgate.nouns.schema import Name

_LONGEST: Final = 63
_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")
# Those that cannot be a column's or a table's name bare, PostgreSQL 15 to 18:
# https://www.postgresql.org/docs/current/sql-keywords-appendix.html
_RESERVED: Final = frozenset(
    "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char"  # noqa: SIM905 - words, not quotes
    " character check coalesce collate collation column concurrently constraint create cross current_catalog current_date"
    " current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do"
    " else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike"
    " in initially inner inout int integer intersect interval into is isnull join json json_array json_arrayagg json_exists"
    " json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left like"
    " limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset"
    " on only or order out outer overlaps overlay placing position precision primary real references returning right row"
    " select session_user setof similar smallint some substring symmetric system_user table tablesample then time timestamp to"
    " trailing treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes"
    " xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable".split()
)


def quoted(identifier: str) -> str:
    """An identifier, in quotes where it needs them."""
    if _PLAIN.fullmatch(identifier) and identifier not in _RESERVED:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def qualified(name: Name) -> str:
    """A name with its schema."""
    return f"{quoted(name.schema)}.{quoted(name.name)}"


def listed(identifiers: Iterable[str]) -> str:
    """Identifiers with commas between them."""
    return ", ".join(map(quoted, identifiers))


def sequence_name(table: str, column: str, ending: str = "_seq") -> str:
    """The name that the server gives the sequence of a column; where it is taken, it puts a number behind `ending`.

    A name has 63 bytes at most; the longer of the two is cut first: makeObjectName in the server's indexcmds.c.
    """
    left = _LONGEST - 1 - len(ending.encode())
    first, second = table.encode(), column.encode()
    while len(first) + len(second) > left:
        first, second = (first[:-1], second) if len(first) > len(second) else (first, second[:-1])
    return f"{first.decode(errors='ignore')}_{second.decode(errors='ignore')}{ending}"


def string(text: str | None) -> str:
    """A string literal, whatever standard_conforming_strings is; NULL for None."""
    if text is None:
        return "NULL"
    escaped = text.replace("'", "''")
    if "\\" not in text:
        return f"'{escaped}'"
    return "E'" + escaped.replace("\\", "\\\\") + "'"
