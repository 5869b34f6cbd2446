"""Servers that cannot be reached, refuse, or go away in the middle; and engines that an application lends."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from conformance.bench import arrived, pausing
from lockgate import DatabaseUnreachable, LockgateError, LockLost, Migration, MigrationFailed, Runner
from servers import PASSWORD

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


async def unreachable(bench: Bench, url: str, **settings: object) -> DatabaseUnreachable:
    bench.files.table(1)
    for call in ("status", "up"):
        async with bench.runner(url, **settings) as runner:
            with pytest.raises(DatabaseUnreachable) as raised:
                await getattr(runner, call)()
    assert raised.value.exit_code == 7
    assert raised.value.__cause__ is not None
    assert PASSWORD not in str(raised.value)
    return raised.value


async def test_a_closed_port(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = await unreachable(bench, f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/x")
    assert f"postgresql://postgres:***@127.0.0.1:{port}/x" in error.message


async def test_a_wrong_password_is_never_printed(bench: Bench) -> None:
    url = bench.database.url.replace(PASSWORD, "wr0ng-and-hidden")
    error = await unreachable(bench, url)
    assert "password" in error.message
    assert "wr0ng" not in str(error)


async def test_a_database_that_is_not_there(bench: Bench) -> None:
    error = await unreachable(bench, f"{bench.database.url}_nowhere")
    assert "does not exist" in error.message


async def test_a_user_that_is_not_there(bench: Bench) -> None:
    await unreachable(bench, bench.database.url.replace("//postgres:", "//nobody:"))


async def test_a_host_that_is_not_there(bench: Bench) -> None:
    await unreachable(bench, "postgresql://u:p@no-such-host.invalid/x")


@pytest.mark.parametrize("by", ["setting", "url"])
async def test_a_port_that_accepts_and_never_answers_is_given_up_in_time(bench: Bench, by: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{listener.getsockname()[1]}/x"
        settings = {"connect_timeout": 0.3} if by == "setting" else {}
        if by == "url":
            url += "?connect_timeout=1&sslmode=disable"
        began = time.monotonic()
        error = await unreachable(bench, url, **settings)
    assert "no answer within" in error.message
    assert time.monotonic() - began < 8


async def test_an_engine_that_cannot_connect(bench: Bench) -> None:
    engine = create_async_engine("postgresql+asyncpg://u:hidden-word@127.0.0.1:1/x")
    bench.files.table(1)
    async with bench.runner(engine) as runner:
        assert "hidden-word" not in runner.database
        with pytest.raises(DatabaseUnreachable) as raised:
            await runner.up()
    assert "hidden-word" not in str(raised.value)
    await engine.dispose()


async def test_an_engine_is_worked_with_and_its_pool_is_left_alone(bench: Bench) -> None:
    engine = create_async_engine(
        bench.database.url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=1, max_overflow=0
    )
    bench.files.tables(2)
    bench.files.write("003_leaks.sql", "SET search_path TO ''; SET ROLE pg_monitor;")
    bench.files.python(
        "004_p.py", "await self.db.create_table('p', sa.Column('id', sa.Integer))\nassert await self.db.has_table('p')"
    )
    try:
        async with engine.connect() as theirs:
            before = (await theirs.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        async with bench.runner(engine) as runner:
            assert len((await runner.up()).names) == 4
            assert (await runner.up()).migrations == ()
            async with (
                asyncio.timeout(10),
                engine.connect() as theirs,
            ):  # the pool's one place is free while the runner is open
                row = (
                    await theirs.execute(
                        text("SELECT pg_backend_pid(), current_user::text, current_setting('search_path')")
                    )
                ).one()
                assert row[1:] == ("postgres", '"$user", public')
        async with engine.connect() as theirs:
            assert (await theirs.execute(text("SELECT 1"))).scalar_one() == 1
            assert (await theirs.execute(text("SELECT pg_backend_pid()"))).scalar_one() == row[0]
        assert before
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    finally:
        await engine.dispose()
    left = await bench.database.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert left == [(0,)]


async def test_an_engine_without_a_pool_is_worked_with(bench: Bench) -> None:
    engine = create_async_engine(
        bench.database.url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool
    )
    bench.files.tables(1)
    async with bench.runner(engine) as runner:
        assert (await runner.up()).names == ("001_t1.sql",)
    await engine.dispose()


@pytest.mark.parametrize("spelling", ["postgres://", "postgresql+asyncpg://", "postgresql+psycopg://"])
async def test_urls_as_people_have_them(bench: Bench, spelling: str) -> None:
    bench.files.tables(1)
    async with bench.runner(bench.database.url.replace("postgresql://", spelling)) as runner:
        await runner.up()
    assert await bench.database.tables() == {"t1"}


async def test_a_user_who_may_not_create_is_told_what_the_database_refused(bench: Bench) -> None:
    name = f"r_{bench.database.url.rsplit('/', 1)[1]}"
    await bench.database.execute(
        f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'; REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
    )
    bench.files.tables(1)
    try:
        async with bench.runner(bench.database.url.replace("//postgres:", f"//{name}:")) as runner:
            with pytest.raises(LockgateError, match="permission denied for schema public"):
                await runner.up()
            assert (await runner.status()).state == "behind"
        assert await bench.recorded() == []
        await bench.up()
        async with bench.runner(bench.database.url.replace("//postgres:", f"//{name}:")) as runner:
            with pytest.raises(LockgateError, match="permission denied for table schema_migrations"):
                await runner.status()
            with pytest.raises(LockgateError, match="permission denied for table schema_migrations"):
                await runner.up()
            await bench.database.execute(f"GRANT SELECT ON schema_migrations TO {name}")
            assert (await runner.status()).state == "current"
            assert (await runner.up()).migrations == ()
            bench.files.table(2)
            with pytest.raises(LockgateError, match="permission denied"):
                await runner.up()
    finally:
        await bench.database.execute(f"DROP OWNED BY {name}; DROP ROLE {name};")
    assert await bench.database.tables() == {"t1"}


async def test_a_database_that_is_read_only_can_be_looked_at_and_refuses_the_rest(bench: Bench) -> None:
    bench.files.tables(1)
    await bench.up()
    name = bench.database.url.rsplit("/", 1)[1]
    await bench.database.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with bench.runner() as runner:
        assert (await runner.up()).migrations == ()
        assert (await runner.status()).state == "current"
        bench.files.table(2)
        bench.files.python("003_p.py", "await self.db.execute('CREATE TABLE t3 (id integer)')")
        with pytest.raises(LockgateError, match="read-only transaction"):
            await runner.up()
        with pytest.raises(LockgateError, match="read-only transaction"):
            await runner.down()
        with pytest.raises(LockgateError, match="read-only transaction"):
            await runner.stamp("3")
    assert await bench.database.tables() == {"t1"}
    assert await bench.names() == ["001_t1.sql"]


async def terminate(bench: Bench) -> None:
    assert await bench.database.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )


async def test_a_connection_cut_off_in_a_python_migration_leaves_nothing_half_done(bench: Bench) -> None:
    class Cut(Migration):
        async def up(self) -> None:
            await self.db.execute("CREATE TABLE half (id integer)")
            await self.db.scalar("SELECT 1")
            await terminate(bench)
            await self.db.execute("CREATE TABLE other (id integer)")
            await self.db.scalar("SELECT 1")

    class First(Migration):
        async def up(self) -> None:
            await self.db.execute("CREATE TABLE t1 (id integer)")

    listed = [("001_first", First), ("002_cut", Cut)]
    async with bench.runner(migrations=listed) as runner:
        with pytest.raises(MigrationFailed, match="002_cut") as raised:
            await runner.up()
        assert "lockgate status" in raised.value.hint
        assert await bench.database.tables() == {"t1"}
        assert await bench.names() == ["001_first"]
        async with bench.runner(migrations=[listed[0], ("002_first", First)], lock_timeout=5) as other:
            assert (await other.stamp("2")).recorded == ("002_first",)
        assert len((await runner.history()).rows) == 2


async def test_a_connection_cut_off_in_a_sql_migration_leaves_nothing_half_done(bench: Bench) -> None:
    bench.files.table(1)
    bench.files.write(
        "002_cut.sql",
        "CREATE TABLE half (id integer);\nSELECT pg_terminate_backend(pg_backend_pid());\nCREATE TABLE other (id integer);",
    )
    bench.files.table(3)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed) as raised:
            await runner.up()
        assert "connection was lost" in raised.value.message
        assert await bench.database.tables() == {"t1"}
        assert await bench.names() == ["001_t1.sql"]
        bench.files.write("002_cut.sql", "SELECT 1;")
        assert (await runner.up()).names == ("002_cut.sql", "003_t3.sql")


async def test_a_connection_cut_off_between_runs_is_replaced_at_the_latest_after_it_was_told(bench: Bench) -> None:
    bench.files.tables(1)
    async with bench.runner() as runner:
        await runner.up()
        await terminate(bench)
        with suppress(DatabaseUnreachable):  # whether the driver knows by now is a race
            await runner.status()
        assert (await runner.status()).state == "current"


async def test_a_statement_that_runs_when_its_run_is_cancelled_is_stopped(bench: Bench) -> None:
    bench.files.write("001_long.sql", "CREATE TABLE a (id integer); SELECT pg_sleep(60);")
    async with bench.runner() as runner:
        task = asyncio.create_task(runner.up())
        busy = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        async with asyncio.timeout(20):
            while not await bench.database.rows(busy):  # noqa: ASYNC110 - the server tells no one
                await asyncio.sleep(0.01)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 15
        assert await bench.database.rows(busy) == []
        bench.files.write("001_long.sql", "CREATE TABLE a (id integer);")
        async with bench.runner(lock_timeout=5) as other:
            assert (await other.up()).names == ("001_long.sql",)
    assert await bench.database.tables() == {"a"}


async def test_nothing_pending_is_one_turn_on_an_open_connection(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name in ("execute", "fetch", "fetchrow", "fetchval", "prepare", "copy_from_query", "executemany"):
        original = getattr(asyncpg.Connection, name)

        async def counted(
            self: object, query: str, *args: object, _original: object = original, **options: object
        ) -> object:
            asked.append(query)
            return await _original(self, query, *args, **options)  # type: ignore[operator]

        monkeypatch.setattr(asyncpg.Connection, name, counted)
    bench.files.tables(30)
    async with bench.runner() as runner:
        await runner.up()
        asked.clear()
        await runner.up()
        assert len(asked) == 1
        assert "lock" not in asked[0]


async def test_the_lock_is_held_on_the_session_that_does_the_work(bench: Bench) -> None:
    pauses, reached, go = pausing()
    async with bench.runner(migrations=[("001_p", pauses)]) as runner:
        task = asyncio.create_task(runner.up())
        await arrived(reached, task)
        locks = await bench.database.rows(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
            "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        working = await bench.database.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
        )
        assert locks == working
        assert len(locks) == 1
        go.set()
        await task
        assert (
            await bench.database.rows(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database "
                "= (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            == []
        )


@pytest.mark.parametrize("quicker", [False, True])
async def test_a_migration_that_gives_the_lock_back_lets_nobody_in(bench: Bench, *, quicker: bool) -> None:
    """It is taken again; where another runner was quicker, the run ends."""
    counted = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    async with bench.runner() as other:
        await other.history()
        session = await other._connection.session()

        class Unlocks(Migration):
            async def up(self) -> None:
                await self.db.execute("SELECT pg_advisory_unlock_all()")
                assert not quicker or await session.try_lock()

        class Counts(Migration):
            async def up(self) -> None:
                assert await self.db.scalar(counted) == 1

        async with bench.runner(migrations=[("001_a.py", Unlocks), ("002_b.py", Counts)]) as runner:
            if quicker:
                with pytest.raises(
                    LockLost, match=r"001_a.py has given the runner's lock back[\s\S]*Kept from this run"
                ):
                    await runner.up()
            else:
                assert len((await runner.up()).names) == 2
    assert await bench.names() == ["001_a.py", "002_b.py"][: 1 if quicker else 2]


@pytest.mark.parametrize("call", ["stamp", "repair"])
async def test_setting_the_record_straight_leaves_no_lock_behind(bench: Bench, call: str) -> None:
    bench.files.tables(1)
    async with bench.runner() as runner:
        await getattr(runner, call)(*(["1"] if call == "stamp" else []))
        assert (
            await bench.database.rows(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database "
                "= (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            == []
        )


async def test_no_error_shows_the_password(bench: Bench) -> None:
    bench.files.python("001_f.py", f"raise RuntimeError({bench.database.url!r})")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed) as raised:
            await runner.up()
    assert PASSWORD not in str(raised.value)
    assert PASSWORD not in str(raised.value.report)
    assert PASSWORD not in repr(Runner(bench.database.url).config)


async def test_a_timeout_of_the_server_is_told_as_a_refused_statement(bench: Bench) -> None:
    bench.files.write(
        "001_f.sql", "CREATE TABLE a (id integer);\nSET LOCAL statement_timeout = 50;\nSELECT pg_sleep(30);\n"
    )
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="timeout") as raised:
            await runner.up()
    assert (raised.value.statement, raised.value.line) == (3, 3)
    assert await bench.database.tables() == set()
