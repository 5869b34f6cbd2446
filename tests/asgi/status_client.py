"""Who asks a status page, and histories that it may find."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

import lockgate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Bench


@asynccontextmanager
async def asking(runner: lockgate.Runner) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a new status page, which has seen nothing yet."""
    transport = httpx.ASGITransport(lockgate.status_app(runner))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def asked(runner: lockgate.Runner) -> httpx.Response:
    """What a new status page answers to a probe."""
    async with asking(runner) as client:
        return await client.get("/")


@asynccontextmanager
async def served_by_uvicorn(app: Any) -> AsyncIterator[str]:
    """The URL of an application that uvicorn serves from this process."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on"))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started:
            assert not serving.done(), "it did not start"
            await asyncio.sleep(0.01)
    try:
        yield "http://{}:{}".format(*server.servers[0].sockets[0].getsockname())
    finally:
        server.should_exit = True
        await serving


async def current(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up()


async def ahead(bench: Bench) -> None:
    await current(bench)
    bench.files.remove("002_t2.sql")


async def behind(bench: Bench) -> None:
    await current(bench)
    bench.files.table(3)


async def empty(bench: Bench) -> None:
    bench.files.tables(2)


async def edited(bench: Bench) -> None:
    await current(bench)
    bench.files.write("001_t1.sql", "SELECT 'edited'")


async def foreign(bench: Bench) -> None:
    bench.files.tables(1)
    await bench.database.execute("CREATE TABLE schema_migrations (version TEXT PRIMARY KEY)")


async def bad_file(bench: Bench) -> None:
    await current(bench)
    bench.files.write("nameless.sql", "SELECT 1")
