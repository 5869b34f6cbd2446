"""For pairs of models: draft, apply, `check` finds nothing; go down, and everything is as before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

from convergence import laws
from convergence.stage import PostgresStage
from convergence.table import PAIRS
from generating.reading import as_before, assert_formatted, overlong

if TYPE_CHECKING:
    from convergence.pair import Pair
    from generating.places import Workshop

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A draft takes a server half a second, so that every eighth pair has to do; LOCKGATE_TEST_EVERY=1 tries all of them.
_EVERY: Final = int(os.environ.get("LOCKGATE_TEST_EVERY", "8"))
_CHOSEN: Final = PAIRS[::_EVERY]


async def skip_where_impossible(workshop: Workshop, pair: Pair, engine: str) -> None:
    if engine.partition("-")[0] not in pair.engines:
        pytest.skip("the pair is of another engine")
    if isinstance(workshop.stage, PostgresStage):
        if workshop.stage.version < pair.least:
            pytest.skip(f"PostgreSQL {pair.least} and later")
        query = f"SELECT name FROM pg_available_extensions WHERE name = '{pair.extension}'"
        if pair.extension and not await workshop.stage.fetch(query):
            pytest.skip(f"the server has no {pair.extension}")


@pytest.mark.parametrize("pair", [pytest.param(pair, id=pair.name) for pair in _CHOSEN])
async def test_there_and_back(workshop: Workshop, pair: Pair, engine: str) -> None:
    """In Python on one engine, in SQL on the next."""
    await skip_where_impossible(workshop, pair, engine)
    sql = (_CHOSEN.index(pair) + len(engine) + engine.endswith("5")) % 2 == 1
    before, after = pair.metadata(pair.before), pair.metadata(pair.after)
    workshop.scenery = pair.scenery
    await workshop.given(before, pair.rows)
    there, rows = await workshop.stage.testimony(), await workshop.rows(before)
    files = await workshop.write(after, sql=sql)
    assert bool(files) is not pair.equal
    if files:
        await workshop.up()
        assert await workshop.differences(after) == [], files
        laws.keeps(rows, await workshop.rows(after), pair, before, after)
        await workshop.down(len(files))
        assert as_before(await workshop.stage.testimony(), there) == there, files
        assert [line for text in files.values() for line in overlong(text)] == []
        assert_formatted(workshop.folder)
