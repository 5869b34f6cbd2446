from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from convergence import laws
from convergence.generated import POSTGRESQL, metadata_of, plans
from convergence.pair import Pair
from convergence.stage import PostgresStage
from convergence.table import EVERYTHING

if TYPE_CHECKING:
    from convergence.generated import TablePlan


def test_any_models_become_any_others(engine: str, place: str) -> None:
    @settings(
        max_examples=100 if EVERYTHING else 8, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(plans(POSTGRESQL), plans(POSTGRESQL))
    def become(before: dict[str, TablePlan], after: dict[str, TablePlan]) -> None:
        asyncio.run(hold(place, before, after))

    become()


async def hold(place: str, before: dict[str, TablePlan], after: dict[str, TablePlan]) -> None:
    async with PostgresStage.on(place) as stage:
        for law in (laws.by_hand, laws.by_itself):
            one, other = (metadata_of(plan, POSTGRESQL) for plan in (before, after))
            await law(stage, Pair("generated", one, other, equal=None))
