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
    "arguments", [("--canary", "1"), ("--targets", QUERY, "--dry-run"), ("--targets", QUERY, "--backup", "x")]
)
def test_options_that_do_not_go_together(project: Project, arguments: tuple[str, ...]) -> None:
    assert project.run("up", *arguments).status == 2


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
