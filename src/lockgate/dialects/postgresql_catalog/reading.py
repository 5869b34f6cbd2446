"""Reads the catalog, and puts together what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog.calling import call, quoted_names
from lockgate.dialects.postgresql_catalog.constraints import CHECKS, CONSTRAINTS, INDEXES, checks, constraints, indexes
from lockgate.dialects.postgresql_catalog.kinds import DOMAINS, LABELS, domains, enumerations
from lockgate.dialects.postgresql_catalog.lookups import CATALOGS, COMMENTS, NAMES, TARGETS, lookups
from lockgate.dialects.postgresql_catalog.parts import Part, by_tag, union
from lockgate.dialects.postgresql_catalog.scope import scope
from lockgate.dialects.postgresql_catalog.sequences import SEQUENCES, sequences
from lockgate.dialects.postgresql_catalog.tables import COLUMNS, TABLES, columns, tables
from lockgate.dialects.postgresql_catalog.views import USES, VIEWS, views
from lockgate.nouns.schema import Name, Schema

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from lockgate.dialects.postgresql_catalog.parts import Row
    from lockgate.dialects.seam import Session

_BACK = Part("back", ("ready.back",), "FROM ready")
_SPACES = Part("space", ("s.nspname",), "FROM spaces s")
_PARTS = (
    _BACK,
    _SPACES,
    CATALOGS,
    COMMENTS,
    NAMES,
    TARGETS,
    SEQUENCES,
    COLUMNS,
    CONSTRAINTS,
    CHECKS,
    INDEXES,
    TABLES,
    LABELS,
    DOMAINS,
    VIEWS,
    USES,
)


async def read_postgresql(
    session: Session,
    namespaces: Sequence[str],
    *,
    leaving_out: Collection[Name] = (),
    called: Mapping[str, str] | None = None,
) -> Schema:
    """Read what the namespaces hold: one query, so one moment, and within a transaction a second one.

    Not read are partitions, foreign and temporary tables, what belongs to an extension, and sequences of columns that are
    not read. Texts are as the catalog's own functions say them with an empty search_path, in ISO dates and UTC, whatever the
    session has set (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CATALOG); inside a
    transaction, its settings come back afterwards. Every user may read all of it. Submitted statements are to be flushed.

    Args:
        session: to a PostgreSQL database.
        namespaces: as the database calls them; those that do not exist are none of the value's.
        leaving_out: tables, views, sequences and types, as the value calls them.
        called: what the value calls a namespace, by the name that it has in the database: a token of [a-z0-9_] that occurs
            nowhere else.

    Raises:
        StatementFailed: the server refused, or did not answer in time; an open transaction is to be rolled back.
    """
    called = called or {}
    rows: list[Row] = await session.fetch(_query(namespaces, leaving_out, called))
    if session.in_transaction:
        await session.fetch(next(row[1] for row in rows if row[0] == "back"))
    return _schema(by_tag(call(rows, called) if called else rows))


def _query(namespaces: Sequence[str], leaving_out: Collection[Name], called: Mapping[str, str]) -> str:
    there = {name: token for token, name in called.items()}
    omitted = [Name(there.get(one.schema, one.schema), one.name) for one in leaving_out]
    parts = (*_PARTS, quoted_names(called)) if called else _PARTS
    return scope(namespaces, omitted, steady=True) + union(parts)


def _schema(rows: Mapping[str, list[Row]]) -> Schema:
    known = lookups(rows)
    numbered, identities = sequences(rows["sequence"], known)
    of_table = columns(rows["column"], identities, known)
    indexed = indexes(rows["index"], known)
    return Schema(
        tables=tables(rows["table"], of_table, constraints(rows["constraint"], known), indexed, known),
        enums=enumerations(rows["label"], known),
        domains=domains(rows["domain"], checks(rows["check"], known), known),
        sequences=numbered,
        views=views(rows["view"], rows["use"], indexed, known),
        namespaces=frozenset(row[1] for row in rows["space"]),
    )
