"""What a project's tests have of the fixtures, on each engine, under pytest-asyncio's strict mode and under anyio's plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_plugin.project import Project

_MIGRATIONS = {
    "001_notes.sql": """
        -- migrate:up
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
        INSERT INTO notes VALUES (1, 'seed');
        -- migrate:down
        DROP TABLE notes;
        """,
    "002_more.py": """
        from _values import VALUE
        from lockgate import Migration

        class More(Migration):
            async def up(self) -> None:
                await self.db.execute(f"INSERT INTO notes VALUES (2, '{VALUE}')")
        """,
    "_values.py": "VALUE = 'more'\n",
}
_CONFTEST = """
import pytest
import sqlalchemy as sa
from lockgate import MigrationConfig

Models = sa.MetaData()
sa.Table("extra", Models, sa.Column("id", sa.Integer, primary_key=True))
"""
_TESTS = """
import pathlib
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from lockgate import MigrationConfig, Runner

from conftest import Models

async def use(database):
    engine = create_async_engine(database.sqlalchemy_url)
    async with engine.begin() as connection:
        count = await connection.scalar(sa.text("SELECT count(*) FROM notes"))
        await connection.execute(sa.text("INSERT INTO notes VALUES (3, 'mine')"))
    await engine.dispose()
    return count

@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(5))
async def test_strict(lockgate_database, number, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert await use(lockgate_database) == 2

@pytest.mark.anyio
@pytest.mark.parametrize("number", range(3))
async def test_anyio(lockgate_database, number):
    assert await use(lockgate_database) == 2

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest_asyncio.fixture
async def strict_session(lockgate_shared_database):
    async with lockgate_shared_database.rollback() as connection:
        async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
            yield session

@pytest.fixture
async def anyio_session(lockgate_shared_database):
    engine = create_async_engine(lockgate_shared_database.sqlalchemy_url)
    async with lockgate_shared_database.rollback(engine) as connection:
        async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
            yield session
    await engine.dispose()

async def commit_some(session):
    count = sa.text("SELECT count(*) FROM notes")
    assert await session.scalar(count) == 2
    await session.execute(sa.text("INSERT INTO notes VALUES (3, 'kept')"))
    await session.commit()
    await session.execute(sa.text("INSERT INTO notes VALUES (4, 'undone')"))
    await session.rollback()
    assert await session.scalar(count) == 3

@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(2))
async def test_rollback_strict(strict_session, number):
    await commit_some(strict_session)

@pytest.mark.anyio
@pytest.mark.parametrize("number", range(2))
async def test_rollback_anyio(anyio_session, number):
    await commit_some(anyio_session)

@pytest.mark.asyncio
async def test_a_commit_of_its_own_is_refused(lockgate_shared_database):
    with pytest.raises(Exception, match="would end the transaction"):
        async with lockgate_shared_database.rollback() as connection:
            await connection.execute(sa.text("INSERT INTO notes VALUES (9, 'x')"))
            await connection.commit()
    async with lockgate_shared_database.rollback() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM notes")) == 2

@pytest.mark.asyncio
async def test_step_by_step(lockgate_empty_database, lockgate_config):
    async with Runner(lockgate_empty_database.url, config=lockgate_config) as runner:
        assert (await runner.up(to="001")).names == ("001_notes.sql",)
        assert (await runner.status()).state == "behind"

class TestModels:
    @pytest.fixture
    def lockgate_config(self):
        return MigrationConfig(environment="test", auto_migrate=True, models=Models)

    @pytest.mark.asyncio
    async def test_auto(self, lockgate_database):
        engine = create_async_engine(lockgate_database.sqlalchemy_url)
        async with engine.connect() as connection:
            assert await connection.scalar(sa.text("SELECT count(*) FROM extra")) == 0
            assert await connection.scalar(sa.text("SELECT count(*) FROM notes")) == 2
        await engine.dispose()

def test_what_it_says(lockgate_database, lockgate_config):
    assert lockgate_config.environment == "test"
    assert "s3cret" not in repr(lockgate_database)
    assert lockgate_database.engine in lockgate_database.url
    assert not pathlib.Path("app.db").exists()
"""


def test_each_test_has_a_database_as_new(project: Project) -> None:
    for name, text in _MIGRATIONS.items():
        project.files.write(name, text)
    project.write("conftest.py", _CONFTEST)
    project.write("test_it.py", _TESTS)
    outcome = project.run("--durations=3")
    assert outcome.status == 0, outcome.words
    assert set(outcome.tests.values()) == {"passed"}
    assert len(outcome.tests) == 16
