"""The gate in each framework, by its own way: before the application's own lifespan, which goes on as it was."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from asgi.driver import Lifespan, bare, got, refused, served
from asgi.engines import EACH
from asgi.frameworks import EVERY
from lockgate import LockgateMiddleware, MigrationFailed, lifespan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Bench

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("engine", EACH, indirect=True)]
every_framework = pytest.mark.parametrize("make", EVERY, ids=lambda make: make.__name__)


@every_framework
async def test_the_applications_own_lifespan_begins_after_the_gate_and_ends_as_ever(bench: Bench, make: Any) -> None:
    bench.files.table(1)

    async def see() -> str:
        return str(sorted(await bench.database.tables()))

    notes: list[str] = []
    app = make(bench.database.url, see, notes, directory=bench.files.folder, force_migration=True)
    async with served(app) as lifespan:
        assert notes == ["['t1']"]
        status, body = await got(lifespan, "/")
        assert (status, body.strip(b'"')) == (200, b"current on")
    assert notes == ["['t1']", "stopped"]


@every_framework
async def test_a_start_that_is_refused_says_why_and_never_begins_the_application(bench: Bench, make: Any) -> None:
    bench.files.write("001_one.sql", "SELECT nonsense")
    notes: list[str] = []

    async def see() -> str:
        return "began"

    app = make(bench.database.url, see, notes, directory=bench.files.folder, force_migration=True)
    reason = await refused(app)
    assert "001_one.sql" in reason
    assert "nonsense" in reason
    assert notes == []


@every_framework
async def test_what_the_applications_own_lifespan_raises_comes_through(bench: Bench, make: Any) -> None:
    bench.files.table(1)

    async def see() -> str:
        raise RuntimeError("the cache is cold")

    app = make(bench.database.url, see, [], directory=bench.files.folder, force_migration=True)
    started = Lifespan(app)
    answer = await started.startup()
    assert answer["type"] == "lifespan.startup.failed"
    assert "the cache is cold" in answer["message"]
    assert await bench.names() == ["001_t1.sql"]
    if started.raised is None:  # Quart goes on to wait for the shutdown
        await started.shutdown()


async def test_what_the_applications_own_lifespan_raises_at_its_end_comes_through(bench: Bench) -> None:
    @asynccontextmanager
    async def inner(_app: Any) -> AsyncIterator[str]:
        yield "state"
        raise RuntimeError("the cache is not flushed")

    entered = lifespan(bench.database.url, inner=inner, directory=bench.files.folder)(None)
    assert await entered.__aenter__() == "state"
    with pytest.raises(RuntimeError, match="not flushed"):
        await entered.__aexit__(None, None, None)


async def test_an_error_of_the_server_reaches_the_applications_own_lifespan(bench: Bench) -> None:
    heard: list[BaseException] = []

    @asynccontextmanager
    async def inner(_app: Any) -> AsyncIterator[None]:
        try:
            yield
        except ValueError as error:
            heard.append(error)

    async with lifespan(bench.database.url, inner=inner, directory=bench.files.folder)(None):
        raise ValueError("mine")
    assert str(heard[0]) == "mine"


async def test_without_an_inner_one_nothing_is_yielded(bench: Bench) -> None:
    # A mapping would be state, which fails on servers that have none.
    async with lifespan(bench.database.url, directory=bench.files.folder)(None) as state:
        assert state is None
    started = Lifespan(LockgateMiddleware(bare, bench.database.url, directory=bench.files.folder), with_state=False)
    assert await started.startup() == {"type": "lifespan.startup.complete"}
    await started.shutdown()


async def test_an_application_that_knows_no_lifespan_is_left_to_say_so(bench: Bench) -> None:
    bench.files.table(1)

    async def requests_only(scope: Any, _receive: Any, _send: Any) -> None:
        assert scope["type"] == "http"

    app = LockgateMiddleware(requests_only, bench.database.url, directory=bench.files.folder, force_migration=True)
    started = Lifespan(app)
    assert await started.startup() == {"type": "nothing"}  # servers go on without its lifespan
    assert isinstance(started.raised, AssertionError)
    assert await bench.names() == ["001_t1.sql"]


async def test_a_setting_that_is_wrong_refuses_the_start(bench: Bench) -> None:
    for options in ({"on_pending": "hope"}, {"directry": "x"}, {"lock_timeout": "soon"}):
        await refused(LockgateMiddleware(bare, bench.database.url, **options))


async def test_the_error_is_the_runners_own(bench: Bench) -> None:
    bench.files.write("001_one.sql", "SELECT nonsense")
    with pytest.raises(MigrationFailed):
        async with lifespan(bench.database.url, directory=bench.files.folder, force_migration=True)(None):
            raise AssertionError("it began")
