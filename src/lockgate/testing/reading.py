"""Reads the whole schema of a database, as one value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from lockgate.dialects.connecting import connect
from lockgate.following.follower import engine_of, own_tables
from lockgate.following.scope import Scope
from lockgate.models.metadata import Models
from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from lockgate.dialects.seam import Session
    from lockgate.nouns.schema import Schema
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl

_NAMESPACES = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"


async def read_schema(url: DatabaseUrl, config: Conclusions) -> tuple[Schema, str]:
    """All that stands in any namespace but Lockgate's own tables, and the name of the namespace that need not be said.

    Raises:
        LockgateError: the database cannot be reached, or refuses.
    """
    session = await connect(url, config.table, config.connect_timeout)
    try:
        return await _read(session, config)
    finally:
        with anyio.CancelScope(shield=True):
            await session.close()


async def _read(session: Session, config: Conclusions) -> tuple[Schema, str]:
    await session.history()
    engine = engine_of(session)
    scope = Scope.of(config, Models((), ()), await engine.default_schema(), own_tables(session.tracking.name))
    if session.flavour is Flavour.POSTGRESQL:
        rows = await session.fetch(_NAMESPACES)
        scope = replace(scope, namespaces=tuple(sorted(name for (name,) in rows)))
    return await engine.read(scope), scope.default
