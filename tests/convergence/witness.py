"""A second opinion of what a database holds, which shares nothing with Lockgate's own readers. Columns are in no order."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from lockgate.dialects.postgresql_catalog.normal import normal

if TYPE_CHECKING:
    from pathlib import Path

    import asyncpg

_SPACES = "n.nspname !~ '^(pg_|information_schema$)'"
_MINE = f"{_SPACES} AND c.relname !~ '^schema_migrations'"
_RELATION = "JOIN pg_class c ON c.oid = {} JOIN pg_namespace n ON n.oid = c.relnamespace"
_QUERIES = {
    "schemas": f"SELECT nspname FROM pg_namespace n WHERE {_SPACES}",
    "relations": "SELECT n.nspname, c.relname, c.relkind::text, CASE WHEN c.relkind <> 'S' THEN c.relpersistence::text END,"
    " array(SELECT unnest(c.reloptions) ORDER BY 1)::text,"
    " obj_description(c.oid, 'pg_class'), (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid)"
    f" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_MINE}",
    "columns": "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
    " pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text, a.attcollation::regcollation::text,"
    " col_description(c.oid, a.attnum), a.attstorage::text, a.attislocal"
    f" FROM pg_attribute a {_RELATION.format('a.attrelid')}"
    " LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)"
    f" WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm') AND {_MINE}",
    "indexes": "SELECT n.nspname, c.relname, pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisreplident, i.indisclustered"
    f" FROM pg_index i {_RELATION.format('i.indrelid')} WHERE {_MINE}",
    # What NOT NULL is called is nobody's business; pg_constraint has it since 18.
    "constraints": "SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated,"
    f" obj_description(k.oid, 'pg_constraint') FROM pg_constraint k {_RELATION.format('k.conrelid')}"
    f" WHERE k.contype <> 'n' AND {_MINE}",
    "views": "SELECT n.nspname, c.relname, pg_get_viewdef(c.oid) FROM pg_class c"
    f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {_MINE}",
    "triggers": f"SELECT n.nspname, c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t {_RELATION.format('t.tgrelid')}"
    f" WHERE NOT t.tgisinternal AND {_MINE}",
    "types": "SELECT n.nspname, t.typname, t.typtype::text, obj_description(t.oid, 'pg_type'),"
    " array(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)::text,"
    " format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault, t.typcollation::regcollation::text,"
    " (SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), '; ' ORDER BY k.conname) FROM pg_constraint k"
    "  WHERE k.contypid = t.oid AND k.contype = 'c')"
    " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
    f" WHERE t.typtype IN ('e', 'd') AND {_SPACES}",
    "sequences": "SELECT n.nspname, c.relname, s.seqtypid::regtype::text, s.seqstart, s.seqincrement, s.seqmax, s.seqmin,"
    " s.seqcache, s.seqcycle, (SELECT d.deptype::text || d.refobjid::regclass::text || '.' || a.attname FROM pg_depend d"
    "  JOIN pg_attribute a ON (a.attrelid, a.attnum) = (d.refobjid, d.refobjsubid)"
    "  WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))"
    f" FROM pg_sequence s {_RELATION.format('s.seqrelid')} WHERE {_MINE}",
}

Testimony = dict[str, list[Any]]


async def of_postgresql(connection: asyncpg.Connection) -> Testimony:
    """All that a PostgreSQL database holds."""
    await connection.execute("SET search_path = ''")
    try:
        return {
            name: sorted((tuple(map(_settled, row)) for row in await connection.fetch(query)), key=repr)
            for name, query in _QUERIES.items()
        }
    finally:
        await connection.execute("RESET search_path")


def _settled(value: Any) -> Any:
    """What the server does not print twice in one way stands as Lockgate's reader has it, which has a test of its own."""
    return normal(value) if isinstance(value, str) else value


def of_sqlite(path: Path) -> Testimony:
    """All that SQLite's own pragmas tell of a database, and how often a table says CHECK."""
    with closing(sqlite3.connect(path)) as connection:
        master = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        mine = [row for row in master if not row[1].startswith(("schema_migrations", "sqlite_"))]
        tables = {name.lower(): _of_table(connection, name, sql) for kind, name, sql in mine if kind == "table"}
        return {
            "names": sorted((kind, name.lower()) for kind, name, _ in mine),
            "tables": sorted(tables.items()),
            "views": sorted(" ".join(sql.split()) for kind, _, sql in mine if kind in {"view", "trigger"}),
        }


def _of_table(connection: sqlite3.Connection, name: str, sql: str) -> tuple[Any, ...]:
    def pragma(what: str, of: str) -> list[Any]:
        quoted = of.replace('"', '""')
        return connection.execute(f'PRAGMA {what}("{quoted}")').fetchall()

    read = pragma("table_xinfo", name)
    alone = sum(1 for row in read if row[5]) == 1
    columns = [
        # A row's number is never NULL, whether its column says so or not.
        (row[1].lower(), row[2].upper(), row[3] or (alone and row[5] and row[2].upper() == "INTEGER"), *row[4:])
        for row in read
    ]
    names = [column[0] for column in columns]
    # A key's own number tells the columns of one from those of another; what it is depends on the order in the text.
    keys: dict[int, list[Any]] = {}
    for row in pragma("foreign_key_list", name):
        keys.setdefault(row[0], []).append(row[1:])
    indexes = [
        (
            row[1].lower() if row[3] == "c" else "",
            *row[2:],
            [(str(one[2]).lower(), *one[3:]) for one in pragma("index_xinfo", row[1])],
        )
        for row in pragma("index_list", name)
    ]
    options = [row[3:] for row in pragma("table_list", name)]
    words = re.sub(r"'(?:[^']|'')*'", "''", sql).upper()
    counted = [len(re.findall(rf"\b{word}\b", words)) for word in ("CHECK", "AUTOINCREMENT", "DEFERRABLE", "COLLATE")]
    width = [len(names), *counted]
    return (
        sorted(columns),
        sorted(keys.values(), key=repr),
        sorted(indexes, key=repr),
        width,
        [row[:2] for row in options],
    )
