"""A project, and the names of the databases for tests that are on its server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from pytest_plugin.project import Project
from servers import demanded_url, with_database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from servers import Servers


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A project on SQLite, and one on PostgreSQL; the database that its settings name is not there."""
    if request.param == "sqlite":
        return Project(tmp_path, "sqlite:///app.db")
    return request.getfixturevalue("postgresql")  # type: ignore[no-any-return]


@pytest.fixture
def postgresql(servers: Servers, tmp_path: Path) -> Project:
    """A project on one PostgreSQL."""
    return Project(tmp_path, with_database(demanded_url(servers, servers.names[0]), "not_there"))


@pytest.fixture
def left_behind(servers: Servers) -> Callable[[], list[str]]:
    """Tells which databases of Lockgate's are on that server."""

    async def ask() -> list[str]:
        connection = await asyncpg.connect(demanded_url(servers, servers.names[0]))
        try:
            rows = await connection.fetch("SELECT datname FROM pg_database WHERE datname ~ '^lockgate_'")
        finally:
            await connection.close()
        return [row[0] for row in rows]

    return lambda: asyncio.run(ask())
