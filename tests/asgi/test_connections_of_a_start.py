"""Where a start's connection comes from, what it asks, and that nothing of it is left when the application serves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from asgi.driver import Lifespan, bare, refused, served
from asgi.engines import EACH
from conformance.bench import pausing
from lockgate import LockgateMiddleware, Migration

if TYPE_CHECKING:
    from asgi.conftest import Apps
    from conformance.bench import Bench

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("engine", EACH, indirect=True)]

OTHERS = "SELECT application_name, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110 - it is the server's, or a thread's
            await asyncio.sleep(0.02)


async def alone(bench: Bench) -> bool:
    """Whether nobody else is connected; of SQLite, whether nobody has locked the file beside it."""
    if bench.database.is_postgresql:
        return not await bench.database.rows(OTHERS)
    async with bench.runner() as runner:
        return (await runner.status()).state != "locked"


def engine_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://").replace("sqlite://", "sqlite+aiosqlite://")


@pytest.mark.parametrize("forced", [True, False])
async def test_no_connection_is_left_when_the_application_serves(bench: Bench, app: Apps, forced: bool) -> None:
    bench.files.tables(2)
    async with served(app(force_migration=forced)):
        await until(lambda: alone(bench))


@pytest.mark.parametrize("text", ["SELECT nonsense", "CREATE TABLE t1 (id INTEGER PRIMARY KEY); SELECT nonsense"])
async def test_a_migration_that_fails_refuses_the_start_and_leaves_nothing(
    bench: Bench, app: Apps, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV", "production")
    bench.files.write("001_one.sql", text)
    reason = await refused(app(force_migration=True))
    assert "001_one.sql" in reason
    assert "nonsense" in reason
    assert await bench.database.tables() == set()
    await until(lambda: alone(bench))


async def test_cancelled_while_it_waits_it_gives_everything_up(
    bench: Bench, app: Apps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV", "production")
    bench.files.table(1)
    started = Lifespan(app())
    answer = asyncio.create_task(started.startup())
    await asyncio.sleep(0.3)
    assert started.task is not None
    started.task.cancel()
    assert (await answer) == {"type": "nothing"}
    with pytest.raises(asyncio.CancelledError):
        await started.task
    await until(lambda: alone(bench))


async def test_cancelled_while_it_migrates_it_undoes_and_gives_everything_up(bench: Bench, app: Apps) -> None:
    pauses, reached, _ = pausing()
    started = Lifespan(app(migrations=[("001_paused.py", pauses)], force_migration=True))
    answer = asyncio.create_task(started.startup())
    await reached.wait()
    assert started.task is not None
    started.task.cancel()
    await answer
    with pytest.raises(asyncio.CancelledError):
        await started.task
    await until(lambda: alone(bench))
    assert await bench.database.tables() == set()
    assert await bench.names() == []


async def test_an_engine_serves_as_before(bench: Bench) -> None:
    bench.files.tables(2)
    engine = create_async_engine(engine_url(bench.database.url))
    app = LockgateMiddleware(bare, engine, directory=bench.files.folder, force_migration=True)
    async with served(app), engine.connect() as connection:
        assert (await connection.execute(sa.text("SELECT count(*) FROM t2"))).scalar() == 0
        assert engine.sync_engine.pool.checkedout() == 1  # type: ignore[attr-defined]
    await engine.dispose()
    await until(lambda: alone(bench))


async def test_two_applications_in_one_process(bench: Bench, beside: Any, app: Apps) -> None:
    bench.files.tables(2)
    first, second = app(force_migration=True), app(beside.url, migrations=[("001_mine.py", Mine)], force_migration=True)
    async with served(first), served(second):
        assert await bench.database.tables() == {"t1", "t2"}
        assert await beside.tables() == {"mine"}
    assert first.state.lockgate.applied.names == ("001_t1.sql", "002_t2.sql")
    assert second.state.lockgate.applied.names == ("001_mine.py",)


class Mine(Migration):
    async def up(self) -> None:
        await self.db.create_table("mine", sa.Column("id", sa.Integer, primary_key=True))


async def test_two_applications_that_start_at_once_on_one_database(bench: Bench, app: Apps) -> None:
    names = bench.files.tables(3)
    starts = [Lifespan(app(force_migration=True)) for _ in range(4)]
    answers = await asyncio.gather(*(one.startup() for one in starts))
    assert {answer["type"] for answer in answers} == {"lifespan.startup.complete"}
    assert await bench.names() == names
    for one in starts:
        await one.shutdown()


async def test_a_gate_in_a_script_holds_no_connection_within_its_block(bench: Bench) -> None:
    names = bench.files.tables(2)
    async with bench.runner(force_migration=True).gate() as gate:
        assert gate.applied is not None
        assert list(gate.applied.names) == names
        await until(lambda: alone(bench))
