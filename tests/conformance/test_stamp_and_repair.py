"""Setting the record straight without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import SettingsError

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("name", ["002_t2.sql", "002_t2", "2", "0002"])
async def test_stamp_records_everything_up_to_the_name_and_runs_nothing(bench: Bench, name: str) -> None:
    names = bench.files.tables(3)
    async with bench.runner() as runner:
        report = await runner.stamp(name)
        assert report.as_json() == {"recorded": names[:2], "rehashed": [], "forgotten": [], "decided": []}
        assert (await runner.stamp(name)).changed is False
        assert (await runner.status()).problems == ()
    assert await bench.recorded() == [(names[0], 1), (names[1], 1)]
    assert await bench.database.tables() == set()
    assert await bench.up() == names[2:]
    assert await bench.database.tables() == {"t3"}


async def test_stamp_records_only_what_is_not_recorded_as_a_batch_of_its_own(bench: Bench) -> None:
    names = bench.files.tables(3)
    await bench.up(steps=1)
    async with bench.runner() as runner:
        assert (await runner.stamp("3")).recorded == tuple(names[1:])
    assert await bench.recorded() == [(names[0], 1), (names[1], 2), (names[2], 2)]


async def test_a_stamp_that_is_only_tried_changes_nothing(bench: Bench) -> None:
    names = bench.files.tables(2)
    before = await bench.database.catalog()
    async with bench.runner() as runner:
        assert (await runner.stamp("2", dry_run=True)).recorded == tuple(names)
    assert await bench.recorded() == []
    assert await bench.database.catalog() == before


async def test_stamping_a_name_that_is_not_there_is_refused(bench: Bench) -> None:
    bench.files.tables(2)
    async with bench.runner() as runner:
        with pytest.raises(SettingsError, match="001_t9") as raised:
            await runner.stamp("001_t9")
        assert "001_t1" in raised.value.hint
    assert await bench.recorded() == []


async def test_repair_accepts_edited_files_and_forgets_missing_ones(bench: Bench) -> None:
    bench.files.tables(4)
    await bench.up()
    bench.files.write("001_t1.sql", "-- edited")
    bench.files.remove("003_t3.sql")
    async with bench.runner() as runner:
        tried = await runner.repair(dry_run=True)
        assert tried.as_json() == {
            "recorded": [],
            "rehashed": ["001_t1.sql"],
            "forgotten": ["003_t3.sql"],
            "decided": [],
        }
        assert (await runner.status()).state == "diverged"
        assert await runner.repair() == tried
        assert (await runner.status()).state == "current"
        assert (await runner.repair()).changed is False
    assert await bench.names() == ["001_t1.sql", "002_t2.sql", "004_t4.sql"]
    assert await bench.database.tables() == {"t1", "t2", "t3", "t4"}


async def test_repair_of_one_name_leaves_the_others_alone(bench: Bench) -> None:
    bench.files.tables(3)
    await bench.up()
    bench.files.write("001_t1.sql", "-- edited")
    bench.files.write("002_t2.sql", "-- edited")
    async with bench.runner() as runner:
        assert (await runner.repair("2")).rehashed == ("002_t2.sql",)
        assert [problem.name for problem in (await runner.status()).problems] == ["001_t1.sql"]
        with pytest.raises(SettingsError):
            await runner.repair("9")


async def test_repair_leaves_what_newer_code_has_applied(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up()
    bench.files.remove("002_t2.sql")
    async with bench.runner() as runner:
        assert (await runner.repair()).changed is False
    assert await bench.names() == ["001_t1.sql", "002_t2.sql"]


@pytest.mark.parametrize(("name", "step"), [("1", "maybe"), (None, "done"), ("1", "done"), ("9", "undone")])
async def test_a_decision_about_no_waiting_step_is_refused(bench: Bench, name: str | None, step: str) -> None:
    bench.files.tables(1)
    await bench.up()
    async with bench.runner() as runner:
        with pytest.raises(SettingsError):
            await runner.repair(name, step=step)
