"""The site's pages, and the configurations that the documentation shows, which other programs take as they are."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import lockgate
from docs.snippets import ROOT, config_of
from lockgate.cli.commands import cli

GOOD = "-- migrate:up\nSELECT 1;\n"


def test_every_page_is_in_the_navigation() -> None:
    told = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    named = re.findall(r"([\w/-]+\.md)$", told, re.MULTILINE)
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")]
    assert sorted(named) == sorted([*pages, "benchmarks.md", "changelog.md"])


def test_every_exported_name_is_in_the_reference() -> None:
    texts = [page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").glob("*.md")]
    shown = [name for text in texts for name in re.findall(r"^::: lockgate\.(\w+)$", text, re.MULTILINE)]
    assert sorted(shown) == sorted(lockgate.__all__)


def _workflow_commands() -> list[str]:
    jobs = yaml.safe_load(config_of("github-actions"))["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    lines = [re.split(r"&&|\|\||;", line)[0].strip() for script in scripts for line in script.splitlines()]
    return [line for line in lines if line.startswith("lockgate ")]


@pytest.mark.parametrize("line", _workflow_commands())
def test_each_command_of_the_workflow_is_understood(line: str) -> None:
    name, *arguments = shlex.split(line)[1:]
    cli.commands[name].make_context(name, arguments, parent=click.Context(cli))


def test_the_workflow_is_one_that_github_takes() -> None:
    workflow = yaml.safe_load(config_of("github-actions"))
    assert set(workflow) == {"name", True, "permissions", "jobs"}  # YAML 1.1 reads `on` as a boolean
    for step in (step for job in workflow["jobs"].values() for step in job["steps"]):
        assert ("uses" in step) is not ("run" in step)
    assert any(line.startswith("lockgate check --files") for line in _workflow_commands())


def test_pre_commit_runs_the_hook(tmp_path: Path) -> None:
    """It installs Lockgate into an environment of its own, which takes some seconds."""
    program = shutil.which("pre-commit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None and "CI" not in os.environ:
        pytest.skip("there is no pre-commit")
    assert program is not None
    _committed(tmp_path / "lockgate", "src", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
    mine = tmp_path / "mine"
    (mine / "migrations").mkdir(parents=True)
    (mine / "migrations" / "001_one.sql").write_text(GOOD)
    config = re.sub(r"repo: \S+", f"repo: {tmp_path / 'lockgate'}", config_of("pre-commit"))
    (mine / ".pre-commit-config.yaml").write_text(config)
    _commit(mine)

    def ran(*arguments: str) -> tuple[int, str]:
        environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
        command = [program, "run", *arguments]
        done = subprocess.run(command, cwd=mine, env=environment, capture_output=True, encoding="utf-8", check=False)
        return done.returncode, done.stdout + done.stderr

    status, said = ran("--all-files")
    assert status == 0, said
    assert re.search(r"lockgate check --files\.+Passed", said)
    (mine / "migrations" / "001_two.sql").write_text(GOOD)
    _git(mine, "add", ".")
    status, said = ran()
    assert status == 1
    assert "exit code: 2" in said
    assert "have the number 1: 001_one.sql and 001_two.sql" in said


def _committed(folder: Path, *entries: str) -> None:
    folder.mkdir()
    for entry in entries:
        source, place = ROOT / entry, folder / entry
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place)
    _commit(folder)
    _git(folder, "tag", yaml.safe_load(config_of("pre-commit"))["repos"][0]["rev"])


def _commit(folder: Path) -> None:
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", ".")
    _git(folder, "commit", "-qm", "one")


def _git(folder: Path, *arguments: str) -> Any:
    named = ["-c", "user.name=t", "-c", "user.email=t@t"]
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)
