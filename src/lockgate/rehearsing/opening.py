"""Opens the session that a rehearsal runs on."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import anyio

from lockgate.dialects.connecting import passing
from lockgate.following.follower import own_tables

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lockgate.dialects.seam import Session
    from lockgate.rehearsing.recorder import Recorder
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


@asynccontextmanager
async def heard_session(
    url: DatabaseUrl, config: Conclusions, recorder: Recorder, *, traces: bool = True
) -> AsyncIterator[Session]:
    """A session on the scratch database at `url`, all of which the recorder hears; without `traces`, hardly anything.

    Raises:
        OSError, asyncpg.PostgresError: it could not be had.
    """
    opening = _sqlite(url, config, recorder) if url.engine == "sqlite" else _postgresql(url, config, recorder, traces)
    session = await opening
    try:
        yield session
    finally:
        with anyio.CancelScope(shield=True):
            await session.close()


async def _postgresql(url: DatabaseUrl, config: Conclusions, recorder: Recorder, traces: bool) -> Session:
    import asyncpg  # noqa: PLC0415 - one engine's driver is enough

    from lockgate.rehearsing.apart import Apart  # noqa: PLC0415 - as above
    from lockgate.rehearsing.postgresql_ear import HeardConnection  # noqa: PLC0415 - as above
    from lockgate.rehearsing.postgresql_session import RehearsalSession  # noqa: PLC0415 - as above

    connecting = partial(asyncpg.connect, url.asyncpg_dsn(), timeout=config.connect_timeout, statement_cache_size=0)
    session = RehearsalSession(
        await connecting(connection_class=HeardConnection),
        config.table,
        config.connect_timeout,
        aside=partial(passing, connecting),
        lock_seconds=config.ddl_lock_timeout,
    )
    await session.history()
    roles = [name for (name,) in await session.fetch("SELECT rolname FROM pg_catalog.pg_roles")]
    session.listen(recorder, own_tables(session.tracking.name), Apart(roles), traces=traces)
    return session


async def _sqlite(url: DatabaseUrl, config: Conclusions, recorder: Recorder) -> Session:
    from lockgate.rehearsing.sqlite_session import (  # noqa: PLC0415 - one engine's driver is enough
        HeardSqlite,
        TellingConnection,
    )

    options = {**url.sqlite_options(), "factory": TellingConnection}
    session = HeardSqlite(None, config.table, database=url.sqlite_path(), options=options)
    await session.listen(recorder)
    return session
