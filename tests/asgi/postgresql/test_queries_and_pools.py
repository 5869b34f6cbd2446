"""What a start asks on the wire, and connections that an asyncpg pool lends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from starlette.applications import Starlette

from asgi.driver import bare, refused, served
from asgi.wire import tapped_wire
from lockgate import DatabaseUnreachable, LockgateMiddleware, Runner, lifespan
from servers import PASSWORD

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("by", ["url", "engine", "pool"])
@pytest.mark.parametrize("forced", [True, False])
async def test_where_all_is_applied_a_start_asks_one_query(bench: Bench, by: str, forced: bool) -> None:
    bench.files.tables(2)
    await bench.up()
    async with tapped_wire(bench.database.url) as wire:
        options: Any = {"directory": bench.files.folder, "force_migration": forced, "environment": "production"}
        if by == "pool":
            async with asyncpg.create_pool(wire.url, min_size=1, max_size=1) as pool:
                wire.queries.clear()
                async with served(LockgateMiddleware(bare, pool, **options)):
                    asked = list(wire.queries)
                    assert asked.pop().startswith("SELECT pg_advisory_unlock_all()")  # how a pool takes one back
        else:
            engine = create_async_engine(wire.url.replace("://", "+asyncpg://"), poolclass=NullPool)
            async with engine.connect():
                wire.queries.clear()  # what SQLAlchemy asks each server once
            async with served(LockgateMiddleware(bare, engine if by == "engine" else wire.url, **options)):
                asked = list(wire.queries)
        assert len(asked) == 1, asked
        assert "schema_migrations" in asked[0]


async def test_a_pool_gets_back_what_it_lent(bench: Bench) -> None:
    bench.files.tables(2)
    async with asyncpg.create_pool(bench.database.url, min_size=1, max_size=1) as pool:
        before = await pool.fetchval("SELECT pg_backend_pid()")
        await bench.up()
        async with Runner(pool, directory=bench.files.folder) as runner:
            assert (await runner.status()).state == "current"
            assert runner.database == "the application's asyncpg pool"
        assert await pool.fetchval("SELECT pg_backend_pid()") == before
        assert pool.get_idle_size() == 1


async def test_nothing_of_a_migration_comes_back_to_a_pool(bench: Bench) -> None:
    bench.files.write("001_set.sql", "CREATE TABLE t1 (id int); SET search_path = pg_catalog; SET ROLE pg_monitor")
    bench.files.write("002_temporary.sql", "CREATE TEMPORARY TABLE mine (id int); SELECT pg_advisory_lock(7)")

    async def setup(connection: Any) -> None:
        await connection.execute("SET statement_timeout = '77s'")

    async with asyncpg.create_pool(bench.database.url, min_size=1, max_size=1, setup=setup) as pool:
        app = LockgateMiddleware(bare, pool, directory=bench.files.folder, force_migration=True)
        async with served(app):
            assert pool.get_size() <= 1
            assert await pool.fetchval("SELECT current_user::text || current_setting('search_path')") == (
                'postgres"$user", public'
            )
            assert await pool.fetchval("SELECT to_regclass('mine')::text") is None
            assert await pool.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def test_a_migration_runs_in_the_state_that_the_pool_gives_a_connection(bench: Bench) -> None:
    await bench.database.execute("CREATE SCHEMA app")
    bench.files.write("001_one.sql", "CREATE TABLE one (id int); SET search_path = pg_catalog")
    bench.files.python("002_two.py", "await self.db.create_table('two', sa.Column('id', sa.Integer))")

    async def setup(connection: Any) -> None:
        await connection.execute("SET search_path = app")

    async with (
        asyncpg.create_pool(bench.database.url, min_size=1, max_size=1, setup=setup) as pool,
        served(LockgateMiddleware(bare, pool, directory=bench.files.folder, force_migration=True)),
    ):
        pass
    tables = await bench.database.rows("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'app' ORDER BY 1")
    assert tables == [("one",), ("schema_migrations",), ("two",)]


async def test_a_pool_that_is_not_open_or_has_nothing_left(bench: Bench) -> None:
    closed = asyncpg.create_pool(bench.database.url)
    async with Runner(closed, directory=bench.files.folder) as runner:
        with pytest.raises(DatabaseUnreachable, match="pool is not initialized"):
            await runner.history()
    async with (
        asyncpg.create_pool(bench.database.url, min_size=1, max_size=1) as pool,
        pool.acquire(),
        Runner(pool, directory=bench.files.folder, connect_timeout=0.2) as runner,
    ):
        with pytest.raises(DatabaseUnreachable, match=r"no answer within 0\.2 s"):
            await runner.history()


async def test_a_pool_in_an_applications_own_lifespan(bench: Bench) -> None:
    names = bench.files.tables(2)
    async with (
        asyncpg.create_pool(bench.database.url, min_size=1) as pool,
        lifespan(pool, directory=bench.files.folder, force_migration=True)(None),
    ):
        assert await pool.fetchval("SELECT count(*) FROM t2") == 0
    assert await bench.names() == names


async def test_a_password_is_in_no_reason(bench: Bench) -> None:
    url = bench.database.url.replace(PASSWORD, "wr0ng-and-hidden")
    for database in (url, create_async_engine(url.replace("://", "+asyncpg://"), poolclass=NullPool)):
        for app in (
            LockgateMiddleware(bare, database, directory=bench.files.folder),
            Starlette(lifespan=lifespan(database, directory=bench.files.folder)),  # says the whole traceback
        ):
            reason = await refused(app)
            assert "password authentication failed" in reason
            assert "wr0ng" not in reason
