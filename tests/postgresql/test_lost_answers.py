"""The connection breaks when COMMIT has been sent and its answer has not come: what is said is what became of it."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from lockgate import MigrationFailed
from lockgate.dialects.postgresql_loss import recorded_after
from lockgate.dialects.postgresql_watch import PostgresWatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


class Cutter:
    """A proxy that cuts a connection: `before` passing on what holds `marker`, or `after` the server has answered it."""

    def __init__(self, url: str, marker: str, when: str) -> None:
        self._to, self._marker, self._when = urlsplit(url), marker.encode(), when
        self.url, self.cuts = "", 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection(self._to.hostname, self._to.port)
        back = asyncio.create_task(_pour(answers, writer))
        with suppress(ConnectionError):
            while data := await reader.read(1 << 20):
                if self._marker in data and not self.cuts:
                    self.cuts += 1
                    await self._cut(data, answers, server, back)
                    break
                server.write(data)
        back.cancel()
        server.close()
        writer.transport.abort()

    async def _cut(
        self, data: bytes, answers: asyncio.StreamReader, server: asyncio.StreamWriter, back: asyncio.Task[None]
    ) -> None:
        if self._when == "after":
            back.cancel()
            with suppress(asyncio.CancelledError):
                await back
            server.write(data)
            await answers.readuntil(b"Z\x00\x00\x00\x05I")


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)


@asynccontextmanager
async def cutting(url: str, marker: str, when: str) -> AsyncIterator[Cutter]:
    cutter = Cutter(url, marker, when)
    server = await asyncio.start_server(cutter.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    parts = urlsplit(url)
    cutter.url = urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}"))
    try:
        yield cutter
    finally:
        server.close()


KINDS = {
    "one file": (["001_t1.sql"], "001_t1"),
    "the last of a message": (["001_t1.sql", "002_t2.sql", "003_t3.sql"], "003_t3"),
    "a Python migration": (["001_p.py"], "001_p"),
}


def _write(bench: Bench, names: list[str]) -> None:
    for number, name in enumerate(names, 1):
        if name.endswith(".py"):
            bench.files.python(name, "await self.db.execute('CREATE TABLE p (id integer)')")
        else:
            bench.files.table(number)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_committed_is_said_to_be_applied(bench: Bench, kind: str) -> None:
    names, marker = KINDS[kind]
    _write(bench, names)
    async with cutting(bench.database.url, f"'{marker}", "after") as cutter, bench.runner(cutter.url) as runner:
        report = await runner.up()
        assert cutter.cuts == 1
        assert list(report.names) == names
        assert (await runner.status()).state == "current"
    assert await bench.names() == names


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_not_committed_is_said_to_be_rolled_back(bench: Bench, kind: str) -> None:
    names, marker = KINDS[kind]
    _write(bench, names)
    async with cutting(bench.database.url, f"'{marker}", "before") as cutter, bench.runner(cutter.url) as runner:
        with pytest.raises(MigrationFailed, match=r"the connection was lost[\s\S]*It was rolled back") as raised:
            await runner.up()
        assert cutter.cuts == 1
        assert raised.value.name == names[0]
        assert (await runner.up()).names == tuple(names)
    assert await bench.names() == names


async def test_what_comes_after_a_committed_one_is_named_and_was_not_run(bench: Bench) -> None:
    _write(bench, ["001_p.py"])
    bench.files.table(2)
    async with cutting(bench.database.url, "'001_p", "after") as cutter, bench.runner(cutter.url) as runner:
        with pytest.raises(MigrationFailed, match=r"lost before it began[\s\S]*Kept from this run: 001_p.py") as raised:
            await runner.up()
        assert raised.value.name == "002_t2.sql"
        assert (await runner.up()).names == ("002_t2.sql",)


async def test_a_rollback_whose_answer_was_lost_is_told_as_done(bench: Bench) -> None:
    bench.files.write("001_t1.sql", "-- migrate:up\nCREATE TABLE t1 (id integer);\n-- migrate:down\nDROP TABLE t1;\n")
    await bench.up()
    async with cutting(bench.database.url, "DELETE FROM", "after") as cutter, bench.runner(cutter.url) as runner:
        assert (await runner.down()).names == ("001_t1.sql",)
    assert await bench.names() == []


async def test_whatever_keeps_from_asking_it_is_asked_again(bench: Bench) -> None:
    """An application's engine and pool have errors of their own."""
    tries = 0

    @asynccontextmanager
    async def aside() -> AsyncIterator[Any]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("the pool has none to spare")
        async with bench.database.connection() as connection:
            yield connection

    assert await recorded_after("pid = 0", aside, "schema_migrations", 10) == set()
    assert tries == 2


async def test_a_watch_that_cannot_look_disturbs_nobody() -> None:
    faults: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    tried = asyncio.Event()

    @asynccontextmanager
    async def aside() -> AsyncIterator[Any]:
        tried.set()
        raise RuntimeError("the pool has none to spare")
        yield

    async with PostgresWatch("pid = 0", aside, 0.02, bounds=True) as watch:
        await asyncio.wait_for(tried.wait(), 10)
    gc.collect()
    await asyncio.sleep(0)
    assert (watch.blockers, faults) == ((), [])
