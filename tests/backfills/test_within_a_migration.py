"""A backfill that a migration does itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from backfills.tables import COMPOSITE, IN_PYTHON, IN_SQL, SINGLE, SUM, filled, migration
from lockgate import MigrationFailed
from lockgate.events import BackfillFinished, BackfillStarted

if TYPE_CHECKING:
    from conformance.bench import Bench
    from lockgate.events import Event

pytestmark = pytest.mark.asyncio
_ROWS = 5_500


@pytest.mark.parametrize("how", [IN_SQL, IN_PYTHON], ids=["sql", "python"])
@pytest.mark.parametrize("table", [SINGLE, COMPOSITE], ids=["single", "composite"])
async def test_every_row_is_filled_once_and_emptied_once(bench: Bench, table: str, how: str) -> None:
    await filled(bench.database, table, _ROWS)
    bench.files.write("001_fill.py", migration(how))
    told: list[Event] = []
    async with bench.runner(on_event=told.append) as runner:
        await runner.up()
        assert await bench.database.rows(SUM) == [(_ROWS, _ROWS, 1, 1, _ROWS)]
        await runner.down()
    assert await bench.database.rows(SUM) == [(_ROWS, 0, 0, 0, 0)]
    assert [one.rows for one in told if isinstance(one, BackfillFinished)] == [_ROWS, _ROWS]
    assert all(one.estimate is not None for one in told if isinstance(one, BackfillStarted))
    assert await bench.database.rows("SELECT count(*) FROM schema_migrations_backfills") == [(0,)]


async def test_a_condition_and_a_key_that_is_not_primary(bench: Bench) -> None:
    await filled(bench.database, SINGLE.replace("INTEGER PRIMARY KEY", "INTEGER NOT NULL"), _ROWS)
    await bench.database.execute("CREATE UNIQUE INDEX of_items ON items (id)")
    commented = IN_SQL.replace("times + 1", "times + 1 -- once")
    bench.files.write("001_fill.py", migration(f'{commented}, key="id", where="a % 2 = 0 -- even"'))
    async with bench.runner() as runner:
        await runner.up()
    rows = await bench.database.rows("SELECT a % 2, min(times), max(times) FROM items GROUP BY 1 ORDER BY 1")
    assert rows == [(0, 1, 1), (1, 0, 0)]


@pytest.mark.parametrize(
    ("arguments", "attributes", "words"),
    [
        (IN_SQL, "x = 1", "is transactional, so backfill.. cannot commit its batches"),
        ("", "transactional = False", "one of them"),
        (f"{IN_SQL}, {IN_PYTHON}", "transactional = False", "one of them"),
        (f'{IN_SQL}, key="a"', "transactional = False", "has no unique key of a without nulls"),
        (f"{IN_SQL}, schema='nowhere'", "transactional = False", "nowhere|There is no table"),
        (f"{IN_SQL}, later=True, seconds=1", "x = 1", "only registers it"),
        ("compute=lambda rows: rows, later=True", "x = 1", "takes a method of the migration"),
        ("compute=self.up", "transactional = False", "takes 1 positional argument"),
        ('set={"b": "no_such_column"}', "transactional = False", "no_such_column"),
        ('set={"id": "id + 1000000000"}', "transactional = False", "cannot change id"),
        ('set={"id": "id + 1000000000"}, later=True', "x = 1", "cannot change id"),
        ("compute=self.moved", "transactional = False", "cannot change id"),
    ],
)
async def test_what_cannot_be_done_is_told(bench: Bench, arguments: str, attributes: str, words: str) -> None:
    await filled(bench.database, SINGLE, 10)
    bench.files.write("001_fill.py", migration(arguments, attributes=attributes))
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed) as caught:
            await runner.up()
        assert re.search(words, str(caught.value))
        assert str(caught.value).count(caught.value.hint or words) <= 1
        assert not (await runner.history()).rows
    assert await bench.database.rows("SELECT count(b), max(times) FROM items") == [(0, 0)]


async def test_after_a_refused_batch_it_goes_on_where_it_was(bench: Bench) -> None:
    """The row at which it stops is in the middle of the table."""
    await filled(bench.database, SINGLE, _ROWS)
    await bench.database.execute("UPDATE items SET a = 0 WHERE id = 3001")
    failing = 'compute=self.doubled, columns=("a", "times")'
    text = migration(failing).replace('row["a"] * 2', 'row["a"] * 2 // row["a"] * row["a"]')
    bench.files.write("001_fill.py", text)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match=r"(?s)ZeroDivisionError.*What its backfill has done is kept"):
            await runner.up()
        ((done,),) = await bench.database.rows("SELECT count(*) FROM items WHERE times = 1")
        assert 0 < done < 3_000
        await bench.database.execute("UPDATE items SET a = 3002 WHERE id = 3001")
        await runner.up()
    assert await bench.database.rows(SUM) == [(_ROWS, _ROWS, 1, 1, _ROWS)]


@pytest.mark.parametrize("engine", ["postgresql-15"], indirect=True)
async def test_keys_are_told_in_a_style_that_can_be_read_again(bench: Bench) -> None:
    """Of another style, IST would be read as another zone than Dublin's, and a batch would end an hour too early."""
    name = bench.database.url.rpartition("/")[2].partition("?")[0]
    await bench.database.execute(
        f"ALTER DATABASE {name} SET DateStyle = SQL; ALTER DATABASE {name} SET TimeZone = 'Europe/Dublin';"
        "CREATE TABLE items (id timestamptz PRIMARY KEY, times integer NOT NULL DEFAULT 0);"
        "INSERT INTO items SELECT '2026-07-01 12:00Z'::timestamptz + n * interval '1 s' FROM generate_series(1, 5500) n"
    )
    bench.files.write("001_fill.py", migration('set={"times": "times + 1"}'))
    told: list[Event] = []
    async with bench.runner(on_event=told.append) as runner:
        await runner.up()
    assert await bench.database.rows("SELECT min(times), max(times) FROM items") == [(1, 1)]
    assert [one.rows for one in told if isinstance(one, BackfillFinished)] == [_ROWS]
