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
            for server in servers_of(pair, place)
        ],
        indirect=["place"],
    )


def servers_of(pair: Pair, place: int) -> list[str]:
    """All that are new enough, or one of them in turn; of a server that is given the version is not known yet."""
    said = {name: name.rpartition("-")[2] for name in SERVERS}
    able = [name for name in SERVERS if not said[name].isdigit() or int(said[name]) >= pair.least] or [SERVERS[0]]
    return able if EVERYTHING else [able[place % len(able)]]


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
