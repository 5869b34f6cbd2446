"""Two databases of each engine for all drafts of a session."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from convergence.stage import PostgresStage, SqliteStage
from generating.places import Workshop
from servers import demanded_url, with_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from servers import Servers


@pytest.fixture(scope="session")
def shared(servers: Servers) -> Iterator[Callable[[str], tuple[str, str]]]:
    """The URLs of the two databases on an engine's server."""
    made: dict[str, str] = {}
    names = [f"t_{uuid.uuid4().hex[:12]}" for _ in range(2)]

    def urls(engine: str) -> tuple[str, str]:
        if engine not in made:
            admin_url = demanded_url(servers, engine)
            asyncio.run(_administer(admin_url, *(f"CREATE DATABASE {name} TEMPLATE template0" for name in names)))
            made[engine] = admin_url
        first, second = (with_database(made[engine], name) for name in names)
        return first, second

    yield urls
    for admin_url in made.values():
        asyncio.run(_administer(admin_url, *(f"DROP DATABASE {name} WITH (FORCE)" for name in names)))


async def _administer(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def places(engine: str, request: pytest.FixtureRequest) -> tuple[str, str] | None:
    """The shared databases; before the test has a loop, in which none could be made."""
    return None if engine == "sqlite" else request.getfixturevalue("shared")(engine)


@pytest.fixture(scope="module")
def kept() -> dict[str, PostgresStage]:
    return {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def workshop(
    places: tuple[str, str] | None, tmp_path: Path, kept: dict[str, PostgresStage], stack: AsyncExitStack
) -> Workshop:
    """A server's databases are opened once for all tests of a module."""
    folder = tmp_path / "migrations"
    if places is None:
        return Workshop(SqliteStage(tmp_path / "app.db"), SqliteStage(tmp_path / "trial.db"), folder)
    for url in places:
        if url not in kept:
            kept[url] = await stack.enter_async_context(PostgresStage.on(url))
    return Workshop(kept[places[0]], kept[places[1]], folder)
