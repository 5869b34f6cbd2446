"""Schemas of one database: what goes wrong in one stays there, what is locked is left for later, no session leaves anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from lockgate import GateClosed, SettingsError
from lockgate.errors import HistoryError
from lockgate.sources import directory

if TYPE_CHECKING:
    from fleets.tenants import Tenants

pytestmark = pytest.mark.asyncio


async def test_a_canary_that_fails_stops_before_anything_else_is_touched(tenants: Tenants) -> None:
    await tenants.make(6, 4, poisoned=[1])
    report = await tenants.fleet(canary=2).up()
    assert (report.applied, report.untouched, report.exit_code) == (1, 4, 1)
    assert report.stopped == "the canary schema:t001 failed"
    assert await tenants.done() == 1
    (failed,) = report.failed
    assert failed.target == "schema:t001"
    assert failed.migrations == 2
    assert "003_a3.sql" in str(failed.error)
    # Those that are done are no canaries any more: the next run's first is the broken one.
    assert (await tenants.fleet(canary=1).up()).untouched == 4
    assert (await tenants.fleet().up()).applied == 4
    await tenants.check()


async def test_after_so_many_failures_no_other_target_is_begun(tenants: Tenants) -> None:
    await tenants.make(8, 4, poisoned=[0, 2])
    report = await tenants.fleet(stop_after=2, concurrency=1).up()
    assert (report.applied, len(report.failed), report.untouched) == (1, 2, 5)
    assert report.stopped == "2 targets failed"


async def test_a_target_that_is_locked_is_left_for_later(tenants: Tenants) -> None:
    await tenants.make(4, 3)
    order: list[str] = []
    free = anyio.Event()

    def hear(event: Any) -> None:
        if hasattr(event, "fate"):
            order.append(event.target)
            if len(order) == 3:
                free.set()

    async with anyio.create_task_group() as group, tenants.locked("t001"):
        group.start_soon(tenants.fleet(concurrency=1, on_event=hear).up)
        with anyio.fail_after(30):
            await free.wait()
    assert order == ["schema:t000", "schema:t002", "schema:t003", "schema:t001"]
    await tenants.check()


async def test_a_target_that_stays_locked_is_told_with_its_holder(tenants: Tenants) -> None:
    await tenants.make(3, 3)
    async with tenants.locked("t001"):
        report = await tenants.fleet(lock_timeout=0.3).up()
        (standing,) = [one for one in await _standings(tenants) if one.target == "schema:t001"]
    assert (report.applied, report.exit_code) == (2, 5)
    (locked,) = report.locked
    assert locked.target == "schema:t001"
    assert "lockgate[" in str(locked.holder)
    assert standing.state == "locked"


async def _standings(tenants: Tenants) -> list[Any]:
    heard: list[Any] = []
    await tenants.fleet(on_event=heard.append).status()
    return heard[1:]


async def test_a_session_leaves_nothing_to_the_next_schema(tenants: Tenants) -> None:
    """With one worker, each schema sees what a new connection would; and where nothing can remain, it is the same one."""
    await tenants.make(4, 1)
    state = (
        "current_setting('search_path'), current_setting('work_mem'), current_setting('my.own', true), current_user,"
        " to_regclass('pg_temp.left_over')::text, (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        " AND pid = pg_backend_pid()), (SELECT count(*) FROM pg_listening_channels()),"
        " (SELECT count(*) FROM pg_prepared_statements)"
    )
    tenants.files.write(
        "002_see.sql", f"CREATE TABLE seen (path, mem, own, who, temp, locks, channels, prepared) AS SELECT {state};"
    )
    tenants.files.write(
        "003_pid.sql",
        "CREATE TABLE backend (pid integer DEFAULT pg_backend_pid());\nINSERT INTO backend DEFAULT VALUES;",
    )
    tenants.files.write(
        "004_leave.sql",
        "-- migrate:up transaction:false\n"
        "SET work_mem = '77MB';\nSET search_path = public;\nCREATE TEMP TABLE left_over (id integer);\nLISTEN news;\n"
        "PREPARE one AS SELECT 1;\n",
    )
    await tenants.fleet(concurrency=1).up()
    seen, pids = [], set()
    for name in tenants.names:
        seen += await tenants.database.rows(f"SELECT mem, own, who, temp, locks, channels, prepared FROM {name}.seen")
        assert await tenants.database.rows(f"SELECT path FROM {name}.seen") == [(name,)]
        pids |= {row[0] for row in await tenants.database.rows(f"SELECT pid FROM {name}.backend")}
    assert len(set(seen)) == 1
    assert seen[0][3:] == (None, 1, 0, 0)  # of advisory locks, the runner's own
    assert len(pids) == 1
    # A setting of a name of its own cannot be taken back, so whoever says one is the connection's last.
    own = "CREATE TABLE own (own text DEFAULT current_setting('my.own', true)); INSERT INTO own DEFAULT VALUES;"
    tenants.files.write("005_own.sql", own)
    tenants.files.write("006_set.sql", "SET my.own = 'x';")
    await tenants.fleet(concurrency=1).up()
    for name in tenants.names:
        assert await tenants.database.rows(f"SELECT own FROM {name}.own") == [(None,)]


async def test_a_backfill_sees_its_own_schema_too_on_the_connections_that_it_opens(tenants: Tenants) -> None:
    await tenants.make(2, 1)
    await tenants.database.execute("CREATE TABLE public.rate AS SELECT -1 AS percent")
    tenants.files.write("002_rate.sql", "CREATE TABLE rate AS SELECT 7 AS percent;\nALTER TABLE runs ADD rate integer;")
    tenants.files.write("003_key.sql", "ALTER TABLE runs ADD PRIMARY KEY (number);")
    own = 'await self.db.backfill("runs", set={"rate": "(SELECT percent FROM rate)"})'
    tenants.files.write(
        "004_fill.py",
        "from lockgate import Migration\nclass Fill(Migration):\n    transactional = False\n"
        f"    async def up(self):\n        {own}\n",
    )
    assert (await tenants.fleet().up()).applied == 2
    for name in tenants.names:
        assert await tenants.database.rows(f"SELECT rate FROM {name}.runs") == [(7,)]


async def test_a_schema_that_is_not_there_and_a_table_that_is_anothers_stay_their_own_trouble(tenants: Tenants) -> None:
    await tenants.make(3, 2)
    await tenants.database.execute("CREATE TABLE t001.schema_migrations (version text)")
    report = await tenants.fleet(["schema:t000", "schema:nowhere", "schema:t001", "schema:t002"]).up()
    assert report.applied == 2
    nowhere, foreign = sorted(report.failed, key=lambda one: one.target)
    assert "There is no schema nowhere" in str(nowhere.error)
    assert isinstance(foreign.error, HistoryError)
    status = await tenants.fleet(["schema:t000", "schema:nowhere", "schema:t002"]).status()
    assert [(group.state, group.at, group.targets) for group in status.groups] == [
        ("current", "002_a2.sql", 2),
        (None, None, 1),
    ]


async def test_the_gate_and_settings_that_do_not_go_with_schemas(tenants: Tenants) -> None:
    await tenants.make(2, 2)
    with pytest.raises(GateClosed):
        await tenants.fleet(environment="production").up()
    with pytest.raises(SettingsError, match="LOCKGATE_TABLE"):
        await tenants.fleet(table="public.history").up()
    with pytest.raises(SettingsError, match="LOCKGATE_BACKUP"):
        await tenants.fleet(backup="copies/").up()
    with pytest.raises(SettingsError, match="refused"):
        await tenants.fleet("SELECT name FROM nowhere").up()
    assert await tenants.done() == 0
    assert (await tenants.fleet(environment="production").up(force=True)).applied == 2


async def test_files_are_read_and_loaded_once(tenants: Tenants, monkeypatch: pytest.MonkeyPatch) -> None:
    await tenants.make(5, 2)
    tenants.files.python("003_code.py", "await self.db.execute('CREATE TABLE a3 (id integer)')", head="print('loaded')")
    read: list[str] = []
    before = directory.read_bytes
    monkeypatch.setattr(directory, "read_bytes", lambda path: read.append(path) or before(path))
    said: list[str] = []
    monkeypatch.setattr("builtins.print", said.append)
    assert (await tenants.fleet(["schema:t000"]).up()).migrations == 3
    for_one, read[:] = len(read), []
    assert (await tenants.fleet().up()).migrations == 12
    assert (len(read), said) == (for_one, ["loaded", "loaded"])


async def test_a_lease_whose_holder_is_gone_is_taken_over(tenants: Tenants) -> None:
    await tenants.make(3, 2)
    await tenants.leased("t001")
    report = await tenants.fleet(lock="lease", lease_seconds=1.0).up()
    assert (report.applied, report.exit_code) == (3, 0)
    await tenants.check({"schema_migrations_lease"})


async def test_no_more_connections_to_a_server_than_are_allowed(tenants: Tenants) -> None:
    await tenants.make(9, 1)
    count = "SELECT count(*) AS many FROM pg_stat_activity WHERE datname = current_database() AND application_name ^@ 'lock'"
    tenants.files.write("002_count.sql", f"SELECT pg_sleep(0.05); CREATE TABLE busy AS {count}; SELECT pg_sleep(0.05);")
    assert (await tenants.fleet(concurrency=9, per_server=2).up()).applied == 9
    busy = [(await tenants.database.rows(f"SELECT many FROM {name}.busy"))[0][0] for name in tenants.names]
    assert max(busy) == 2


async def test_a_selection_holds_for_each_target(tenants: Tenants) -> None:
    await tenants.make(3, 4)
    tenants.files.write("004_a4.sql", "-- migrate:up phase:contract\nDROP TABLE a1;")
    reports = [await tenants.fleet().up(**chosen) for chosen in ({"steps": 1}, {"to": "2"}, {"phase": "expand"}, {})]
    assert [report.migrations for report in reports] == [3, 3, 3, 3]
    with pytest.raises(SettingsError, match="exclude each other"):
        await tenants.fleet().up(to="2", steps=1)


async def test_backfills_are_done_on_each_target_before_what_contracts(tenants: Tenants) -> None:
    await tenants.make(3, 1)
    tenants.files.write("002_key.sql", "ALTER TABLE runs ADD PRIMARY KEY (number), ADD times integer DEFAULT 0;")
    tenants.files.write(
        "003_fill.py",
        "from lockgate import Migration\nclass Fill(Migration):\n    async def up(self):\n"
        """        await self.db.backfill("runs", set={"times": "times + 1"}, later=True)\n""",
    )
    tenants.files.write("004_drop.sql", "-- migrate:up phase:contract\nDROP TABLE a1;")
    fleet = tenants.fleet()
    await fleet.up(phase="expand")
    assert len((await fleet.up(phase="contract")).failed) == 3
    with pytest.raises(GateClosed):
        await tenants.fleet(environment="production").backfill()
    left = await tenants.fleet(environment="production").backfill(dry_run=True)
    assert (left.targets, left.filled, left.backfills) == (3, 3, 3)
    await tenants.database.execute("ALTER TABLE t001.runs RENAME TO gone")
    heard: list[Any] = []
    done = await tenants.fleet(on_event=heard.append).backfill()
    assert (done.filled, done.backfills, done.rows, done.exit_code) == (2, 2, 2, 1)
    assert [one.target for one in done.failed] == ["schema:t001"]
    assert {one.target for one in heard[1:] if one.backfills} == {"schema:t000", "schema:t002"}
    await tenants.database.execute("ALTER TABLE t001.gone RENAME TO runs")
    assert (await fleet.backfill()).filled == 1
    for name in tenants.names:
        assert await tenants.database.rows(f"SELECT times FROM {name}.runs") == [(1,)]
    assert (await fleet.up(phase="contract")).applied == 3
