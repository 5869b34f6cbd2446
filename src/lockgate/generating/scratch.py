"""A database of its own to try migrations in, which is gone afterwards."""

from __future__ import annotations

import logging
import secrets
import tempfile
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio

from lockgate.dialects.connecting import connect
from lockgate.dialects.seam import StatementFailed
from lockgate.errors import DatabaseUnreachable, LockgateError, SettingsError
from lockgate.generating.own_settings import copy_settings, make_current_schema
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lockgate.dialects.seam import Session
    from lockgate.settings.conclusions import Conclusions

_DROPPING_SECONDS: Final = 10.0
_PREFIX: Final = "lockgate_scratch_"
# The name holds the process of the session that made it. Who may not see another's sessions sees their processes all the same.
_LEFT_BEHIND: Final = (
    "SELECT d.datname FROM pg_catalog.pg_database d"
    f" WHERE d.datname ~ '^{_PREFIX}[0-9]+_[0-9a-f]{{8}}$' AND pg_catalog.pg_get_userbyid(d.datdba) = current_user"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid"
    " OR a.pid::text = pg_catalog.split_part(d.datname, '_', 3))"
)


@asynccontextmanager
async def scratch_database(config: Conclusions) -> AsyncIterator[DatabaseUrl]:
    """A new, empty database of the same engine: on the server of LOCKGATE_SCRATCH_URL where it is set, else on the database's.

    Raises:
        SettingsError: the environment is closed and no scratch database is named, it is of another engine, or none can be made.
        DatabaseUnreachable: the server cannot be reached.
    """
    engine, url = config.target_url().engine, config.scratch_url or config.target_url()
    if url.engine != engine:
        raise SettingsError("LOCKGATE_SCRATCH_URL names a database of another engine.")
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="lockgate-") as folder:
            yield DatabaseUrl(f"sqlite:///{Path(folder) / 'scratch.db'}")
        return
    if config.scratch_url is None and not config.is_open:
        raise SettingsError(
            "Outside development and test, no database is made on the server of the application's.",
            hint="Name one to try things in: LOCKGATE_SCRATCH_URL.",
        )
    async with _database(url, config) as made:
        yield made


@asynccontextmanager
async def _database(url: DatabaseUrl, config: Conclusions) -> AsyncIterator[DatabaseUrl]:
    async with _session(url, config) as session:
        await _sweep(session)
        # The session stays open as long as the database is used: while its process is there, nobody sweeps that away.
        ((process,),) = await session.fetch("SELECT pg_catalog.pg_backend_pid()")
        name = f"{_PREFIX}{process}_{secrets.token_hex(4)}"
        try:
            # Within the try: cancelled here, the server may make it all the same.
            await _create(name, session)
            await _furnish(name, session, url, config)
            yield url.with_database(name)
        finally:
            with anyio.CancelScope(shield=True):
                await _drop(name, url, config)


async def _sweep(session: Session) -> None:
    """Drop what killed processes of this user have left; one that is in use for all that, the server does not drop."""
    with suppress(StatementFailed):
        for (name,) in await session.fetch(_LEFT_BEHIND):
            await session.execute(f"DROP DATABASE IF EXISTS {name}")


async def _create(name: str, session: Session) -> None:
    try:
        await session.execute(f"CREATE DATABASE {name}")
    except StatementFailed as error:
        ((user,),) = await session.fetch("SELECT pg_catalog.quote_ident(current_user)")
        raise SettingsError(
            f"No database could be made to try the migrations in: {error.message}.",
            hint=f"ALTER ROLE {user} CREATEDB, or name a server to try things on: LOCKGATE_SCRATCH_URL.",
        ) from error


async def _furnish(name: str, session: Session, url: DatabaseUrl, config: Conclusions) -> None:
    """Let sessions begin there as they do in the application's database, if that can be asked."""
    with suppress(DatabaseUnreachable):
        async with _session(config.target_url(), config) as there:
            await copy_settings(there, session, name)
            async with _session(url.with_database(name), config) as made:
                await make_current_schema(there, made)


async def _drop(name: str, url: DatabaseUrl, config: Conclusions) -> None:
    """Drop it if it is there; what keeps it from that must not hide how the trial went."""
    try:
        with anyio.fail_after(_DROPPING_SECONDS):
            async with _session(url, config) as session:
                await session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    except (LockgateError, StatementFailed, TimeoutError) as error:
        logging.getLogger("lockgate").warning("The database %s could not be dropped: %s", name, error)


@asynccontextmanager
async def _session(url: DatabaseUrl, config: Conclusions) -> AsyncIterator[Session]:
    session = await connect(url, config.table, config.connect_timeout)
    try:
        yield session
    finally:
        with anyio.CancelScope(shield=True):
            await session.close()
