"""PostgreSQL's own cases: passwords, versions, engines and pools, and files that are not whole."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from backup.conftest import names_in, seed
from lockgate import BackupFailed, MigrationConfig, SettingsError
from lockgate.backup.copying import CopyFailed
from lockgate.backup.postgresql import PostgresCopying
from lockgate.nouns.history import History
from lockgate.urls.database_url import DatabaseUrl
from servers import PASSWORD, installed_bin, version_of

if TYPE_CHECKING:
    from conformance.bench import Bench, Database

pytestmark = pytest.mark.asyncio

_SPY = """#!/bin/sh
for word in "$@"; do echo "argument $word"; done > "{told}"
env >> "{told}"
stat -c 'mode %a' "$PGPASSFILE" >> "{told}"
exec "{program}" "$@"
"""
AWKWARD = "a:b\\c'd\" #é%"


async def test_the_password_is_never_on_a_command_line(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seed(bench.database)
    bench.files.table(1)
    role, told = f"r_{uuid.uuid4().hex[:8]}", tmp_path / "told"
    spied = Path(
        next(folder for folder in os.environ["PATH"].split(":") if (Path(folder) / "pg_dump").exists()), "pg_dump"
    )
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pg_dump").write_text(_SPY.format(told=told, program=spied))
    (tmp_path / "bin" / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    secret = AWKWARD.replace("'", "''")
    await bench.database.execute(f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{secret}'")
    try:
        parts = urlsplit(bench.database.url)
        url = f"postgresql://{role}:{quote(AWKWARD, safe='')}@{parts.hostname}:{parts.port}{parts.path}?options=-c%20jit%3Doff"
        async with bench.runner(url) as runner:
            assert (await runner.up(backup="copies/")).backup
    finally:
        await bench.database.execute(f"REASSIGN OWNED BY {role} TO postgres; DROP ROLE {role}")
    words = told.read_text()
    assert AWKWARD not in words
    assert PASSWORD not in words
    assert f"PGUSER={role}\n" in words
    assert "PGOPTIONS=-c jit=off\n" in words
    assert "mode 600\n" in words
    (file,) = [line.split("=", 1)[1] for line in words.splitlines() if line.startswith("PGPASSFILE=")]
    assert Path(file).name not in names_in(Path(file).parent)


async def test_a_pg_dump_older_than_the_server_says_what_to_install(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = installed_bin()
    if older is None or bench.database.engine.endswith(version_of(older)):
        pytest.skip("it takes two versions of PostgreSQL")
    bench.files.table(1)
    monkeypatch.setenv("PATH", f"{older}:/usr/bin:/bin")
    async with bench.runner() as runner:
        with pytest.raises(BackupFailed, match="server version mismatch") as caught:
            await runner.up(backup="copies/")
    assert "pg_dump reads no server that is newer than itself" in caught.value.hint
    assert names_in(Path("copies")) == []
    assert await bench.names() == []


async def test_an_engine_tells_its_url_and_a_pool_has_to_be_told_it(bench: Bench, beside: Database) -> None:
    await seed(bench.database)
    bench.files.tables(3)
    engine = create_async_engine(bench.database.url.replace("postgresql://", "postgresql+asyncpg://"))
    async with bench.runner(engine) as runner:
        first = await runner.up(steps=1, backup="copies/")
    await engine.dispose()
    assert first.backup
    async with bench.runner(beside.url) as other:  # the same migration, at another time
        await other.up(steps=1)
    async with asyncpg.create_pool(bench.database.url, min_size=1, max_size=1) as pool:
        async with bench.runner(pool) as runner:
            with pytest.raises(SettingsError, match="no URL of this database is known"):
                await runner.up(backup="copies/")
        async with bench.runner(pool, database_url=beside.url) as runner:
            with pytest.raises(BackupFailed, match="has 1 rows, which are not the 1 of the database's"):
                await runner.up(backup="copies/")
        async with bench.runner(pool, database_url=bench.database.url) as runner:
            assert (await runner.up(steps=1, backup="copies/")).backup
    assert len(names_in(Path("copies"))) == 2


async def test_a_dump_that_is_cut_off_or_has_another_history_is_refused(bench: Bench, tmp_path: Path) -> None:
    await seed(bench.database)
    bench.files.write("001_a\\b\tc.sql", "SELECT 1")
    bench.files.write(
        "002_many.sql", "CREATE TABLE many AS SELECT md5(i::text) AS said FROM generate_series(1, 5000) i"
    )
    await bench.up()
    async with bench.runner() as runner:
        history = await runner.history()
    copying = PostgresCopying(
        DatabaseUrl(bench.database.url), "app", ("public", "schema_migrations"), MigrationConfig()
    )
    copy = tmp_path / "copy.dump"
    await copying.copy(copy)
    await copying.verify(copy, history)
    with pytest.raises(CopyFailed, match="has 2 rows, which are not the 1 of"):
        await copying.verify(copy, History(history.rows[:1]))
    whole = copy.read_bytes()
    for short in (whole[: len(whole) * 2 // 3], b"", b"x" * 5000):
        copy.write_bytes(short)
        with pytest.raises(CopyFailed, match="pg_restore exited with 1"):
            await copying.verify(copy, history)
