"""It starts fast: what a command does not need is not imported."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.shell import Project

HEAVY = {"asyncio", "anyio", "asyncpg", "aiosqlite", "pydantic", "pydantic_settings", "sqlalchemy", "alembic"}


def imported(project: Project, *arguments: str) -> set[str]:
    """The top-level modules that a command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "lockgate", *arguments],
        env=project.environment(), cwd=project.folder, capture_output=True, encoding="utf-8", check=False, timeout=60,
    )  # fmt: skip
    found = re.findall(r"^import time: +\d+ \| +\d+ \| +([\w.]+)$", done.stderr, re.MULTILINE)
    assert "lockgate.cli.main" in found
    return {name.partition(".")[0] for name in found}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("up", "-h"),
        ("status", "--help"),
        ("auto", "-h"),
        ("check", "-h"),
        ("nonsense",),
        ("up", "--bad"),
    ],
    ids=" ".join,
)
def test_help_and_usage_errors_import_only_click(project: Project, arguments: tuple[str, ...]) -> None:
    assert imported(project, *arguments) & HEAVY == set()


@pytest.mark.parametrize("command", ["status", "history", "plan", "up"])
def test_sql_files_need_neither_sqlalchemy_nor_alembic_nor_pydantic(on_each: Project, command: str) -> None:
    on_each.tables(2)
    assert on_each.run("up", "--steps", "1").status == 0
    other = "aiosqlite" if on_each.is_postgresql else "asyncpg"
    assert imported(on_each, command) & {"sqlalchemy", "alembic", "pydantic", "opentelemetry", other} == set()


def test_a_look_at_the_files_needs_no_driver_and_no_loop(project: Project) -> None:
    project.tables(2)
    project.python("003_three.py")
    assert imported(project, "check", "--files") & HEAVY == set()


def test_a_status_executes_no_migration(project: Project) -> None:
    project.file("001_loud.py", "raise SystemExit('executed')")
    for command in (("status",), ("plan",)):
        assert project.run(*command).status == 0
