"""Sequences: those that are themselves something, and those that belong to an identity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog.parts import Part
from lockgate.diffing.postgresql_names import sequence_name
from lockgate.nouns.schema import Name, Sequence

if TYPE_CHECKING:
    from lockgate.dialects.postgresql_catalog.lookups import Lookups
    from lockgate.dialects.postgresql_catalog.parts import Row

SEQUENCES = Part(
    "sequence",
    (
        "u.oid",
        "u.nspname",
        "u.relname",
        "u.deptype",
        "u.refobjid",
        "u.refobjsubid",
        "pg_catalog.format_type(q.seqtypid, NULL)",
        "pg_catalog.format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s %s', q.seqstart, q.seqincrement,"
        " q.seqmin, q.seqmax, q.seqcache, CASE WHEN q.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)",
        "CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END",
        "a.attname",
        "u.quoted",
    ),
    "FROM numbers u JOIN pg_catalog.pg_sequence q ON q.seqrelid = u.oid"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = u.refobjid AND a.attnum = u.refobjsubid",
)
_ENDING = re.compile(r"_seq\d*")


def sequences(rows: list[Row], known: Lookups) -> tuple[dict[Name, Sequence], dict[tuple[str, str], str]]:
    """The sequences by name, and what there is to say of identities, by the table's oid and the column's attnum."""
    found: dict[Name, Sequence] = {}
    identities: dict[tuple[str, str], str] = {}
    for _, oid, space, name, dependency, table, number, type_, options, mode, column, quoted, *_ in rows:
        if dependency == "i":
            named = "" if is_default_name(name, known.names[table].name, column) else f"SEQUENCE NAME {quoted} "
            identities[table, number] = f"{mode} AS IDENTITY ({named}{options})"
        else:
            key = Name(space, name)
            owner = (known.names[table], column) if dependency else None
            found[key] = Sequence(key, f"AS {type_} {options}", owner, known.of_relation(oid))
    return found, identities


def is_default_name(name: str, table: str, column: str) -> bool:
    """Whether the server itself would give the sequence of this column that name, or one with a number behind it."""
    if name == f"{table}_{column}_seq":
        return True
    ending = _ENDING.search(name, max(name.rfind("_seq"), 0))
    return ending is not None and ending.end() == len(name) and name == sequence_name(table, column, ending[0])
