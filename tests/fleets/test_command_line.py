"""`up --targets` and `status --targets`: plain lines, a bar on a terminal, documents, exit statuses."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pexpect
import pytest

from cli.shell import Project
from fleets.tenants import QUERY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fleets.tenants import Tenants


@pytest.fixture
def project(tenants: Tenants, tmp_path: Path) -> Iterator[Project]:
    asyncio.run(tenants.make(5, 4, poisoned=[2]))
    with Project(tmp_path, tenants.database.url) as made:
        yield made


def test_lines_documents_and_statuses(project: Project, tenants: Tenants) -> None:
    up = ("up", "--targets", QUERY)
    closed = project.run(*up, env={"ENV": "production"})
    assert (closed.status, asyncio.run(tenants.done())) == (3, 0)
    done = project.run(*up)
    assert done.status == 1
    assert "schema:t000: 4 migrations applied in " in done.err
    assert "Applied 18 migrations to 4 targets" in done.out
    assert "Failed: 1 target.\n  schema:t002: " in done.out
    asyncio.run(tenants.check())
    document = project.run(*up, "--json")
    assert (document.json["current"], document.json["applied"]) == (4, 0)
    assert [one["target"] for one in document.json["failed"]] == ["schema:t002"]

    said = project.run("status", "--targets", QUERY)
    assert said.status == 0
    assert "      4  current at 004_a4.sql\n      1  behind at 002_a2.sql, 2 pending" in said.out
    rows = project.run("status", "--targets", QUERY, "--json", "--check")
    assert rows.status == 6
    assert rows.json["count"] == 5
    assert {one["target"]: one["pending"] for one in rows.json["targets"]} == {
        f"schema:{name}": 2 * (name in tenants.poisoned) for name in tenants.names
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--canary", "1"),
        ("up", "--targets", QUERY, "--backup", "x"),
        ("up", "--targets", QUERY, "--phase", "contact"),
        ("up", "--targets", QUERY, "--to", "7"),
        ("up", "--targets", QUERY, "--to", "7", "--dry-run"),
        ("down", "--targets", QUERY, "--to", "7"),
        ("down", "--targets", QUERY),
        ("down", "--targets", QUERY, "--steps", "1"),
        ("down", "--targets", QUERY, "--to", "1", "--all"),
        ("provision", "new"),
        ("backfill", "1", "--targets", QUERY),
    ],
)
def test_options_that_do_not_go_together(project: Project, arguments: tuple[str, ...]) -> None:
    assert project.run(*arguments).status == 2


def test_a_dry_run_has_a_plan_for_each_and_down_goes_to_one_migration(project: Project, tenants: Tenants) -> None:
    for number in (3, 4):
        tenants.files.write(
            f"{number:03}_a{number}.sql",
            f"-- migrate:up\nCREATE TABLE a{number} (id integer);\nINSERT INTO runs VALUES ({number});\n"
            f"-- migrate:down\nDROP TABLE a{number};\nDELETE FROM runs WHERE number = {number};\n",
        )
    assert project.run("up", "--targets", QUERY, "--steps", "1").status == 0
    for not_so_far in (("--dry-run",), ()):
        assert project.run("down", "--targets", QUERY, "--to", "3", *not_so_far).status == 0
    foreseen = project.run(
        "up", "--targets", QUERY, "--to", "2", "--dry-run", "--concurrency", "1", env={"ENV": "production"}
    )
    every = ", ".join(f"schema:{name}" for name in tenants.names)
    assert foreseen.out == f"Would apply 1 migration to 5 targets ({every}):\n  002_a2.sql\n"
    rows = project.run("up", "--targets", f"{QUERY} LIMIT 1", "--dry-run", "--json").json
    last = {"target": "schema:t000", "migrations": tenants.migrations[1:], "batch_no": 2, "error": None}
    assert rows == {"targets": [last], "count": 1, "direction": "up"}
    assert project.run("up", "--targets", QUERY).status == 1
    down = ("down", "--targets", QUERY, "--to", "2")
    assert "Nothing to roll back on 1 target (schema:t002).\n" in project.run(*down, "--dry-run").out
    assert project.run(*down, env={"ENV": "production"}).status == 3
    done = project.run(*down)
    assert done.out.startswith("Rolled back 8 migrations on 4 targets in ")
    assert done.out.endswith(" s; nothing to roll back on 1.\n")
    assert "schema:t000: 2 migrations rolled back in " in done.err
    again = project.run(*down, "--json").json
    assert (again["rolled_back"], again["current"], again["failed"]) == (0, 5, [])
    tenants.migrations = tenants.migrations[:2]
    asyncio.run(tenants.check())


def test_a_terminal_is_asked_before_a_fleet_goes_down(project: Project, tenants: Tenants) -> None:
    project.run("up", "--targets", f"{QUERY} LIMIT 1")
    child = project.at_terminal("down", "--targets", QUERY, "--all")
    child.expect_exact("Roll back on every target?")
    child.sendline("n")
    child.expect(pexpect.EOF)
    assert asyncio.run(tenants.done()) == 1


def test_what_is_to_be_linted_is_not_run_unlinted(project: Project, tenants: Tenants) -> None:
    production = {"ENV": "production", "LOCKGATE_LINT": "error"}
    assert project.run("up", "--targets", QUERY, env=production).status == 3
    refused = project.run("up", "--targets", QUERY, "--force", env=production)
    assert (refused.status, asyncio.run(tenants.done())) == (2, 0)
    assert project.run("up", "--targets", QUERY, "--force", env={**production, "LOCKGATE_LINT": ""}).status == 1
    assert asyncio.run(tenants.done()) == 4


def test_a_tenant_is_made(project: Project, tenants: Tenants) -> None:
    made = project.run("provision", "new", "--targets", QUERY)
    assert made.out.startswith("schema:new is made; 4 migrations applied, in ")
    again = project.run("provision", "schema:new", "--json").json
    assert again.pop("seconds") > 0
    assert again == {"target": "schema:new", "migrations": 0, "made": False, "from_template": False}
    assert project.run("provision", "schema:newer", env={"ENV": "production"}).status == 3


def test_backfills_over_a_fleet(project: Project) -> None:
    assert project.run("up", "--targets", QUERY).status == 1
    assert project.run("backfill", "--targets", QUERY).out.startswith("0 backfills done on 0 targets of 5, 0 rows, in ")
    left = project.run("backfill", "--targets", QUERY, "--dry-run", env={"ENV": "production"})
    assert (left.status, left.out) == (0, "0 backfills left on 0 targets of 5, of about 0 rows.\n")
    rows = project.run("backfill", "--targets", f"{QUERY} LIMIT 1", "--json").json
    assert rows == {"targets": [{"target": "schema:t000", "backfills": [], "error": None}], "count": 1}


def test_a_terminal_has_a_bar_with_the_failures_above_it(project: Project) -> None:
    child = project.at_terminal("up", "--targets", QUERY, "--canary", "1")
    child.expect(r"Targets  \[[#-]+\]")
    child.expect_exact("Warning: schema:t002 failed")
    child.expect(r"5/5")
    child.expect_exact("The same command goes on")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1


def test_ctrl_c_says_how_far_it_came_and_the_next_run_goes_on(project: Project, tenants: Tenants) -> None:
    tenants.files.write("005_slow.sql", "SELECT pg_sleep(30);")
    running = project.start("up", "--targets", QUERY, "--concurrency", "2")
    running.wait_for(lambda: project.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
    ended = running.end(signal.SIGINT)
    assert ended.status == 130
    assert "0 of 5 targets are done" in ended.err
    tenants.files.remove("005_slow.sql")
    assert project.run("up", "--targets", QUERY).status == 1
    asyncio.run(tenants.check())
