"""The schema to draw: of the database, of the models, or of what the files give in a scratch database."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from lockgate.dialects.connecting import connect
from lockgate.errors import DatabaseUnreachable, LockgateError, MigrationFailed, SettingsError
from lockgate.following.follower import Follower, engine_of, own_tables
from lockgate.following.scope import Scope
from lockgate.generating.extensions import extensions_of
from lockgate.generating.providing import Providing
from lockgate.generating.scratch import scratch_database
from lockgate.generating.trying import Scratch, opened
from lockgate.models.filters import wanted
from lockgate.models.metadata import Models
from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from collections.abc import Collection

    from lockgate.dialects.seam import Session
    from lockgate.following.engine import Engine
    from lockgate.generating.drafting import Place
    from lockgate.generating.extensions import Extension
    from lockgate.nouns.schema import Schema
    from lockgate.settings.conclusions import Conclusions

_SPACES = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^(pg_|information_schema$)' ORDER BY 1"


class Origin(StrEnum):
    """Where the schema is taken from."""

    DATABASE = "database"
    MODELS = "models"
    FILES = "files"


async def schema_of(
    config: Conclusions, origin: Origin, only: Collection[str] = (), place: Place = scratch_database
) -> Schema:
    """Read a schema, without Lockgate's own tables; the database itself is only read.

    Args:
        only: glob patterns of the tables that are wanted; with none, all.
        place: opens an empty database to run the files in.

    Raises:
        SettingsError: the database is MySQL or MariaDB; no models are named, or they cannot be created; or there is no place to
            run the files or to build the models.
        LockgateError: a migration of the folder fails in the scratch database.
        DatabaseUnreachable: the database, or the server of the scratch database, cannot be reached.
    """
    if config.target_url().engine == "mysql":
        raise SettingsError(
            "Diagrams are drawn of PostgreSQL and SQLite only: the catalog of MySQL and MariaDB is not read yet.",
            hint="--database names another database.",
        )
    match origin:
        case Origin.DATABASE:
            schema = await _of_database(config)
        case Origin.MODELS:
            schema = await _of_models(config)
        case Origin.FILES:
            schema = await _of_files(config, place)
    return replace(schema, tables={name: one for name, one in schema.tables.items() if wanted(name, include=only)})


async def _of_database(config: Conclusions) -> Schema:
    async with opened(config.target_url(), config) as session:
        return await _read(engine_of(session), config)


async def _of_models(config: Conclusions) -> Schema:
    async def scratch() -> Session:
        url = config.scratch_url or config.target_url()
        return await connect(url, config.table, config.connect_timeout)

    async with opened(config.target_url(), config) as session:
        return await Follower(session, config, scratch).built()


async def _of_files(config: Conclusions, place: Place) -> Schema:
    async def known() -> list[Extension]:
        with suppress(DatabaseUnreachable):
            async with opened(config.target_url(), config) as session:
                return await extensions_of(session)
        return []

    async with place(config) as url:
        scratch = Scratch(url, config, replaying=True)
        providing = Providing(scratch, known)
        try:
            await providing.through(scratch.replay)
        except MigrationFailed as error:
            raise LockgateError(
                f"The folder's migrations do not run on an empty database: {error.message}",
                hint=providing.advice(error),
            ) from error
        async with scratch.engine() as engine:
            return await _read(engine, config)


async def _read(engine: Engine, config: Conclusions) -> Schema:
    """All schemas that the configuration names, else all that are there and are not the server's own."""
    own, default = own_tables(engine.session.tracking.name), await engine.default_schema()
    scope = Scope.of(config, Models((), ()), default, own)
    if not config.schemas and engine.session.flavour is Flavour.POSTGRESQL:
        scope = replace(scope, namespaces=tuple(str(name) for (name,) in await engine.session.fetch(_SPACES)))
    return scope.cut(await engine.read(scope))
