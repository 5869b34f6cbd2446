"""New tenants: schemas from the files, databases from a template, and what becomes of one that fails."""

from __future__ import annotations

import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
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
    from lockgate.fleets.provisioning import Provisioned
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


async def test_several_may_make_the_same_tenant_at_once(tenants: Tenants) -> None:
    await tenants.make(1, 3)
    made: list[Provisioned] = []

    async def sign_up() -> None:
        made.append(await tenants.fleet().provision("new"))

    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(sign_up)
    assert [sum(one.made for one in made), sum(one.migrations for one in made)] == [1, 3]
    with pytest.raises(SettingsError, match="names no database"):
        await tenants.fleet().provision(with_database(tenants.database.url, ""))


async def test_what_contracts_does_not_keep_a_tenant_from_being_made(tenants: Tenants) -> None:
    """The table that is to be filled has rows of the first migration's own, and nobody runs backfills on a tenant to be."""
    await tenants.make(1, 1)
    tenants.files.write("002_key.sql", "ALTER TABLE runs ADD PRIMARY KEY (number), ADD times integer DEFAULT 0;")
    fill = 'await self.db.backfill("runs", set={"times": "times + 1"}, later=True)'
    for number in (3, 5):
        tenants.files.python(f"00{number}_fill.py", fill)
        tenants.files.write(f"00{number + 1}_drop.sql", f"-- migrate:up phase:contract\nCREATE TABLE b{number} ();")
    assert (await tenants.fleet().provision("new")).migrations == 6
    assert await tenants.database.rows("SELECT times FROM new.runs") == [(2,)]


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
    # As a process leaves it that is killed between making its lock's table, or its marks', and its history.
    await tenants.database.execute(
        "CREATE SCHEMA locked; CREATE TABLE locked.schema_migrations_lease (id serial PRIMARY KEY)"
    )
    assert (await tenants.fleet().provision("locked")).migrations == 3
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
