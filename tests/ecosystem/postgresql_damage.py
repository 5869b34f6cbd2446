"""What can be done to a PostgreSQL database, as its catalog says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecosystem.ground import PostgresGround

    Acts = Iterator[tuple[str, tuple[str, ...], str]]

Act = tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]

_MINE = "n.nspname !~ '^(pg_|information_schema$)' AND c.relname !~ '^schema_migrations' AND c.relkind = 'r'"
_OF = (
    "CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS owner,"
    " format('%I.%I', n.nspname, c.relname) AS place"
)
_TABLES = f"SELECT {_OF} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_MINE}"
_COLUMNS = f"""
    SELECT {_OF}, a.attname AS name, quote_ident(a.attname) AS quoted, format_type(a.atttypid, a.atttypmod) AS type,
           a.attnotnull AS required, a.atthasdef AS has_default, a.attidentity::text <> '' AS numbered,
           a.attgenerated::text <> '' AS computed,
           EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS key
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE a.attnum > 0 AND NOT a.attisdropped AND {_MINE}"""
_CONSTRAINTS = f"""
    SELECT {_OF}, k.conname AS name, quote_ident(k.conname) AS quoted, k.contype::text AS kind
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype IN ('p', 'u', 'c', 'f', 'x') AND {_MINE}"""
_INDEXES = f"""
    SELECT {_OF}, x.relname AS name, format('%I.%I', n.nspname, x.relname) AS quoted, i.indisunique AS is_unique
      FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x')) AND {_MINE}"""
_ENUMS = """
    SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || t.typname AS owner,
           format('%I.%I', n.nspname, t.typname) AS place
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e'"""
_OTHER_TYPES = {
    "integer": "bigint",
    "bigint": "integer",
    "text": "character varying(99)",
    "json": "jsonb",
    "jsonb": "json",
}
_DEFAULTS = {"integer": "7", "bigint": "7", "boolean": "true", "text": "'seven'", "double precision": "7.5"}


async def possible(ground: PostgresGround) -> list[Act]:
    """All of it; some of which the database will refuse."""
    acts = list[Act]()
    for query, of in (
        (_TABLES, _table),
        (_COLUMNS, _column),
        (_CONSTRAINTS, _constraint),
        (_INDEXES, _index),
        (_ENUMS, _enum),
    ):
        for row in await ground.fetch(query):
            acts += [(kind, row["owner"], parts, (text,), ()) for kind, parts, text in of(row)]
    return acts


def _table(row: dict[str, Any]) -> Acts:
    place = row["place"]
    yield "drop table", ("",), f"DROP TABLE {place} CASCADE"
    yield "add column", ("zz_added",), f"ALTER TABLE {place} ADD COLUMN zz_added character varying(12) DEFAULT 'q'"
    yield "add check", ("zz_check",), f"ALTER TABLE {place} ADD CONSTRAINT zz_check CHECK (1 + 1 = 2)"
    yield "comment table", ("",), f"COMMENT ON TABLE {place} IS 'it''s somebody''s'"
    yield "set option", ("",), f"ALTER TABLE {place} SET (fillfactor = 70)"


def _column(row: dict[str, Any]) -> Acts:
    place, name, quoted, type_ = (row[key] for key in ("place", "name", "quoted", "type"))
    altering = f"ALTER TABLE {place} ALTER COLUMN {quoted}"
    part = (name,)
    yield "drop column", part, f"ALTER TABLE {place} DROP COLUMN {quoted} CASCADE"
    yield "rename column", (name, "zz_renamed"), f"ALTER TABLE {place} RENAME COLUMN {quoted} TO zz_renamed"
    yield "comment column", part, f"COMMENT ON COLUMN {place}.{quoted} IS 'of another'"
    if row["required"] and not row["key"] and not row["numbered"]:
        yield "drop not null", part, f"{altering} DROP NOT NULL"
    if not row["required"]:
        yield "set not null", part, f"{altering} SET NOT NULL"
    if row["has_default"] and not row["computed"]:
        yield "drop default", part, f"{altering} DROP DEFAULT"
    if type_ in _DEFAULTS and not (row["has_default"] or row["numbered"]):
        yield "set default", part, f"{altering} SET DEFAULT {_DEFAULTS[type_]}"
    if type_.startswith("character varying("):
        yield "widen", part, f"{altering} TYPE {type_[:-1]}7)"
    if type_ in _OTHER_TYPES:
        yield "retype", part, f"{altering} TYPE {_OTHER_TYPES[type_]} USING NULL"
    if type_ in _DEFAULTS:
        yield "add index", ("zz_index",), f"CREATE INDEX zz_index ON {place} ({quoted})"


def _constraint(row: dict[str, Any]) -> Acts:
    place, quoted = row["place"], row["quoted"]
    yield f"drop constraint {row['kind']}", (row["name"],), f"ALTER TABLE {place} DROP CONSTRAINT {quoted} CASCADE"
    if row["kind"] != "p":
        yield "rename constraint", (row["name"],), f"ALTER TABLE {place} RENAME CONSTRAINT {quoted} TO zz_constraint"


def _index(row: dict[str, Any]) -> Acts:
    yield "drop index", (row["name"],), f"DROP INDEX {row['quoted']} CASCADE"
    yield "rename index", (row["name"],), f"ALTER INDEX {row['quoted']} RENAME TO zz_other"


def _enum(row: dict[str, Any]) -> Acts:
    yield "add label", ("",), f"ALTER TYPE {row['place']} ADD VALUE 'zz added'"
