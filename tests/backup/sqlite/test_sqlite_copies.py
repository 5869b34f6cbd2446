"""SQLite's own cases: journal modes, databases without a file, rules that only the application knows, a killed process."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from backup.conftest import names_in
from lockgate import BackupFailed, SettingsError
from lockgate.backup.copying import CopyFailed
from lockgate.backup.sqlite import SqliteCopying
from lockgate.nouns.history import History

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


async def test_what_a_wal_holds_is_in_the_copy_while_others_read_and_write(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(1)
    with closing(sqlite3.connect(tmp_path / "app.db")) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE legacy (id INTEGER)")
        writer.executemany("INSERT INTO legacy VALUES (?)", [(1,), (2,)])
        writer.commit()
        assert (tmp_path / "app.db-wal").stat().st_size > 0
        async with bench.runner() as runner:
            report = await runner.up(backup=str(tmp_path / "copy.db"))
    assert report.backup == str(tmp_path / "copy.db")
    # nothing beside it, of the copy's or of the partial file's
    assert [name for name in names_in(tmp_path) if "copy.db" in name] == ["copy.db"]
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT id FROM legacy").fetchall() == [(1,), (2,)]
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_database_that_does_not_exist_yet_needs_no_copy(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(1)
    async with bench.runner() as runner:
        report = await runner.up(backup=str(tmp_path / "app.db"))
    assert report.applied
    assert report.backup is None


async def test_the_database_itself_is_never_written_over(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(2)
    await bench.up(steps=1)
    async with bench.runner() as runner:
        for place in ("app.db", "app.db-wal"):
            with pytest.raises(SettingsError, match="Nothing was run"):
                await runner.up(backup=tmp_path / place)
        assert await bench.names() == ["001_t1.sql"]
        copy = (await runner.up(backup=f"{tmp_path}/")).backup
    assert copy is not None
    assert Path(copy).parent == tmp_path
    assert await bench.names() == ["001_t1.sql", "002_t2.sql"]


async def test_a_database_in_memory_is_refused(bench: Bench) -> None:
    bench.files.tables(1)
    shared = "sqlite:///file:shared?mode=memory&cache=shared&uri=true"
    for database in ("sqlite://", shared, create_async_engine("sqlite+aiosqlite://")):
        async with bench.runner(database) as runner:
            with pytest.raises(SettingsError, match="in memory has no backup"):
                await runner.up(backup="copies/")
            assert not (await runner.status()).applied
        if not isinstance(database, str):
            await database.dispose()


async def test_rules_that_the_rows_break_or_only_the_application_knows_are_no_reason_to_refuse(
    bench: Bench, tmp_path: Path
) -> None:
    bench.files.tables(1)
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.create_function("shouts", 1, str.upper, deterministic=True)
        connection.create_collation(
            "theirs", lambda one, other: (one.lower() > other.lower()) - (one.lower() < other.lower())
        )
        connection.executescript(
            "CREATE TABLE legacy (id INTEGER, a TEXT COLLATE theirs CHECK (shouts(a) = 'A'), b INTEGER);"
            "CREATE INDEX by_a ON legacy (a, shouts(a)); INSERT INTO legacy VALUES (1, 'a', NULL), (2, 'A', 2);"
            "CREATE TABLE keyed (a TEXT COLLATE theirs PRIMARY KEY) WITHOUT ROWID; INSERT INTO keyed VALUES ('a'), ('B');"
            "PRAGMA writable_schema = ON;"
            "UPDATE sqlite_master SET sql = replace(sql, 'b INTEGER', 'b INTEGER NOT NULL CHECK (b > 5)');"
        )
    async with bench.runner() as runner:
        assert (await runner.up(backup="copies/")).backup


async def test_a_database_that_is_broken_is_not_migrated(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(2)
    await bench.up(steps=1)
    await bench.database.execute("CREATE TABLE legacy (said TEXT)")
    await bench.database.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                                 " INSERT INTO legacy SELECT hex(randomblob(200)) FROM n")  # fmt: skip
    ((page,),) = await bench.database.rows("SELECT rootpage FROM sqlite_master WHERE name = 'legacy'")
    with (tmp_path / "app.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 2000)
    async with bench.runner() as runner:
        with pytest.raises(BackupFailed, match=r"the copy cannot be read|quick_check of the copy says") as caught:
            await runner.up(backup="copies/")
    assert "integrity_check" in caught.value.hint
    assert names_in(Path("copies")) == []
    assert await bench.names() == ["001_t1.sql"]


async def test_an_attached_tracking_table_is_refused_for_it_would_not_be_copied(bench: Bench) -> None:
    bench.files.tables(1)
    engine = create_async_engine("sqlite+aiosqlite:///app.db")
    event.listen(
        engine.sync_engine, "connect", lambda connection, _: connection.execute("ATTACH 'other.db' AS other").close()
    )
    async with bench.runner(engine, table="other.schema_migrations") as runner:
        with pytest.raises(BackupFailed, match="attached"):
            await runner.up(backup="copies/")
    await engine.dispose()


async def test_a_copy_that_is_cut_off_or_has_another_history_is_refused(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(2)
    await bench.up()
    async with bench.runner() as runner:
        history = await runner.history()
    copying = SqliteCopying(tmp_path / "app.db", '"main"."schema_migrations"', 5)
    (tmp_path / "copy.db").touch()
    await copying.copy(tmp_path / "copy.db")
    await copying.verify(tmp_path / "copy.db", history)
    with pytest.raises(CopyFailed, match="has 2 rows, which are not the 1 of"):
        await copying.verify(tmp_path / "copy.db", History(history.rows[:1]))
    whole = (tmp_path / "copy.db").read_bytes()
    for short in (whole[: len(whole) // 2], whole[:4096], b"", b"x" * 5000):
        (tmp_path / "copy.db").write_bytes(short)
        with pytest.raises(CopyFailed):
            await copying.verify(tmp_path / "copy.db", history)


async def test_a_task_that_is_cancelled_past_anyio_ends_the_copy_too(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(1)
    await bench.database.execute("CREATE TABLE legacy (id INTEGER, said TEXT)")
    await _grow(bench)
    async with bench.runner() as runner:
        task = asyncio.create_task(runner.up(backup=str(tmp_path / "copies")))
        while not names_in(tmp_path / "copies"):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert names_in(tmp_path / "copies") == []


async def test_what_a_killed_process_has_left_is_removed_by_the_next(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(1)
    await bench.database.execute("CREATE TABLE legacy (id INTEGER, said TEXT)")
    await _grow(bench)
    before = await bench.database.catalog()
    folder = tmp_path / "copies"
    _kill_in_the_middle(bench.database.url, folder)
    (left,) = names_in(folder)
    assert left.endswith(".partial")
    assert await bench.database.catalog() == before
    async with bench.runner() as runner:
        report = await runner.up(backup=str(folder))
    assert report.backup == str(folder / names_in(folder)[0])
    assert len(names_in(folder)) == 1


def _kill_in_the_middle(url: str, folder: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "lockgate", "up", "--database", url, "--backup", folder])
    try:
        while not names_in(folder) and process.poll() is None:
            time.sleep(0.001)
    finally:
        process.kill()
        process.wait()


async def _grow(bench: Bench) -> None:
    rows = "WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
    await bench.database.execute(f"{rows} INSERT INTO legacy SELECT i, hex(randomblob(500)) FROM n")
