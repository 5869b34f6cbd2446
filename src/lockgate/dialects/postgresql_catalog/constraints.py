"""Constraints of tables and domains, and the indexes that are none's."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog.normal import normal
from lockgate.dialects.postgresql_catalog.parts import Part
from lockgate.nouns.schema import Constraint, ConstraintKind, Index

if TYPE_CHECKING:
    from lockgate.dialects.postgresql_catalog.lookups import Lookups
    from lockgate.dialects.postgresql_catalog.parts import Row

_KINDS = {
    "p": ConstraintKind.PRIMARY,
    "u": ConstraintKind.UNIQUE,
    "c": ConstraintKind.CHECK,
    "x": ConstraintKind.EXCLUDE,
    "f": ConstraintKind.FOREIGN,
}
_SAID = "k.oid", "k.conname", "k.contype", "pg_catalog.pg_get_constraintdef(k.oid)"
# NOT NULL is said by the column, a constraint trigger by nobody: https://www.postgresql.org/docs/current/catalog-pg-constraint.html
CONSTRAINTS = Part(
    "constraint",
    ("k.conrelid", *_SAID, "k.conkey", "k.confrelid", "k.confkey"),
    "FROM relations r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid"
    " WHERE k.contype IN ('p', 'u', 'c', 'x', 'f') AND k.conparentid = 0 AND (k.conislocal OR k.coninhcount = 0)"
    " ORDER BY k.conrelid, k.conname",
)
CHECKS = Part(
    "check",
    ("k.contypid", *_SAID),
    "FROM kinds y JOIN pg_catalog.pg_constraint k ON k.contypid = y.oid AND k.contype = 'c'"
    " ORDER BY k.contypid, k.conname",
)
_HEAD = (
    "pg_catalog.concat('CREATE ', CASE WHEN i.indisunique THEN 'UNIQUE ' END, 'INDEX ', pg_catalog.quote_ident(c.relname),"
    " ' ON ', CASE c.relkind WHEN 'I' THEN 'ONLY ' END, r.quoted, ' ')"
)
INDEXES = Part(
    "index",
    (
        "i.indrelid",
        "i.indexrelid",
        "c.relname",
        f"pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid), pg_catalog.length({_HEAD}) + 1)",
        "i.indisunique",
        "i.indisvalid",
        "i.indkey",
        "i.indnkeyatts",
    ),
    "FROM relations r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid"
    " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
    " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid"
    " AND k.contype IN ('p', 'u', 'x')) ORDER BY i.indrelid, c.relname",
)


def constraints(rows: list[Row], known: Lookups) -> dict[str, list[Constraint]]:
    """The constraints of each table, by its oid."""
    found: defaultdict[str, list[Constraint]] = defaultdict(list)
    for _, table, oid, name, kind, definition, keys, target, target_keys, *_ in rows:
        found[table].append(
            Constraint(
                name,
                _KINDS[kind],
                normal(definition),
                known.columns_of(table, keys[1:-1].split(",")),
                known.names[target] if target_keys else None,
                known.columns_of(target, target_keys[1:-1].split(",")) if target_keys else (),
                known.of_constraint(oid),
            )
        )
    return found


def checks(rows: list[Row], known: Lookups) -> dict[str, list[Constraint]]:
    """The checks of each domain, by its oid."""
    found: defaultdict[str, list[Constraint]] = defaultdict(list)
    for _, type_, oid, name, kind, definition, *_ in rows:
        found[type_].append(Constraint(name, _KINDS[kind], normal(definition), comment=known.of_constraint(oid)))
    return found


def indexes(rows: list[Row], known: Lookups) -> dict[str, list[Index]]:
    """The indexes of each table and materialised view, by its oid."""
    found: defaultdict[str, list[Index]] = defaultdict(list)
    for _, table, oid, name, definition, unique, valid, keys, count, *_ in rows:
        plain = known.columns_of(table, keys.split(" ")[: int(count)])
        found[table].append(
            Index(name, normal(definition), unique == "true", plain, valid == "true", known.of_relation(oid))
        )
    return found
