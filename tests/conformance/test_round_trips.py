"""Up, down, status, plan and history, there and back again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lockgate import SettingsError
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


async def test_what_is_pending_is_applied_once_and_rolled_back_to_nothing(bench: Bench) -> None:
    names = bench.files.tables(3)

    assert await bench.up() == names
    assert await bench.database.tables() == {"t1", "t2", "t3"}
    assert await bench.recorded() == [(name, 1) for name in names]
    assert await bench.up() == []
    assert await bench.down() == names[::-1]
    assert await bench.database.tables() == set()
    assert await bench.recorded() == []
    assert await bench.down() == []
    assert await bench.up() == names


async def test_up_then_down_leaves_the_catalog_as_it_was(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE theirs (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    before = await bench.database.catalog()
    on = " ON a" if bench.database.is_mysql else ""
    table = "CREATE TABLE a (id INTEGER PRIMARY KEY, b VARCHAR(20));"
    bench.files.write("001_a.up.sql", f"{table}\nCREATE INDEX a_b ON a (b);")
    bench.files.write("001_a.down.sql", f"DROP INDEX a_b{on};\nDROP TABLE a;")
    bench.files.python(
        "002_b.py",
        "await self.db.create_table('b', sa.Column('id', sa.Integer, primary_key=True))",
        "await self.db.drop_table('b')",
    )
    bench.files.table(3)

    await bench.up()
    assert await bench.database.catalog() != before
    await bench.down()
    assert await bench.database.catalog() == before


@pytest.mark.parametrize(
    ("choice", "applied"),
    [
        ({}, [1, 2, 3, 4]),
        ({"steps": 1}, [1]),
        ({"steps": 3}, [1, 2, 3]),
        ({"steps": 9}, [1, 2, 3, 4]),
        ({"to": "002_t2.sql"}, [1, 2]),
        ({"to": "003_t3"}, [1, 2, 3]),
        ({"to": "4"}, [1, 2, 3, 4]),
        ({"to": "0001"}, [1]),
    ],
)
async def test_up_takes_what_is_chosen(bench: Bench, choice: dict[str, Any], applied: list[int]) -> None:
    bench.files.tables(4)
    assert await bench.up(**choice) == [f"{number:03}_t{number}.sql" for number in applied]
    assert await bench.database.tables() == {f"t{number}" for number in applied}


@pytest.mark.parametrize(
    ("choice", "rolled_back"),
    [
        ({}, [5, 4]),
        ({"steps": 1}, [5]),
        ({"steps": 3}, [5, 4, 3]),
        ({"batch": 1}, [2, 1]),
        ({"batch": 2}, [3]),
        ({"to": "003_t3.sql"}, [5, 4]),
        ({"to": "1"}, [5, 4, 3, 2]),
        ({"to": "005_t5"}, []),
        ({"all": True}, [5, 4, 3, 2, 1]),
    ],
)
async def test_down_takes_what_is_chosen(bench: Bench, choice: dict[str, Any], rolled_back: list[int]) -> None:
    bench.files.tables(5)
    await bench.up(steps=2)
    await bench.up(steps=1)
    await bench.up()
    assert [batch for _, batch in await bench.recorded()] == [1, 1, 2, 3, 3]

    assert await bench.down(**choice) == [f"{number:03}_t{number}.sql" for number in rolled_back]
    assert await bench.database.tables() == {f"t{number}" for number in range(1, 6) if number not in rolled_back}


@pytest.mark.parametrize(
    ("direction", "choice"),
    [
        ("up", {"steps": 1, "to": "1"}),
        ("up", {"steps": 0}),
        ("up", {"steps": -1}),
        ("up", {"to": "9"}),
        ("up", {"to": ""}),
        ("down", {"steps": 1, "batch": 1}),
        ("down", {"all": True, "to": "1"}),
        ("down", {"steps": 0}),
        ("down", {"batch": 0}),
        ("down", {"batch": 7}),
        ("down", {"to": "3"}),
    ],
)
async def test_a_choice_that_means_nothing_is_refused_and_nothing_runs(
    bench: Bench, direction: str, choice: dict[str, Any]
) -> None:
    bench.files.tables(3)
    await bench.up(steps=2)
    async with bench.runner() as runner:
        with pytest.raises(SettingsError):
            await getattr(runner, direction)(**choice)
    assert await bench.database.tables() == {"t1", "t2"}


async def test_a_batch_number_goes_on_after_the_highest_in_use(bench: Bench) -> None:
    bench.files.tables(3)
    await bench.up(steps=1)
    await bench.up(steps=1)
    await bench.up(steps=1)
    await bench.down()
    await bench.up()
    assert [batch for _, batch in await bench.recorded()] == [1, 2, 3]
    await bench.down(batch=1)
    assert [batch for _, batch in await bench.recorded()] == [2, 3]


async def test_reports_say_what_was_done_in_the_keys_of_the_command_line(bench: Bench) -> None:
    names = bench.files.tables(2)
    async with bench.runner() as runner:
        up = await runner.up()
        nothing = await runner.up()
        down = await runner.down(steps=1)
        nothing_down = await runner.down(to="1")

    assert (up.direction, up.batch_no, up.names, up.failed) == (Direction.UP, 1, tuple(names), None)
    assert up.applied == up.migrations
    assert up.rolled_back == ()
    assert all(ran.seconds >= 0 for ran in up.migrations)
    said = up.as_json()
    assert list(said) == ["direction", "batch_no", "applied", "failed"]
    assert [(set(one), one["name"]) for one in said["applied"]] == [({"name", "seconds"}, name) for name in names]
    assert nothing.as_json() == {"direction": "up", "batch_no": None, "applied": [], "failed": None}
    assert nothing_down.as_json() == {"direction": "down", "batch_no": None, "rolled_back": [], "failed": None}
    assert list(down.as_json()) == ["direction", "batch_no", "rolled_back", "failed"]
    assert (down.direction, down.batch_no, down.names) == (Direction.DOWN, 1, (names[1],))


async def test_status_lays_files_and_history_side_by_side(bench: Bench) -> None:
    names = bench.files.tables(3)
    before = datetime.now(UTC) - timedelta(seconds=2)
    async with bench.runner() as runner:
        assert (await runner.status()).state == "behind"
        await runner.up(steps=2)
        status = await runner.status()
        await runner.up()
        assert (await runner.status()).state == "current"

    said = status.as_json()
    assert list(said) == ["environment", "database", "state", "applied", "pending", "problems"]
    assert (said["environment"], said["state"], said["problems"]) == ("test", "behind", [])
    assert [set(one) for one in said["applied"]] == [{"name", "hash", "applied_at", "batch_no"}] * 2
    assert [one["name"] for one in said["applied"]] == names[:2]
    assert [set(one) for one in said["pending"]] == [{"name", "hash"}]
    assert [one["name"] for one in said["pending"]] == names[2:]
    assert all(len(one["hash"]) == 64 for one in [*said["applied"], *said["pending"]])
    assert "s3cret" not in str(said)
    for row in status.applied:
        assert row.applied_at.utcoffset() == timedelta(0)
        assert before <= row.applied_at <= datetime.now(UTC) + timedelta(seconds=2)


async def test_status_of_an_empty_database_changes_nothing_in_it(bench: Bench) -> None:
    bench.files.tables(1)
    before = await bench.database.catalog()
    async with bench.runner() as runner:
        assert (await runner.status()).applied == ()
        assert await runner.history() is not None
        await runner.plan()
    assert await bench.database.catalog() == before
    assert await bench.recorded() == []


async def test_a_plan_says_what_a_run_would_do_and_runs_nothing(bench: Bench) -> None:
    names = bench.files.tables(3)
    async with bench.runner() as runner:
        plan = await runner.plan()
        assert [one.name for one in plan.migrations] == names
        assert (plan.direction, plan.batch_no) == (Direction.UP, 1)
        assert [one.name for one in (await runner.plan(steps=1)).migrations] == names[:1]
        assert [one.name for one in (await runner.plan(to="2")).migrations] == names[:2]
        assert await bench.database.tables() == set()
        await runner.up(steps=2)
        back = await runner.plan(Direction.DOWN)
        assert [one.name for one in back.migrations] == names[1::-1]
        assert [row.name for row in back.rows] == names[1::-1]
        assert back.batch_no == 1
        assert (await runner.plan(steps=1)).batch_no == 2
    assert await bench.database.tables() == {"t1", "t2"}


async def test_history_has_the_rows_in_the_order_they_were_applied(bench: Bench) -> None:
    bench.files.tables(2)
    async with bench.runner() as runner:
        assert not (await runner.history()).exists
        await runner.up(steps=1)
        await runner.up()
        history = await runner.history()
    assert history.exists
    assert [(row.name, row.batch_no) for row in history] == [("001_t1.sql", 1), ("002_t2.sql", 2)]
    assert history.last_batch == 2
    assert history.rows[0].id < history.rows[1].id
    assert history.rows[0].applied_at <= history.rows[1].applied_at


async def test_migrations_run_in_the_order_of_their_numbers_not_of_their_letters(bench: Bench) -> None:
    for number in (10, 9, 100, 2, 1):
        bench.files.table(number, f"{number}_t{number}.sql")
    bench.files.table(20240101120000, "20240101120000_t.sql")
    assert await bench.up() == [
        "1_t1.sql",
        "2_t2.sql",
        "9_t9.sql",
        "10_t10.sql",
        "100_t100.sql",
        "20240101120000_t.sql",
    ]


async def test_many_migrations_are_one_batch_and_one_run(bench: Bench) -> None:
    names = bench.files.tables(120)
    assert await bench.up() == names
    assert {batch for _, batch in await bench.recorded()} == {1}
    assert await bench.down() == names[::-1]
    assert await bench.database.tables() == set()


async def test_an_empty_folder_is_nothing_to_do(bench: Bench) -> None:
    bench.files.write("README.md", "Nothing here yet.")
    async with bench.runner() as runner:
        assert (await runner.up()).migrations == ()
        assert (await runner.status()).state == "current"
        assert (await runner.down()).migrations == ()
    assert await bench.recorded() == []


async def test_a_runner_may_be_used_again_after_it_was_closed(bench: Bench) -> None:
    bench.files.tables(2)
    runner = bench.runner()
    await runner.up(steps=1)
    await runner.close()
    await runner.close()
    assert (await runner.up()).names == ("002_t2.sql",)
    await runner.close()
