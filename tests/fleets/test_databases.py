"""Databases as targets, of several engines at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from conformance.bench import Files, SqliteDatabase
from lockgate import Fleet, Runner
from lockgate.urls.database_url import DatabaseUrl
from mariadb_database import fresh_mariadb
from servers import demanded_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.bench import Database, PostgresDatabase
    from servers import Servers

pytestmark = pytest.mark.asyncio


def list_of(databases: Sequence[Database]) -> None:
    Path("targets").write_text("\n".join(one.url for one in databases))


async def test_files_and_databases_of_every_engine_in_one_fleet(
    database: PostgresDatabase, servers: Servers, files: Files, tmp_path: Path
) -> None:
    names = files.tables(3)
    sqlites = [SqliteDatabase(tmp_path / f"tenant{number}.db") for number in range(20)]
    await sqlites[3].execute("CREATE TABLE t2 (mine integer)")
    async with (
        fresh_mariadb(demanded_url(servers, "mariadb")) as one,
        fresh_mariadb(demanded_url(servers, "mariadb")) as two,
    ):
        await two.execute("CREATE TABLE t3 (mine integer)")
        every = [*sqlites, database, one, two]
        list_of(every)
        fleet = Fleet("targets", directory=files.folder, concurrency=4)
        report = await fleet.up()
        assert (report.applied, report.migrations) == (21, 63 + 1 + 2)
        assert {one.target for one in report.failed} == {sqlites[3].url, DatabaseUrl(two.url).masked}
        for healthy in (*sqlites[:3], *sqlites[4:], database, one):
            assert await healthy.tables() == {"t1", "t2", "t3"}
        status = await fleet.status()
        assert [(group.at, group.targets) for group in status.groups] == [(names[2], 21), (names[0], 1), (names[1], 1)]
        for poisoned, left in ((sqlites[3], "t2"), (two, "t3")):
            await poisoned.execute(f"DROP TABLE {left}")
        again = await fleet.up()
        assert (again.applied, again.current, again.migrations) == (2, 21, 3)


async def test_a_file_that_is_locked_by_a_run_is_left_for_later(files: Files, tmp_path: Path) -> None:
    """Two runs of one fleet at once share SQLite files by the locks beside them."""
    files.tables(2)
    urls = [SqliteDatabase(tmp_path / f"tenant{number}.db").url for number in range(12)]
    reports = []

    async def run() -> None:
        reports.append(await Fleet(urls, directory=files.folder, concurrency=3).up())

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(run)
    assert sum(report.migrations for report in reports) == 24
    assert all(report.exit_code == 0 and report.targets == 12 for report in reports)
    async with Runner(urls[-1], directory=files.folder) as runner:
        assert (await runner.status()).state == "current"


async def test_with_the_setting_each_database_is_copied_first(files: Files, tmp_path: Path) -> None:
    files.tables(1)
    fleet = Fleet(
        [SqliteDatabase(tmp_path / f"{name}.db").url for name in ("acme", "zenith")],
        directory=files.folder,
        backup="copies/",
    )
    await fleet.up()
    files.table(2)
    assert (await fleet.up()).applied == 2
    copies = [path.name.partition("-")[0] async for path in anyio.Path("copies").iterdir()]
    assert sorted(copies) == ["acme", "zenith"]
