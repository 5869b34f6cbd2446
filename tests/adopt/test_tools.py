"""Each tool's history is taken over on each engine, and goes on under Lockgate."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from adopt.tools import ALL, WHEN, Case

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("case", ALL, ids=[case.tool for case in ALL])]


async def test_a_history_is_taken_over_and_goes_on(case: Case, bench: Bench) -> None:
    await case.set_up(bench)
    theirs = await bench.database.rows(f"SELECT * FROM {case.table}")
    tables = await bench.database.tables()
    async with bench.runner(table=case.into) as runner:
        foreseen = await runner.adopt(dry_run=True)
        assert not (await runner.history()).exists
        report = await runner.adopt()
        status = await runner.status()
        again = await runner.adopt()
        assert await bench.database.rows(f"SELECT * FROM {case.table}") == theirs
        assert await bench.database.tables() - {case.into} == tables
        assert (await runner.up()).names == (case.names[2],)
        assert (await runner.status()).state == "current"
    assert foreseen == report
    assert (report.tool, report.table, report.into, report.batch_no) == (case.tool, case.table, case.into, 1)
    assert report.names == case.names[:2]
    assert [one.name for one in report.pending] == [case.names[2]]
    assert (report.problems, status.problems, status.state) == ((), (), "behind")
    assert [(row.name, row.hash, row.batch_no) for row in status.applied] == [
        (name, hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest(), 1)
        for name, text in zip(case.names[:2], case.texts, strict=False)
    ]
    for row in status.applied:
        assert row.applied_at.replace(microsecond=0) == WHEN if case.keeps_time else row.applied_at > WHEN
    assert (again.changed, again.batch_no) == (False, None)
    assert await bench.database.rows(f"SELECT * FROM {case.table}") == theirs
    assert "t3" in await bench.database.tables()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_reverse_is_to_drop_the_table(case: Case, bench: Bench) -> None:
    await case.set_up(bench)
    async with bench.runner(table=case.into) as runner:
        first = await runner.adopt()
    await bench.database.execute(f"DROP TABLE {case.into}")
    async with bench.runner(table=case.into) as runner:
        assert await runner.adopt() == first
