"""What a start does about each thing that it may find, by its policies; and what happens while it waits."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from asgi.driver import Lifespan, refused, served
from asgi.dumps import full_dump
from asgi.engines import EACH
from conformance.bench import pausing
from lockgate import HistoryError, NotCurrent, Runner

if TYPE_CHECKING:
    from asgi.conftest import Apps
    from conformance.bench import Bench

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("engine", EACH, indirect=True)]


@pytest.fixture(autouse=True)
def _in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV", "production")


async def ahead(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up(force=True)
    bench.files.remove("002_t2.sql")


async def edited(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up(force=True)
    bench.files.write("002_t2.sql", "SELECT 'edited'")


async def missing(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up(force=True)
    bench.files.remove("001_t1.sql")


async def behind(bench: Bench) -> None:
    bench.files.table(1)
    await bench.up(force=True)
    bench.files.table(2)


async def edited_and_behind(bench: Bench) -> None:
    await behind(bench)
    bench.files.write("001_t1.sql", "SELECT 'edited'")


# What is found, the policies, and what comes of it: words of the refusal, "warned: " with words of the warning, or nothing.
FOUND: list[tuple[Any, dict[str, Any], str]] = [
    (ahead, {}, ""),
    (ahead, {"on_ahead": "start"}, ""),
    (ahead, {"on_ahead": "warn"}, "warned: The database is ahead of this code: 002_t2.sql is applied"),
    (ahead, {"on_ahead": "fail"}, "The database is ahead of this code: 002_t2.sql is applied"),
    (ahead, {"on_ahead": "fail", "force_migration": True}, "The database is ahead of this code"),
    (edited, {}, "002_t2.sql was edited after it was applied"),
    (edited, {"on_diverged": "fail"}, "002_t2.sql was edited after it was applied"),
    (edited, {"on_diverged": "warn"}, "warned: Files and history have diverged: 002_t2.sql was edited"),
    (edited, {"on_diverged": "warn", "force_migration": True}, "warned: Files and history have diverged"),
    (missing, {}, "001_t1.sql is applied, but its file is gone"),
    (missing, {"on_diverged": "warn"}, "warned: Files and history have diverged: 001_t1.sql is applied, but"),
    (behind, {}, "One migration is pending: 002_t2.sql. Nobody changed that within 0.2 s. The start is refused."),
    (behind, {"on_pending": "fail"}, "One migration is pending: 002_t2.sql. The start is refused."),
    (behind, {"on_pending": "warn"}, "warned: One migration is pending: 002_t2.sql."),
    (edited_and_behind, {"on_diverged": "warn"}, "Nobody changed that within 0.2 s"),
    (edited_and_behind, {"on_diverged": "warn", "on_pending": "fail"}, "001_t1.sql was edited"),
    (edited_and_behind, {"on_diverged": "warn", "on_pending": "warn"}, "warned: Files and history have diverged"),
    (edited_and_behind, {"on_diverged": "warn", "force_migration": True}, "001_t1.sql was edited"),
]


@pytest.mark.parametrize(("find", "options", "comes"), FOUND)
async def test_the_policies(
    *, bench: Bench, app: Apps, caplog: pytest.LogCaptureFixture, find: Any, options: dict[str, Any], comes: str
) -> None:
    await find(bench)
    before = full_dump(bench.database.url)
    started = app(lock_timeout=0.2, **options)
    caplog.clear()
    if comes and not comes.startswith("warned: "):
        assert comes in await refused(started)
    else:
        async with served(started):
            pass
        assert started.state.lockgate.state in {"current", "ahead", "behind", "diverged"}
        warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warned) == bool(comes)
        assert comes.removeprefix("warned: ") in "".join(warned)
    assert full_dump(bench.database.url) == before


@pytest.mark.parametrize("name", ["development", "test"])
@pytest.mark.parametrize("find", [ahead, edited, missing, behind, edited_and_behind])
async def test_on_a_laptop_all_of_it_starts(
    bench: Bench, app: Apps, find: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await find(bench)
    monkeypatch.setenv("ENV", name)
    monkeypatch.setenv("AUTO_MIGRATE", "false")
    async with served(app()):
        pass


async def test_the_errors_of_a_script(bench: Bench) -> None:
    await edited(bench)
    async with bench.runner() as runner:
        with pytest.raises(HistoryError) as diverged:
            await runner.open_gate()
        assert [(one.kind, one.name) for one in diverged.value.problems] == [("edited", "002_t2.sql")]
    bench.files.tables(3)
    async with bench.runner() as runner:
        with pytest.raises(NotCurrent) as pending:
            await runner.open_gate(on_pending="fail")
    assert (pending.value.exit_code, diverged.value.exit_code) == (6, 4)


async def test_a_migration_that_would_come_too_late_is_named_as_such(bench: Bench, app: Apps) -> None:
    bench.files.table(2)
    await bench.up(force=True)
    bench.files.table(1)
    reason = await refused(app(on_pending="fail"))
    assert "001_t1.sql is pending, but 002_t2.sql, which sorts after it, is applied" in reason


EMPTY = "There are no migrations at {}: nothing was compared."


@pytest.mark.parametrize("there", ["no folder", "an empty folder"])
@pytest.mark.parametrize("applied", [0, 1])
async def test_a_start_that_has_nothing_to_compare_says_so(
    *, bench: Bench, app: Apps, caplog: pytest.LogCaptureFixture, there: str, applied: int
) -> None:
    bench.files.tables(applied)
    if applied:
        await bench.up(force=True)
        bench.files.remove("001_t1.sql")
    folder = bench.files.folder if there == "an empty folder" else bench.files.folder / "nowhere"
    async with served(app(directory=folder)):
        pass
    assert [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING] == [EMPTY.format(folder)]


async def test_a_forced_start_without_migrations_is_refused_where_some_are_applied(bench: Bench, app: Apps) -> None:
    bench.files.table(1)
    await bench.up(force=True)
    bench.files.remove("001_t1.sql")
    assert "There is no migration here, but 1 are applied" in await refused(app(force_migration=True))
    assert "There is no migrations folder at" in await refused(app(force_migration=True, directory="nowhere"))


async def test_who_may_not_migrate_waits_for_who_may(bench: Bench, app: Apps, caplog: pytest.LogCaptureFixture) -> None:
    bench.files.tables(2)
    started = Lifespan(waiting := app())
    with caplog.at_level(logging.INFO, "lockgate"):
        answer = asyncio.create_task(started.startup())
        await asyncio.sleep(0.3)
        assert not answer.done()
        await bench.up(force=True)
        assert (await answer)["type"] == "lifespan.startup.complete"
    assert waiting.state.lockgate.ready
    assert waiting.state.lockgate.applied is None
    said = [record.getMessage() for record in caplog.records]
    assert "Waiting up to 60 s for another process to apply 2 pending migrations." in said
    await started.shutdown()


async def test_waiting_ends_when_newer_code_has_applied_more(bench: Bench, app: Apps) -> None:
    bench.files.table(1)
    for policy, kind in (("start", "complete"), ("fail", "failed")):
        started = Lifespan(app(on_ahead=policy))
        answer = asyncio.create_task(started.startup())
        await asyncio.sleep(0.2)
        bench.files.table(2)
        await bench.up(force=True)
        assert (await answer)["type"] == f"lifespan.startup.{kind}"
        if kind == "complete":
            await started.shutdown()
        async with bench.runner() as runner:
            await runner.down(all=True, force=True)
        bench.files.remove("002_t2.sql")


async def test_waiting_ends_at_once_when_history_diverges(bench: Bench, app: Apps) -> None:
    bench.files.table(1)
    answer = asyncio.create_task(refused(app()))
    await asyncio.sleep(0.2)
    bench.files.write("001_t1.sql", "CREATE TABLE other (id INTEGER PRIMARY KEY)")
    await bench.up(force=True)
    assert "001_t1.sql was edited after it was applied" in await asyncio.wait_for(answer, 10)


async def test_another_process_at_work_is_seen_and_named(
    bench: Bench, app: Apps, caplog: pytest.LogCaptureFixture
) -> None:
    pauses, reached, go = pausing()
    migrations = [("001_paused.py", pauses)]
    async with Runner(bench.database.url, migrations=migrations) as other:
        running = asyncio.create_task(other.up(force=True))
        await reached.wait()
        warned = app(migrations=migrations, on_pending="warn")
        async with served(warned):
            assert (warned.state.lockgate.state, warned.state.lockgate.ready) == ("locked", False)
        assert "is at work" in await refused(app(migrations=migrations, on_pending="fail"))
        with caplog.at_level(logging.INFO, "lockgate"):
            started = Lifespan(app(migrations=migrations))
            answer = asyncio.create_task(started.startup())
            await asyncio.sleep(0.3)
            go.set()
            assert (await answer)["type"] == "lifespan.startup.complete"
        waits = [one.getMessage() for one in caplog.records if one.getMessage().startswith("Waiting")]
        assert len(waits) == 1
        assert "another process" not in waits[0]
        await started.shutdown()
        await running


async def test_a_forced_start_waits_for_another_that_runs_and_runs_what_is_left(bench: Bench, app: Apps) -> None:
    pauses, reached, go = pausing()
    migrations = [("001_paused.py", pauses)]
    async with Runner(bench.database.url, migrations=migrations) as other:
        running = asyncio.create_task(other.up(force=True))
        await reached.wait()
        started = Lifespan(forced := app(migrations=migrations, force_migration=True))
        answer = asyncio.create_task(started.startup())
        await asyncio.sleep(0.2)
        assert not answer.done()
        go.set()
        assert (await answer)["type"] == "lifespan.startup.complete"
        await running
    assert forced.state.lockgate.applied.names == ()
    assert await bench.names() == ["001_paused.py"]
    await started.shutdown()


@pytest.mark.parametrize("forced", [True, False])
async def test_who_is_at_work_is_waited_for_longer_and_not_for_ever(*, bench: Bench, app: Apps, forced: bool) -> None:
    pauses, reached, go = pausing()
    migrations = [("001_paused.py", pauses)]
    async with Runner(bench.database.url, migrations=migrations) as other:
        running = asyncio.create_task(other.up(force=True))
        await reached.wait()
        reason = await refused(app(migrations=migrations, force_migration=forced, lock_timeout=0.1))
        assert ("The migration lock was not had within 1 s" if forced else "is at work. Nobody changed that") in reason
        assert "within 1 s" in reason
        started = Lifespan(app(migrations=migrations, force_migration=forced, lock_timeout=0.3))
        answer = asyncio.create_task(started.startup())
        await asyncio.sleep(0.8)
        assert not answer.done()
        go.set()
        assert (await answer)["type"] == "lifespan.startup.complete"
        await running
        await started.shutdown()
