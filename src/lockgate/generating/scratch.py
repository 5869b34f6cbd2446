"""A database of its own to try migrations in, which is gone afterwards."""

from __future__ import annotations

import logging
import secrets
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio

from lockgate.dialects.connecting import connect
from lockgate.dialects.seam import StatementFailed
from lockgate.errors import LockgateError, SettingsError
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lockgate.dialects.seam import Session
    from lockgate.settings.conclusions import Conclusions

_DROPPING_SECONDS: Final = 10.0


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
    name = f"lockgate_scratch_{secrets.token_hex(6)}"
    try:
        # Within the try: cancelled here, the server may make it all the same.
        await _create(name, url, config)
        yield url.with_database(name)
    finally:
        with anyio.CancelScope(shield=True):
            await _drop(name, url, config)


async def _create(name: str, url: DatabaseUrl, config: Conclusions) -> None:
    async with _session(url, config) as session:
        try:
            await session.execute(f"CREATE DATABASE {name}")
        except StatementFailed as error:
            ((user,),) = await session.fetch("SELECT pg_catalog.quote_ident(current_user)")
            raise SettingsError(
                f"No database could be made to try the migrations in: {error.message}.",
                hint=f"ALTER ROLE {user} CREATEDB, or name a server to try things on: LOCKGATE_SCRATCH_URL.",
            ) from error


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
