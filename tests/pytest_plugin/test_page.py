"""What the page about tests shows is a project whose tests pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.snippets import ALL

if TYPE_CHECKING:
    from pytest_plugin.project import Project


def test_the_page_is_a_project(project: Project) -> None:
    blocks = [one for one in ALL if one.page == "tests.md"]
    for one in blocks:
        if "module" in one.said:
            project.write(one.said["module"], one.text)
        else:
            project.files.write(one.said["file"], one.text)
    outcome = project.run(PYTHONPATH=project.path)
    assert outcome.status == 0, outcome.words
    assert "7 passed, 1 skipped" in outcome.words  # no models are named
