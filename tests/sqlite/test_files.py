"""Database files that cannot be written, opened, or found; and other ways to name a database."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from conformance.bench import arrived, pausing
from lockgate import DatabaseUnreachable, LockgateError, LockTimeout, Migration, MigrationFailed, Runner
from lockgate.events import LockAwaited

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Bench, Files

pytestmark = pytest.mark.asyncio


async def test_looking_at_a_database_that_is_not_there_does_not_make_it(bench: Bench) -> None:
    bench.files.tables(1)
    async with bench.runner() as runner:
        assert (await runner.status()).state == "behind"
        await runner.plan()
        assert not (await runner.history()).exists
        assert (await runner.down()).migrations == ()
        await runner.stamp("1", dry_run=True)
        await runner.repair(dry_run=True)
        assert not bench.database.path.exists()  # type: ignore[attr-defined]
        await runner.up()
        assert bench.database.path.exists()  # type: ignore[attr-defined]
        assert (await runner.status()).state == "current"


async def test_a_file_that_is_not_a_database(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(1)
    (tmp_path / "app.db").write_bytes(b"this is no database, and is longer than its header: " * 10)
    for call in ("status", "up", "history"):
        async with bench.runner() as runner:
            with pytest.raises(DatabaseUnreachable, match="not a database") as raised:
                await getattr(runner, call)()
            assert raised.value.exit_code == 7
    assert (tmp_path / "app.db").read_bytes().startswith(b"this is no database")


@pytest.mark.parametrize("path", ["nowhere/app.db", "."])
async def test_a_place_that_cannot_hold_a_database(files: Files, tmp_path: Path, path: str) -> None:
    files.tables(1)
    async with Runner(f"sqlite:///{tmp_path / path}", directory=files.folder) as runner:
        with pytest.raises(DatabaseUnreachable, match="cannot be opened") as raised:
            await runner.up()
        assert "folder must exist" in raised.value.hint


def unwritable(path: Path, tmp_path: Path, kind: str) -> str:
    """The URL of a database that may not be written; root writes whatever the permissions say."""
    if os.geteuid() == 0 or kind == "mode=ro":
        return f"sqlite:///file:{path}?mode=ro&uri=true"
    (path if kind == "a file" else tmp_path).chmod(stat.S_IRUSR | stat.S_IXUSR)
    return f"sqlite:///{path}"


def writable(path: Path, tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRWXU)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)


@pytest.mark.parametrize("kind", ["a file", "a folder", "mode=ro"])
async def test_what_is_read_only_can_be_looked_at_and_refuses_the_rest(bench: Bench, tmp_path: Path, kind: str) -> None:
    bench.files.tables(1)
    await bench.up()
    url = unwritable(tmp_path / "app.db", tmp_path, kind)
    try:
        async with bench.runner(url) as runner:
            assert (await runner.status()).state == "current"
            assert (await runner.up()).migrations == ()
            for call, arguments in (("down", ()), ("stamp", ("2",)), ("up", ())):
                if call == "stamp":
                    bench.files.table(2)
                with pytest.raises(LockgateError, match=r"readonly|read-only|unable to open"):
                    await getattr(runner, call)(*arguments)
    finally:
        writable(tmp_path / "app.db", tmp_path)
    assert await bench.names() == ["001_t1.sql"]
    assert await bench.database.tables() == {"t1"}


async def test_a_read_only_database_without_a_tracking_table(bench: Bench, tmp_path: Path) -> None:
    await bench.database.execute("CREATE TABLE theirs (id INTEGER)")
    bench.files.tables(1)
    async with bench.runner(f"sqlite:///file:{tmp_path / 'app.db'}?mode=ro&uri=true") as runner:
        assert (await runner.status()).state == "behind"
        with pytest.raises(LockgateError, match=r"readonly|read-only"):
            await runner.up()
    assert await bench.database.tables() == {"theirs"}


async def test_a_read_only_url_of_no_file_is_unreachable_and_makes_none(files: Files, tmp_path: Path) -> None:
    files.tables(1)
    async with Runner(f"sqlite:///file:{tmp_path / 'none.db'}?mode=ro&uri=true", directory=files.folder) as runner:
        with pytest.raises(DatabaseUnreachable):
            await runner.status()
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite+aiosqlite://", "sqlite:///file::memory:?uri=true"]
)
async def test_a_database_in_memory_lives_as_long_as_the_runner(files: Files, url: str) -> None:
    files.tables(2)
    async with Runner(url, directory=files.folder) as runner:
        assert len((await runner.up()).names) == 2
        assert (await runner.up()).migrations == ()
        assert (await runner.status()).state == "current"
        assert len((await runner.down()).names) == 2


@pytest.mark.parametrize("pool", [StaticPool, None])
async def test_an_engine_in_memory_is_migrated_where_the_application_sees_it(files: Files, pool: Any) -> None:
    files.tables(2)
    files.python("003_p.py", "await self.db.create_table('p', sa.Column('id', sa.Integer))")
    files.write("004_f.sql", "CREATE TABLE half (id INTEGER); SELECT nope;")
    engine = create_async_engine("sqlite+aiosqlite://", **({"poolclass": pool} if pool else {}))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE before (id INTEGER)"))
    async with Runner(engine, directory=files.folder) as runner:
        with pytest.raises(MigrationFailed):
            await runner.up()
        assert len((await runner.history()).rows) == 3
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO t1 VALUES (1)"))
        await connection.execute(text("INSERT INTO p VALUES (1)"))
    async with engine.connect() as connection:
        # The application's own transactions are what they were: this one is never committed.
        await connection.execute(text("INSERT INTO t1 VALUES (2)"))
        await connection.rollback()
        assert (await connection.execute(text("SELECT id FROM t1"))).scalars().all() == [1]
    await engine.dispose()


@pytest.mark.parametrize("pool", [None, NullPool])
async def test_an_engine_on_a_file_is_worked_with(bench: Bench, pool: Any) -> None:
    bench.files.tables(2)
    bench.files.python(
        "003_p.py", "await self.db.create_table('p', sa.Column('id', sa.Integer))\nassert await self.db.has_table('t1')"
    )
    engine = create_async_engine(
        bench.database.url.replace("sqlite:", "sqlite+aiosqlite:"), **({"poolclass": pool} if pool else {})
    )
    async with bench.runner(engine) as runner:
        assert len((await runner.up()).names) == 3
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM t1"))).scalar_one() == 0
    await engine.dispose()
    assert await bench.database.tables() == {"t1", "t2", "p"}


@pytest.mark.parametrize("kind", ["sql", "python", "steps", "first"])
async def test_another_connection_that_writes_is_waited_for_within_the_bound(bench: Bench, kind: str) -> None:
    if kind != "first":
        bench.files.table(1)
        await bench.up()
    if kind == "python":
        bench.files.python("002_t2.py", "await self.db.execute('CREATE TABLE t2 (id INTEGER)')")
    elif kind == "steps":
        bench.files.write("002_t2.sql", "-- migrate:up transaction:false\nCREATE TABLE t2 (id INTEGER);")
    else:
        bench.files.table(2)
    with closing(sqlite3.connect(bench.database.path, isolation_level=None)) as other:  # type: ignore[attr-defined]
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        async with bench.runner(lock_timeout=0.3) as runner:
            with pytest.raises(LockTimeout, match=r"0\.3 s"):
                await runner.up()
        assert time.monotonic() - began < 4
        other.execute("ROLLBACK")
    assert len(await bench.up()) == 1


async def test_auto_mode_waits_for_another_process_that_commits(bench: Bench) -> None:
    models = MetaData()
    Table("notes", models, Column("id", Integer, primary_key=True))
    with closing(sqlite3.connect(bench.database.path, isolation_level=None)) as other:  # type: ignore[attr-defined]
        other.execute("BEGIN EXCLUSIVE")

        def told(event: object) -> None:
            if isinstance(event, LockAwaited):
                other.execute("COMMIT")

        async with bench.runner(models=models, environment="development", on_event=told) as runner:
            report = await runner.auto_migrate()
    assert report.changes


async def test_a_waiting_runner_goes_on_when_the_other_connection_has_ended(bench: Bench) -> None:
    bench.files.table(1)
    await bench.up()
    bench.files.table(2)
    other = sqlite3.connect(bench.database.path, isolation_level=None)  # type: ignore[attr-defined]
    other.execute("BEGIN IMMEDIATE")

    def told(event: object) -> None:
        if type(event).__name__ == "LockAwaited":
            other.execute("COMMIT")

    with closing(other):
        async with bench.runner(on_event=told, lock_timeout=20) as runner:
            assert (await runner.up()).names == ("002_t2.sql",)


async def test_a_reader_that_stays_does_not_lose_a_migration(bench: Bench) -> None:
    """A reader keeps COMMIT from finishing; what then fails must not be half done."""
    bench.files.table(1)
    await bench.up()
    bench.files.table(2)
    with closing(sqlite3.connect(bench.database.path, isolation_level=None)) as other:  # type: ignore[attr-defined]
        other.execute("BEGIN")
        other.execute("SELECT * FROM t1").fetchall()
        async with bench.runner(lock_timeout=0.3) as runner:
            with pytest.raises(LockgateError):
                await asyncio.wait_for(runner.up(), 30)
        other.execute("ROLLBACK")
    assert await bench.database.tables() == {"t1"}
    assert await bench.names() == ["001_t1.sql"]
    assert await bench.up() == ["002_t2.sql"]


async def test_a_database_with_a_write_ahead_log(bench: Bench) -> None:
    await bench.database.execute("PRAGMA journal_mode = WAL")
    bench.files.tables(3)
    pauses, reached, go = pausing()

    class First(Migration):
        async def up(self) -> None:
            await self.db.execute("CREATE TABLE first (id INTEGER)")

    async with bench.runner(migrations=[("001_f", First), ("002_p", pauses)]) as runner:
        task = asyncio.create_task(runner.up())
        await arrived(reached, task)
        assert await bench.names() == ["001_f"]
        go.set()
        await task
    assert await bench.names() == ["001_f", "002_p"]


async def test_a_long_statement_is_stopped_when_its_run_is_cancelled(bench: Bench) -> None:
    bench.files.write(
        "001_long.sql",
        "CREATE TABLE a (id INTEGER);\nINSERT INTO a WITH RECURSIVE n(i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0;",
    )
    started = asyncio.Event()
    async with bench.runner(
        on_event=lambda event: type(event).__name__ == "MigrationStarted" and started.set()
    ) as runner:
        task = asyncio.create_task(runner.up())
        await asyncio.wait_for(started.wait(), 20)
        async with asyncio.timeout(20):
            while not (bench.database.path.parent / "app.db-journal").exists():  # noqa: ASYNC110 - SQLite tells no one
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(task), 20)
    assert await bench.database.tables() == set()
    assert await bench.names() == []


TRIGGERS = """
    CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT);
    CREATE TABLE log (t TEXT);
    CREATE TRIGGER one AFTER INSERT ON a WHEN new.t <> ';' BEGIN
        INSERT INTO log VALUES ('it''s; ' || new.t); -- a comment; END;
        UPDATE a SET t = CASE WHEN new.t = 'x' THEN 'case' ELSE 'else' END WHERE id = new.id;
    END;
    CREATE TEMP TRIGGER two AFTER INSERT ON a BEGIN SELECT 1; END;
    INSERT INTO a VALUES (1, 'x');
    """


async def test_trigger_bodies_run_whole(bench: Bench) -> None:
    bench.files.write("001_t.sql", TRIGGERS)
    await bench.up()
    assert await bench.database.rows("SELECT a.t, log.t FROM a, log") == [("case", "it's; x")]


_PROCESS = """
import asyncio, pathlib, sys
from lockgate import Runner
url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
async def run():
    async with Runner(url, directory=folder) as runner:
        await runner.up()
