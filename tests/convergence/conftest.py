"""One database of each engine for all of a session's pairs."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from convergence.stage import PostgresStage, SqliteStage
from servers import demanded_url, with_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from convergence.stage import Stage
    from servers import Servers


@pytest.fixture(scope="session")
def shared(servers: Servers) -> Iterator[Callable[[str], str]]:
    """The URL of the one database on an engine's server."""
    made: dict[str, str] = {}
    name = f"t_{uuid.uuid4().hex[:12]}"

    def url(engine: str) -> str:
        if engine not in made:
            admin_url = demanded_url(servers, engine)
            asyncio.run(_administer(admin_url, f"CREATE DATABASE {name} TEMPLATE template0"))
            made[engine] = admin_url
        return with_database(made[engine], name)

    yield url
    for admin_url in made.values():
        asyncio.run(_administer(admin_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def place(request: pytest.FixtureRequest) -> str | None:
    """The shared database of an engine; before the test has a loop, in which none could be made."""
    engine = getattr(request, "param", None) or request.getfixturevalue("engine")
    return None if engine == "sqlite" else request.getfixturevalue("shared")(engine)


@pytest.fixture(scope="module")
def kept() -> dict[str, PostgresStage]:
    return {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def stage(place: str | None, tmp_path: Path, kept: dict[str, PostgresStage], stack: AsyncExitStack) -> Stage:
    """A server's is opened once for all tests of a module."""
    if place is None:
        return SqliteStage(tmp_path / "app.db")
    if place not in kept:
        kept[place] = await stack.enter_async_context(PostgresStage.on(place))
    return kept[place]
