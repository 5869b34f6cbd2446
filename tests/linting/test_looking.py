"""What is looked at, and where it is found: partitions, several migrations, lines of Python, all of the files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anyio
import pytest
from click.testing import CliRunner

from conformance.bench import Files
from lockgate import MigrationConfig, Runner
from lockgate.cli.commands import cli
from lockgate.linting import lint
from lockgate.rehearsing import Asked, rehearse

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from conformance.bench import Database

ON_ONE_SERVER = True
BASE = """-- migrate:up
CREATE TABLE people (id bigint PRIMARY KEY, age bigint, name text);
CREATE TABLE parts (id bigint, k text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (9);
-- migrate:down
DROP TABLE parts; DROP TABLE people;
"""
HEAD = "from lockgate import Migration\n\n\nclass X(Migration):\n    async def up(self):\n"
Told = list[tuple[str, str, int | None]]


async def _told(database: Database, files: Files, **texts: str) -> Told:
    files.write("001_base.sql", BASE)
    config = MigrationConfig(environment="test", database_url=database.url, directory=files.folder)
    async with Runner(config=config) as runner:
        await runner.up()
    for name, text in texts.items():
        is_sql = "class X" not in text
        files.write(f"{name}.{'sql' if is_sql else 'py'}", f"-- migrate:up\n{text}\n" if is_sql else text)
    report = await lint(await rehearse(config, Asked()), squawk=True)
    return [(one.migration[:4], one.rule, one.line) for one in report.findings if one.rule != "no-down"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CREATE INDEX ON parts_1 (k);", ["index-not-concurrent"]),
        ("ALTER TABLE parts_1 ADD CHECK (k <> '');", ["constraint-validated-at-once"]),
        ("CREATE INDEX ON ONLY parts (k);", []),
        ("ALTER TABLE parts ADD COLUMN z text;", []),
        ("ALTER TABLE parts DETACH PARTITION parts_1;", ["require-concurrent-partition-detach"]),
    ],
)
async def test_partitions_are_tables(text: str, told: list[str], database: Database, files: Files) -> None:
    assert [rule for _, rule, _ in await _told(database, files, **{"002_x": text})] == told


@pytest.mark.asyncio
async def test_what_an_earlier_migration_of_the_run_has_made_keeps_nobody_waiting(
    database: Database, files: Files
) -> None:
    made = "CREATE TABLE news (id bigint PRIMARY KEY, by bigint);\nCREATE INDEX ON news (by);"
    key = "ALTER TABLE news ADD FOREIGN KEY (by) REFERENCES people (id);"
    renamed, index = "ALTER TABLE people RENAME TO persons;", "CREATE INDEX ON persons (age);"
    texts = {"002_a": made, "003_b": key, "004_c": renamed, "005_d": index}
    assert await _told(database, files, **texts) == [
        ("004_", "renaming-table", 2),
        ("005_", "index-not-concurrent", 2),
    ]


@pytest.mark.asyncio
async def test_a_finding_in_python_is_at_the_line_that_sent_it_and_a_loops_is_one(
    database: Database, files: Files
) -> None:
    text = (
        f'{HEAD}        """Not this one:\n        # lockgate: allow backfill-with-ddl: a text\n        """\n'
        '        await self.db.execute("ALTER TABLE people ADD COLUMN x text")\n'
        "        for _ in range(2):\n"
        '            await self.db.execute("DELETE FROM people WHERE name = :n", {"n": "a"})\n'
        "        # lockgate: allow backfill-with-ddl: few\n"
        '        await self.db.execute("UPDATE people SET x = name")\n'
        '        await (await self.db.driver_connection()).execute("CREATE INDEX i ON people (x)")\n'
    )
    told = await _told(database, files, **{"002_x": text})
    assert [(rule, line) for _, rule, line in told if "statement-under" not in rule] == [
        ("backfill-with-ddl", 11),
        ("backfill-with-ddl", 13),
        ("index-not-concurrent", 14),
    ]


