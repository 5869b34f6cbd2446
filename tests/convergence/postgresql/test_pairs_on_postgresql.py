from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from convergence import laws
from convergence.table import EVERYTHING, PAIRS, chosen
from servers import URL_VARIABLE, Servers

if TYPE_CHECKING:
    from convergence.pair import Pair
    from convergence.stage import PostgresStage

pytestmark = pytest.mark.asyncio(loop_scope="module")
SERVERS = Servers(os.environ.get(URL_VARIABLE)).names
OURS = [pair for pair in PAIRS if "postgresql" in pair.engines]
LAWS = ("test_there_and_back", "test_auto", "test_auto_from_nothing")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each law its pairs: by default each on one server, in turn, and not all of them to every law."""
    law = LAWS.index(metafunc.function.__name__)
    metafunc.parametrize(
        ("place", "pair"),
        [
            pytest.param(server, pair, id=f"{server}-{pair.name}")
            for place, pair in enumerate(chosen(OURS, law))
            for server in (SERVERS if EVERYTHING else [SERVERS[place % len(SERVERS)]])
        ],
        indirect=["place"],
    )


async def possible(stage: PostgresStage, pair: Pair) -> None:
    if stage.version < pair.least:
        pytest.skip(f"PostgreSQL {pair.least} and later")
    query = f"SELECT name FROM pg_available_extensions WHERE name = '{pair.extension}'"
    if pair.extension and not await stage.fetch(query):
        pytest.skip(f"the server has no {pair.extension}")


async def test_there_and_back(stage: PostgresStage, pair: Pair) -> None:
    await possible(stage, pair)
    await laws.by_hand(stage, pair)


async def test_auto(stage: PostgresStage, pair: Pair) -> None:
    await possible(stage, pair)
    await laws.by_itself(stage, pair)


async def test_auto_from_nothing(stage: PostgresStage, pair: Pair) -> None:
    await possible(stage, pair)
    await laws.from_nothing(stage, pair)
