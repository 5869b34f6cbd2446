"""Migrations outside a transaction: a journal of their steps, so that an interrupted one resumes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from lockgate import MigrationFailed

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

_STEPS = [f"CREATE TABLE s{number} (id INTEGER PRIMARY KEY)" for number in (1, 2, 3, 4)]
_BAD = "INSERT INTO nowhere VALUES (1)"


def write(bench: Bench, kind: str, steps: list[str], down: str | None = None) -> str:
    if kind == "sql":
        text = "-- migrate:up transaction:false\n" + "".join(f"{step};\n" for step in steps)
        text += f"-- migrate:down transaction:false\n{down};\n" if down else ""
        bench.files.write("002_steps.sql", text)
        return "002_steps.sql"
    body = "\n".join(f"await self.db.execute({step!r})" for step in steps)
    downward = f"await self.db.execute({down!r})" if down else None
    bench.files.python("002_steps.py", body, downward, attributes="transactional = False")
    return "002_steps.py"


kinds = pytest.mark.parametrize("kind", ["sql", "python"])


@kinds
async def test_one_that_succeeds_is_recorded_and_leaves_no_rows_in_the_journal(bench: Bench, kind: str) -> None:
    bench.files.table(1)
    name = write(bench, kind, _STEPS, "DROP TABLE s1; DROP TABLE s2; DROP TABLE s3; DROP TABLE s4")
    bench.files.table(3)
    assert await bench.up() == ["001_t1.sql", name, "003_t3.sql"]
    assert await bench.journal() == []
    assert {batch for _, batch in await bench.recorded()} == {1}
    assert await bench.down(steps=2) == ["003_t3.sql", name]
    assert await bench.database.tables() == {"t1"}
    assert await bench.journal() == []
    assert await bench.up() == [name, "003_t3.sql"]


@kinds
async def test_one_that_fails_keeps_its_finished_steps_and_resumes_after_them(bench: Bench, kind: str) -> None:
    bench.files.table(1)
    name = write(bench, kind, [*_STEPS[:2], _BAD, _STEPS[3]])
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed) as raised:
            await runner.up()
    error = raised.value
    assert "its first 2 steps are kept, and skipped next time" in error.message
    assert "nowhere" in error.message
    assert (error.name, error.path) == (name, str(bench.files.folder / name))
    lines = (bench.files.folder / name).read_text().splitlines()
    assert error.line == next(number for number, line in enumerate(lines, 1) if _BAD in line)
    assert await bench.names() == ["001_t1.sql"]
    assert await bench.database.tables() == {"t1", "s1", "s2"}
    assert await bench.journal() == [(name, "up", 1, "done"), (name, "up", 2, "done")]

    write(bench, kind, _STEPS)
    assert await bench.up() == [name]
    assert await bench.database.tables() == {"t1", "s1", "s2", "s3", "s4"}
    assert await bench.journal() == []


@kinds
async def test_a_finished_step_that_reads_otherwise_now_stops_it(bench: Bench, kind: str) -> None:
    name = write(bench, kind, [*_STEPS[:2], _BAD])
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed):
            await runner.up()
        write(bench, kind, ["CREATE TABLE other (id INTEGER)", *_STEPS[1:]])
        with pytest.raises(MigrationFailed, match="step 1 was done by an earlier run, and reads otherwise") as raised:
            await runner.up()
    assert raised.value.name == name
    assert "former text" in raised.value.hint
    assert await bench.database.tables() == {"s1", "s2"}
    assert await bench.names() == []


def undecidable(bench: Bench) -> list[str]:
    """Steps of which the catalog does not tell whether they were done."""
    return [f"{step} AS SELECT 1 AS id" for step in _STEPS] if bench.database.is_mysql else _STEPS


async def crashed(bench: Bench, name: str, step: int) -> None:
    """Leave the journal as a process does that ends in the middle of a step."""
    steps = undecidable(bench)
    write(bench, "sql" if name.endswith(".sql") else "python", [*steps[: step - 1], _BAD])
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed):
            await runner.up()
    digest = hashlib.sha256(steps[step - 1].encode()).hexdigest()
    await bench.database.execute(
        "INSERT INTO schema_migrations_journal (name, direction, step, hash, state, at)"
        f" VALUES ('{name}', 'up', {step}, '{digest}', 'started', CURRENT_TIMESTAMP)"
    )


@kinds
@pytest.mark.parametrize("decision", ["done", "undone"])
@pytest.mark.parametrize("step", [1, 2, 4])
async def test_a_step_that_may_or_may_not_be_done_is_decided_by_a_person(
    bench: Bench, kind: str, decision: str, step: int
) -> None:
    name = f"002_steps.{'sql' if kind == 'sql' else 'py'}"
    await crashed(bench, name, step)
    if decision == "done":
        await bench.database.execute(undecidable(bench)[step - 1])
    write(bench, kind, undecidable(bench))
    before = await bench.database.tables()
    async with bench.runner() as runner:
        for _ in range(2):
            with pytest.raises(MigrationFailed, match=f"step {step} was running") as raised:
                await runner.up()
            assert f"lockgate repair {name} --step done" in raised.value.hint
            assert await bench.database.tables() == before
        tried = await runner.repair(name, step=decision, dry_run=True)
        assert tried.decided == (name,)
        with pytest.raises(MigrationFailed, match=f"step {step} was running"):
            await runner.up()
        assert (await runner.repair("2", step=decision)).as_json()["decided"] == [name]
        assert (await runner.up()).names == (name,)
    assert await bench.database.tables() == {"s1", "s2", "s3", "s4"}
    assert await bench.journal() == []


async def test_the_first_step_that_fails_keeps_nothing(bench: Bench) -> None:
    write(bench, "sql", [_BAD, *_STEPS])
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="none of its steps was done"):
            await runner.up()
    assert await bench.journal() == []
    assert await bench.database.tables() == set()


@kinds
async def test_a_failure_on_the_way_down_resumes_too(bench: Bench, kind: str) -> None:
    name = write(bench, kind, _STEPS[:2], "DROP TABLE s1; DROP TABLE nowhere; DROP TABLE s2")
    await bench.up()
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed):
            await runner.down()
    assert await bench.names() == [name]
    assert await bench.journal() == [(name, "down", 1, "done")]
    await bench.database.execute("CREATE TABLE nowhere (id INTEGER)")
    assert await bench.down() == [name]
    assert await bench.database.tables() == set()
    assert await bench.journal() == []


async def test_a_python_migration_that_raises_between_its_steps_keeps_them(bench: Bench) -> None:
    body = f"await self.db.execute({_STEPS[0]!r})\nraise ValueError('between')"
    bench.files.python("001_p.py", body, attributes="transactional = False")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match=r"between[\s\S]*its first step is kept"):
            await runner.up()
        bench.files.python(
            "001_p.py",
            "\n".join(f"await self.db.execute({step!r})" for step in _STEPS),
            attributes="transactional = False",
        )
        assert (await runner.up()).names == ("001_p.py",)
    assert await bench.database.tables() == {"s1", "s2", "s3", "s4"}


async def test_a_migration_without_transactional_statements_makes_no_journal(bench: Bench) -> None:
    bench.files.tables(2)
    if bench.database.is_mysql:  # DDL keeps steps
        await bench.database.execute("CREATE TABLE t (id INTEGER)")
        bench.files.write("001_t1.sql", "INSERT INTO t VALUES (1);")
        bench.files.write("002_t2.sql", "BEGIN; DELETE FROM t; COMMIT;")
    await bench.up()
    assert await bench.own_tables() - {"schema_migrations_lease"} == {"schema_migrations"}
