"""Databases for a project: of PostgreSQL's servers, the first that has what the project asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from conftest import fresh
from servers import demanded_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from conformance.bench import Database
    from corpora.projects import Project
    from servers import Servers


@pytest_asyncio.fixture
async def server(project: Project, servers: Servers) -> str:
    """The name of the server that the project's databases are made on."""
    if project.engine != "postgresql":
        return project.engine
    for name in servers.names:
        if not await _lacks(demanded_url(servers, name), project.extensions):
            return name
    pytest.skip(f"no server has {', '.join(project.extensions)}")


async def _lacks(url: str, extensions: Sequence[str]) -> bool:
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch("SELECT name FROM pg_available_extensions")
    finally:
        await connection.close()
    return not {*extensions} <= {row["name"] for row in found}


@pytest_asyncio.fixture
async def database(server: str, servers: Servers, tmp_path: Path) -> AsyncIterator[Database]:
    """A fresh database for the project."""
    async with fresh(server, servers, tmp_path / "app.db") as made:
        yield made


@pytest_asyncio.fixture
async def beside(server: str, servers: Servers, tmp_path: Path) -> AsyncIterator[Database]:
    """Another one on the same server, to compare with."""
    async with fresh(server, servers, tmp_path / "beside.db") as made:
        yield made
