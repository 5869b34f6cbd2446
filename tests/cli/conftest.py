"""A project on SQLite, one on PostgreSQL, and one on each in turn."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import asyncpg
import pytest

from cli.shell import Project
from servers import Servers, demanded_url, with_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.bench import Database


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project on SQLite."""
    with Project(tmp_path, f"sqlite:///{tmp_path / 'app.db'}") as project:
        yield project


@pytest.fixture
def on_postgresql(tmp_path: Path, servers: Servers) -> Iterator[Project]:
    """A project on PostgreSQL."""
    server = demanded_url(servers, servers.names[0])
    name = f"cli_{uuid.uuid4().hex[:12]}"
    asyncio.run(_administer(server, f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        with Project(tmp_path, with_database(server, name)) as project:
            yield project
    finally:
        asyncio.run(_administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@pytest.fixture
def everywhere(tmp_path: Path, database: Database) -> Iterator[Project]:
    """A project on SQLite and on each PostgreSQL there is, in turn."""
    with Project(tmp_path, database.url) as project:
        yield project


@pytest.fixture(params=["project", "on_postgresql"], ids=["sqlite", "postgresql"])
def on_each(request: pytest.FixtureRequest) -> Project:
    """A project on each engine in turn."""
    found: Project = request.getfixturevalue(request.param)
    return found


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
