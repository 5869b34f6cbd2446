"""What is looked at: the namespaces, and of what is in them all that the value holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog.parts import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lockgate.nouns.schema import Name

# The texts of the catalog follow the session: names are qualified where search_path does not find them, and a constant of
# a default is printed in the session's time zone. All of these may be set by everybody.
_SETTINGS = {
    "search_path": "",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
}

# Each step needs the value of the one before it, so no plan can run them in another order: a setting is read before it is
# set, all are set before a namespace is found, and every part joins the namespaces. set_config is unsafe for parallel
# plans, so there is no worker that would not know the settings.
_STEADY = (
    "found AS MATERIALIZED (SELECT s.name, s.value, pg_catalog.current_setting(s.name) AS earlier FROM (VALUES {values})"
    " AS s(name, value)),"
    " made AS MATERIALIZED (SELECT f.name, f.earlier,"
    " pg_catalog.set_config(f.name, f.value || pg_catalog.left(f.earlier, 0), true) AS now FROM found f),"
    " ready AS MATERIALIZED (SELECT pg_catalog.count(m.now) AS settings, 'SELECT ' || pg_catalog.string_agg("
    "pg_catalog.format('pg_catalog.set_config(%L, %L, true)', m.name, m.earlier), ', ') AS back FROM made m),"
)
_SCOPE = (
    " spaces AS MATERIALIZED (SELECT n.oid, n.nspname, pg_catalog.quote_ident(n.nspname) AS quoted"
    " FROM pg_catalog.pg_namespace n{ready} WHERE n.nspname = ANY (ARRAY[{namespaces}]::pg_catalog.name[]){is_ready}),"
    " members AS MATERIALIZED (SELECT d.classid, d.objid FROM pg_catalog.pg_depend d"
    " WHERE d.refclassid = {pg_extension} AND d.deptype = 'e'),"
    " omitted AS MATERIALIZED (SELECT o.space::pg_catalog.name AS space, o.name::pg_catalog.name AS name"
    " FROM (VALUES {omitted}) AS o(space, name)),"
    " relations AS MATERIALIZED (SELECT c.oid, c.relname, c.relkind, s.nspname,"
    " s.quoted || '.' || pg_catalog.quote_ident(c.relname) AS quoted"
    " FROM spaces s JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition AND c.relpersistence <> 't'"
    " AND NOT EXISTS (SELECT FROM omitted o WHERE o.space = s.nspname AND o.name = c.relname)"
    " AND NOT EXISTS (SELECT FROM members m WHERE m.classid = {pg_class} AND m.objid = c.oid)),"
    # A sequence whose column is not looked at goes with it.
    " numbers AS MATERIALIZED (SELECT c.oid, c.relname, s.nspname,"
    " s.quoted || '.' || pg_catalog.quote_ident(c.relname) AS quoted, d.deptype, d.refobjid, d.refobjsubid"
    " FROM spaces s JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid"
    " LEFT JOIN pg_catalog.pg_depend d ON d.classid = {pg_class} AND d.objid = c.oid AND d.objsubid = 0"
    " AND d.refclassid = {pg_class} AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')"
    " WHERE c.relkind = 'S' AND c.relpersistence <> 't'"
    " AND (d.refobjid IS NULL OR EXISTS (SELECT FROM relations r WHERE r.oid = d.refobjid))"
    " AND NOT EXISTS (SELECT FROM omitted o WHERE o.space = s.nspname AND o.name = c.relname)"
    " AND NOT EXISTS (SELECT FROM members m WHERE m.classid = {pg_class} AND m.objid = c.oid)),"
    " kinds AS MATERIALIZED (SELECT t.oid, t.typname, t.typtype, s.nspname"
    " FROM spaces s JOIN pg_catalog.pg_type t ON t.typnamespace = s.oid WHERE t.typtype IN ('e', 'd')"
    " AND NOT EXISTS (SELECT FROM omitted o WHERE o.space = s.nspname AND o.name = t.typname)"
    " AND NOT EXISTS (SELECT FROM members m WHERE m.classid = {pg_type} AND m.objid = t.oid))"
)


def oid_of(catalog: str) -> str:
    """The number by which a dependency or a comment calls one of the system's catalogs."""
    return f"'pg_catalog.{catalog}'::pg_catalog.regclass::pg_catalog.oid"


def scope(namespaces: Sequence[str], leaving_out: Collection[Name], *, steady: bool) -> str:
    """The WITH of a query: spaces, relations, numbers (sequences), kinds (enums and domains), each with its names.

    With `steady`, the settings that the catalog's texts follow are made for the rest of the transaction, and the row `ready`
    has in `back` the query that brings the earlier ones back.
    """
    values = ", ".join(f"({literal(name)}, {literal(value)})" for name, value in _SETTINGS.items())
    omitted = [f"({literal(one.schema)}, {literal(one.name)})" for one in leaving_out]
    text = _SCOPE.format(
        ready=", ready" if steady else "",
        is_ready=" AND ready.settings > 0" if steady else "",
        namespaces=", ".join(map(literal, namespaces)),
        omitted=", ".join(omitted or ["(NULL::pg_catalog.text, NULL::pg_catalog.text)"]),
        pg_extension=oid_of("pg_extension"),
        pg_class=oid_of("pg_class"),
        pg_type=oid_of("pg_type"),
    )
    return f"WITH {_STEADY.format(values=values) if steady else ''}{text} "
