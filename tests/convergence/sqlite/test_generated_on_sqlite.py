from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from convergence import laws
from convergence.generated import COMMON, metadata_of, plans
from convergence.pair import Pair
from convergence.stage import SqliteStage
from convergence.table import EVERYTHING

if TYPE_CHECKING:
    from convergence.generated import TablePlan


@settings(max_examples=400 if EVERYTHING else 25, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans(COMMON), plans(COMMON))
def test_any_models_become_any_others(before: dict[str, TablePlan], after: dict[str, TablePlan]) -> None:
    asyncio.run(hold(before, after))


async def hold(before: dict[str, TablePlan], after: dict[str, TablePlan]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = SqliteStage(Path(folder) / "app.db")
        for law in (laws.by_hand, laws.by_itself):
            one, other = (metadata_of(plan, COMMON) for plan in (before, after))
            await law(stage, Pair("generated", one, other, equal=None))
