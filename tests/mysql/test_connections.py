"""Connections: had, refused, lost, borrowed, and stopped in the middle of a statement."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from conformance.bench import arrived, pausing
from lockgate import DatabaseUnreachable, LockgateError, LockTimeout, Migration, MigrationFailed, SettingsError
from lockgate.urls.database_url import DatabaseUrl
from servers import PASSWORD

if TYPE_CHECKING:
    from conformance.bench import Bench
    from servers import Servers

pytestmark = pytest.mark.asyncio


async def unreachable(bench: Bench, url: str) -> str:
    bench.files.table(1)
    async with bench.runner(url, connect_timeout=2) as runner:
        with pytest.raises(DatabaseUnreachable) as raised:
            await asyncio.wait_for(runner.up(), 10)
    assert raised.value.exit_code == 7
    assert PASSWORD not in f"{raised.value} {raised.value.__cause__}"
    return raised.value.message


async def test_what_cannot_be_reached_is_said_without_the_password(bench: Bench) -> None:
    url = bench.database.url
    refused = await unreachable(bench, url.replace(PASSWORD, f"{PASSWORD}x"))
    assert refused.endswith("cannot be reached: Access denied for user 'lockgate'@'127.0.0.1'")
    assert "Unknown database 'nowhere'" in await unreachable(bench, f"{url.rsplit('/', 1)[0]}/nowhere")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # listens, and never says a word
        port = silent.getsockname()[1]
        assert "no answer within 2 s" in await unreachable(bench, f"mysql://u:{PASSWORD}@127.0.0.1:{port}/d")
    assert "Can't connect" in await unreachable(bench, f"mysql://u:{PASSWORD}@127.0.0.1:{port}/d")
    assert "no/such/socket" in await unreachable(bench, f"mysql://u:{PASSWORD}@h/d?unix_socket=/no/such/socket")


async def test_a_url_without_a_database_is_said(bench: Bench) -> None:
    bench.files.table(1)
    async with bench.runner(bench.database.url.rsplit("/", 1)[0]) as runner:
        with pytest.raises(LockgateError, match="no database") as raised:
            await runner.up()
    assert "DATABASE_URL" not in raised.value.message
    assert "mysql://user:password@host:3306/name" in raised.value.hint


async def test_every_spelling_of_a_url_leads_to_the_server(bench: Bench, servers: Servers) -> None:
    bench.files.table(1)
    await bench.up()
    rest = bench.database.url.partition("://")[2]
    path = servers.of_mysql(bench.database.engine).socket
    name = rest.rsplit("/", 1)[1]
    for url in (
        f"mysql://{rest}",
        f"mariadb+mariadbconnector://{rest}",
        f"mysql+aiomysql://{rest}?charset=utf8mb4&connect_timeout=5",
        f"mysql+pymysql://{rest}?ssl_mode=DISABLED&local_infile=1",
        f"mysql+asyncmy://lockgate:{PASSWORD}@/{name}?unix_socket={path}",
    ):
        async with bench.runner(url) as runner:
            assert (await runner.status()).state == "current"


async def test_an_applications_engine_is_borrowed_and_its_pool_is_left_alone(bench: Bench) -> None:
    bench.files.table(1)
    bench.files.write("002_s.sql", "SET sql_mode = 'ANSI';")
    engine = create_async_engine(
        f"mysql+asyncmy:{bench.database.url.partition(':')[2]}", pool_size=1, max_overflow=0, pool_timeout=1
    )
    async with engine.connect() as theirs, bench.runner(engine) as runner:
        before = (await theirs.exec_driver_sql("SELECT @@sql_mode")).scalar()
        assert (await runner.up()).names == ("001_t1.sql", "002_s.sql")
        assert (await theirs.exec_driver_sql("SELECT @@sql_mode")).scalar() == before
    await engine.dispose()


async def test_a_session_that_is_killed_is_told_and_the_next_run_goes_on(bench: Bench) -> None:
    bench.files.write(
        "001_k.sql", "CREATE TABLE t (id INTEGER);\nINSERT INTO t SELECT sleep(20);\nINSERT INTO t VALUES (2);\n"
    )
    async with bench.runner() as runner:
        running = asyncio.create_task(runner.up())
        number = await bench.database.running("INSERT INTO t SELECT sleep%")
        await bench.database.execute(f"KILL CONNECTION {number}")
        with pytest.raises(MigrationFailed, match=r"connection was lost[\s\S]*finished steps are kept"):
            await asyncio.wait_for(running, 10)
        bench.files.write("001_k.sql", "CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (2);\n")
        assert (await runner.up()).names == ("001_k.sql",)
    assert await bench.database.rows("SELECT id FROM t") == [(2,)]


async def test_a_migration_that_releases_all_locks_does_not_let_another_runner_in(bench: Bench) -> None:
    class Releases(Migration):
        async def up(self) -> None:
            await self.db.scalar("SELECT RELEASE_ALL_LOCKS()")

    holds, reached, go = pausing()
    listed = [("001_r", Releases), ("002_p", holds)]
    async with bench.runner(migrations=listed) as one, bench.runner(migrations=listed, lock_timeout=0.2) as two:
        running = asyncio.create_task(one.up())
        await arrived(reached, running)
        with pytest.raises(LockTimeout):
            await asyncio.wait_for(two.up(), 10)
        go.set()
        assert len((await running).names) == 2


@pytest.mark.parametrize(
    "body",
    [
        "await self.db.execute('INSERT INTO t SELECT sleep(20)')",
        # MySQL's sleep() by itself would end early, and the table would be made.
        "await self.db.execute('CREATE TABLE slow AS SELECT sleep(20) UNION ALL SELECT sleep(20)')",
        "await self.db.connection.execute(sa.text('INSERT INTO t SELECT sleep(20)'))",
        "await (await self.db.driver_connection()).query('INSERT INTO t SELECT sleep(20)')",
    ],
)
async def test_a_run_that_is_cancelled_in_a_statement_stops_the_server_and_frees_the_lock(
    bench: Bench, body: str
) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER)")
    bench.files.python("001_s.py", body)
    started = time.monotonic()
    async with bench.runner() as runner:
        running = asyncio.create_task(runner.up())
        await bench.database.running("%SELECT sleep(20)")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        bench.files.python("001_s.py", "pass")
        await bench.database.execute("DELETE FROM schema_migrations_journal")
        async with bench.runner(lock_timeout=5) as other:
            assert (await other.up()).names == ("001_s.py",)
    assert time.monotonic() - started < 12
    assert await bench.database.rows("SELECT id FROM t") == []
    assert await bench.database.tables() == {"t"}


async def test_a_sql_file_that_is_cancelled_in_a_statement_is_rolled_back_on_the_same_connection(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE t (id INTEGER)")
    bench.files.write("001_s.sql", "INSERT INTO t VALUES (1);\nINSERT INTO t SELECT sleep(20);\n")
    async with bench.runner() as runner:
        await runner.history()
        running = asyncio.create_task(runner.up())
        number = await bench.database.running("%SELECT sleep(20)")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        bench.files.write("001_s.sql", "INSERT INTO t SELECT connection_id();")
        await runner.up()
    assert await bench.database.rows("SELECT id FROM t") == [(number,)]


async def test_a_tracking_table_that_somebody_locks_is_not_waited_for_without_end(bench: Bench) -> None:
    bench.files.table(1)
    await bench.up()
    async with bench.database.connection() as other:
        await other.query("LOCK TABLES schema_migrations WRITE")
        async with bench.runner(connect_timeout=1) as runner:
            with pytest.raises(LockgateError, match="no answer within 1 s"):
                await asyncio.wait_for(runner.status(), 10)
            await other.query("UNLOCK TABLES")
            assert (await runner.status()).state == "current"


async def test_encryption_is_had_as_it_is_asked_for(bench: Bench, servers: Servers) -> None:
    await bench.database.execute("CREATE TABLE seen (cipher TEXT)")
    catalog = "performance_schema" if bench.database.engine == "mysql" else "information_schema"
    status = f"{catalog}.session_status WHERE variable_name = 'Ssl_cipher'"
    bench.files.write("001_t1.sql", f"INSERT INTO seen SELECT variable_value FROM {status};")
    ca = f"ssl_ca={servers.of_mysql(bench.database.engine).certificate}"
    for query in ("", "ssl_mode=REQUIRED", f"ssl_mode=VERIFY_CA&{ca}", f"ssl_mode=VERIFY_IDENTITY&{ca}", ca):
        async with bench.runner(f"{bench.database.url}?{query}") as runner:
            assert (await runner.up()).names == ("001_t1.sql",)
        assert [bool(cipher) for (cipher,) in await bench.database.rows("SELECT cipher FROM seen")] == [bool(query)]
        await bench.database.execute("DELETE FROM seen; DELETE FROM schema_migrations")
    assert "certificate verify failed" in await unreachable(bench, f"{bench.database.url}?ssl_mode=VERIFY_CA")
    other = bench.database.url.replace("127.0.0.1", "localhost")
    assert "certificate is not valid for 'localhost'" in await unreachable(bench, f"{other}?{ca}")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", None),
        ("ssl_mode=preferred", None),
        ("ssl=true", (None, False, False)),
        ("ssl_mode=REQUIRED", (None, False, False)),
        ("ssl_ca=/ca.pem", ("/ca.pem", True, True)),
        ("ssl_ca=/ca.pem&ssl_check_hostname=false", ("/ca.pem", True, False)),
        ("ssl-mode=VERIFY_CA&ssl-ca=/ca.pem", ("/ca.pem", True, False)),
        ("ssl_mode=VERIFY_IDENTITY", (None, True, True)),
        ("ssl_mode=DISABLED&ssl_ca=", None),
        ("ssl_mode=DISABLED&ssl_ca=/ca.pem", None),
    ],
)
async def test_what_a_url_says_of_encryption(query: str, expected: Any) -> None:
    tls = DatabaseUrl(f"mysql://u:p@h/d?{query}").mysql_arguments().tls
    assert (tls and (tls.ca, tls.verifies, tls.names)) == expected


@pytest.mark.parametrize("query", ["ssl_mode=maybe", "useSSL=true", "tls=1", "ssl=perhaps", "connect_timeout=soon"])
async def test_what_cannot_be_obeyed_is_refused(query: str) -> None:
    with pytest.raises(SettingsError):
        DatabaseUrl(f"mysql://u:p@h/d?{query}")


async def test_a_password_of_any_characters_is_sent_as_utf_8(bench: Bench) -> None:
    await bench.database.execute("CREATE USER 'öd'@'%' IDENTIFIED BY 'pä☃ss'; GRANT ALL ON *.* TO 'öd'@'%'")
    place = urlsplit(bench.database.url)
    bench.files.table(1)
    async with bench.runner(f"mysql://%C3%B6d:p%C3%A4%E2%98%83ss@127.0.0.1:{place.port}{place.path}") as runner:
        assert (await runner.up()).names == ("001_t1.sql",)
    await bench.database.execute("DROP USER 'öd'@'%'")
