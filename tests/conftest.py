"""Fixtures of every suite: a clean environment, the engines, a database and a folder of migrations for each test."""

from __future__ import annotations

import os
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from conformance.bench import Bench, Files, PostgresDatabase, SqliteDatabase
from mariadb_database import fresh_mariadb
from mysql_server import PROGRAM_VARIABLE, mysql_program
from servers import MYSQL_URL_VARIABLE, URL_VARIABLE, Servers, demanded_url, with_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from conformance.bench import Database

# Read before the tests' environment is cleaned.
_SERVERS = Servers(
    os.environ.get(URL_VARIABLE), os.environ.get(MYSQL_URL_VARIABLE), mysql_program(os.environ.get(PROGRAM_VARIABLE))
)
_OURS = {"ENV", "AUTO_MIGRATE", "FORCE_MIGRATION", "DATABASE_URL"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable that a runner reads is set but ENV=test, and the current directory holds nothing."""
    for name in list(os.environ):
        if name in _OURS or name.startswith(("LOCKGATE_", "PG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ENV", "test")
    monkeypatch.chdir(tmp_path)


def pytest_report_header() -> str | None:
    """Say what is left out."""
    if "mysql" in _SERVERS.mysql_names:
        return None
    return f"no MySQL, whose tests are left out: {PROGRAM_VARIABLE} says where its mysqld is, or {MYSQL_URL_VARIABLE} a server"


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    yield _SERVERS
    _SERVERS.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test of a database the engines that its folder speaks of."""
    if "engine" not in metafunc.fixturenames:
        return
    if any(marker.args[0] == "engine" for marker in metafunc.definition.iter_markers("parametrize")):
        return
    folder = metafunc.definition.path.parent.name
    follows = ("sqlite", *_SERVERS.names)
    of_folder = {
        "sqlite": ("sqlite",),
        "postgresql": _SERVERS.names,
        "layouts": ("sqlite",),
        "linting": _SERVERS.names[: 1 if getattr(metafunc.module, "ON_ONE_SERVER", False) else None],
        "pooled": _SERVERS.names[:1],
        "fleets": _SERVERS.names[:1],
        "mysql": _SERVERS.mysql_names,
        "docs": (*follows, *_SERVERS.mysql_names),
        "backup": (*follows, *_SERVERS.mysql_names),
        "adopt": (*follows, *_SERVERS.mysql_names),
        "backfills": (*follows, *_SERVERS.mysql_names),
        "alembic_layout": (*follows, *_SERVERS.mysql_names),
        "conformance": follows if getattr(metafunc.module, "OF_MODELS", False) else (*follows, *_SERVERS.mysql_names),
    }
    metafunc.parametrize("engine", of_folder.get(folder, follows), indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def database(engine: str, servers: Servers, tmp_path: Path) -> AsyncIterator[Database]:
    """A fresh database on the engine."""
    async with fresh(engine, servers, tmp_path / "app.db") as made:
        yield made


@pytest_asyncio.fixture
async def beside(engine: str, servers: Servers, tmp_path: Path) -> AsyncIterator[Database]:
    """Another one on the same engine, to compare with."""
    async with fresh(engine, servers, tmp_path / "beside.db") as made:
        yield made


@asynccontextmanager
async def fresh(engine: str, servers: Servers, path: Path) -> AsyncIterator[Database]:
    if engine == "sqlite":
        yield SqliteDatabase(path)
        return
    admin_url = demanded_url(servers, engine)
    if engine in {"mariadb", "mysql"}:
        async with fresh_mariadb(admin_url) as made:
            yield made
        return
    name = f"t_{uuid.uuid4().hex[:12]}"
    await _administer(admin_url, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield PostgresDatabase(engine, with_database(admin_url, name))
    finally:
        await _administer(admin_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "migrations")


@pytest.fixture
def bench(database: Database, files: Files) -> Bench:
    return Bench(database, files)
