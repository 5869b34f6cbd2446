"""The status of an application that serves: what a probe gets, and that it changes nothing."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

import lockgate
from asgi.driver import served
from asgi.dumps import full_dump
from asgi.engines import EACH
from asgi.status_client import ahead, asked, asking, bad_file, behind, current, edited, empty, foreign
from conformance.bench import pausing
from lockgate import Migration, Runner
from servers import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from conformance.bench import Bench

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("engine", EACH, indirect=True)]


@pytest.mark.parametrize(
    ("prepare", "status", "state"),
    [(current, 200, "current"), (ahead, 200, "ahead"), (behind, 503, "behind"), (edited, 503, "diverged")],
)
async def test_a_probe_gets_the_document_of_the_command_line(
    bench: Bench, prepare: Callable[[Bench], Awaitable[None]], status: int, state: str
) -> None:
    await prepare(bench)
    async with bench.runner() as runner:
        answer = await asked(runner)
        document = (await runner.status()).as_json()
    assert (answer.status_code, answer.json()["state"]) == (status, state)
    assert list(answer.json().items()) == [*document.items(), ("ready", status == 200)]


@pytest.mark.parametrize(
    ("prepare", "kind", "name", "words"),
    [(foreign, "history", "", "is not Lockgate's"), (bad_file, "migration_file", "nameless.sql", "number")],
)
async def test_what_cannot_be_read_is_a_problem(bench: Bench, prepare: Any, kind: str, name: str, words: str) -> None:
    await prepare(bench)
    async with bench.runner() as runner:
        answer = await asked(runner)
    (problem,) = answer.json()["problems"]
    assert (answer.status_code, answer.json()["state"], answer.json()["ready"]) == (503, None, False)
    assert (problem["kind"], problem["name"]) == (kind, name)
    assert words in problem["detail"]


@pytest.mark.parametrize("prepare", [empty, behind, foreign])
async def test_nothing_is_changed(bench: Bench, prepare: Any) -> None:
    await prepare(bench)
    before = full_dump(bench.database.url)
    async with bench.runner() as runner:
        assert (await asked(runner)).status_code == 503
    assert full_dump(bench.database.url) == before


async def test_a_database_that_is_gone_is_a_problem_until_it_is_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockgate.asgi.status.looking.FRESH_SECONDS", 0.0)
    await current(bench)
    async with asking(bench.runner()) as client:
        before = await client.get("/")
        async with gone(bench):
            answer = await client.get("/")
        document = answer.json()
        assert (answer.status_code, document["state"], document["ready"]) == (503, None, False)
        assert list(document) == list(before.json())
        assert [problem["kind"] for problem in document["problems"]] == ["unreachable"]
        assert PASSWORD not in answer.text
        assert (await client.get("/")).json() == before.json()


@asynccontextmanager
async def gone(bench: Bench) -> AsyncIterator[None]:
    """The database is elsewhere for the time of the block, and what is at its place is none."""
    if bench.database.is_postgresql:
        server, _, name = bench.database.url.rpartition("/")
        connection = await asyncpg.connect(f"{server}/postgres")
        await connection.execute(f"ALTER DATABASE {name} RENAME TO {name}_gone")
        yield
        await connection.execute(f"ALTER DATABASE {name}_gone RENAME TO {name}")
        await connection.close()
    else:
        path = anyio.Path(bench.database.url.removeprefix("sqlite:///"))
        aside = await path.rename(f"{path}-gone")
        await path.write_bytes(b"no database" * 100)
        yield
        await aside.rename(path)


async def test_without_a_database_that_is_named_it_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.files.table(1)
    monkeypatch.setenv("ENV", "production")
    document = (await asked(Runner(directory=bench.files.folder))).json()
    assert (document["database"], document["problems"][0]["kind"]) == (None, "settings")


async def test_models_without_a_folder_are_ready(bench: Bench, metadata: sa.MetaData) -> None:
    runner = bench.runner(directory=bench.files.folder / "none", models=metadata)
    assert (await asked(runner)).json()["state"] == "current"


async def test_an_error_that_nobody_foresaw_is_in_the_log_only(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    driver = "postgresql+asyncpg" if bench.database.is_postgresql else "sqlite+aiosqlite"
    engine = create_async_engine(bench.database.url.replace(bench.database.url.partition("://")[0], driver))

    @sa.event.listens_for(engine.sync_engine, "do_connect")
    def refuse(*_: Any) -> None:
        raise KeyError("the vault's token is t0ken")

    answer = await asked(bench.runner(engine))
    assert answer.json()["problems"][0]["kind"] == "error"
    assert "KeyError" in answer.text
    assert "t0ken" not in answer.text
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.name == "lockgate"
    assert "t0ken" in caplog.text


async def test_only_reading_is_answered_and_nothing_is_kept(bench: Bench) -> None:
    await current(bench)
    async with asking(bench.runner()) as client:
        got, head = await client.get("/any/path"), await client.head("/")
        assert (head.content, head.headers) == (b"", got.headers)
        assert got.headers["content-type"] == "application/json"
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            refused = await client.request(method, "/")
            assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        page = await client.get("/", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "<script" not in page.text
        for answer in (got, refused, page):
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
            assert PASSWORD not in answer.text


async def test_it_passes_a_lifespan_and_refuses_a_websocket(bench: Bench) -> None:
    app, sent = lockgate.status_app(bench.runner()), []

    async def send(message: Any) -> None:
        sent.append(message)

    async with served(app):
        await app({"type": "websocket"}, None, send)
    assert sent == [{"type": "websocket.close"}]


class One(Migration):
    async def up(self) -> None:
        await self.db.execute("CREATE TABLE one (id INTEGER PRIMARY KEY)")


async def test_a_runner_at_work_counts_where_something_is_pending_only(bench: Bench) -> None:
    paused, reached, go = pausing()
    old = bench.runner(migrations=[("001_one.py", One)])
    async with bench.runner(migrations=[("001_one.py", One), ("002_paused.py", paused)]) as runner:
        run = asyncio.create_task(runner.up())
        await reached.wait()
        at_work = await asked(runner)  # of the very runner that is at it
        assert (at_work.status_code, at_work.json()["state"]) == (503, "locked")
        serving = await asked(old)  # a replica that serves while newer code migrates
        assert (serving.status_code, serving.json()["state"]) == (200, "current")
        go.set()
        assert (await run).names == ("001_one.py", "002_paused.py")
        assert (await asked(runner)).json()["state"] == "current"
        assert (await asked(old)).json()["state"] == "ahead"
