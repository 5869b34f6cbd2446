"""`lockgate adopt`, as a user types it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.shell import Project


@pytest.fixture
def migrated(project: Project, tmp_path: Path) -> Project:
    """A project that golang-migrate has brought to version 2 of 3."""
    for number in (1, 2, 3):
        project.file(f"{number}_t{number}.up.sql", f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY);")
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.executescript(
            "CREATE TABLE schema_migrations (version uint64,dirty bool); INSERT INTO schema_migrations VALUES (2, 0);"
            "CREATE TABLE t1 (id INTEGER PRIMARY KEY); CREATE TABLE t2 (id INTEGER PRIMARY KEY);"
        )
    return project


def test_a_history_is_adopted_step_by_step(migrated: Project) -> None:
    clash = migrated.run("adopt", "--yes", "--json")
    assert clash.status == 4
    assert "`lockgate adopt --table lockgate_migrations`" in clash.error["hint"]
    tried = migrated.run("adopt", "--table", "lockgate_migrations", "--dry-run")
    assert (tried.status, tried.out.splitlines()) == (
        0,
        [
            "Would adopt 2 migrations from schema_migrations (golang-migrate) into lockgate_migrations, batch 1:",
            "  1_t1.up.sql",
            "  2_t2.up.sql",
            "Pending: 1 migration.",
        ],
    )
    unasked = migrated.run("adopt", "--table", "lockgate_migrations", "--json")
    assert (unasked.status, unasked.error["hint"]) == (2, "Say --yes.")
    assert not migrated.has("lockgate_migrations")
    migrated.file("schema.sql", "")
    done = migrated.run("--table", "lockgate_migrations", "adopt", "--yes", "--json")
    document = done.json
    assert (done.status, done.err.count("schema.sql is no migration")) == (0, 1)
    assert list(document) == ["tool", "table", "into", "batch_no", "adopted", "pending", "problems"]
    assert (document["tool"], document["table"], document["into"]) == (
        "golang-migrate",
        "schema_migrations",
        "lockgate_migrations",
    )
    assert [set(one) for one in document["adopted"]] == [{"name", "hash", "applied_at"}] * 2
    assert [one["name"] for one in document["pending"]] == ["3_t3.up.sql"]
    after = migrated.run("up", "--json", env={"LOCKGATE_TABLE": "lockgate_migrations"})
    assert [one["name"] for one in after.json["applied"]] == ["3_t3.up.sql"]
    assert migrated.rows("SELECT * FROM schema_migrations") == [(2, 0)]


def test_it_shows_its_plan_and_asks(migrated: Project) -> None:
    terminal = migrated.at_terminal("adopt", "--table", "ours")
    terminal.expect_exact("  2_t2.up.sql")
    terminal.expect_exact("Record 2 migrations, 1_t1.up.sql to 2_t2.up.sql, as applied, without running anything?")
    terminal.sendline("n")
    terminal.expect_exact("Nothing was changed.")
    terminal.expect(pexpect.EOF)
    assert not migrated.has("ours")
    terminal = migrated.at_terminal("adopt", "--table", "ours")
    terminal.expect_exact("[y/N]:")
    terminal.sendline("y")
    terminal.expect_exact("Adopted 2 migrations from schema_migrations (golang-migrate) into ours, batch 1.")
    terminal.expect_exact("Set LOCKGATE_TABLE=ours from now on")
    terminal.expect(pexpect.EOF)
    assert migrated.rows("SELECT name FROM ours ORDER BY id") == [("1_t1.up.sql",), ("2_t2.up.sql",)]


def test_a_closed_gate_is_told_before_anything_is_looked_at(migrated: Project) -> None:
    ended = migrated.run("adopt", "--table", "ours", "--yes", env={"ENV": "production"})
    assert ended.status == 3
    assert not migrated.has("ours")
