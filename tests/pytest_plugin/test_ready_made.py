"""The ready-made tests: they pass for migrations that are right, and say in words what is wrong with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_plugin.project import Project

_MODELS = """
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("notes", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), sa.Column("text", sa.Text))
"""
_CONFTEST = """
import pytest
from lockgate import MigrationConfig
from models import metadata

@pytest.fixture(scope="session")
def lockgate_config():
    return MigrationConfig(environment="test", models=metadata)
"""
_TESTS = """
from lockgate.pytest_plugin import MigrationTests

class TestMigrations(MigrationTests):
    pass
"""
_NAMES = ("test_up_down_up", "test_models_match_migrations", "test_no_two_runners_collide")


def _prepare(project: Project) -> None:
    project.write("models.py", _MODELS)
    project.write("conftest.py", _CONFTEST)
    project.write("test_it.py", _TESTS)
    project.files.write(
        "001_notes.sql",
        "-- migrate:up\nCREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);\n-- migrate:down\nDROP TABLE notes;\n",
    )
    project.files.write("002_seed.sql", "-- migrate:up\nINSERT INTO notes VALUES (1, 'seed');\n")


def test_they_pass(project: Project) -> None:
    _prepare(project)
    outcome = project.run(PYTHONPATH=project.path)
    assert outcome.tests == dict.fromkeys(_NAMES, "passed"), outcome.words
    assert "lockgate: without a down: 002_seed.sql" in outcome.words


def test_they_fail(project: Project) -> None:
    _prepare(project)
    project.files.write(
        "003_kept.sql",
        "-- migrate:up\nCREATE TABLE kept (id INTEGER PRIMARY KEY);\nCREATE INDEX ix ON notes (text);\n"
        "-- migrate:down\nDROP INDEX ix;\nALTER TABLE kept RENAME TO lost;\n",
    )
    project.files.write(
        "004_once.sql",
        "-- migrate:up\nALTER TABLE notes ADD COLUMN n INTEGER;\n-- migrate:down\nSELECT 1;\n",
    )
    outcome = project.run(PYTHONPATH=project.path)
    assert outcome.tests["test_up_down_up"] == outcome.tests["test_models_match_migrations"] == "failed", outcome.words
    for said in (
        "003_kept.sql leaves another schema when it is rolled back. To be as it was, it would need:\n  table lost: drop",
        "004_once.sql leaves another schema when it is rolled back. To be as it was, it would need:\n"
        "  column notes.n: drop ",
        "004_once.sql cannot be applied again after it was rolled back: ",
        "The migrations do not make what the models say. The database would need:\n",
        "  column notes.n: drop ",
    ):
        assert said in outcome.words, outcome.words
    assert "src/lockgate" not in outcome.words


def test_a_migration_that_fails_fails_them(project: Project) -> None:
    _prepare(project)
    project.files.write("003_wrong.sql", "-- migrate:up\nSELEC 1;\n")
    outcome = project.run(PYTHONPATH=project.path)
    assert outcome.tests == dict.fromkeys(_NAMES, "failed"), outcome.words
    assert "One of two runners failed: " in outcome.words
