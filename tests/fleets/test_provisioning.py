"""New tenants: schemas from the files, databases from a template, and what becomes of one that fails."""

from __future__ import annotations

import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from conformance.bench import PostgresDatabase
from lockgate import Fleet, GateClosed, MigrationFailed, Runner, SettingsError
from mariadb_database import MariadbDatabase
from servers import demanded_url, with_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conformance.bench import Files
    from fleets.tenants import Tenants
    from servers import Servers

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def dropped(beside: PostgresDatabase) -> AsyncIterator[str]:
    """A name for a database, which is dropped afterwards."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    try:
        yield name
    finally:
        await beside.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def test_a_schema_is_made_of_the_files_and_is_a_target_like_the_others(tenants: Tenants) -> None:
    await tenants.make(2, 3)
    fleet = tenants.fleet()
    with pytest.raises(GateClosed):
        await tenants.fleet(environment="production").provision("new")
    made = await fleet.provision("new")
    assert (made.target, made.migrations, made.made, made.from_template) == ("schema:new", 3, True, False)
    await tenants.database.execute("INSERT INTO tenants VALUES ('new')")
    tenants.names.append("new")
    assert (await fleet.up()).current == 1
    again = await fleet.provision("schema:new")
    assert (again.migrations, again.made) == (0, False)
    await tenants.check()


async def test_what_fails_is_taken_away_and_a_stranger_is_not_touched(tenants: Tenants) -> None:
    await tenants.make(1, 3)
    tenants.files.write("004_wrong.sql", "CREATE TABLE wrong (id nonsense);")
    with pytest.raises(MigrationFailed):
        await tenants.fleet().provision("new")
    assert await tenants.database.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'new'") == []
    tenants.files.remove("004_wrong.sql")
    with pytest.raises(SettingsError, match="no history of Lockgate's"):
        await tenants.fleet().provision("bystander")
    await tenants.database.execute("CREATE SCHEMA begun")  # as a process leaves it that is killed right after
    assert (await tenants.fleet().provision("begun")).migrations == 3
    with pytest.raises(SettingsError, match="cannot be told"):
        await tenants.fleet([]).provision("new")
    with pytest.raises(SettingsError, match="letters, digits"):
        await tenants.fleet().provision('new"; DROP')


async def test_a_database_is_a_copy_of_the_template_and_gets_what_it_lacks(
    database: PostgresDatabase, files: Files
) -> None:
    names = files.tables(3)
    template = urlsplit(database.url).path[1:]
    async with Runner(database.url, directory=files.folder) as runner:
        await runner.up(steps=2)
    await database.execute(f"INSERT INTO t1 VALUES (1); ALTER DATABASE {template} SET my.region = 'north'")
    admin = PostgresDatabase(database.engine, with_database(database.url, "postgres"))
    fleet = Fleet([database.url], template=template, directory=files.folder)
    async with dropped(admin) as one, dropped(admin) as two:
        copied = await fleet.provision(one)
        assert (copied.from_template, copied.migrations, copied.made) == (True, 1, True)
        new = PostgresDatabase(database.engine, copied.url.secret())
        assert await new.rows("SELECT current_setting('my.region'), id FROM t1") == [("north", 1)]
        assert [row[0] for row in await new.rows("SELECT name FROM schema_migrations ORDER BY id")] == names
        async with database.connection():  # whoever is connected to a template keeps it from being copied
            made = await fleet.provision(two)
        assert (made.from_template, made.migrations) == (False, 3)
        assert await PostgresDatabase(database.engine, made.url.secret()).tables() == {"t1", "t2", "t3"}
        files.write("004_wrong.sql", "CREATE TABLE wrong (id nonsense);")
        await admin.execute(f"DROP DATABASE {two}")
        with pytest.raises(MigrationFailed):
            await fleet.provision(two)
        assert await admin.rows(f"SELECT 1 FROM pg_database WHERE datname = '{two}'") == []


async def test_on_mariadb_and_sqlite_it_is_made_of_the_files(servers: Servers, files: Files, tmp_path: Path) -> None:
    files.tables(2)
    server = MariadbDatabase(demanded_url(servers, "mariadb"))
    name = f"t_{uuid.uuid4().hex[:12]}"
    here = f"sqlite:///{tmp_path / 'new.db'}"
    fleet = Fleet([with_database(server.url, "other")], directory=files.folder)
    try:
        made = await fleet.provision(name)
        assert (made.migrations, made.made) == (2, True)
        assert await server.named(name).tables() == {"t1", "t2"}
    finally:
        await server.execute(f"DROP DATABASE IF EXISTS {name}")
    made = await fleet.provision(here)
    assert (made.migrations, made.made) == (2, True)
    files.write("003_wrong.sql", "nonsense;")
    with pytest.raises(MigrationFailed):
        await fleet.provision(f"sqlite:///{tmp_path / 'wrong.db'}")
    assert not (tmp_path / "wrong.db").exists()
