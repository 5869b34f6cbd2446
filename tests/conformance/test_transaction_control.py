"""BEGIN and COMMIT inside files: folded where one pair is around the file, and kept where there are several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import LockgateError, MigrationFailed
from lockgate.events import MigrationStarted

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

PAIRS = [
    "BEGIN;\n{}\nCOMMIT;\n",
    "begin transaction;\n{}\nend;",
    "-- head\nBEGIN ;\n\n{}\n-- tail\nCOMMIT; -- done\n",
    "BEGIN;{}COMMIT",
]


def as_the_engine_says(bench: Bench, pair: str) -> str:
    """MySQL's BEGIN is followed by no TRANSACTION, and its END ends no transaction."""
    if not bench.database.is_mysql:
        return pair
    return pair.replace("begin transaction", "start transaction").replace("end;", "commit work;")


async def notes(bench: Bench) -> dict[str, str]:
    events: list[object] = []
    async with bench.runner(on_event=events.append) as runner:
        await runner.up()
    return {event.name: event.note for event in events if isinstance(event, MigrationStarted) and event.note}


@pytest.mark.parametrize("pair", PAIRS)
async def test_a_pair_around_the_whole_file_is_folded_into_the_runners_transaction(bench: Bench, pair: str) -> None:
    pair = as_the_engine_says(bench, pair)
    bench.files.write("001_a.up.sql", pair.format("CREATE TABLE a (id INTEGER);"))
    bench.files.write("001_a.down.sql", pair.format("DROP TABLE a;"))
    bench.files.write("002_b.sql", pair.format("CREATE TABLE b (id INTEGER);"))
    bench.files.write("003_c.sql", pair.format("CREATE TABLE c (id INTEGER);\nINSERT INTO nowhere VALUES (1);"))
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match=bench.outcome(1)) as raised:
            await runner.up()
    text = (bench.files.folder / "003_c.sql").read_text()
    assert raised.value.line == text[: text.index("INSERT")].count("\n") + 1
    assert await bench.names() == ["001_a.up.sql", "002_b.sql"]
    assert await bench.database.tables() == {"a", "b"} | bench.kept("c")
    bench.files.write("003_c.sql", pair.format("CREATE TABLE c (id INTEGER);"))
    assert await notes(bench) == {}
    assert await bench.journal() == []


@pytest.mark.parametrize("pair", PAIRS)
async def test_a_pair_around_a_down_is_folded_too(bench: Bench, pair: str) -> None:
    pair = as_the_engine_says(bench, pair)
    bench.files.write("001_a.up.sql", pair.format("CREATE TABLE a (id INTEGER);"))
    bench.files.write("001_a.down.sql", pair.format("DROP TABLE a;\nDROP TABLE nowhere;"))
    await bench.up()
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match=bench.outcome(1)):
            await runner.down()
        bench.files.write("001_a.down.sql", pair.format("DROP TABLE a;"))
        assert await bench.database.tables() == {"a"} - bench.kept("a")
        assert (await runner.down()).names == ("001_a.up.sql",)
    assert await bench.database.tables() == set()


SEVERAL = """\
BEGIN;
CREATE TABLE a (id INTEGER PRIMARY KEY);
INSERT INTO a VALUES (1);
COMMIT;
CREATE TABLE b (id INTEGER PRIMARY KEY);
BEGIN;
CREATE TABLE c (id INTEGER PRIMARY KEY);
{}
COMMIT;
CREATE TABLE d (id INTEGER PRIMARY KEY);
"""


async def test_several_blocks_make_a_file_that_keeps_steps_and_that_is_said(bench: Bench) -> None:
    bench.files.table(1)
    bench.files.write("002_several.sql", SEVERAL.format("INSERT INTO c VALUES (1);"))
    bench.files.table(3)
    said = await notes(bench)
    assert list(said) == ["002_several.sql"]
    assert "several transactions" in said["002_several.sql"]
    assert await bench.database.tables() == {"t1", "a", "b", "c", "d", "t3"}
    assert await bench.journal() == []


