"""A backfill that a migration leaves for after the deploy, and a contract that waits for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anyio
import pytest

from backfills.tables import COMPOSITE, IN_PYTHON, IN_SQL, SINGLE, SUM, filled, migration
from lockgate import GateClosed, LockgateError, NotCurrent, Runner, SettingsError
from lockgate.cli.main import main
from lockgate.events import BackfillMoved, BackfillPaused

if TYPE_CHECKING:
    from conformance.bench import Bench
    from lockgate.events import Event

pytestmark = pytest.mark.asyncio
_ROWS = 5_500
_ALL = [(_ROWS, _ROWS, 1, 1, _ROWS)]


def _write(bench: Bench, how: str) -> None:
    bench.files.write("001_fill.py", migration(f"{how}, later=True", attributes='phase = "expand"'))
    bench.files.write(
        "002_drop.sql",
        "-- migrate:up phase:contract\nALTER TABLE items DROP COLUMN a;\n"
        "-- migrate:down\nALTER TABLE items ADD COLUMN a INTEGER;\n",
    )


@pytest.mark.parametrize("how", [IN_SQL, IN_PYTHON], ids=["sql", "python"])
async def test_the_contract_waits_until_it_is_done(bench: Bench, how: str) -> None:
    await filled(bench.database, SINGLE, _ROWS)
    _write(bench, how)
    async with bench.runner() as runner:
        with pytest.raises(
            NotCurrent, match=r"(?s)002_drop.sql contracts.*001_fill.py is not.*Kept from this run: 001"
        ):
            await runner.up()
        with pytest.raises(NotCurrent, match="Nothing was run"):
            await runner.up(phase="contract")
        assert not (await runner.up(phase="expand")).names
        (left,) = (await runner.backfill(dry_run=True)).backfills
        assert (left.name, left.table, left.state, left.rows) == ("001_fill.py", "items", "pending", 0)
        assert left.estimate is not None
        assert left.estimate > _ROWS // 2
        assert (await runner.backfill("1")).backfills[0].rows == _ROWS
        assert await bench.database.rows(SUM) == _ALL
        assert (await runner.backfill()).backfills == ()
        with pytest.raises(SettingsError, match="nothing_like_it"):
            await runner.backfill("nothing_like_it")
        assert (await runner.up(phase="contract")).names == ("002_drop.sql",)


async def test_rolled_back_it_is_not_to_be_done_and_applied_again_it_begins_anew(bench: Bench) -> None:
    await filled(bench.database, SINGLE, 10)
    text = migration(f"{IN_SQL}, later=True", attributes="x = 1")
    bench.files.write(
        "001_fill.py", text[: text.index("    async def down")] + "    async def down(self):\n        pass\n"
    )
    async with bench.runner() as runner:
        await runner.up()
        await runner.backfill()
        await runner.down()
        assert (await runner.backfill()).backfills == ()
        await runner.up()
        assert (await runner.backfill()).backfills[0].rows == 10
        assert await bench.database.rows("SELECT min(times), max(times) FROM items") == [(2, 2)]
        await runner.down()
        await bench.database.execute("DELETE FROM items")
        await runner.up()
        assert (await runner.backfill(dry_run=True)).backfills == ()  # of an empty table nothing is to be done


@pytest.mark.parametrize("gone", ["DROP TABLE items", "ALTER TABLE items DROP COLUMN a"], ids=["table", "column"])
async def test_one_that_can_never_be_done_says_how_to_strike_it_out(bench: Bench, gone: str) -> None:
    await filled(bench.database, SINGLE, 10)
    bench.files.write("001_fill.py", migration(f"{IN_SQL}, later=True", attributes="x = 1"))
    bench.files.write("002_other.sql", "-- migrate:up phase:contract\nCREATE TABLE other (id INTEGER);")
    async with bench.runner() as runner:
        await runner.up(phase="expand")
        await bench.database.execute(gone)
        with pytest.raises(LockgateError, match=r"001_fill.py: ") as caught:
            await runner.backfill()
        with pytest.raises(NotCurrent):
            await runner.up()
        await bench.database.execute(str(caught.value).partition("strikes it out: ")[2])
        assert (await runner.up()).names == ("002_other.sql",)


async def test_two_processes_share_it_and_no_row_is_done_twice(bench: Bench) -> None:
    """Two runners with connections of their own, as two processes have."""
    await filled(bench.database, COMPOSITE, _ROWS)
    bench.files.write("001_fill.py", migration(f"{IN_SQL}, later=True", attributes="x = 1"))
    told: list[Event] = []
    async with bench.runner() as one, bench.runner(on_event=told.append) as other:
        await one.up()
        async with anyio.create_task_group() as group:
            for runner in (one, other):
                group.start_soon(lambda runner: runner.backfill(connections=3), runner)
    assert await bench.database.rows(SUM) == _ALL
    ranges = await bench.database.rows("SELECT count(*), min(state) FROM schema_migrations_backfills")
    assert ranges == [(3 if bench.database.is_postgresql else 1, "done")]


async def test_it_waits_for_the_replicas_and_tells_of_what_it_does(bench: Bench) -> None:
    await filled(bench.database, SINGLE, 2 * _ROWS)
    bench.files.write("001_fill.py", migration(f"{IN_PYTHON}, later=True", attributes="x = 1"))
    behind = [0.2, 30.0, 0.1]
    told: list[Event] = []

    async def lag() -> float:
        return behind.pop(0) if len(behind) > 1 else behind[0]

    async with bench.runner(on_event=told.append) as runner:
        await runner.up()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("lockgate.backfilling.throttle._EVERY_SECONDS", 0.01)
            patch.setattr("lockgate.backfilling.tally._EVERY_SECONDS", 0.01)
            await runner.backfill(lag=lag)
    assert [one.reason for one in told if isinstance(one, BackfillPaused)] == ["the replicas are 30.0 s behind"]
    moved = [one for one in told if isinstance(one, BackfillMoved)]
    assert [one.rows for one in moved] == sorted(one.rows for one in moved)
    assert all(one.rate > 0 and one.seconds_left is not None for one in moved)


async def test_the_command_line(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    await filled(bench.database, SINGLE, _ROWS)
    _write(bench, IN_SQL)
    said = ["--database", bench.database.url, "-d", str(bench.files.folder)]

    async def run(*arguments: str) -> tuple[int, str]:
        status = await anyio.to_thread.run_sync(main, [*arguments, *said])
        return status, capfd.readouterr().out

    monkeypatch.setattr("signal.signal", lambda *_: None)  # it is not the main thread
    monkeypatch.setattr("signal.set_wakeup_fd", lambda *_, **__: -1)
    assert (await run("up", "--phase", "expand"))[0] == 0
    assert (await run("up", "--phase", "contract"))[0] == 6
    status, out = await run("plan")
    assert (status, out.splitlines()[-1].split(":")[1]) == (
        0,
        " 001_fill.py is not finished. `lockgate backfill` finishes what is left.",
    )
    assert json.loads((await run("up", "--phase", "contract", "--dry-run", "--json"))[1])["unfinished"] == [
        "001_fill.py"
    ]
    assert (await run("up", "--phase", "nonsense"))[0] == 2
    assert (await run("backfill", "--seconds", "0"))[0] == 2
    status, out = await run("backfill", "--dry-run")
    assert (status, out.split(",")[:2]) == (0, ["001_fill.py: items", " pending"])
    status, out = await run("backfill", "--json")
    (done,) = json.loads(out)["backfills"]
    assert (status, done["name"], done["state"], done["rows"]) == (0, "001_fill.py", "done", _ROWS)
    assert (await run("backfill", "--dry-run"))[1] == f"001_fill.py: items, done, {_ROWS:,} rows\n"
    assert "finished" not in (await run("plan"))[1]
    assert (await run("up", "--phase", "contract"))[0] == 0
    assert (await run("backfill"))[1] == "No backfill is left to do.\n"


async def test_the_gate_counts(bench: Bench) -> None:
    async with bench.runner(environment="production") as runner:
        with pytest.raises(GateClosed):
            await runner.backfill()
        assert (await runner.backfill(dry_run=True)).backfills == ()


async def test_an_application_starts_while_only_a_contract_is_pending(bench: Bench) -> None:
    await filled(bench.database, SINGLE, 10)
    _write(bench, IN_SQL)
    settings = {"environment": "production", "lock_timeout": 0.2}

    async def start(**more: bool) -> Runner:
        async with bench.runner(**settings, **more) as runner:
            assert (await runner.open_gate()).ready
            assert (await runner.readiness()).state == "current"
            return runner

    with pytest.raises(NotCurrent, match="2 migrations are pending"):
        await start()
    await start(force_migration=True)
    assert await bench.names() == ["001_fill.py"]
    await start()
