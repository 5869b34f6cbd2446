"""Tables and their columns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog.normal import normal
from lockgate.dialects.postgresql_catalog.parts import Part
from lockgate.dialects.postgresql_catalog.storage import JOINS, TABLESPACE, USING, WITH_OPTIONS
from lockgate.nouns.schema import Column, Generated, Name, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.dialects.postgresql_catalog.lookups import Lookups
    from lockgate.dialects.postgresql_catalog.parts import Row
    from lockgate.nouns.schema import Constraint, Index

_PARENTS = (
    " LEFT JOIN (SELECT i.inhrelid, pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname) || '.'"
    " || pg_catalog.quote_ident(up.relname), ', ' ORDER BY i.inhseqno) AS names FROM pg_catalog.pg_inherits i"
    " JOIN pg_catalog.pg_class up ON up.oid = i.inhparent JOIN pg_catalog.pg_namespace n ON n.oid = up.relnamespace"
    " WHERE i.inhrelid IN (SELECT r.oid FROM relations r) GROUP BY i.inhrelid) h ON h.inhrelid = r.oid"
)
TABLES = Part(
    "table",
    (
        "r.oid",
        "CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END",
        "pg_catalog.concat_ws(' ', 'INHERITS (' || h.names || ')', CASE r.relkind WHEN 'p'"
        f" THEN 'PARTITION BY ' || pg_catalog.pg_get_partkeydef(r.oid) END, {USING}, {WITH_OPTIONS}, {TABLESPACE})",
    ),
    f"FROM relations r JOIN pg_catalog.pg_class c ON c.oid = r.oid{_PARENTS}{JOINS} WHERE r.relkind IN ('r', 'p')",
)
# What a column only inherits is said by the parent; its name is read all the same, because constraints and indexes use it.
COLUMNS = Part(
    "column",
    (
        "a.attrelid",
        "a.attnum",
        "a.attname",
        "r.relkind <> 'm' AND (a.attislocal OR a.attinhcount = 0)",
        "pg_catalog.format_type(a.atttypid, a.atttypmod)",
        "a.attnotnull",
        "a.attidentity",
        "a.attgenerated",
        "pg_catalog.pg_get_expr(d.adbin, d.adrelid)",
        "CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::pg_catalog.regcollation END",
    ),
    "FROM relations r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
    " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE r.relkind IN ('r', 'p', 'm') ORDER BY a.attrelid, a.attnum",
)


def columns(rows: list[Row], identities: Mapping[tuple[str, str], str], known: Lookups) -> dict[str, list[Column]]:
    """The columns of each table, by its oid; the names of all are added to what is known."""
    found: defaultdict[str, list[Column]] = defaultdict(list)
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    comment = known.of_relation
    for _, oid, number, name, own, type_, required, identity, generated, expression, collation, *_ in rows:
        names[oid][number] = name
        if own == "true":
            found[oid].append(
                Column(
                    name,
                    type_,
                    required != "true",
                    None if generated else normal(expression) or None,
                    identities.get((oid, number)) if identity else None,
                    Generated(normal(expression), generated == "s") if generated else None,
                    collation or None,
                    comment(oid, number),
                )
            )
    known.columns |= names
    return found


def tables(
    rows: list[Row],
    of_table: Mapping[str, list[Column]],
    constraints: Mapping[str, list[Constraint]],
    indexes: Mapping[str, list[Index]],
    known: Lookups,
) -> dict[Name, Table]:
    """The tables, of parts that are found by their oid."""
    found = {}
    for _, oid, before, after, *_ in rows:
        name = known.names[oid]
        found[name] = Table(
            name,
            tuple(of_table.get(oid, ())),
            tuple(constraints.get(oid, ())),
            tuple(indexes.get(oid, ())),
            known.of_relation(oid),
            before,
            after,
        )
    return found
