"""Real servers: their workers start at once on an empty database, and each thing that a start may find ends as it should.

With LOCKGATE_TEST_SERVERS=1 every example runs on every server; else one does, on uvicorn.
"""

from __future__ import annotations

import asyncio
import json
import sys
import textwrap
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asgi.engines import ALL_SERVERS, FIRST
from asgi.serving import COMMANDS, Serving
from conformance.bench import pausing
from lockgate import Runner

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("engine", [FIRST], indirect=True)]
on_request = pytest.mark.skipif(not ALL_SERVERS, reason="LOCKGATE_TEST_SERVERS=1 runs it")

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(
    path.name for path in (EXAMPLES / "videos" / "migrations").glob("0*") if not path.name.endswith(".down.sql")
)
WORKERS = 4
APP = """
    import json, os
    from lockgate import LockgateMiddleware

    async def inner(scope, receive, send):
        if scope["type"] == "lifespan":
            for what in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{what}.complete"})
        else:
            body = json.dumps({"worker": os.getpid(), "state": app.state.lockgate.state}).encode()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
            await send({"type": "http.response.body", "body": body})

    app = LockgateMiddleware(inner, **json.loads(os.environ["OPTIONS"]))
"""


def serving(bench: Bench, server: str = "uvicorn", *, workers: int = 1, force: bool = False, **options: Any) -> Serving:
    """A small application in production, over the test's database and folder."""
    folder = bench.files.folder.parent
    (folder / "app.py").write_text(textwrap.dedent(APP))
    said = json.dumps({"directory": str(bench.files.folder), "lock_timeout": 0.5, **options})
    env = {"ENV": "production", "DATABASE_URL": bench.database.url, "OPTIONS": said}
    return Serving(server, folder, env | {"FORCE_MIGRATION": str(force).lower()}, workers=workers)


def _example(name: str, bench: Bench, server: str) -> Serving:
    # SQLAlchemy wants its driver named; asyncpg wants none.
    driver = "" if name == "starlette" else "+asyncpg"
    url = bench.database.url.replace("://", f"{driver}://")
    env = {"ENV": "production", "FORCE_MIGRATION": "true", "DATABASE_URL": url}
    return Serving(server, EXAMPLES / f"{name}_app", env, workers=WORKERS)


@pytest.mark.parametrize(
    ("name", "server"),
    [
        pytest.param(name, server, marks=() if (name, server) == ("fastapi", "uvicorn") else on_request)
        for name, server in product(("fastapi", "starlette", "litestar", "quart"), COMMANDS)
    ],
)
async def test_workers_start_at_once_on_an_empty_database(bench: Bench, name: str, server: str) -> None:
    with _example(name, bench, server) as served:
        answers = await asyncio.to_thread(served.until_workers_answer, WORKERS)
        assert {answer["state"] for answer in answers} == {"current"}
        assert served.get("/videos") == []
        assert await bench.recorded() == [(one, 1) for one in NAMES]
        assert served.stop() == 0, served.log
        assert "Traceback" not in served.log


# What is made of the folder and the database, the options, and what is served, or the reason why nothing is.
FOUND: list[tuple[str, dict[str, Any], str]] = [
    ("current", {}, "current"),
    ("ahead", {}, "ahead"),
    ("ahead", {"on_ahead": "warn"}, "ahead"),
    ("ahead", {"on_ahead": "fail"}, "The database is ahead of this code: 002_t2.sql is applied"),
    ("edited", {}, "002_t2.sql was edited after it was applied"),
    ("edited", {"on_diverged": "warn"}, "diverged"),
    ("missing", {}, "001_t1.sql is applied, but its file is gone"),
    ("behind", {}, "One migration is pending: 002_t2.sql. Nobody changed that within 0.5 s."),
    ("behind", {"on_pending": "fail"}, "One migration is pending: 002_t2.sql. The start is refused."),
    ("behind", {"on_pending": "warn"}, "behind"),
    ("behind", {"force": True}, "current"),
]


async def _make(bench: Bench, found: str) -> None:
    bench.files.tables(1 if found == "behind" else 2)
    await bench.up(force=True)
    if found == "behind":
        bench.files.table(2)
    if found == "ahead":
        bench.files.remove("002_t2.sql")
    if found == "missing":
        bench.files.remove("001_t1.sql")
    if found == "edited":
        bench.files.write("002_t2.sql", "SELECT 'edited'")


@pytest.mark.parametrize(("found", "options", "comes"), FOUND)
async def test_what_a_start_may_find(bench: Bench, found: str, options: dict[str, Any], comes: str) -> None:
    await _make(bench, found)
    with serving(bench, **options) as served:
        if " " not in comes:
            (answer,) = await asyncio.to_thread(served.until_workers_answer, 1)
            assert answer["state"] == comes
        else:
            assert await asyncio.to_thread(served.ended) == 3
            assert f"ERROR:    {comes}" in served.log or comes in served.log
            assert "Application startup failed" in served.log


