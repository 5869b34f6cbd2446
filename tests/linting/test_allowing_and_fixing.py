"""What a comment allows, what is small, what `--fix` writes, and what the command line and `up` make of it; on real servers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import anyio.to_thread
import pytest

from lockgate import MigrationConfig, Runner
from lockgate.linting import lint
from lockgate.nouns.findings import Severity
from lockgate.nouns.schema import Name
from lockgate.rehearsing import Asked, rehearse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.bench import Database, Files
    from lockgate.nouns.findings import LintReport

pytestmark = pytest.mark.asyncio
ON_ONE_SERVER = True  # what the servers do differently is in the table of the rules
BASE = """-- migrate:up
CREATE TABLE videos (id bigint PRIMARY KEY, owner bigint, title text);
CREATE TABLE users (id bigint PRIMARY KEY);
-- migrate:down
DROP TABLE users; DROP TABLE videos;
"""
DOWN = "\n-- migrate:down\nSELECT 1;\n"


async def _applied(database: Database, files: Files, base: str = BASE) -> MigrationConfig:
    files.write("001_base.sql", base)
    config = MigrationConfig(environment="test", database_url=database.url, directory=files.folder)
    async with Runner(config=config) as runner:
        await runner.up()
    return config


async def _look(config: MigrationConfig, **said: Mapping[Name, frozenset[str]]) -> LintReport:
    return await lint(await rehearse(config, Asked(restores=True)), used=said.get("used"), squawk=False)


async def _call(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lockgate", *arguments]
    return await anyio.to_thread.run_sync(
        lambda: subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
    )


def _told(report: LintReport) -> set[tuple[str, str | None]]:
    return {(one.rule, one.allowed) for one in report.findings}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("-- lockgate: allow index-not-concurrent: at night\n", "", {("index-not-concurrent", "at night")}),
        ("", "  -- lockgate: allow index-not-concurrent: at night", {("index-not-concurrent", "at night")}),
        (
            "-- why\n-- lockgate: allow index-not-concurrent, no-down: at night\n-- and so\n",
            "",
            {("index-not-concurrent", "at night")},
        ),
        (
            "-- lockgate: allow index-not-concurrent\n",
            "",
            {("index-not-concurrent", None), ("allow-without-reason", None)},
        ),
        ("-- lockgate: allow no-such-rule: so\n", "", {("index-not-concurrent", None), ("unused-allow", None)}),
        ("SELECT '-- lockgate: allow index-not-concurrent: so';\n", "", {("index-not-concurrent", None)}),
    ],
)
async def test_a_comment_allows_with_a_reason(
    before: str, after: str, told: set[tuple[str, str | None]], database: Database, files: Files
) -> None:
    config = await _applied(database, files)
    files.write("002_x.sql", f"-- migrate:up\n{before}CREATE INDEX i ON videos (owner);{after}\n{DOWN}")
    report = await _look(config)
    assert {one for one in _told(report) if one[0] not in ("no-down", "down-does-not-restore")} - {
        ("unused-allow", None)
    } == told - {("unused-allow", None)}
    if ("unused-allow", None) in told:
        assert ("unused-allow", None) in _told(report)
    assert bool(report.at_least(Severity.ERROR)) or ("index-not-concurrent", "at night") in told


async def test_the_top_of_a_file_and_python_allow_as_well(database: Database, files: Files) -> None:
    config = await _applied(database, files)
    index = "CREATE INDEX {} ON videos (owner)"
    head = "-- lockgate: allow index-not-concurrent: the fleet is down\n-- lockgate: allow no-down: never\n"
    files.write("002_x.sql", f"{head}-- migrate:up\nSELECT 1;\n{index.format('i')};\n{index.format('j')};\n")
    files.write(
        "003_y.py",
        "from lockgate import Migration\n\n\nclass Y(Migration):\n    async def up(self):\n"
        "        # lockgate: allow index-not-concurrent: so\n        await self.db.execute(\n"
        f"            '{index.format('k')}'\n        )\n        await self.db.execute('{index.format('l')}')\n",
    )
    found = [(one.migration, one.rule, one.allowed) for one in (await _look(config)).findings]
    assert [one for one in found if one[0] == "002_x.sql"] == [
        ("002_x.sql", "no-down", "never"),
        *[("002_x.sql", "index-not-concurrent", "the fleet is down")] * 2,
    ]
    assert ("003_y.py", "index-not-concurrent", "so") in found
    assert ("003_y.py", "index-not-concurrent", None) in found
    assert ("003_y.py", "no-down", None) in found


async def test_a_small_table_weighs_little_once_it_is_counted(database: Database, files: Files) -> None:
    config = await _applied(database, files)
    files.write("002_x.sql", f"-- migrate:up\nCREATE INDEX i ON videos (owner);{DOWN}")
    assert [one.severity for one in (await _look(config)).findings if one.rule == "index-not-concurrent"] == [
        Severity.ERROR
    ]
    await database.execute("INSERT INTO videos SELECT g FROM generate_series(1, 50) g; ANALYZE videos")
    (found,) = [one for one in (await _look(config)).findings if one.rule == "index-not-concurrent"]
    assert found.severity is Severity.INFO
    assert "50 rows" in found.what


async def test_what_the_models_use_must_not_go(database: Database, files: Files) -> None:
    config = await _applied(database, files)
    files.write(
        "002_x.sql", f"-- migrate:up\nALTER TABLE videos DROP COLUMN title, DROP COLUMN owner;\nDROP TABLE users;{DOWN}"
    )
    used = {Name("", "videos"): frozenset({"id", "title"})}
    found = [one for one in (await _look(config, used=used)).findings if one.rule == "contract-before-expand"]
    assert [one.what for one in found] == ["The column title of public.videos goes, and the models still use it."]


async def test_a_contract_waits_for_the_backfill_of_its_own_run(database: Database, files: Files) -> None:
    config = await _applied(database, files)
    files.python(
        "002_x.py",
        "await self.db.add_column('videos', sa.Column('name', sa.Text()))\n"
        "await self.db.backfill('videos', set={'name': 'title'}, later=True)",
        "await self.db.drop_column('videos', 'name')",
    )
    files.write("003_y.sql", f"-- migrate:up\nALTER TABLE videos DROP COLUMN title;{DOWN}")
    found = [one for one in (await _look(config)).findings if one.rule == "contract-before-expand"]
    assert [one.migration for one in found] == ["003_y.sql"]


async def test_a_down_that_does_not_restore_is_found_by_its_migration(database: Database, files: Files) -> None:
    config = await _applied(database, files)
    files.write("002_x.sql", f"-- migrate:up\nALTER TABLE videos ADD COLUMN x bigint;{DOWN}")
    files.write("003_y.sql", "-- migrate:up\nCREATE TABLE y (id bigint);\n-- migrate:down\nDROP TABLE y;\n")
    found = [one for one in (await _look(config)).findings if one.rule == "down-does-not-restore"]
    assert [one.migration for one in found] == ["002_x.sql"]


async def test_a_difference_is_told_of_the_migration_that_made_it_not_of_a_later_one_about_the_table(
    database: Database, files: Files
) -> None:
    config = await _applied(database, files)
    files.write("002_x.sql", f"-- migrate:up\nALTER TABLE videos ADD COLUMN x bigint;{DOWN}")
    files.write("003_y.sql", "-- migrate:up\nCREATE VIEW y AS SELECT id FROM videos;\n-- migrate:down\nDROP VIEW y;\n")
    found = [one for one in (await _look(config)).findings if one.rule == "down-does-not-restore"]
    assert [one.migration for one in found] == ["002_x.sql"]


async def test_no_way_is_offered_that_a_partitioned_table_refuses(
    database: Database, files: Files, tmp_path: Path
) -> None:
    config = await _applied(database, files)
    files.write(
        "002_parts.sql",
        "-- migrate:up\nCREATE TABLE parts (id bigint, owner bigint) PARTITION BY RANGE (id);\n"
        f"CREATE INDEX old ON parts (owner);\nCREATE TABLE p PARTITION OF parts FOR VALUES FROM (1) TO (9);{DOWN}",
    )
    async with Runner(config=config) as runner:
        await runner.up()
    files.write(
        "003_x.sql",
        "-- migrate:up\nCREATE INDEX i ON parts (id);\nDROP INDEX old;\nALTER TABLE parts ADD CONSTRAINT u UNIQUE (id);\n"
        f"ALTER TABLE parts ADD FOREIGN KEY (owner) REFERENCES users;{DOWN}",
    )
    ended = await _call("lint", "--json", cwd=tmp_path, ENV="test", DATABASE_URL=database.url)
    own = [one for one in json.loads(ended.stdout)["findings"] if one["rule"] != "foreign-key-without-index"]
    assert not any(one["rewrite"] or one["fixable"] for one in own)
    assert {one["line"] for one in own if "partition" in one["advice"]} == {2, 4, 5}, ended.stderr


_FIXES = {
    "index": "CREATE INDEX i ON videos (owner);\nREINDEX TABLE videos;\n",
    "constraints": "ALTER TABLE videos ADD CONSTRAINT c CHECK (id > 0);\n"
    "ALTER TABLE videos\n    ADD FOREIGN KEY (owner) REFERENCES users;\n",
    "reserved": 'ALTER TABLE videos ADD CONSTRAINT "check" CHECK (id > 0);\n',
    "not null": "-- it is always there\nALTER TABLE videos ALTER COLUMN owner SET NOT NULL;\n",
    "unique": "ALTER TABLE videos ADD CONSTRAINT u UNIQUE (title, owner);\n",
    "timeout": "SET LOCAL lock_timeout = 0;\nALTER TABLE videos ADD COLUMN x bigint;\nCREATE TABLE z (id bigint);\n",
}


@pytest.mark.parametrize("name", _FIXES)
async def test_what_is_fixed_gives_the_same_schema_and_nothing_to_fix(
    name: str, database: Database, beside: Database, files: Files, tmp_path: Path
) -> None:
    config = await _applied(database, files)
    path = files.write("002_x.sql", f"-- migrate:up\n{_FIXES[name]}{DOWN}")
    variables = {"ENV": "test", "DATABASE_URL": database.url}
    ended = await _call("lint", "--fix", "--json", "--no-squawk", "--severity", "error", cwd=tmp_path, **variables)
    fixed, report = path.read_text(), json.loads(ended.stdout)
    assert report["fixed"], ended.stderr
    assert ("transaction:false" in fixed) is (name != "timeout")
    errors = [
        one for one in report["findings"] if one["severity"] == "error" and one["rule"] != "down-does-not-restore"
    ]
    assert errors == []
    again = await _call("lint", "--fix", "--json", "--no-squawk", cwd=tmp_path, **variables)
    assert json.loads(again.stdout)["fixed"] == []
    assert path.read_text() == fixed
    async with Runner(config=config) as runner:
        await runner.up()
    path.write_text(f"-- migrate:up\n{_FIXES[name]}{DOWN}")
    async with Runner(
        config=MigrationConfig(environment="test", database_url=beside.url, directory=files.folder)
    ) as runner:
        await runner.up()
    assert await database.catalog() == await beside.catalog()


async def test_a_file_that_does_more_is_left_as_it_is(database: Database, files: Files, tmp_path: Path) -> None:
    await _applied(database, files)
    text = f"-- migrate:up\nCREATE TABLE z (id bigint);\nCREATE INDEX i ON videos (owner);{DOWN}"
    path = files.write("002_x.sql", text)
    ended = await _call("lint", "--fix", "--no-squawk", cwd=tmp_path, ENV="test", DATABASE_URL=database.url)
    assert ended.returncode == 6
    assert path.read_text() == text
    assert "CREATE INDEX CONCURRENTLY i" in ended.stdout


async def test_sarif_names_rule_line_and_reason(database: Database, files: Files, tmp_path: Path) -> None:
    await _applied(database, files)
    (tmp_path / ".git").mkdir()
    index = "CREATE INDEX {} ON videos (owner);"
    files.write(
        "002_x.sql",
        f"-- migrate:up\n{index.format('i')}\n{index.format('j')} -- lockgate: allow index-not-concurrent: so{DOWN}",
    )
    ended = await _call("lint", "--sarif", "-", cwd=tmp_path, ENV="test", DATABASE_URL=database.url)
    log = json.loads(ended.stdout)
    assert (log["version"], ended.returncode) == ("2.1.0", 6)
    (run,) = log["runs"]
    results = [one for one in run["results"] if one["ruleId"] == "index-not-concurrent"]
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert [one["artifactLocation"]["uri"] for one in places] == ["migrations/002_x.sql"] * 2
    assert [one["region"]["startLine"] for one in places] == [2, 3]
    assert [one.get("suppressions") for one in results] == [None, [{"kind": "inSource", "justification": "so"}]]
    assert all(run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert len({one["partialFingerprints"]["lockgate/v1"] for one in run["results"]}) == len(run["results"])


async def test_up_refuses_in_production_what_weighs_too_much(database: Database, files: Files, tmp_path: Path) -> None:
    await _applied(database, files)
    path = files.write("002_x.sql", f"-- migrate:up\nCREATE INDEX i ON videos (owner);{DOWN}")
    variables = {"ENV": "production", "FORCE_MIGRATION": "true", "DATABASE_URL": database.url, "LOCKGATE_LINT": "error"}
    refused = await _call("up", "--json", cwd=tmp_path, **variables)
    assert refused.returncode == 6, refused.stderr
    assert json.loads(refused.stdout)["error"]["kind"] == "lint_refused"
    assert "index-not-concurrent" in refused.stderr
    assert await database.rows("SELECT count(*) FROM schema_migrations") == [(1,)]
    path.write_text(
        f"-- migrate:up\n-- lockgate: allow index-not-concurrent: at night\nCREATE INDEX i ON videos (owner);{DOWN}"
    )
    assert (await _call("up", cwd=tmp_path, **variables)).returncode == 0
    assert await database.rows("SELECT count(*) FROM schema_migrations") == [(2,)]
