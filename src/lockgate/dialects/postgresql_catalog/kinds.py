"""Enum types and domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog.normal import normal
from lockgate.dialects.postgresql_catalog.parts import Part
from lockgate.nouns.schema import Domain, Enumeration, Name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.dialects.postgresql_catalog.lookups import Lookups
    from lockgate.dialects.postgresql_catalog.parts import Row
    from lockgate.nouns.schema import Constraint

# An enum may have no label at all.
LABELS = Part(
    "label",
    ("y.oid", "y.nspname", "y.typname", "e.enumlabel IS NOT NULL", "e.enumlabel"),
    "FROM kinds y LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = y.oid WHERE y.typtype = 'e'"
    " ORDER BY y.oid, e.enumsortorder",
)
DOMAINS = Part(
    "domain",
    (
        "y.oid",
        "y.nspname",
        "y.typname",
        "pg_catalog.format_type(t.typbasetype, t.typtypmod)",
        "t.typnotnull",
        "pg_catalog.pg_get_expr(t.typdefaultbin, 0)",
        "CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::pg_catalog.regcollation END",
    ),
    "FROM kinds y JOIN pg_catalog.pg_type t ON t.oid = y.oid JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype"
    " WHERE y.typtype = 'd'",
)


def enumerations(rows: list[Row], known: Lookups) -> dict[Name, Enumeration]:
    """The enum types, of a row for each label."""
    found: dict[Name, Enumeration] = {}
    labels: dict[Name, list[str]] = {}
    for _, oid, space, name, is_label, label, *_ in rows:
        key = Name(space, name)
        labels.setdefault(key, []).extend([label] if is_label == "true" else [])
        found[key] = Enumeration(key, (), known.of_type(oid))
    return {key: one._replace(labels=tuple(labels[key])) for key, one in found.items()}


def domains(rows: list[Row], checks: Mapping[str, list[Constraint]], known: Lookups) -> dict[Name, Domain]:
    """The domains, with their checks, which are found by its oid."""
    found = {}
    for _, oid, space, name, type_, required, default, collation, *_ in rows:
        found[Name(space, name)] = Domain(
            Name(space, name),
            type_,
            required != "true",
            normal(default) or None,
            collation or None,
            tuple(checks.get(oid, ())),
            known.of_type(oid),
        )
    return found
