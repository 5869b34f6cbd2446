"""`lockgate diagram` on real databases: from the database, the models and the files, which draw the same where they agree."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lockgate import MigrationConfig, Runner
from lockgate.drawing.mermaid import mermaid
from lockgate.drawing.reading import Origin, schema_of
from lockgate.errors import LockgateError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Bench

_SQL = """
CREATE TABLE authors (id INTEGER PRIMARY KEY NOT NULL, name VARCHAR(50) NOT NULL);
CREATE TABLE books (id INTEGER PRIMARY KEY NOT NULL, author_id INTEGER REFERENCES authors (id), body_of INTEGER NOT NULL UNIQUE,
  FOREIGN KEY (body_of) REFERENCES authors (id));
"""
_RELATIONS = ['authors |o--o{ books : "author_id"', 'authors ||--o| books : "body_of"']


def _models() -> sa.MetaData:
    metadata = sa.MetaData()
    number = sa.Integer().with_variant(sa.INTEGER(), "sqlite")
    sa.Table(
        "authors", metadata, sa.Column("id", number, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(50), nullable=False),
    )  # fmt: skip
    sa.Table(
        "books", metadata, sa.Column("id", number, primary_key=True, autoincrement=False),
        sa.Column("author_id", sa.ForeignKey("authors.id")),
        sa.Column("body_of", sa.ForeignKey("authors.id"), nullable=False, unique=True),
    )  # fmt: skip
    return metadata


@pytest.mark.asyncio
async def test_database_models_and_files_that_agree_are_drawn_alike(bench: Bench) -> None:
    url = bench.database.url
    bench.files.write("001_books.sql", _SQL)
    config = MigrationConfig(environment="test", database_url=url, directory=bench.files.folder, models=_models())
    empty = await schema_of(config, Origin.DATABASE)
    before = {origin: mermaid(await schema_of(config, origin)) for origin in (Origin.FILES, Origin.MODELS)}
    assert (await schema_of(config, Origin.DATABASE)).tables == empty.tables == {}, (
        "something of it stayed in the database"
    )
    async with Runner(url, directory=bench.files.folder) as runner:
        await runner.up()
    text = mermaid(await schema_of(config, Origin.DATABASE))
    assert before == {Origin.FILES: text, Origin.MODELS: text}
    lines = [line.strip() for line in text.splitlines()]
    assert sorted(line for line in lines if "--" in line) == sorted(_RELATIONS)
    assert "schema_migrations" not in text
    few = await schema_of(config, Origin.DATABASE, ["b*"])
    assert [name.name for name in few.tables] == ["books"]


@pytest.mark.asyncio
async def test_what_cannot_be_drawn_is_said(bench: Bench) -> None:
    url = bench.database.url
    bench.files.write(
        "001_wrong.sql", "CREATE TABLE a (id INTEGER REFERENCES nowhere (id)); INSERT INTO nowhere VALUES (1)"
    )
    config = MigrationConfig(environment="test", database_url=url, directory=bench.files.folder)
    with pytest.raises(LockgateError, match="do not run on an empty database"):
        await schema_of(config, Origin.FILES)
    with pytest.raises(SettingsError, match="No models are named"):
        await schema_of(config, Origin.MODELS)
    with pytest.raises(SettingsError, match="PostgreSQL and SQLite only"):
        await schema_of(MigrationConfig(environment="test", database_url="mysql://u@h/d"), Origin.DATABASE)
    if bench.database.engine != "sqlite":
        closed = MigrationConfig(environment="production", database_url=url, directory=bench.files.folder)
        assert (await schema_of(closed, Origin.DATABASE)).tables == {}
        with pytest.raises(SettingsError, match="no database is made"):
            await schema_of(closed, Origin.FILES)


def test_the_command(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.executescript(_SQL)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lockgate", "diagram", "--database", "sqlite:///app.db", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)

    done = run("--env", "production")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("erDiagram\n    authors {\n")
    done = run("--output", "shop.svg", "--json")
    assert json.loads(done.stdout) == {
        "from": "database", "format": "svg", "tables": 2, "output": "shop.svg", "text": None,
    }  # fmt: skip
    assert ET.fromstring((tmp_path / "shop.svg").read_text(encoding="utf-8")).get("role") == "graphics-document"
    done = run("--output", "nowhere/shop.svg", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (2, "settings")
    done = run("--only", "x*", "--format", "mermaid", "--json")
    assert json.loads(done.stdout)["text"] == "erDiagram\n"
    assert "No table has such a name" in done.stderr
