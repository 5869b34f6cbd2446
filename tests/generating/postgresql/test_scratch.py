"""The database in which drafts are tried: it begins sessions as the application's does, and is only its maker's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
import sqlalchemy as sa

from lockgate import MigrationConfig, Runner
from lockgate.generating.drafting import Wish, draft
from lockgate.generating.scratch import scratch_database

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Database

pytestmark = pytest.mark.asyncio
NOTES = (
    "CREATE TABLE notes (id int PRIMARY KEY DEFAULT current_setting('shop.first')::int, since timestamptz DEFAULT '{}')"
)
SINCE = "01/02/2026 00:00"


@pytest.mark.parametrize("schema", ["app", "Odd, one"])
@pytest.mark.parametrize("from_database", [False, True], ids=["files", "database"])
async def test_sessions_begin_as_in_the_applications_database(
    database: Database, tmp_path: Path, schema: str, from_database: bool
) -> None:
    """An unqualified name, a date and a setting of the application's own mean there what they mean here."""
    await database.execute(
        f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = \"{schema}\"', current_database());"
        " EXECUTE format('ALTER DATABASE %I SET DateStyle = \"ISO, MDY\"', current_database());"
        " EXECUTE format('ALTER ROLE %I IN DATABASE %I SET DateStyle = \"ISO, DMY\"', session_user, current_database());"
        ' EXECUTE format(\'ALTER DATABASE %I SET "TimeZone" = "America/Lima"\', current_database());'
        " EXECUTE format('ALTER DATABASE %I SET shop.first = \"7\"', current_database()); END $$;"
        f' CREATE SCHEMA "{schema}"'
    )
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "001_notes.sql").write_text(NOTES.format(SINCE))
    models = sa.MetaData()
    first = sa.text("current_setting('shop.first')::int")
    since = sa.Column("since", sa.DateTime(timezone=True), server_default="2026-02-01 00:00-05")
    sa.Table("notes", models, sa.Column("id", sa.Integer, primary_key=True, server_default=first), since)
    config = MigrationConfig(environment="test", database_url=database.url, directory=folder, models=models)
    async with Runner(database.url, environment="test", directory=folder) as runner:
        await runner.up()
    assert (await draft(config, Wish("nothing", from_database=from_database))).files == {}
    sa.Table("more", models, sa.Column("note", sa.ForeignKey("notes.id"), primary_key=True))
    made = await draft(config, Wish("more", from_database=from_database))
    assert schema not in made.files["002_more.py"]


async def test_a_database_is_its_makers_though_nobody_is_connected(database: Database) -> None:
    config = MigrationConfig(environment="test", database_url=database.url)
    async with scratch_database(config) as first, scratch_database(config) as second:
        assert first != second
        for one in (first, second):
            connection = await asyncpg.connect(one.asyncpg_dsn())
            await connection.close()
