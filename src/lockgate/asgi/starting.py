"""`lockgate.lifespan`: the gate as an application's lifespan, alone or around its own."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Unpack

from lockgate.asgi.stopping import until_stopped
from lockgate.judging.runner import Runner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from asyncpg import Pool
    from sqlalchemy.ext.asyncio import AsyncEngine

    from lockgate.nouns.starts import Gate
    from lockgate.planning.starting import Chosen, OnAhead, OnDiverged, OnPending
    from lockgate.settings.config import Arguments, MigrationConfig
    from lockgate.urls.database_url import DatabaseUrl

    Database = str | DatabaseUrl | AsyncEngine | Pool[Any] | None

    class Options(Arguments, Chosen, total=False):
        """What a start takes by keyword."""

        migrations: Sequence[tuple[str, type]] | None
        config: MigrationConfig | None


def lifespan(
    database: Database = None,
    *,
    inner: Callable[[Any], AbstractAsyncContextManager[Any]] | None = None,
    migrations: Sequence[tuple[str, type]] | None = None,
    config: MigrationConfig | None = None,
    on_pending: OnPending | None = None,
    on_ahead: OnAhead | None = None,
    on_diverged: OnDiverged | None = None,
    **settings: Unpack[Arguments],
) -> Callable[[Any], AbstractAsyncContextManager[Any]]:
    """Make the lifespan of an application: `FastAPI(lifespan=lockgate.lifespan(models=Base.metadata))`.

    When the application starts, the gate decides by ENV, AUTO_MIGRATE and FORCE_MIGRATION what runs, and the policies what a
    start does that may not migrate. What it raises fails the start. Its connection is given up before the application serves,
    and what came of it is at `app.state.lockgate`.

    Args:
        database: a URL, or the application's AsyncEngine or asyncpg pool; left out, the configuration says it.
        inner: the application's own lifespan, which begins after the gate, and whose state is passed on.
        migrations: an explicit list of (name, class) instead of a folder.
        config: a configuration made elsewhere; without it, one is made when the application starts.
        on_pending: `wait` (the default but in development and test), `fail` or `warn` where migrations are pending that this
            start may not apply. It waits for as many seconds as `lock_timeout`, ten times as long while somebody is at work.
        on_ahead: `start` (the default), `warn` or `fail` where the database has migrations that this code does not know.
        on_diverged: `fail` (the default but in development and test) or `warn` where an applied migration was edited or is
            gone. A start that has something to apply fails all the same.
        settings: the fields of `MigrationConfig`, by keyword.
    """
    options: Options = {
        "migrations": migrations,
        "config": config,
        "on_pending": on_pending,
        "on_ahead": on_ahead,
        "on_diverged": on_diverged,
        **settings,
    }

    @asynccontextmanager
    async def entered(app: Any) -> AsyncIterator[Any]:
        gate = await evaluate(database, options)
        if hasattr(app, "state"):
            app.state.lockgate = gate
        if inner is None:
            yield None
        else:
            async with inner(app) as state:
                yield state

    return entered


async def evaluate(database: Database, options: Options) -> Gate:
    """Evaluate the gate with a runner of its own, until the server is told to stop.

    Raises:
        LockgateError: as `Runner.open_gate`; or SIGTERM or SIGINT came.
    """
    settings: Any = dict(options)
    chosen: Any = {name: settings.pop(name, None) for name in ("on_pending", "on_ahead", "on_diverged")}

    async def opened() -> Gate:
        async with Runner(database, **settings) as runner:
            return await runner.open_gate(**chosen)

    return await until_stopped(opened)