async def main():
    {body}
try:
    asyncio.run(main())
finally:
    print("over", flush=True)
"""
_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
_SLEEPS = """
import asyncio
from lockgate import Migration
class Sleeps(Migration):
    async def up(self):
        await self.db.execute("CREATE TABLE half (id INTEGER)")
        await asyncio.sleep(60)
"""
# What the process does, and what it finds as its second migration.
_BODIES = {
    "success": ("await run()", "", ""),
    "failure": ("await run()", "002_f.sql", "SELECT nope"),
    "cancellation": ("await asyncio.wait_for(run(), 1)", "002_f.py", _SLEEPS),
    "cancellation in a statement": (
        "await asyncio.wait_for(run(), 1)",
        "002_f.sql",
        f"SELECT count(*) FROM ({_ENDLESS})",
    ),
    "a runner without a block": (
        "runner = Runner(url, directory=folder)\n    await runner.up()\n    await runner.close()",
        "",
        "",
    ),
    "a file that is no database": (
        "pathlib.Path(url[10:]).write_text('no database, and longer than a header' * 9)\n    await run()",
        "",
        "",
    ),
}


@pytest.mark.parametrize("body", _BODIES)
async def test_the_process_ends_after(bench: Bench, body: str) -> None:
    """An open connection's thread would keep it alive for ever."""
    bench.files.table(1)
    script, name, text_of = _BODIES[body]
    if name:
        bench.files.write(name, text_of)
    command = [sys.executable, "-c", _PROCESS.format(body=script), bench.database.url, str(bench.files.folder)]
    ended = await asyncio.to_thread(
        subprocess.run,
        command,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"ENV": "test"},
        check=False,
    )
    assert "over" in ended.stdout
    fine = body in {"success", "a runner without a block"}
    assert (ended.returncode == 0) is fine, ended.stderr
    if body.startswith("cancellation"):
        assert "TimeoutError" in ended.stderr.strip().splitlines()[-1]
    if body != "a file that is no database":
        assert await bench.names() == ["001_t1.sql"]
        assert await bench.database.tables() == {"t1"}
