"""Models and files that need an extension: of whom a draft has it, and when it says so."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql

from lockgate import MigrationConfig
from lockgate.errors import LockgateError
from lockgate.generating.drafting import Wish, draft

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Database
    from generating.places import Workshop

pytestmark = pytest.mark.asyncio(loop_scope="module")

CITEXT: Final = "CREATE EXTENSION citext"
TRIGRAMS: Final = (
    "CREATE TABLE words (id int PRIMARY KEY, word text); CREATE INDEX i ON words USING gin (word gin_trgm_ops)"
)
DISTANCE: Final = sa.Computed("earth_distance(ll_to_earth(x, 0), ll_to_earth(0, 0))", persisted=True)


def case_insensitive(*beside: sa.Table) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("people", metadata, sa.Column("email", postgresql.CITEXT, primary_key=True))
    for table in beside:
        table.to_metadata(metadata)
    return metadata


def listening(listener: Any) -> sa.MetaData:
    metadata = case_insensitive()
    event.listen(metadata, "before_create", listener)
    return metadata


def by_code(_target: sa.MetaData, connection: sa.Connection, **_options: Any) -> None:
    connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS citext"))


def bookings() -> sa.MetaData:
    metadata = sa.MetaData()
    during = sa.Column("during", postgresql.TSTZRANGE, nullable=False)
    exclude = postgresql.ExcludeConstraint(("room", "="), ("during", "&&"), name="once")
    columns = (sa.Column("room", sa.Integer, primary_key=True), during, sa.Column("x", sa.Double))
    sa.Table("bookings", metadata, *columns, sa.Column("far", sa.Double, DISTANCE), exclude)
    return metadata


def said(files: dict[str, str]) -> list[str]:
    """The extensions that a draft creates, in its order."""
    words = "\n".join(files.values()).split("CREATE EXTENSION IF NOT EXISTS ")[1:]
    return [one.split('"')[0].split(";")[0] for one in words]


async def there_and_back(workshop: Workshop, models: sa.MetaData) -> None:
    await workshop.up()
    assert await workshop.differences(models) == []
    await workshop.down(1)
    await workshop.up()
    assert await workshop.differences(models) == []


@pytest.mark.parametrize("by_hand", [(), (CITEXT,), ("CREATE EXTENSION pg_trgm", CITEXT)], ids=len)
async def test_what_the_folder_creates_itself_is_not_in_its_way(workshop: Workshop, by_hand: tuple[str, ...]) -> None:
    """An administrator's is there when the folder needs it; the folder's own is not, before it makes it."""
    await workshop.stage.empty()
    await workshop.stage.execute(by_hand)
    if len(by_hand) > 1:
        (workshop.folder / "001_words.sql").write_text(TRIGRAMS)
    (workshop.folder / "002_extension.sql").write_text(CITEXT)
    columns = sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), sa.Column("word", sa.Text)
    words = sa.Table("words", sa.MetaData(), *columns)
    sa.Index("i", words.c.word, postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"})
    models = case_insensitive(*([words] if len(by_hand) > 1 else []))
    files = await workshop.write(models)
    assert list(files) == ["003_change_it.py"]
    assert said(files) == []
    assert "words" not in files["003_change_it.py"]


@pytest.mark.parametrize("sql", [False, True], ids=["python", "sql"])
async def test_a_first_migration_says_what_its_models_need(workshop: Workshop, sql: bool) -> None:
    """Of those of the application's database the ones that it cannot do without, each after what it requires."""
    await workshop.stage.empty()
    await workshop.stage.execute(
        ["CREATE EXTENSION hstore", "CREATE EXTENSION earthdistance CASCADE", "CREATE EXTENSION btree_gist"]
    )
    files = await workshop.write(bookings(), sql=sql)
    assert said(files) == ["cube", "earthdistance", "btree_gist"]
    assert "Going down leaves the extensions cube, earthdistance, btree_gist" in " ".join(files.popitem()[1].split())
    await workshop.stage.empty()
    await there_and_back(workshop, bookings())


async def test_an_extension_in_a_schema_of_its_own(workshop: Workshop) -> None:
    await workshop.stage.empty()
    await workshop.stage.execute(["CREATE SCHEMA more", "CREATE EXTENSION ltree SCHEMA more"])
    models = sa.MetaData()
    path = sa.Computed("('a' OPERATOR(more.||) name::more.ltree)::text", persisted=True)
    sa.Table("t", models, sa.Column("name", sa.Text, primary_key=True), sa.Column("path", sa.Text, path))
    files = await workshop.write(models)
    assert said(files) == ["ltree SCHEMA more"]
    await workshop.stage.empty()
    await there_and_back(workshop, models)


@pytest.mark.parametrize("listener", [sa.DDL("CREATE EXTENSION IF NOT EXISTS citext"), by_code], ids=["text", "code"])
async def test_what_the_models_own_listeners_create(workshop: Workshop, listener: Any) -> None:
    await workshop.stage.empty()
    models = listening(listener)
    files = await workshop.write(models)
    assert said(files) == ["citext"]
    await there_and_back(workshop, models)


@pytest.mark.parametrize("text", ["", "CREATE TABLE t (a citext)"], ids=["models", "folder"])
async def test_an_extension_that_nobody_has_is_asked_for(workshop: Workshop, text: str) -> None:
    await workshop.stage.empty()
    if text:
        (workshop.folder / "001_t.sql").write_text(text)
    with pytest.raises(LockgateError) as caught:
        await workshop.draft(case_insensitive())
    assert 'type "citext" does not exist' in caught.value.message
    assert "CREATE EXTENSION" in caught.value.hint
    assert "Correct" not in caught.value.hint


async def test_an_extension_that_the_user_may_not_create_is_named(database: Database, tmp_path: Path) -> None:
    """An ordinary user may create those that are trusted only."""
    role = f"Plain-{uuid.uuid4().hex[:8]}"
    await database.execute(f"CREATE EXTENSION bloom; CREATE ROLE \"{role}\" LOGIN CREATEDB PASSWORD 'x'")
    models = sa.MetaData()
    table = sa.Table("t", models, sa.Column("id", sa.Integer, primary_key=True))
    sa.Index("i", table.c.id, postgresql_using="bloom")
    url = re.sub(r"//[^@]+@", f"//{role}:x@", database.url)
    config = MigrationConfig(environment="test", database_url=url, directory=tmp_path, models=models)
    try:
        with pytest.raises(LockgateError) as caught:
            await draft(config, Wish("index"))
    finally:
        await database.execute(f'DROP ROLE "{role}"')
    assert 'access method "bloom" does not exist' in caught.value.message
    assert "\nbloom: permission denied" in caught.value.hint
    assert "template1" in caught.value.hint


async def test_from_the_database_nothing_is_created_again(workshop: Workshop) -> None:
    await workshop.stage.empty()
    await workshop.stage.execute([CITEXT, "CREATE TABLE people (email citext PRIMARY KEY)"])
    more = sa.Table("more", sa.MetaData(), sa.Column("name", postgresql.CITEXT, primary_key=True))
    files = await workshop.write(case_insensitive(more), from_database=True)
    assert said(files) == []
    assert "people" not in files["001_change_it.py"]