async def test_a_replica_waits_for_the_command_line_and_then_serves(bench: Bench) -> None:
    bench.files.tables(2)
    with serving(bench, lock_timeout=60) as served:
        await asyncio.to_thread(served.until_it_says, "Waiting for application startup.")
        await asyncio.sleep(1)
        assert served.get() is None
        up = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lockgate", "up", "--force", "--database", bench.database.url,
            "--directory", str(bench.files.folder), "--env", "production", "--quiet",
        )  # fmt: skip
        assert await up.wait() == 0
        (answer,) = await asyncio.to_thread(served.until_workers_answer, 1)
        assert answer["state"] == "current"
        assert await bench.names() == ["001_t1.sql", "002_t2.sql"]


@pytest.mark.parametrize(
    "server", ["uvicorn", pytest.param("granian", marks=on_request), pytest.param("hypercorn", marks=on_request)]
)
async def test_a_server_that_is_told_to_stop_while_a_start_waits_does_not_wait(bench: Bench, server: str) -> None:
    bench.files.table(1)
    # hypercorn tells its workers nothing until they have started, so there it is the wait's own bound.
    with serving(bench, server, lock_timeout=3 if server == "hypercorn" else 300) as served:
        await asyncio.to_thread(served.until, _is_connected_to(bench))
        began = asyncio.get_running_loop().time()
        await asyncio.to_thread(served.stop)
        assert asyncio.get_running_loop().time() - began < 20
        assert await bench.names() == []
    if server == "uvicorn":
        assert not await bench.database.rows(OTHERS)


OTHERS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def _is_connected_to(bench: Bench) -> Any:
    return lambda: asyncio.run(bench.database.rows(OTHERS))


async def test_a_migration_is_undone_when_the_server_is_told_to_stop(bench: Bench) -> None:
    bench.files.write("001_slow.sql", "CREATE TABLE slow (id int); SELECT pg_sleep(60)")
    asleep = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    with serving(bench, force=True) as served:
        await asyncio.to_thread(served.until, lambda: asyncio.run(bench.database.rows(asleep)))
        await asyncio.to_thread(served.stop)
        assert "The start was ended by SIGTERM." in served.log
    assert await bench.database.tables() == set()
    assert await bench.names() == []


@on_request
@pytest.mark.parametrize("server", COMMANDS)
async def test_workers_that_wait_do_not_stop_the_one_that_migrates(bench: Bench, server: str) -> None:
    bench.files.write("001_slow.sql", "CREATE TABLE slow (id int); SELECT pg_sleep(8)")
    with serving(bench, server, workers=WORKERS, force=True, lock_timeout=1) as served:
        answers = await asyncio.to_thread(served.until_workers_answer, WORKERS)
        assert {answer["state"] for answer in answers} == {"current"}
    assert await bench.names() == ["001_slow.sql"]


async def test_a_server_finds_another_process_at_work(bench: Bench) -> None:
    pauses, reached, go = pausing()
    bench.files.table(1)
    async with Runner(bench.database.url, migrations=[("001_t1.sql", pauses)]) as other:
        running = asyncio.create_task(other.up(force=True))
        await reached.wait()
        with serving(bench, on_pending="fail") as served:
            assert await asyncio.to_thread(served.ended) == 3
            assert "One migration is pending: 001_t1.sql, and lockgate[" in served.log
            assert "is at work. The start is refused." in served.log
        go.set()
        await running


# What each server exits with when the start is refused, with one worker and with several: the table in docs/workers.md.
REFUSED = {
    ("uvicorn", 1): 3,
    ("uvicorn", 4): 0,
    ("hypercorn", 0): 1,
    ("hypercorn", 1): 0,
    ("hypercorn", 4): 0,
    ("granian", 1): 1,
    ("granian", 4): 1,
}


@on_request
@pytest.mark.parametrize(("server", "workers"), REFUSED)
async def test_what_a_server_exits_with_when_the_start_is_refused(bench: Bench, server: str, workers: int) -> None:
    bench.files.table(1)
    with serving(bench, server, workers=workers, on_pending="fail") as served:
        assert await asyncio.to_thread(served.ended) == REFUSED[server, workers], served.log
        assert "One migration is pending: 001_t1.sql. The start is refused." in served.log


@on_request
async def test_hypercorn_cuts_a_long_migration_which_is_undone(bench: Bench) -> None:
    bench.files.write("001_slow.sql", "CREATE TABLE slow (id int); SELECT pg_sleep(60)")
    (bench.files.folder.parent / "hypercorn.toml").write_text("startup_timeout = 3\n")
    folder = bench.files.folder.parent
    (folder / "app.py").write_text(textwrap.dedent(APP))
    env = {"ENV": "production", "FORCE_MIGRATION": "true", "DATABASE_URL": bench.database.url, "OPTIONS": "{}"}
    with Serving("hypercorn", folder, env, "--config", "hypercorn.toml", workers=1) as served:
        assert await asyncio.to_thread(served.ended) == 0
        assert "LifespanTimeoutError" in served.log
    assert await bench.database.tables() == set()
    assert await bench.names() == []