async def test_a_block_that_fails_is_undone_and_those_before_it_are_kept(bench: Bench) -> None:
    bench.files.write("001_several.sql", SEVERAL.format("INSERT INTO nowhere VALUES (1);"))
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed) as raised:
            await runner.up()
    # Where DDL commits, a block that holds any is none: its statements are steps.
    assert await bench.database.tables() == {"a", "b"} | bench.kept("c")
    assert (raised.value.line, raised.value.statement) == (8, 8)
    kept = "its first 4 steps are kept" if bench.database.is_mysql else "its first 2 steps are kept"
    assert kept in raised.value.message
    assert "INSERT INTO nowhere" in raised.value.message
    assert await bench.names() == []
    bench.files.write("001_several.sql", SEVERAL.format("INSERT INTO c VALUES (1);"))
    assert await bench.up() == ["001_several.sql"]
    assert await bench.database.tables() == {"a", "b", "c", "d"}
    assert await bench.database.rows("SELECT id FROM a") == [(1,)]
    assert await bench.journal() == []


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE a (id INTEGER);\nCOMMIT;\nCREATE TABLE b (id INTEGER);",
        "BEGIN;\nCREATE TABLE a (id INTEGER);",
        "CREATE TABLE a (id INTEGER);\nROLLBACK;",
        "BEGIN;\nCREATE TABLE a (id INTEGER);\nBEGIN;\nCOMMIT;\nCOMMIT;",
    ],
)
async def test_a_commit_without_its_begin_does_not_end_the_runners_transaction(bench: Bench, text: str) -> None:
    bench.files.table(1)
    bench.files.write("002_odd.sql", text)
    async with bench.runner() as runner:
        with pytest.raises(LockgateError, match="002_odd") as raised:
            await runner.up()
    assert raised.value.exit_code in {1, 2}
    assert "002_odd.sql" not in await bench.names()
    assert "a" not in await bench.database.tables()


async def test_a_block_that_rolls_back_leaves_nothing_of_itself(bench: Bench) -> None:
    text = "CREATE TABLE a (id INTEGER);\nBEGIN;\n{}ROLLBACK;\nCREATE TABLE c (id INTEGER);\n"
    bench.files.write("001_odd.sql", text.format("CREATE TABLE b (id INTEGER);\n"))
    if bench.database.is_mysql:
        with pytest.raises(LockgateError, match=r"001_odd\.sql, line 3: this commits, so the ROLLBACK"):
            await bench.up()
        assert await bench.database.tables() == set()
        bench.files.write("001_odd.sql", text.format("INSERT INTO a VALUES (1);\n"))
    assert await bench.up() == ["001_odd.sql"]
    assert await bench.database.tables() == {"a", "c"}
    assert await bench.database.rows("SELECT id FROM a") == []


async def test_savepoints_of_a_file_stay_within_its_transaction(bench: Bench) -> None:
    savepoint = (
        "SAVEPOINT s;\nINSERT INTO a VALUES (1);\nROLLBACK TO s;\nRELEASE SAVEPOINT s;\nINSERT INTO a VALUES (2);"
    )
    if bench.database.is_mysql:  # DDL would end the transaction that the savepoint is in
        bench.files.write("000_a.sql", "CREATE TABLE a (id INTEGER);")
        bench.files.write("001_s.sql", savepoint)
    else:
        bench.files.write("001_s.sql", f"CREATE TABLE a (id INTEGER);\n{savepoint}")
    assert await notes(bench) == {}
    assert await bench.database.rows("SELECT id FROM a") == [(2,)]


async def test_a_file_may_read_and_write_the_tracking_table(bench: Bench) -> None:
    bench.files.table(1)
    bench.files.write(
        "002_w.sql",
        "CREATE TABLE copied AS SELECT name FROM schema_migrations;\nUPDATE "
        "schema_migrations SET batch_no = 5 WHERE name = '001_t1.sql';",
    )
    await bench.up()
    assert await bench.database.rows("SELECT name FROM copied") == [("001_t1.sql",)]
    assert await bench.recorded() == [("001_t1.sql", 5), ("002_w.sql", 1)]
