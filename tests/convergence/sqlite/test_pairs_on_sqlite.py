from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convergence import laws
from convergence.table import PAIRS, chosen

if TYPE_CHECKING:
    from convergence.pair import Pair
    from convergence.stage import SqliteStage

pytestmark = pytest.mark.asyncio(loop_scope="module")
OURS = [pair for pair in PAIRS if "sqlite" in pair.engines]


def each(law: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("pair", [pytest.param(pair, id=pair.name) for pair in chosen(OURS, law)])


@each(0)
async def test_there_and_back(stage: SqliteStage, pair: Pair) -> None:
    await laws.by_hand(stage, pair)


@each(1)
async def test_auto(stage: SqliteStage, pair: Pair) -> None:
    await laws.by_itself(stage, pair)


@each(2)
async def test_auto_from_nothing(stage: SqliteStage, pair: Pair) -> None:
    await laws.from_nothing(stage, pair)
