"""A copy before the change, on every engine: made, verified, named, kept to a number, and brought back."""

from __future__ import annotations

import logging
import re
import resource
import stat
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from backup.conftest import content, names_in, seed
from backup.restoring import restore
from lockgate import BackupFailed, MigrationFailed
from lockgate.events import BackedUp, MigrationStarted, RunStarted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from conformance.bench import Bench, Database
    from lockgate.events import Event

pytestmark = pytest.mark.asyncio

_SUFFIX = {"sqlite": ".db", "mariadb": ".sql", "mysql": ".sql"}


async def test_the_copy_is_made_before_the_change_and_brings_the_database_back(
    bench: Bench, beside: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "lockgate")
    await seed(bench.database)
    first, second = bench.files.tables(2)
    await bench.up(steps=1)
    before = await content(bench)
    events: list[Event] = []
    async with bench.runner(on_event=events.append) as runner:
        report = await runner.up(backup=tmp_path / "deep" / "copies")

    assert report.names == (second,)
    (name,) = names_in(tmp_path / "deep" / "copies")
    path = tmp_path / "deep" / "copies" / name
    assert report.backup == report.as_json()["backup"] == str(path)
    suffix = re.escape(_SUFFIX.get(bench.database.engine, ".dump"))
    database = "app" if bench.database.engine == "sqlite" else bench.database.url.rsplit("/", 1)[1]
    assert re.fullmatch(rf"{database}-\d{{8}}T\d{{6}}Z-001{suffix}", name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    told = [event for event in events if isinstance(event, (BackedUp, RunStarted, MigrationStarted))]
    assert [type(event) for event in told] == [BackedUp, RunStarted, MigrationStarted]
    assert told[0] == BackedUp(str(path), path.stat().st_size, told[0].seconds)  # type: ignore[union-attr]
    assert f"Backed the database up to {path}" in caplog.text
    assert "s3cret" not in caplog.text

    restore(str(path), beside)
    assert await content(bench, beside) == before
    async with bench.runner(beside.url) as runner:
        assert [source.name for source in (await runner.status()).pending] == [second]
        assert (await runner.up()).names == (second,)
    assert await beside.catalog() == await bench.database.catalog()
    assert first in await bench.names()


async def test_none_is_made_where_nothing_is_pending_and_one_where_many_start_at_once(
    bench: Bench, tmp_path: Path
) -> None:
    await seed(bench.database)
    bench.files.tables(2)
    folder = tmp_path / "copies"
    reports: list[Any] = []

    async def start() -> None:
        async with bench.runner(backup=str(folder)) as runner:
            reports.append(await runner.up())

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(start)
    assert len(names_in(folder)) == 1
    assert [bool(report.backup) for report in reports] == [bool(report.applied) for report in reports]
    await start()
    assert len(names_in(folder)) == 1
    assert reports[-1].backup is None
    assert "backup" not in reports[-1].as_json()


async def test_as_many_stay_as_are_to_be_kept_and_no_other_file_is_touched(bench: Bench, tmp_path: Path) -> None:
    await seed(bench.database)
    bench.files.tables(4)
    folder = tmp_path / "copies"
    folder.mkdir()
    others = ["notes.txt", "app.db", "other-20200101T000000Z-001.dump", "app-x-20200101T000000Z-001.db", ".app.partial"]
    for name in others:
        (folder / name).write_text("mine")
    async with bench.runner(backup=str(folder), backup_keep=2) as runner:
        made = [(await runner.up(steps=1)).backup for _ in range(3)]
        made.append((await runner.down()).backup)
    assert names_in(folder) == sorted([*others, *(str(one).rsplit("/", 1)[1] for one in made[2:])])


async def test_a_run_that_fails_afterwards_says_where_the_copy_is(bench: Bench, tmp_path: Path) -> None:
    await seed(bench.database)
    bench.files.table(1)
    bench.files.write("002_bad.sql", "SELECT nonsense FROM nowhere")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed) as caught:
            await runner.up(backup=str(tmp_path / "copies"))
    (name,) = names_in(tmp_path / "copies")
    path = str(tmp_path / "copies" / name)
    assert caught.value.message.endswith(f"The database as it was before this run: {path}")
    assert caught.value.report is not None
    assert caught.value.report.as_json()["backup"] == path


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """No file of this process and its children becomes larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_copy_that_cannot_be_written_ends_the_run_and_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    await seed(bench.database)
    bench.files.tables(2)
    await bench.up(steps=1)
    before = await content(bench)
    async with bench.runner() as runner:
        await runner.status()
        with little_room(1000), pytest.raises(BackupFailed) as caught:
            await runner.up(backup=str(tmp_path / "copies"))
        assert caught.value.exit_code == 1
        assert caught.value.message.startswith("The backup failed, and nothing was run: ")
        assert "LOCKGATE_BACKUP" in caught.value.hint
        assert names_in(tmp_path / "copies") == []
        assert await content(bench) == before
        (tmp_path / "file").write_text("")
        with pytest.raises(BackupFailed, match="Not a directory"):
            await runner.up(backup=str(tmp_path / "file" / "copies"))
        assert len((await runner.up(backup=str(tmp_path / "copies"))).applied) == 1


@asynccontextmanager
async def held(database: Database) -> AsyncIterator[None]:
    """Another session holds a table, so that a dump of it waits."""
    lock = "LOCK TABLE legacy IN ACCESS EXCLUSIVE MODE" if database.is_postgresql else "LOCK TABLES legacy WRITE"
    async with database.connection() as connection:  # type: ignore[attr-defined]
        run = getattr(connection, database.driver_call)
        await run("BEGIN")
        await run(lock)
        yield
        await run("ROLLBACK" if database.is_postgresql else "UNLOCK TABLES")


async def test_a_cancelled_copy_ends_and_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    await seed(bench.database)
    bench.files.table(1)
    folder = tmp_path / "copies"

    async def cancelled() -> None:
        async with bench.runner() as runner, anyio.create_task_group() as group:
            group.start_soon(lambda: runner.up(backup=str(folder)))
            with anyio.fail_after(20):
                while not any(name.endswith(".partial") for name in names_in(folder)):  # noqa: ASYNC110
                    await anyio.sleep(0.001)
            if bench.database.engine != "sqlite":
                await anyio.sleep(0.3)  # so that the program waits for the table
            group.cancel_scope.cancel()

    if bench.database.engine == "sqlite":
        rows = "WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
        await bench.database.execute(f"{rows} INSERT INTO legacy SELECT i, hex(randomblob(500)) FROM n")
        await cancelled()
    else:
        async with held(bench.database):
            await cancelled()
    assert names_in(folder) == []
    assert await bench.names() == []


async def test_a_dump_waits_for_a_table_only_so_long(bench: Bench, tmp_path: Path) -> None:
    if bench.database.engine == "sqlite":
        pytest.skip("SQLite's copy waits for no table")
    await seed(bench.database)
    bench.files.table(1)
    async with held(bench.database), bench.runner(lock_timeout=0.5) as runner:
        with pytest.raises(
            BackupFailed, match=r"(?s)pg_dump exited with 1.*statement timeout|nothing was written"
        ) as caught:
            await runner.up(backup=str(tmp_path / "copies"))
    assert "Another session" in caught.value.hint
    assert names_in(tmp_path / "copies") == []


async def test_without_the_program_nothing_is_run_and_the_error_says_what_to_install(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if bench.database.engine == "sqlite":
        pytest.skip("SQLite needs no program")
    await seed(bench.database)
    bench.files.table(1)
    monkeypatch.setenv("PATH", str(tmp_path))
    async with bench.runner() as runner:
        with pytest.raises(BackupFailed, match=r"dump.* is not on the PATH") as caught:
            await runner.up(backup=str(tmp_path / "copies"))
    assert "Install" in caught.value.hint
    assert names_in(tmp_path / "copies") == []
    assert await bench.names() == []
