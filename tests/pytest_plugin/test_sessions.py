"""Several workers, several sessions at once, and one that is killed, on one PostgreSQL server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from pytest_plugin.project import Project

# It tells how often it has run.
_MIGRATION = """
from pathlib import Path
from lockgate import Migration

class Counted(Migration):
    async def up(self) -> None:
        await self.db.execute("CREATE TABLE notes (id serial PRIMARY KEY, text text)")
        with Path(__file__).with_name("ran.txt").open("a") as file:
            file.write("once more\\n")
"""
_TESTS = """
import asyncio
import os
import pathlib
import time
import asyncpg
import pytest

@pytest.fixture(scope="session", autouse=True)
def all_are_here(lockgate_shared_database):
    yield  # the template stays until nobody uses it, so nobody goes before all have come
    here = pathlib.Path("here")
    here.mkdir(exist_ok=True)
    (here / str(os.getpid())).touch()
    for _ in range(600):
        if len(list(here.iterdir())) >= int(os.environ.get("PROCESSES", "1")):
            return
        time.sleep(0.05)
    pytest.fail("the others did not come")

@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(12))
async def test_it(lockgate_database, number):
    connection = await asyncpg.connect(lockgate_database.url)
    assert await connection.fetchval("INSERT INTO notes (text) VALUES ('mine') RETURNING id") == 1
    assert await connection.fetchval("SELECT count(*) FROM notes") == 1
    if number % 3 == 2:
        await connection.execute("ALTER TABLE notes ADD COLUMN more int")
    await asyncio.sleep(0.05)
    await connection.close()
"""
_HANGING = """
import pathlib
import time

def test_it(lockgate_database, lockgate_empty_database):
    pathlib.Path("reached").touch()
    time.sleep(60)
"""


@pytest.fixture
def counted(postgresql: Project) -> Project:
    postgresql.files.write("001_counted.py", _MIGRATION)
    postgresql.write("test_it.py", _TESTS)
    return postgresql


def test_workers_and_sessions_share_one_template(counted: Project, left_behind: Callable[[], list[str]]) -> None:
    workers, alone = (counted.start(*options, PROCESSES="3") for options in (("-n", "2"), ()))
    for outcome in map(counted.finish, (workers, alone)):
        assert outcome.status == 0, outcome.words
        assert list(outcome.tests.values()) == ["passed"] * 12
    assert (counted.files.folder / "ran.txt").read_text() == "once more\n"
    assert left_behind() == []


def test_what_a_killed_session_leaves_goes_with_the_next(
    counted: Project, left_behind: Callable[[], list[str]]
) -> None:
    counted.write("test_hanging.py", _HANGING)
    process = counted.start("test_hanging.py")
    _wait_for(counted.folder / "reached", process)
    process.kill()
    process.communicate()
    assert len(left_behind()) >= 3  # the template, a copy, and an empty one
    # Another migration, so another template: the old one is of no use.
    counted.files.table(2)
    outcome = counted.run("test_it.py")
    assert outcome.status == 0, outcome.words
    assert left_behind() == []


def _wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
