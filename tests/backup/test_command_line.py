"""`up --backup` at a shell, the setting where an application starts, and signals."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from cli.shell import Project
from lockgate import Runner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path, f"sqlite:///{tmp_path / 'app.db'}")
    made.tables(2)
    made.run("up", "--steps", "1")
    return made


def test_the_copy_is_named_in_words_and_in_json(project: Project) -> None:
    folder = project.folder / "copies"
    assert project.run("up", "--backup", "copies", "--dry-run").status == 0
    assert not folder.exists()
    told = project.run("up", "--backup", "copies")
    (copy,) = folder.iterdir()
    assert told.out.splitlines()[-1] == f"The database as it was before: {copy}"
    assert f"Backed the database up to {copy}" in told.err
    project.python("003_slow.py", up="open('began', 'w').close(); await anyio.sleep(60)")
    running = project.start("up", "--json", "--backup", "before.db")
    running.wait_for((project.folder / "began").exists)
    ended = running.end(signal.SIGTERM)
    assert ended.status == 143
    assert ended.json["backup"] == str(project.folder / "before.db")
    assert ended.err.rstrip().endswith(f"The database as it was before this run: {project.folder / 'before.db'}")
    refused = project.run("up", "--json", "--backup", "before.db")
    assert refused.status == 2
    assert "overwrites nothing" in refused.error["message"]
    failed = project.run("up", "--json", "--backup", "app.db/copies")
    assert failed.status == 1
    assert failed.error["kind"] == "backup_failed"


@pytest.mark.asyncio
async def test_a_start_makes_one_as_well_and_pyproject_names_the_folder(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV", "production")
    monkeypatch.setenv("FORCE_MIGRATION", "true")
    (project.folder / "pyproject.toml").write_text('[tool.lockgate]\nbackup = "of.starts/"\nbackup_keep = 1\n')
    (project.folder / "deep").mkdir()
    monkeypatch.chdir(project.folder / "deep")
    async with Runner(project.url, directory=project.migrations).gate() as gate:
        assert gate.applied is not None
        (copy,) = (project.folder / "of.starts").iterdir()
        assert gate.applied.backup == str(copy)
