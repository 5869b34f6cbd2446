"""Files and history that disagree: found before anything runs, and named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import HistoryError
from lockgate.nouns.plans import ProblemKind, State

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


def edit(bench: Bench) -> None:
    bench.files.write("002_t2.sql", "CREATE TABLE t2 (id INTEGER PRIMARY KEY, more TEXT);")


def lose(bench: Bench) -> None:
    bench.files.remove("002_t2.sql")


def rename(bench: Bench) -> None:
    (bench.files.folder / "002_t2.sql").rename(bench.files.folder / "002_other.sql")


def slip_in(bench: Bench) -> None:
    bench.files.write("0_before.sql", "CREATE TABLE before (id INTEGER);")


PROBLEMS = {
    "edited": (edit, [(ProblemKind.EDITED, "002_t2.sql")], State.DIVERGED, ["repair"]),
    "missing": (lose, [(ProblemKind.MISSING, "002_t2.sql")], State.DIVERGED, ["Bring the file back"]),
    "renamed": (
        rename,
        [(ProblemKind.MISSING, "002_t2.sql"), (ProblemKind.OUT_OF_ORDER, "002_other.sql")],
        State.DIVERGED,
        ["Bring the file back", "LOCKGATE_ORDER=any"],
    ),
    "out of order": (slip_in, [(ProblemKind.OUT_OF_ORDER, "0_before.sql")], State.BEHIND, ["LOCKGATE_ORDER=any"]),
}


@pytest.mark.parametrize("kind", PROBLEMS)
async def test_a_disagreement_stops_up_before_anything_runs(bench: Bench, kind: str) -> None:
    change, problems, state, remedies = PROBLEMS[kind]
    bench.files.tables(3)
    await bench.up()
    change(bench)
    bench.files.table(4)
    async with bench.runner() as runner:
        for call in (runner.up, runner.plan):
            with pytest.raises(HistoryError) as raised:
                await call()
            error = raised.value
            assert [(problem.kind, problem.name) for problem in error.problems] == problems
            assert error.exit_code == 4
            assert all(name in error.message for _, name in problems)
            assert all(remedy in error.hint for remedy in remedies)
        status = await runner.status()
    assert status.state is state
    assert [(problem.kind, problem.name) for problem in status.problems] == problems
    assert await bench.database.tables() == {"t1", "t2", "t3"}
    assert [name for name, _ in await bench.recorded()] == ["001_t1.sql", "002_t2.sql", "003_t3.sql"]


@pytest.mark.parametrize("kind", ["edited", "missing", "renamed"])
async def test_down_stops_only_where_what_it_takes_disagrees(bench: Bench, kind: str) -> None:
    bench.files.tables(3)
    await bench.up()
    PROBLEMS[kind][0](bench)
    assert await bench.down(steps=1) == ["003_t3.sql"]
    async with bench.runner() as runner:
        with pytest.raises(HistoryError) as raised:
            await runner.down(all=True)
    assert [problem.name for problem in raised.value.problems] == ["002_t2.sql"]
    assert await bench.database.tables() == {"t1", "t2"}


async def test_an_older_version_of_the_code_is_ahead_and_has_nothing_to_do(bench: Bench) -> None:
    bench.files.tables(3)
    await bench.up()
    bench.files.remove("003_t3.sql")
    bench.files.remove("002_t2.sql")
    async with bench.runner() as runner:
        status = await runner.status()
        assert status.state is State.AHEAD
        assert [(problem.kind, problem.name) for problem in status.problems] == [
            (ProblemKind.AHEAD, "002_t2.sql"),
            (ProblemKind.AHEAD, "003_t3.sql"),
        ]
        assert (await runner.up()).migrations == ()
        with pytest.raises(HistoryError, match="003_t3"):
            await runner.down(steps=1)
    assert await bench.database.tables() == {"t1", "t2", "t3"}


async def test_any_order_may_be_allowed(bench: Bench) -> None:
    bench.files.table(1)
    bench.files.table(3)
    await bench.up()
    bench.files.table(2)
    async with bench.runner(order="any") as runner:
        assert (await runner.up()).names == ("002_t2.sql",)
        assert (await runner.status()).state is State.CURRENT
    assert await bench.recorded() == [("001_t1.sql", 1), ("003_t3.sql", 1), ("002_t2.sql", 2)]
    assert await bench.down() == ["002_t2.sql"]


async def test_an_edit_of_line_ends_or_of_the_mark_in_front_is_no_edit(bench: Bench) -> None:
    bench.files.tables(1)
    await bench.up()
    path = bench.files.folder / "001_t1.sql"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    async with bench.runner() as runner:
        assert (await runner.status()).state is State.CURRENT


async def test_an_edited_down_of_a_pair_is_no_edit(bench: Bench) -> None:
    bench.files.write("001_a.up.sql", "CREATE TABLE a (id INTEGER);")
    bench.files.write("001_a.down.sql", "DROP TABLE nowhere;")
    await bench.up()
    bench.files.write("001_a.down.sql", "DROP TABLE a;")
    assert await bench.down() == ["001_a.up.sql"]
