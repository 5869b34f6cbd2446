"""Views and materialised views."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog.normal import normal
from lockgate.dialects.postgresql_catalog.parts import Part
from lockgate.dialects.postgresql_catalog.scope import oid_of
from lockgate.dialects.postgresql_catalog.storage import JOINS, TABLESPACE, USING, WITH_OPTIONS
from lockgate.nouns.schema import Name, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.dialects.postgresql_catalog.lookups import Lookups
    from lockgate.dialects.postgresql_catalog.parts import Row
    from lockgate.nouns.schema import Index

VIEWS = Part(
    "view",
    (
        "r.oid",
        "r.relkind",
        "pg_catalog.pg_get_viewdef(r.oid)",
        f"pg_catalog.concat_ws(' ', {USING}, {WITH_OPTIONS}, {TABLESPACE})",
    ),
    f"FROM relations r JOIN pg_catalog.pg_class c ON c.oid = r.oid{JOINS} WHERE r.relkind IN ('v', 'm')",
)
USES = Part(
    "use",
    ("r.oid", "n.nspname", "c.relname"),
    "FROM relations r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid"
    f" JOIN pg_catalog.pg_depend d ON d.classid = {oid_of('pg_rewrite')} AND d.objid = w.oid"
    f" AND d.refclassid = {oid_of('pg_class')} AND d.refobjid <> r.oid"
    " JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE r.relkind IN ('v', 'm')",
)


def views(rows: list[Row], uses: list[Row], indexes: Mapping[str, list[Index]], known: Lookups) -> dict[Name, View]:
    """The views, with the indexes of the materialised, which are found by their oid."""
    used: defaultdict[str, set[Name]] = defaultdict(set)
    for _, oid, space, name, *_ in uses:
        used[oid].add(Name(space, name))
    found = {}
    for _, oid, kind, definition, options, *_ in rows:
        view = known.names[oid]
        found[view] = View(
            view,
            normal(definition.strip().removesuffix(";")),
            kind == "m",
            tuple(indexes.get(oid, ())),
            tuple(sorted(used[oid])),
            known.of_relation(oid),
            options,
        )
    return found