@pytest.mark.asyncio
async def test_a_missing_index_is_offered_concurrently_where_the_table_is_there(
    database: Database, files: Files
) -> None:
    files.write("001_base.sql", BASE)
    config = MigrationConfig(environment="test", database_url=database.url, directory=files.folder)
    async with Runner(config=config) as runner:
        await runner.up()
    key = "ALTER TABLE people ADD CONSTRAINT f FOREIGN KEY (age) REFERENCES people NOT VALID;"
    files.write("002_x.sql", f"-- migrate:up\n{key}\nCREATE TABLE n (id bigint REFERENCES people);\n")
    found = (await lint(await rehearse(config, Asked()), squawk=False)).findings
    assert {one.rewrite for one in found if one.rule == "foreign-key-without-index"} == {
        "CREATE INDEX CONCURRENTLY ON public.people (age);",
        "CREATE INDEX ON public.n (id);",
    }


@pytest.mark.asyncio
async def test_the_index_that_is_offered_on_sqlite_can_be_made_there(tmp_path: Path) -> None:
    files = Files(tmp_path / "migrations")
    key = "CREATE TABLE child (id INTEGER PRIMARY KEY, of_base INTEGER REFERENCES base (id))"
    files.write("001_base.sql", f"-- migrate:up\nCREATE TABLE base (id INTEGER PRIMARY KEY);\n{key};\n")
    config = MigrationConfig(environment="test", database_url=f"sqlite:///{tmp_path}/a.db", directory=files.folder)
    found = (await lint(await rehearse(config, Asked()), squawk=False)).findings
    (offered,) = [one.rewrite for one in found if one.rule == "foreign-key-without-index"]
    assert offered == "CREATE INDEX ix_child_of_base ON child (of_base);"
    files.write("002_index.sql", f"-- migrate:up\n{offered}\n")
    again = (await lint(await rehearse(config, Asked()), squawk=False)).findings
    assert "foreign-key-without-index" not in {one.rule for one in again}


def _call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["lint", *arguments])


@pytest.fixture
def applied(database: Database, files: Files) -> Database:
    """Where two files are applied, of which the second has what the first does not."""
    files.write("001_a.sql", "-- migrate:up\nCREATE TABLE v (id bigint, j json);\n-- migrate:down\nDROP TABLE v;\n")
    files.write("002_b.sql", "-- migrate:up\nCREATE INDEX i ON v (id);\n-- migrate:down\nDROP INDEX i;\n")

    async def up() -> None:
        async with Runner(database.url, environment="test", directory=files.folder) as runner:
            await runner.up()

    anyio.run(up)
    return database


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), []),
        (("--all",), [("001_a.sql", "json-column")]),
        (("--after", "001"), [("002_b.sql", "index-not-concurrent")]),
    ],
)
def test_files_that_are_applied_are_looked_at_when_asked_for(
    arguments: tuple[str, ...], told: list[tuple[str, str]], applied: Database
) -> None:
    ended = _call(*arguments, "--json", "--database", applied.url)
    assert [(one["migration"], one["rule"]) for one in json.loads(ended.stdout)["findings"]] == told


@pytest.mark.parametrize("arguments", [("--all",), ("--after", "1"), ("--offline",)])
def test_what_may_be_applied_is_not_fixed(arguments: tuple[str, ...]) -> None:
    ended = _call("--fix", *arguments)
    assert (ended.exit_code, "--fix asks the database" in ended.stderr) == (2, True)


def test_sarif_names_a_file_as_the_repository_does_and_explains_its_rule(
    applied: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "service").mkdir()
    monkeypatch.chdir(tmp_path / "service")
    ended = _call("--after", "1", "--directory", "../migrations", "--sarif", "-", "--database", applied.url)
    (run,) = json.loads(ended.stdout)["runs"]
    (found,) = run["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "migrations/002_b.sql"
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("index-not-concurrent", "IndexNotConcurrent")
    assert "CONCURRENTLY" in rule["help"]["markdown"]
    assert "lockgate: allow index-not-concurrent" in rule["help"]["markdown"]
