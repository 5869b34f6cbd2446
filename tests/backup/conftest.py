"""The client programs on the path, and what the tests of backups look at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from servers import embedded_bin, installed_bin, version_of

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Bench, Database

SEED = {
    "sqlite": ("CREATE TABLE legacy (id INTEGER PRIMARY KEY, said TEXT)", "INSERT INTO legacy VALUES (1, 'it''s'), (2, NULL)"),
    "postgresql": (
        'CREATE TABLE legacy (id integer PRIMARY KEY, said text)',
        "INSERT INTO legacy VALUES (1, E'it''s \\\\ \\t é'), (2, NULL)",
        'CREATE SCHEMA "A b"',
        'CREATE VIEW "A b".seen AS SELECT * FROM legacy',
    ),
    "mariadb": (
        "CREATE TABLE legacy (id INT PRIMARY KEY, said TEXT) ENGINE = InnoDB",
        "INSERT INTO legacy VALUES (1, 'it''s \\\\ é'), (2, NULL)",
        "CREATE TRIGGER shouts BEFORE INSERT ON legacy FOR EACH ROW SET NEW.said = UPPER(NEW.said)",
        "CREATE PROCEDURE counts() SELECT COUNT(*) FROM legacy",
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's client programs of the server's own version first, else the newest."""
    engine = request.getfixturevalue("engine") if "engine" in request.fixturenames else ""
    folders = [folder for folder in (embedded_bin(), installed_bin()) if folder]
    folders.sort(key=lambda folder: not engine.endswith(version_of(folder)))
    monkeypatch.setenv("PATH", os.pathsep.join([*map(str, folders), os.environ["PATH"]]))


async def seed(database: Database) -> None:
    """Tables with rows that nobody migrated."""
    for statement in SEED["mariadb" if database.is_mysql else database.engine.split("-")[0]]:
        await database.execute(statement)


async def content(bench: Bench, database: Database | None = None) -> dict[str, object]:
    """All that counts of a database: its catalog, its rows, its history."""
    of = database or bench.database
    held: dict[str, object] = {"rows": await of.rows("SELECT * FROM legacy ORDER BY id"), **await of.catalog()}
    held["history"] = await of.rows("SELECT id, name, hash, applied_at, batch_no FROM schema_migrations ORDER BY id")
    return held


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
