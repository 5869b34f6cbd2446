"""Many runners at once, of which one is killed: each migration is applied once, and nobody else fails or waits for nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pytest

from asgi.engines import EACH, FIRST
from conformance.bench import Bench, Files
from faults.cells import EVERYTHING
from faults.running import started
from faults.waiting import PATIENCE, until
from galera.cluster import TOGETHER, demanded_cluster, fresh_at_all
from lockgate import Runner
from lockgate.events import LockAwaited
from pooled.pgbouncer import pgbouncer
from servers import demanded_url, with_database

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from servers import Servers

pytestmark = pytest.mark.asyncio

PROCESSES: Final = 32
FEWER: Final = PROCESSES if EVERYTHING else 8
LEASE: Final = {"lease_seconds": 10.0}
# Whoever comes here first waits to be killed; the others are not kept.
_TRAP: Final = """
await self.db.execute("CREATE TABLE t11 (id integer)")
await self.db.execute("INSERT INTO log VALUES (11)")
try:
    with open({here!r}, "x") as file:
        file.write(f"{{os.getpid()}}\\n")
except FileExistsError:
    return
await asyncio.sleep(600)
"""


@pytest.mark.parametrize("engine", EACH, indirect=True)
async def test_of_a_herd_one_is_killed_and_the_others_finish(bench: Bench, tmp_path: Path) -> None:
    await _is_killed_and_the_others_finish(bench, [bench.database.url] * PROCESSES, tmp_path)


@pytest.mark.parametrize("engine", ["mariadb"], indirect=True)
async def test_of_a_herd_on_mariadb_one_is_killed_and_the_others_finish(bench: Bench, tmp_path: Path) -> None:
    await _is_killed_and_the_others_finish(bench, [bench.database.url] * FEWER, tmp_path)


@pytest.mark.parametrize("engine", [FIRST], indirect=True)
async def test_of_a_herd_behind_a_pooler_one_is_killed_and_the_others_finish(
    bench: Bench, servers: Servers, tmp_path: Path
) -> None:
    with pgbouncer(demanded_url(servers, FIRST)) as pooler:
        url = with_database(pooler, urlsplit(bench.database.url).path[1:])
        await _is_killed_and_the_others_finish(bench, [url] * FEWER, tmp_path, **LEASE)


@TOGETHER
async def test_of_a_herd_at_all_nodes_of_a_cluster_one_is_killed_and_the_others_finish(
    files: Files, tmp_path: Path
) -> None:
    async with fresh_at_all(demanded_cluster()) as nodes:
        urls = [nodes[number % len(nodes)].url for number in range(FEWER)]
        await _is_killed_and_the_others_finish(Bench(nodes[0], files), urls, tmp_path, **LEASE)


async def _is_killed_and_the_others_finish(bench: Bench, urls: Sequence[str], folder: Path, **settings: float) -> None:
    """Start a process for each URL; an older replica starts while the first of them is at work, and afterwards."""
    older, here = Files(folder / "older"), folder / "here"
    for files in (older, bench.files):
        files.tables(9)
        files.write("010_log.sql", "CREATE TABLE log (number integer);")
    async with bench.runner(urls[0], **settings) as first:
        await first.up()
    bench.files.python("011_trap.py", _TRAP.format(here=str(here)), head="import os")
    for number in range(12, 31):
        bench.files.write(
            f"{number:03}_t{number}.sql", f"CREATE TABLE t{number} (id integer); INSERT INTO log VALUES ({number});"
        )
    env = {f"LOCKGATE_{name.upper()}": str(value) for name, value in {"lock_timeout": PATIENCE, **settings}.items()}
    async with AsyncExitStack() as stack:
        herd = [await stack.enter_async_context(started(folder, env | {"DATABASE_URL": url})) for url in urls]
        await until(partial(_trapped, here))
        pid = int(here.read_text())
        assert await _starts(urls[-1], older)
        os.kill(pid, signal.SIGKILL)
        said = {one.pid: await one.ended() for one in herd}
    assert said.pop(pid).status == -signal.SIGKILL
    assert [(one.status, one.words) for one in said.values() if one.status] == []
    pending = ["011_trap.py", *(f"{number:03}_t{number}.sql" for number in range(12, 31))]
    assert [name for one in said.values() for name in one.applied if name in pending] == pending
    assert (await bench.names())[-len(pending) :] == pending
    assert await bench.database.rows("SELECT number FROM log ORDER BY number") == [(one,) for one in range(11, 31)]
    assert await _starts(urls[-1], older)


async def _trapped(here: Path) -> bool:
    return here.exists() and here.read_text().endswith("\n")  # noqa: ASYNC240 - a file of two lines


async def _starts(url: str, older: Files) -> bool:
    """Whether a replica of the code before starts at once, in production, where it may not migrate."""
    one = Runner(url, directory=older.folder, environment="production", lock_timeout=0.1)
    async with asyncio.timeout(PATIENCE), one.gate() as gate:
        return gate.ready


@pytest.mark.parametrize("engine", [FIRST], indirect=True)
async def test_an_index_is_built_concurrently_while_eight_runners_wait(bench: Bench) -> None:
    bench.files.write("001_table.sql", "CREATE TABLE t (a integer); INSERT INTO t VALUES (1);")
    await bench.up()
    bench.files.write(
        "002_index.sql",
        "-- migrate:up transaction:false\nSELECT pg_advisory_xact_lock(77);\nCREATE INDEX CONCURRENTLY i ON t (a);\n",
    )
    async with AsyncExitStack() as stack, asyncio.timeout(PATIENCE):
        gate = await stack.enter_async_context(bench.database.connection())  # type: ignore[attr-defined]
        await gate.execute("SELECT pg_advisory_lock(77)")
        first = asyncio.create_task(_up(bench, asyncio.Event()))
        await until(partial(bench.database.rows, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        waiting = [asyncio.Event() for _ in range(8)]
        others = [asyncio.create_task(_up(bench, event)) for event in waiting]
        await asyncio.gather(*(event.wait() for event in waiting))
        await gate.execute("SELECT pg_advisory_unlock(77)")
        assert await first == ("002_index.sql",)
        assert await asyncio.gather(*others) == [()] * 8
    assert await bench.database.rows("SELECT indisvalid FROM pg_index WHERE indrelid = 't'::regclass") == [(True,)]


async def _up(bench: Bench, waits: asyncio.Event) -> tuple[str, ...]:
    def hear(event: Any) -> None:
        if isinstance(event, LockAwaited):
            waits.set()

    async with bench.runner(on_event=hear, ddl_lock_timeout=PATIENCE) as runner:
        return tuple((await runner.up()).names)
