"""A database of its own to try migrations in, which is gone afterwards."""

from __future__ import annotations

import secrets
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from lockgate.dialects.connecting import connect
from lockgate.dialects.seam import StatementFailed
from lockgate.errors import SettingsError
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lockgate.settings.conclusions import Conclusions

_DROPPING_SECONDS = 10.0


@asynccontextmanager
async def scratch_database(config: Conclusions) -> AsyncIterator[DatabaseUrl]:
    """A new, empty database of the same engine: on the server of LOCKGATE_SCRATCH_URL where it is set, else on the database's.

    Raises:
        SettingsError: the environment is closed and no scratch database is named, or none can be made.
        DatabaseUnreachable: the server cannot be reached.
    """
    url = config.scratch_url or config.target_url()
    if url.engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="lockgate-") as folder:
            yield DatabaseUrl(f"sqlite:///{Path(folder) / 'scratch.db'}")
        return
    if config.scratch_url is None and not config.is_open:
        raise SettingsError(
            "Outside development and test, no database is made on the server of the application's.",
            hint="Name one to try things in: LOCKGATE_SCRATCH_URL.",
        )
    name = f"lockgate_scratch_{secrets.token_hex(6)}"
    await _say(url, config, f"CREATE DATABASE {name}")
    try:
        yield url.with_database(name)
    finally:
        with anyio.move_on_after(_DROPPING_SECONDS, shield=True):
            await _say(url, config, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _say(url: DatabaseUrl, config: Conclusions, statement: str) -> None:
    session = await connect(url, config.table, config.connect_timeout)
    try:
        await session.execute(statement)
    except StatementFailed as error:
        raise SettingsError(
            f"No database could be made to try the migrations in: {error.message}.",
            hint="ALTER ROLE … CREATEDB for this user, or name a server to try things on: LOCKGATE_SCRATCH_URL.",
        ) from error
    finally:
        await session.close()
