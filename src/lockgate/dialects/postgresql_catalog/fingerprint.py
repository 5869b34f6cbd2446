"""A digest of the catalog's rows that a schema value is made of: it tells that nothing has changed without reading it.

The rows' content is hashed, not where they are stored: a row that is written anew as it was, by GRANT,
TRUNCATE or REFRESH, counts as it did, and what is changed twice in one transaction, or undone, gives the digest of what is
there. Only the rows of constraints and indexes, which hardly anything but DDL touches, count with their place as well, so
that what a later server adds to them is not overlooked.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from lockgate.dialects.postgresql_catalog.scope import oid_of, scope

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.nouns.schema import Name


class _Watched(NamedTuple):
    """Rows of which every one counts with these fields."""

    fields: str
    source: str


def _of(known: str, number: str) -> str:
    """Joins those of ours that have the number: DISTINCT tells the planner that it is the small and unique side."""
    return f" JOIN (SELECT DISTINCT one.oid FROM {known} one) {known[0]}_ ON {known[0]}_.oid = {number}"


def _is_in(number: str, numbers: str) -> str:
    """Looks it up in a table of hashes, which is made when the first row needs it; a join would make all of them."""
    return f"({number} IN (SELECT {numbers})) IS TRUE"


def _is_own(catalog: str, number: str) -> str:
    """Whether that row of that catalog is ours, or belongs to one that is."""
    ours = {
        "pg_class": "m.oid FROM mine m",
        "pg_type": "y.oid FROM kinds y",
        "pg_constraint": "k.oid FROM conditions k",
        "pg_attrdef": f"e.oid FROM pg_catalog.pg_attrdef e{_of('relations', 'e.adrelid')}",
        "pg_rewrite": f"w.oid FROM pg_catalog.pg_rewrite w{_of('relations', 'w.ev_class')}",
    }
    cases = (f"WHEN {oid_of(name)} THEN {_is_in(number, numbers)}" for name, numbers in ours.items())
    return f"CASE {catalog} {' '.join(cases)} ELSE false END"


# Relations with their indexes and sequences are `mine`, those of others that they name are `borrowed`.
_WATCHED = (
    _Watched("s.oid, s.nspname", "spaces s"),
    _Watched(
        "c.oid, c.relname, c.relnamespace, c.relkind, c.relpersistence, c.relam, c.reltablespace, c.reloptions",
        f"pg_catalog.pg_class c{_of('mine', 'c.oid')}",
    ),
    _Watched(
        "d.refobjid, l.reloptions",
        f"pg_catalog.pg_class l JOIN pg_catalog.pg_depend d ON d.classid = {oid_of('pg_class')} AND d.objid = l.oid"
        f"{_of('relations', 'd.refobjid')} WHERE l.relkind = 't' AND l.reloptions IS NOT NULL AND d.deptype = 'i'",
    ),
    _Watched(
        "p.oid, p.spcname",
        "pg_catalog.pg_tablespace p WHERE p.oid IN (SELECT c.reltablespace FROM relations r"
        " JOIN pg_catalog.pg_class c ON c.oid = r.oid)",
    ),
    _Watched(
        "a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attidentity, a.attgenerated,"
        " a.attcollation, a.attislocal OR a.attinhcount = 0",
        f"pg_catalog.pg_attribute a{_of('involved', 'a.attrelid')} WHERE a.attnum > 0 AND NOT a.attisdropped",
    ),
    _Watched(
        "d.adrelid, d.adnum, d.adbin::pg_catalog.text",
        f"pg_catalog.pg_attrdef d{_of('relations', 'd.adrelid')}",
    ),
    _Watched(
        "k.oid, k.xmin, k.ctid, k.conname, k.conrelid, k.contypid, k.contype, k.conkey, k.confrelid, k.confkey,"
        " k.conbin::pg_catalog.text",
        "conditions k",
    ),
    _Watched(
        "i.indexrelid, i.xmin, i.ctid, i.indrelid, i.indkey::pg_catalog.text, i.indisunique, i.indisvalid,"
        " i.indpred::pg_catalog.text, i.indexprs::pg_catalog.text",
        f"pg_catalog.pg_index i{_of('relations', 'i.indrelid')}",
    ),
    _Watched("i.inhrelid, i.inhparent, i.inhseqno", f"pg_catalog.pg_inherits i{_of('relations', 'i.inhrelid')}"),
    _Watched(
        "w.oid, w.ev_class, w.ev_action::pg_catalog.text",
        "relations r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE r.relkind IN ('v', 'm')",
    ),
    _Watched(
        "u.oid, u.deptype, u.refobjid, u.refobjsubid, q.seqtypid, q.seqstart, q.seqincrement, q.seqmax, q.seqmin,"
        " q.seqcache, q.seqcycle",
        "numbers u JOIN pg_catalog.pg_sequence q ON q.seqrelid = u.oid",
    ),
    _Watched(
        "t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, t.typcollation,"
        " t.typdefaultbin::pg_catalog.text",
        "kinds y JOIN pg_catalog.pg_type t ON t.oid = y.oid",
    ),
    _Watched("e.enumtypid, e.enumsortorder, e.enumlabel", "kinds y JOIN pg_catalog.pg_enum e ON e.enumtypid = y.oid"),
    _Watched(
        "x.classoid, x.objoid, x.objsubid, x.description",
        f"pg_catalog.pg_description x WHERE {_is_own('x.classoid', 'x.objoid')}",
    ),
    _Watched("b.classid, b.oid, b.name, n.nspname", "borrowed b JOIN pg_catalog.pg_namespace n ON n.oid = b.space"),
)
# What is in other namespaces, or is no relation, and is named by what is in these: a type, a function, a target.
_NAMED = {
    "pg_class": ("relname", "relnamespace"),
    "pg_proc": ("proname", "pronamespace"),
    "pg_type": ("typname", "typnamespace"),
    "pg_operator": ("oprname", "oprnamespace"),
    "pg_opclass": ("opcname", "opcnamespace"),
    "pg_collation": ("collname", "collnamespace"),
    "pg_ts_config": ("cfgname", "cfgnamespace"),
    "pg_ts_dict": ("dictname", "dictnamespace"),
}
_BORROWED = (
    " mine AS MATERIALIZED (SELECT r.oid FROM relations r UNION ALL SELECT u.oid FROM numbers u"
    " UNION ALL SELECT i.indexrelid FROM pg_catalog.pg_index i{indexed}),"
    " conditions AS MATERIALIZED (SELECT k.*, k.xmin, k.ctid FROM pg_catalog.pg_constraint k{constrained}"
    " WHERE k.contype IN ('p', 'u', 'c', 'x', 'f') AND k.conparentid = 0"
    " UNION ALL SELECT k.*, k.xmin, k.ctid FROM pg_catalog.pg_constraint k{checked} WHERE k.contype = 'c'),"
    " named AS MATERIALIZED (SELECT d.classid, d.objid, d.refclassid, d.refobjid FROM pg_catalog.pg_depend d"
    " WHERE d.refclassid IN ({named}) AND NOT (d.refclassid = {pg_class} AND {is_mine})),"
    " used AS MATERIALIZED (SELECT DISTINCT d.refclassid, d.refobjid FROM named d WHERE {is_own}),"
    " involved AS MATERIALIZED (SELECT r.oid FROM relations r"
    " UNION ALL SELECT d.refobjid FROM used d WHERE d.refclassid = {pg_class}),"
    " borrowed AS MATERIALIZED ({borrowed})"
)


async def fingerprint_postgresql(
    session: Session, namespaces: Sequence[str], *, leaving_out: Collection[Name] = ()
) -> str:
    """Digest what `read_postgresql` would read, in one query that is much quicker than reading.

    Where it is the same as before, so is the value, if what is left out is the same too. It is another one after DDL, and stays
    what it is while rows are written, sequences count, VACUUM and ANALYZE work, views are refreshed and other namespaces
    change. It may change without need, after REINDEX or a restored dump. Databases that are copies of one template have the
    same. The server has to be PostgreSQL 14 or later, for hash_record_extended.

    Raises:
        StatementFailed: the server refused, or did not answer in time.
    """
    rows = await session.fetch(_query(namespaces, leaving_out))
    return hashlib.sha256("\n".join(",".join(row) for row in rows).encode()).hexdigest()


def _query(namespaces: Sequence[str], leaving_out: Collection[Name]) -> str:
    sums = " UNION ALL ".join(map(_sum, range(len(_WATCHED)), _WATCHED))
    version = "SELECT -1, 0, pg_catalog.current_setting('server_version_num')::pg_catalog.numeric"
    return f"{scope(namespaces, leaving_out, steady=False)}, {_borrowed()} {version} UNION ALL {sums} ORDER BY 1"


def _borrowed() -> str:
    borrowed = " UNION ALL ".join(
        f"SELECT d.refclassid AS classid, b.oid, b.{name} AS name, b.{space} AS space"
        f" FROM used d JOIN pg_catalog.{catalog} b ON b.oid = d.refobjid WHERE d.refclassid = {oid_of(catalog)}"
        for catalog, (name, space) in _NAMED.items()
    )
    return _BORROWED.format(
        indexed=_of("relations", "i.indrelid"),
        constrained=_of("relations", "k.conrelid"),
        checked=_of("kinds", "k.contypid"),
        named=", ".join(map(oid_of, _NAMED)),
        is_mine=_is_in("d.refobjid", "m.oid FROM mine m"),
        borrowed=borrowed,
        is_own=_is_own("d.classid", "d.objid"),
        pg_class=oid_of("pg_class"),
    )


def _sum(number: int, watched: _Watched) -> str:
    """The sum of the rows' hashes, in whatever order they come.

    A row's hash adds up its fields' hashes, so that in a sum two rows that have changed a field with each other would count as
    before; it is hashed once more.
    """
    row = f"pg_catalog.hash_record_extended(ROW({watched.fields}), 0)"
    digest = f"pg_catalog.hashfloat8extended({row}::pg_catalog.float8, 0)"
    return f"SELECT {number:d}, pg_catalog.count(*), coalesce(pg_catalog.sum({digest}), 0) FROM {watched.source}"
