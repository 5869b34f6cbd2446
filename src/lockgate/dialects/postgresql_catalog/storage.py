"""SQL that says how a relation is stored, in the words of CREATE TABLE."""

from __future__ import annotations

# The options of the table behind it that keeps its long values are said with the table's own.
# https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS
WITH_OPTIONS = (
    "CASE WHEN c.reloptions IS NOT NULL OR l.reloptions IS NOT NULL THEN (SELECT 'WITH (' || pg_catalog.string_agg("
    "o.name || '=' || CASE WHEN pg_catalog.quote_ident(o.value) = o.value THEN o.value"
    """ ELSE pg_catalog.quote_literal(o.value) END, ', ' ORDER BY o.name COLLATE pg_catalog."C") || ')' FROM ("""
    "SELECT pg_catalog.quote_ident(own.option_name) AS name, own.option_value AS value"
    " FROM pg_catalog.pg_options_to_table(c.reloptions) own UNION ALL"
    " SELECT 'toast.' || pg_catalog.quote_ident(long.option_name), long.option_value"
    " FROM pg_catalog.pg_options_to_table(l.reloptions) long) o) END"
)
USING = "'USING ' || pg_catalog.quote_ident(nullif(m.amname, 'heap'))"
TABLESPACE = "'TABLESPACE ' || pg_catalog.quote_ident(p.spcname)"
# Of `c`, a pg_class.
JOINS = (
    " LEFT JOIN pg_catalog.pg_class l ON l.oid = c.reltoastrelid AND l.reloptions IS NOT NULL"
    " LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam"
    " LEFT JOIN pg_catalog.pg_tablespace p ON p.oid = c.reltablespace"
)
