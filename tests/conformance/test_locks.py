"""One runner at a time."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.bench import arrived, pausing
from lockgate import LockTimeout, Migration, MigrationFailed
from lockgate.events import LockAwaited

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

MANY = 12


def holder_of(bench: Bench) -> str:
    """What the holder's name holds; MariaDB knows of a session no more than where it comes from."""
    return "(lockgate from 127.0.0.1:" if bench.database.is_mysql else f"lockgate[{os.getpid()}]"


async def consistent(bench: Bench, names: list[str]) -> None:
    """Each migration is there once, in order, and the batches only grow."""
    recorded = await bench.recorded()
    assert [name for name, _ in recorded] == names
    batches = [batch for _, batch in recorded]
    assert batches == sorted(batches)
    assert set(batches) == set(range(1, max(batches) + 1))
    counted = await bench.database.rows("SELECT n FROM counted ORDER BY n")
    assert counted == [(number,) for number in range(1, len(names))]


def write_counting(bench: Bench) -> list[str]:
    """Migrations of each kind, of which each would be noticed if it ran twice."""
    bench.files.write("01_counted.sql", "CREATE TABLE counted (n INTEGER);")
    for number in range(1, 5):
        bench.files.write(f"{number + 1:02}_sql.sql", f"INSERT INTO counted VALUES ({number});")
    bench.files.python("06_python.py", "await self.db.execute('INSERT INTO counted VALUES (5)')")
    bench.files.write("07_steps.sql", "-- migrate:up transaction:false\nINSERT INTO counted VALUES (6);\n")
    bench.files.write("08_sql.sql", "INSERT INTO counted VALUES (7);")
    return [
        "01_counted.sql",
        *(f"{number:02}_sql.sql" for number in range(2, 6)),
        "06_python.py",
        "07_steps.sql",
        "08_sql.sql",
    ]


async def test_many_tasks_that_start_at_once_apply_each_migration_once_and_all_succeed(bench: Bench) -> None:
    names = write_counting(bench)
    applied = await asyncio.gather(*(bench.up() for _ in range(MANY)))
    assert sorted(name for run in applied for name in run) == names
    await consistent(bench, names)


_PROCESS = """
import asyncio, sys
from lockgate import Runner
async def main():
    async with Runner(sys.argv[1], directory=sys.argv[2], lock_timeout=60) as runner:
        print(*(await runner.up()).names)
        await runner.up()
sys.stdin.readline()
asyncio.run(main())
"""


async def test_many_processes_that_start_at_once_apply_each_migration_once_and_all_succeed(bench: Bench) -> None:
    names = write_counting(bench)
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _PROCESS,
            bench.database.url,
            str(bench.files.folder),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=os.environ | {"ENV": "test"},
        )
        for _ in range(MANY)
    ]
    said = await asyncio.wait_for(asyncio.gather(*(process.communicate(b"go\n") for process in processes)), 120)
    assert [(process.returncode, error.decode()) for process, (_, error) in zip(processes, said, strict=True)] == [
        (0, "")
    ] * MANY
    assert sorted(name for out, _ in said for name in out.decode().split()) == names
    await consistent(bench, names)


async def test_many_that_roll_back_at_once_undo_each_migration_once(bench: Bench) -> None:
    names = bench.files.tables(6)
    await bench.up()
    rolled = await asyncio.gather(*(bench.down(all=True) for _ in range(MANY)))
    assert sorted(name for run in rolled for name in run) == names
    assert await bench.database.tables() == set()


async def test_a_runner_that_waits_finds_the_work_done(bench: Bench) -> None:
    first, reached, go = pausing()
    events: list[object] = []

    def told(event: object) -> None:
        events.append(event)
        if isinstance(event, LockAwaited):
            go.set()

    listed = [("001_p", first)]
    async with (
        bench.runner(migrations=listed) as one,
        bench.runner(migrations=listed, on_event=told, lock_timeout=20) as two,
    ):
        running = asyncio.create_task(one.up())
        await arrived(reached, running)
        report = await asyncio.wait_for(two.up(), 20)
        assert report.migrations == ()
        assert report.batch_no is None
        assert (await running).names == ("001_p",)
    awaited = [event for event in events if isinstance(event, LockAwaited)]
    assert awaited[0].seconds == 20
    assert holder_of(bench) in (awaited[0].holder or "")


