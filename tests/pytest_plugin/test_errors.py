"""A fixture that cannot give a database says why, and what to do, and no more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg

from servers import PASSWORD, demanded_url

if TYPE_CHECKING:
    from pytest_plugin.project import Project
    from servers import Servers

_CONFTEST = """
import pathlib
import pytest
from lockgate import MigrationConfig

CASES = {cases}

@pytest.fixture(params=list(CASES))
def lockgate_config(request, monkeypatch):
    said = dict(CASES[request.param])
    monkeypatch.setenv("ENV", said.pop("env", "test"))
    return MigrationConfig(environment="test", **said)
"""
_TESTS = """
import pytest

@pytest.mark.parametrize("number", range(2))
def test_it(lockgate_database, number):
    pass
"""


async def _may_not_create(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            f"DROP ROLE IF EXISTS confined; CREATE ROLE confined LOGIN PASSWORD '{PASSWORD}' NOCREATEDB"
        )
    finally:
        await connection.close()


def test_the_error_says_what_to_do(postgresql: Project, servers: Servers) -> None:
    url = demanded_url(servers, servers.names[0])
    asyncio.run(_may_not_create(url))
    postgresql.files.table(1)
    failing = postgresql.folder / "failing"
    failing.mkdir()
    (failing / "001_wrong.sql").write_text("CREATE TABLE one (id int);\nSELEC 1;")
    cases = {
        "refused": {"database_url": f"postgresql://u:{PASSWORD}@127.0.0.1:1/app"},
        "password": {"database_url": url.replace("postgres:", "nobody:")},
        "confined": {"database_url": url.replace("postgres:", "confined:")},
        "failing": {"database_url": url, "directory": "failing"},
        "failing-sqlite": {"database_url": "sqlite:///app.db", "directory": "failing"},
        "nowhere": {"database_url": url, "directory": "nowhere"},
        "mysql": {"database_url": "mysql://root@127.0.0.1/app"},
        "production": {"env": "production", "database_url": url},
    }
    postgresql.write("conftest.py", _CONFTEST.format(cases=repr(cases)))
    postgresql.write("test_it.py", _TESTS)
    outcome = postgresql.run()
    assert set(outcome.tests.values()) == {"error"}, outcome.words
    assert len(outcome.tests) == 2 * len(cases)
    for said in (
        "postgresql://u:***@127.0.0.1:1/postgres cannot be reached",
        'password authentication failed for user "nobody"',
        "ALTER ROLE confined CREATEDB, or let lockgate_config name another server.",
        "001_wrong.sql",
        "There is no migrations folder at",
        "Test databases are made on PostgreSQL and SQLite, and not yet on mysql.",
        "Test databases are made where ENV is test or development, and it is production.",
    ):
        assert outcome.words.count(said) >= 2, said
    assert PASSWORD not in outcome.words
    assert "Traceback" not in outcome.words
    assert "src/lockgate" not in outcome.words
