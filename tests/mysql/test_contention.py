"""Others in the way: they are waited for within bounds, and tried again."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from lockgate import MigrationFailed, Runner
from mariadb_database import HEAVY, fresh_mariadb
from mariadb_server import MariadbServer
from servers import demanded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.bench import Bench, Files

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("kind", ["sql", "python"])
async def test_ddl_that_waits_for_a_table_is_tried_again_and_given_up_in_time(bench: Bench, kind: str) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER)")
    if kind == "sql":
        bench.files.write("001_a.sql", "ALTER TABLE t ADD COLUMN n INTEGER;")
    else:
        bench.files.python("001_a.py", "await self.db.add_column('t', sa.Column('n', sa.Integer))")
    async with bench.database.connection() as other:
        await other.query("START TRANSACTION")
        await other.query("SELECT * FROM t")
        async with bench.runner(ddl_lock_timeout=1, lock_timeout=1) as runner:
            with pytest.raises(MigrationFailed, match=r"Lock wait timeout[\s\S]*tried \d times") as raised:
                await asyncio.wait_for(runner.up(), 20)
        # Nobody has told MariaDB to know of metadata locks; MySQL does.
        perhaps = "" if bench.database.engine == "mysql" else "perhaps "
        assert f"in the way: {perhaps}connection {other.thread_id()} (lockgate from " in raised.value.message
        assert "idle in transaction since" in raised.value.message
        async with bench.runner(ddl_lock_timeout=1, lock_timeout=20) as runner:
            running = asyncio.create_task(runner.up())
            await asyncio.sleep(1.5)
            await other.query("COMMIT")
            await asyncio.wait_for(running, 20)
    assert await bench.database.rows("SELECT n FROM t") == []
    assert await bench.journal() == []


async def test_who_has_a_row_is_named_for_certain(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE r (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO r VALUES (1, 0)")
    bench.files.write("001_r.sql", "SET innodb_lock_wait_timeout = 1;\nUPDATE r SET n = 1;\n")
    async with bench.database.connection() as other, bench.runner(ddl_lock_timeout=1, lock_timeout=1) as runner:
        await other.query("START TRANSACTION")
        await other.query("UPDATE r SET n = 2")
        with pytest.raises(MigrationFailed, match=rf"in the way: connection {other.thread_id()} \(lockgate from "):
            await asyncio.wait_for(runner.up(), 20)
    assert await bench.database.rows("SELECT n FROM r") == [(0,)]


@pytest.mark.parametrize("engine", ["mariadb"], indirect=True)
async def test_a_server_that_knows_of_metadata_locks_is_asked(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE m (id INTEGER); INSTALL SONAME 'metadata_lock_info'")
    bench.files.write("001_m.sql", "ALTER TABLE m ADD COLUMN n INTEGER;")
    try:
        async with bench.database.connection() as other, bench.runner(ddl_lock_timeout=1, lock_timeout=1) as runner:
            await other.query("START TRANSACTION")
            await other.query("SELECT * FROM m")
            with pytest.raises(MigrationFailed, match=rf"in the way: connection {other.thread_id()} \(lockgate from "):
                await asyncio.wait_for(runner.up(), 20)
    finally:
        await bench.database.execute("UNINSTALL SONAME 'metadata_lock_info'")


@pytest.fixture(scope="module")
def knowing() -> Iterator[MariadbServer]:
    """A server that knows of metadata locks by its Performance Schema, as MySQL does without being told."""
    switches = "wait/lock/metadata/sql/mdl=ON", "statement/%=ON"
    server = demanded(
        lambda: MariadbServer(
            "--performance-schema=ON",
            *(f"--performance-schema-instrument={one}" for one in switches),
            "--performance-schema-consumer-events-statements-current=ON",
        )
    )
    yield server
    server.stop()


async def test_the_performance_schema_is_asked(knowing: MariadbServer, files: Files) -> None:
    async with fresh_mariadb(knowing.url) as database, database.connection() as other:
        await other.query("CREATE TABLE m (id INTEGER)")
        files.write("001_m.sql", "ALTER TABLE m ADD COLUMN n INTEGER;")
        await other.query("START TRANSACTION")
        await other.query("SELECT 'secret' FROM m")
        async with Runner(database.url, directory=files.folder, ddl_lock_timeout=1, lock_timeout=1) as runner:
            with pytest.raises(MigrationFailed, match=rf"in the way: connection {other.thread_id()} \(") as raised:
                await asyncio.wait_for(runner.up(), 20)
        assert re.search(r"idle in transaction since [\d:]+: SELECT '…' FROM m\)", raised.value.message)


async def test_whom_this_user_may_not_see_is_not_named(bench: Bench) -> None:
    parts = urlsplit(bench.database.url)
    await bench.database.execute(
        f"CREATE TABLE t (id INTEGER); CREATE USER owner IDENTIFIED BY 'w'; GRANT ALL ON {parts.path[1:]}.* TO owner"
    )
    bench.files.write("001_t.sql", "ALTER TABLE t ADD COLUMN n INTEGER;")
    url = parts._replace(netloc=f"owner:w@{parts.hostname}:{parts.port}").geturl()
    try:
        async with bench.database.connection() as other:
            await other.query("START TRANSACTION")
            await other.query("SELECT * FROM t")
            async with bench.runner(url, ddl_lock_timeout=1, lock_timeout=1) as runner:
                with pytest.raises(
                    MigrationFailed, match=r"in the way: sessions that this user may not see \(GRANT PROCESS"
                ):
                    await asyncio.wait_for(runner.up(), 20)
    finally:
        await bench.database.execute("DROP USER owner")


async def test_a_file_that_a_deadlock_has_undone_is_tried_again(bench: Bench) -> None:
    await bench.database.execute(
        "CREATE TABLE d (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO d VALUES (1, 0), (2, 0)"
    )
    bench.files.write(
        "001_d.sql", "UPDATE d SET n = n + 1 WHERE id = 1;\nDO sleep(1);\nUPDATE d SET n = n + 1 WHERE id = 2;\n"
    )
    async with bench.runner() as runner, bench.database.connection() as other:
        running = asyncio.create_task(runner.up())
        await bench.database.running("DO sleep%")
        await other.query("START TRANSACTION")
        await other.query(HEAVY)
        await other.query("UPDATE d SET n = n + 10 WHERE id = 2")
        await other.query("UPDATE d SET n = n + 10 WHERE id = 1")
        await other.query("COMMIT")
        await asyncio.wait_for(running, 20)
    assert await bench.database.rows("SELECT n FROM d WHERE id < 3") == [(11,), (11,)]


async def test_a_server_that_takes_no_writes_is_said(bench: Bench) -> None:
    await bench.database.execute(
        "CREATE USER IF NOT EXISTS writer IDENTIFIED BY 'w'; GRANT SELECT, CREATE, INSERT, DELETE ON *.* TO writer"
    )
    bench.files.table(1)
    place = bench.database.url.split("@")[1]
    await bench.database.execute("SET GLOBAL read_only = 1")
    try:
        async with bench.runner(f"mysql://writer:w@{place}") as runner:
            with pytest.raises(Exception, match="read-only") as raised:
                await runner.up()
    finally:
        await bench.database.execute("SET GLOBAL read_only = 0; DROP USER writer")
    assert "name the primary" in str(raised.value)
