"""Other projects' migrations, unchanged: afterwards the catalog is what the database's own client makes of the files.

LOCKGATE_TEST_CORPORA names a folder with checkouts of hyperledger/firefly and mattermost/mattermost-plugin-playbooks.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lockgate import MigrationFailed
from servers import psql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.bench import Bench, Database

# Read when the tests are collected, before their environment is cleaned.
_CORPORA = os.environ.get("LOCKGATE_TEST_CORPORA", "")

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not _CORPORA, reason="LOCKGATE_TEST_CORPORA names no folder with other projects' checkouts"),
]

FIREFLY = "firefly/db/migrations"
PLAYBOOKS = "mattermost-plugin-playbooks/server/sqlstore/migrations/postgres"
# Tables of the server that the plug-in is made for, which its migrations look at.
STUBS = """
    CREATE TABLE Posts (Id varchar(26) PRIMARY KEY, CreateAt bigint, ChannelId varchar(26), Type varchar(26), Props jsonb);
    CREATE TABLE Channels (Id varchar(26) PRIMARY KEY, CreateAt bigint, DeleteAt bigint, DisplayName varchar(64));
    CREATE TABLE PluginKeyValueStore (PluginId varchar(190), PKey varchar(150), PValue bytea, ExpireAt bigint,
                                      PRIMARY KEY (PluginId, PKey));
    CREATE TABLE IR_MetricConfig (Id text PRIMARY KEY, PlaybookId text NOT NULL, Title text, Type text);
    """


def folder_of(name: str) -> Path:
    folder = Path(_CORPORA) / name
    assert folder.is_dir(), f"LOCKGATE_TEST_CORPORA has no {name}"
    return folder


def scripts(folder: Path, direction: str) -> list[Path]:
    found = sorted(folder.glob(f"*.{direction}.sql"), key=lambda path: int(path.name.split("_")[0]))
    return found if direction == "up" else found[::-1]


def by_the_client(url: str, files: list[Path]) -> None:
    """Run files as the database's own client does, a session each."""
    for file in files:
        if url.startswith("sqlite"):
            _sqlite3(Path(url.removeprefix("sqlite:///")), file)
        else:
            _run(psql(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", str(file))


def _sqlite3(path: Path, file: Path) -> None:
    client = shutil.which("sqlite3")
    if client:
        _run(client, "-bail", str(path), f".read '{file}'")
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(file.read_text())


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{command[-1]}: {done.stderr}"
    assert "rror" not in done.stderr, f"{command[-1]}: {done.stderr}"


async def contents(database: Database) -> dict[str, Any]:
    return {table: await database.rows(f'SELECT count(*) FROM "{table}"') for table in sorted(await database.tables())}


async def compared(bench: Bench, beside: Database, files: list[Path]) -> None:
    """What Lockgate made of the files is what the client made of them."""
    await asyncio.to_thread(by_the_client, beside.url, files)
    assert await bench.database.catalog() == await beside.catalog()
    assert await contents(bench.database) == await contents(beside)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_firefly_on_sqlite(bench: Bench, beside: Database) -> None:
    await round_trip(bench, beside, folder_of(f"{FIREFLY}/sqlite"), ups=100)


async def test_firefly_on_postgresql(bench: Bench, beside: Database) -> None:
    with the_extension():
        for database in (bench.database, beside):
            await offer(database)
        await round_trip(bench, beside, folder_of(f"{FIREFLY}/postgres"), ups=100, broken="000070")


_EXTENSION = Path(tempfile.gettempdir()) / f"lockgate-extension-{os.getpid()}"


@contextmanager
def the_extension() -> Iterator[None]:
    """uuid-ossp as firefly asks for it and never uses it, for a server that comes without."""
    folder = _EXTENSION / "extension"
    folder.mkdir(parents=True, mode=0o755)
    try:
        (folder / "uuid-ossp.control").write_text("default_version = '1.1'\nrelocatable = true\n")
        (folder / "uuid-ossp--1.1.sql").write_text("-- nothing\n")
        yield
    finally:
        shutil.rmtree(_EXTENSION)


async def offer(database: Database) -> None:
    if await database.rows("SELECT 1 FROM pg_available_extensions WHERE name = 'uuid-ossp'"):
        return
    if not await database.rows("SELECT 1 FROM pg_settings WHERE name = 'extension_control_path'"):
        pytest.skip("the server has no uuid-ossp, and is too old to be shown one")
    name = database.url.rsplit("/", 1)[1]
    await database.execute(f"ALTER DATABASE {name} SET extension_control_path = '$system:{_EXTENSION}'")


async def test_playbooks_on_postgresql(bench: Bench, beside: Database) -> None:
    await bench.database.execute(STUBS)
    await beside.execute(STUBS)
    await round_trip(bench, beside, folder_of(PLAYBOOKS), ups=80)
    assert {table.lower() for table in await bench.database.tables()} == {
        "posts",
        "channels",
        "pluginkeyvaluestore",
        "ir_metricconfig",
    }


async def round_trip(bench: Bench, beside: Database, folder: Path, *, ups: int, broken: str = "") -> None:
    """Up, and down as far as the project's own files go: `broken` is one whose down no server takes."""
    ups_of, downs_of = scripts(folder, "up"), scripts(folder, "down")
    names = [path.name for path in ups_of]
    assert len(names) > ups
    async with bench.runner(directory=folder) as runner:
        assert list((await runner.up()).names) == names
        assert (await runner.status()).state == "current"
        await compared(bench, beside, ups_of)
        assert await bench.journal() == []
        if not broken:
            assert list((await runner.down()).names) == names[::-1]
            await compared(bench, beside, downs_of)
            return
        with pytest.raises(MigrationFailed, match=broken):
            await runner.down()
        await compared(bench, beside, [path for path in downs_of if path.name.split("_")[0] > broken])
        with pytest.raises(AssertionError, match="syntax error"):
            by_the_client(beside.url, [path for path in downs_of if path.name.startswith(broken)])
