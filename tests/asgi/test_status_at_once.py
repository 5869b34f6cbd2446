"""Many who ask at once, requests that are cancelled, a database that does not answer, and whose connections are used."""

from __future__ import annotations

import asyncio
import runpy
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

import lockgate
from asgi.engines import FIRST
from asgi.status_client import asked, asking, behind, current, served_by_uvicorn
from asgi.wire import tapped_wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Bench, PostgresDatabase

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("engine", [FIRST], indirect=True)]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MANY = 200


@asynccontextmanager
async def held(database: PostgresDatabase) -> AsyncIterator[asyncpg.Connection]:
    """Nobody can read the tracking table within the block, or until its transaction is rolled back."""
    async with database.connection() as connection:
        await connection.execute("BEGIN; LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE")
        yield connection


async def waiting(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"))


async def test_a_storm_is_one_query_and_one_connection_a_second(bench: Bench) -> None:
    await current(bench)
    async with tapped_wire(bench.database.url) as wire:
        app = FastAPI()
        app.mount("/lockgate", lockgate.status_app(bench.runner(wire.url)))
        limits = httpx.Limits(max_connections=None)
        async with served_by_uvicorn(app) as url, httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:
            began = anyio.current_time()
            answers = await asyncio.gather(*(client.get("/lockgate/") for _ in range(MANY)))
            assert {answer.status_code for answer in answers} == {200}
            count = len(wire.queries)
            assert 1 <= count <= 1 + (anyio.current_time() - began)  # a slow machine takes seconds for so many
            assert all("schema_migrations" in query for query in wire.queries)
            await asyncio.sleep(1.01)
            assert (await client.get("/lockgate/")).status_code == 200
            assert len(wire.queries) == count + 1
        async with asyncio.timeout(10):
            while wire.open:  # noqa: ASYNC110 - it is the server's
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(("by", "looks"), [("scope", 1), ("task", 2)])
async def test_a_request_that_is_cancelled_breaks_no_other(bench: Bench, by: str, looks: int) -> None:
    await current(bench)
    database: Any = bench.database
    scope, began = anyio.CancelScope(), anyio.current_time()
    async with (
        tapped_wire(bench.database.url) as wire,
        held(database) as connection,
        asking(bench.runner(wire.url)) as client,
    ):

        async def first() -> None:
            with scope:
                await client.get("/")

        leader = asyncio.create_task(first())
        while not await waiting(connection):  # noqa: ASYNC110 - it is the server's
            await asyncio.sleep(0.01)
        others = [asyncio.create_task(client.get("/")) for _ in range(10)]
        await asyncio.sleep(0.05)
        scope.cancel() if by == "scope" else leader.cancel()
        others[0].cancel()
        await asyncio.sleep(0.05)
        await connection.execute("ROLLBACK")
        answers = await asyncio.gather(*others[1:])
        assert {answer.status_code for answer in answers} == {200}
        assert len(wire.queries) == looks
        assert anyio.current_time() - began >= looks - 1  # a second between two
        await asyncio.wait([leader, others[0]])
        assert others[0].cancelled()


async def test_a_database_that_does_not_answer_is_waited_for_so_long(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockgate.asgi.status.looking.LOOKING_SECONDS", 0.3)
    await current(bench)
    database: Any = bench.database
    async with held(database) as connection, asking(bench.runner()) as client:
        async with asyncio.timeout(5):
            answers = await asyncio.gather(*(client.get("/") for _ in range(10)))
        assert {answer.status_code for answer in answers} == {503}
        assert answers[0].json()["problems"][0]["detail"] == "There was no answer within 0.3 s."
        assert await waiting(connection) == 0


async def test_the_runners_own_connection_is_neither_used_nor_closed(bench: Bench) -> None:
    await current(bench)
    async with bench.runner() as runner:
        await runner.history()
        pids = "SELECT pid FROM pg_stat_activity WHERE application_name ~ 'lockgate'"
        before = await bench.database.rows(pids)
        assert (await asked(runner)).status_code == 200
        assert await bench.database.rows(pids) == before


async def test_a_pool_and_an_engine_keep_their_connections(bench: Bench) -> None:
    await current(bench)
    pid = "SELECT pg_backend_pid()"
    async with asyncpg.create_pool(bench.database.url, min_size=1, max_size=1) as pool:
        before = await pool.fetchval(pid)
        assert (await asked(bench.runner(pool))).status_code == 200
        assert await pool.fetchval(pid) == before
    engine = create_async_engine(bench.database.url.replace("://", "+asyncpg://"), pool_size=1, max_overflow=0)
    async with engine.connect() as connection:
        before = (await connection.exec_driver_sql(pid)).scalar()
    assert (await asked(bench.runner(engine))).status_code == 200
    async with engine.connect() as connection:
        assert (await connection.exec_driver_sql(pid)).scalar() == before
        assert (await asked(bench.runner(engine))).status_code == 200  # while the pool has none left
    await engine.dispose()


async def test_who_is_at_work_is_asked_where_something_is_pending(bench: Bench) -> None:
    await behind(bench)
    async with tapped_wire(bench.database.url) as wire:
        assert (await asked(bench.runner(wire.url))).json()["state"] == "behind"
        assert ["pg_locks" in query for query in wire.queries] == [False, True]


@pytest.mark.parametrize("name", ["fastapi", "starlette", "litestar", "quart"])
async def test_each_example_has_mounted_it(bench: Bench, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = "" if name == "starlette" else "+asyncpg"
    monkeypatch.setenv("DATABASE_URL", bench.database.url.replace("://", f"{driver}://"))
    monkeypatch.setenv("FORCE_MIGRATION", "true")
    app = runpy.run_path(str(EXAMPLES / f"{name}_app" / "app.py"))["app"]
    async with served_by_uvicorn(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        start = (await client.get("/")).json()
        assert (start["state"], start["ready"]) == ("current", True)
        status = await client.get("/lockgate/")
        assert status.status_code == 200
        assert status.json()["state"] == "current"
        assert "<h1>" in (await client.get("/lockgate/", headers={"accept": "text/html"})).text
        assert (await client.post("/lockgate/")).status_code == 405
        assert (await client.get("/videos")).status_code == 200