@pytest.mark.parametrize("call", ["up", "down", "stamp", "repair"])
async def test_one_that_waits_too_long_says_how_long_and_for_whom(bench: Bench, call: str) -> None:
    bench.files.tables(1)
    holds, reached, go = pausing()

    class First(Migration):
        async def up(self) -> None:
            await self.db.execute("CREATE TABLE first (id INTEGER)")

        async def down(self) -> None:
            await self.db.execute("DROP TABLE first")

    class Edited(First):
        """Something for repair to write."""

    listed = [("001_f", First), ("002_p", holds), ("003_p", First)]
    theirs = [("001_f", Edited), *listed[1:]] if call == "repair" else listed
    async with bench.runner(migrations=listed) as one, bench.runner(migrations=theirs, lock_timeout=0.2) as two:
        await one.up(steps=1)
        running = asyncio.create_task(one.up(steps=1))
        await arrived(reached, running)
        arguments = {"stamp": ("3",)}.get(call, ())
        with pytest.raises(LockTimeout) as raised:
            await asyncio.wait_for(getattr(two, call)(*arguments), 10)
        go.set()
        await running
    error = raised.value
    assert (error.seconds, error.exit_code) == (0.2, 5)
    assert "0.2 s" in error.message
    assert "LOCKGATE_LOCK_TIMEOUT" in error.hint
    assert holder_of(bench) in (error.holder or "")
    if bench.database.is_postgresql and not bench.is_pooled:
        assert "pid" in error.message
        assert "127.0.0.1" in error.message
    assert await bench.names() == ["001_f", "002_p"]
    assert await bench.database.tables() == {"first", "paused"}


async def test_nothing_pending_waits_for_no_lock_and_status_says_locked(bench: Bench) -> None:
    holds, reached, go = pausing()

    class First(Migration):
        async def up(self) -> None:
            await self.db.execute("CREATE TABLE first (id INTEGER)")

    async with bench.runner(migrations=[("001_f", First), ("002_p", holds)]) as one:
        await one.up(steps=1)
        running = asyncio.create_task(one.up())
        await arrived(reached, running)
        async with bench.runner(migrations=[("001_f", First)], lock_timeout=0.1) as two:
            assert (await asyncio.wait_for(two.up(), 5)).migrations == ()
            assert (await two.plan()).migrations == ()
            assert len((await two.history()).rows) == 1
            status = await two.status()
            assert status.state == "locked"
        go.set()
        assert (await running).names == ("002_p",)
    async with bench.runner(migrations=[("001_f", First), ("002_p", holds)]) as one:
        assert (await one.status()).state == "current"


@pytest.mark.parametrize("ends", ["fails", "is cancelled"])
async def test_the_lock_is_free_after_a_run_that(bench: Bench, ends: str) -> None:
    holds, reached, _ = pausing()

    class Fails(Migration):
        async def up(self) -> None:
            await self.db.execute("INSERT INTO nowhere VALUES (1)")

    async with bench.runner(migrations=[("001_a", Fails if ends == "fails" else holds)]) as one:
        if ends == "fails":
            with pytest.raises(MigrationFailed):
                await one.up()
        else:
            running = asyncio.create_task(one.up())
            await arrived(reached, running)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        bench.files.tables(1)
        async with bench.runner(lock_timeout=0.5) as two:
            assert (await two.up()).names == ("001_t1.sql",)


async def test_one_that_is_cancelled_while_it_waits_leaves_nothing(bench: Bench) -> None:
    holds, reached, go = pausing()
    waiting = asyncio.Event()
    listed = [("001_p", holds)]
    async with (
        bench.runner(migrations=listed) as one,
        bench.runner(migrations=listed, on_event=lambda event: isinstance(event, LockAwaited) and waiting.set()) as two,
    ):
        first = asyncio.create_task(one.up())
        await arrived(reached, first)
        second = asyncio.create_task(two.up())
        await asyncio.wait_for(waiting.wait(), 20)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        go.set()
        await first
        assert (await two.up()).migrations == ()
    assert await bench.names() == ["001_p"]


async def test_two_that_meet_at_a_migration_of_steps_run_each_step_once(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE counted (n INTEGER)")
    reached, go = asyncio.Event(), asyncio.Event()

    class Steps(Migration):
        transactional = False

        async def up(self) -> None:
            await self.db.execute("INSERT INTO counted VALUES (1)")
            reached.set()
            await go.wait()
            await self.db.execute("INSERT INTO counted VALUES (2)")

    def told(event: object) -> None:
        if isinstance(event, LockAwaited):
            go.set()

    listed = [("001_s", Steps)]
    async with bench.runner(migrations=listed) as one, bench.runner(migrations=listed, on_event=told) as two:
        first = asyncio.create_task(one.up())
        await arrived(reached, first)
        second = asyncio.create_task(two.up())
        await asyncio.wait([second], timeout=2)
        go.set()
        reports = await asyncio.gather(first, second)
    assert sorted(report.names for report in reports) == [(), ("001_s",)]
    assert await bench.database.rows("SELECT n FROM counted ORDER BY n") == [(1,), (2,)]
    assert await bench.journal() == []


async def test_runs_up_and_down_at_once_leave_files_and_tables_agreeing(bench: Bench) -> None:
    names = bench.files.tables(5)
    await asyncio.gather(*(bench.up() if number % 2 else bench.down(all=True) for number in range(8)))
    recorded = await bench.names()
    assert recorded == names[: len(recorded)]
    assert await bench.database.tables() == {f"t{number + 1}" for number in range(len(recorded))}
