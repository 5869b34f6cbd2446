"""`init` and `new`: they overwrite nothing, and what they write runs as it is."""

from __future__ import annotations

import os
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.shell import Project


@pytest.fixture
def bare(project: Project) -> Project:
    """A project without a migrations folder."""
    project.migrations.rmdir()
    return project


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_init_writes_what_a_project_starts_with_and_the_second_time_says_that_it_is_there(bare: Project) -> None:
    first = bare.run("init")
    assert (first.status, first.err) == (0, "")
    assert first.out == "Created migrations\nCreated .env.example\nCreated pyproject.toml\n"
    assert bare.migrations.is_dir()
    assert "# DATABASE_URL=" in (bare.folder / ".env.example").read_text()
    before = contents(bare.folder)
    second = bare.run("init")
    assert (second.status, second.out) == (0, "Everything is there already.\n")
    assert contents(bare.folder) == before
    assert bare.run("init", "--json").json == {"created": [], "changed": []}
    assert bare.run("status", "--check").status == 0


@pytest.mark.parametrize(
    "text",
    [
        b'[project]\nname = "app"\n',
        b'[project]\r\nname = "app"\r\n\r\n\r\n',
        b'[project]\nname = "app"   \n\n# the end, without a line break',
        '[project]\nname = "päckchen"\n'.encode(),
        b"",
    ],
)
def test_init_appends_its_table_and_keeps_the_rest_byte_for_byte(bare: Project, text: bytes) -> None:
    path = bare.folder / "pyproject.toml"
    path.write_bytes(text)
    done = bare.run("init", "--json")
    assert done.json == {"created": ["migrations", ".env.example"], "changed": ["pyproject.toml"]}
    after = path.read_bytes()
    assert after.startswith(text)
    assert tomllib.loads(after.decode())["tool"]["lockgate"] == {"directory": "migrations"}
    assert not re.search(rb"(?<!\r)\n", after) or b"\r\n" not in after


@pytest.mark.parametrize(
    "text",
    [
        '[tool.lockgate]\ndirectory = "db"\n',
        '[tool]\nlockgate = { directory = "db" }\n',
        '[ tool . "lockgate" ]\ndirectory="db"',
    ],
)
def test_init_follows_a_table_that_is_there_however_it_is_written(bare: Project, text: str) -> None:
    path = bare.folder / "pyproject.toml"
    path.write_text(text)
    assert bare.run("init").out == "Created db\nCreated .env.example\n"
    assert path.read_text() == text
    assert (bare.folder / "db").is_dir()


@pytest.mark.parametrize("arguments", [("-d", "data base/ü", "init"), ("init", "--directory", "data base/ü")])
def test_init_takes_a_directory_before_and_after_the_command(bare: Project, arguments: tuple[str, ...]) -> None:
    assert bare.run(*arguments).status == 0
    assert (bare.folder / "data base" / "ü").is_dir()
    assert bare.run("new", "first").out.endswith("001_first.py\n")
    assert (bare.folder / "data base" / "ü" / "001_first.py").is_file()


def test_init_leaves_a_pyproject_that_does_not_parse_alone(bare: Project) -> None:
    (bare.folder / "pyproject.toml").write_text("[project")
    done = bare.run("init", "--json")
    assert done.status == 2
    assert "pyproject.toml cannot be read" in done.error["message"]
    assert list(contents(bare.folder)) == ["pyproject.toml"]


@pytest.mark.parametrize("command", [("init",), ("new", "first")], ids=lambda one: one[0])
def test_a_folder_that_cannot_be_made_is_a_clear_error(bare: Project, command: tuple[str, ...]) -> None:
    bare.migrations.write_text("a file where the folder should be")
    done = bare.run(*command, "--json")
    assert (done.status, done.error["kind"]) == (2, "settings")
    assert "migrations cannot be written" in done.error["message"]
    assert bare.migrations.read_text() == "a file where the folder should be"


def test_new_counts_on_in_the_width_that_is_there(project: Project) -> None:
    assert project.run("new", "Create videos").out.endswith("001_create_videos.py\n")
    assert project.run("new", "Index videos", "--sql").out.endswith("002_index_videos.sql\n")
    project.file("0099_wide.sql", "SELECT 1;")
    assert project.run("new", "next").out.endswith("0100_next.py\n")
    project.file("9999_last.sql", "SELECT 1;")
    assert project.run("new", "next").out.endswith("10000_next.py\n")


def test_new_after_timestamps_is_a_later_timestamp(project: Project) -> None:
    project.file("20200101000000_old.sql", "SELECT 1;")
    name = project.run("new", "next").out.strip().rpartition("/")[2]
    assert re.fullmatch(r"20[2-9]\d{11}_next\.py", name)
    assert name > "20260000000000"
    project.file("29990101000000_future.sql", "SELECT 1;")
    assert project.run("new", "next").out.endswith("29990101000001_next.py\n")


DESCRIPTIONS = [
    "Create videos",
    'Drop the "old" table"',
    'three """ quotes',
    "back\\slash \\",
    "braces {class} {sentence}",
    "two\n-- migrate:down\nlines",
    "none",
    "True",
    "migration",
    "2 fast",
    "naïve café ²",
    "日本語",
    "a-b/c..d",
    "__init__",
]


def test_what_new_writes_runs_up_and_down_with_no_edit(on_each: Project) -> None:
    for description in DESCRIPTIONS:
        for kind in ((), ("--sql",)):
            assert on_each.run("new", description, *kind, "--quiet").status == 0
    names = sorted(path.name for path in on_each.migrations.iterdir())
    assert len(names) == 2 * len(DESCRIPTIONS)
    for name in names:
        assert re.fullmatch(r"\d{3}_\w+\.(py|sql)", name), name
    up = on_each.run("up")
    assert up.status == 0, up.err
    assert on_each.recorded == names
    down = on_each.run("down", "--all")
    assert down.status == 0, down.err
    assert on_each.recorded == []


@pytest.mark.parametrize("description", ["", "   ", "!?", "___", "🚤"])
def test_a_description_without_a_letter_is_2(project: Project, description: str) -> None:
    done = project.run("new", "--json", "--", description)
    assert done.status == 2
    assert "letter or a digit" in done.error["message"]
    assert list(project.migrations.iterdir()) == []


def test_a_description_that_is_too_long_for_a_file_name_is_2(project: Project) -> None:
    done = project.run("new", "long " * 100, "--json")
    assert done.status == 2
    assert os.strerror(36) in done.error["message"] or "too long" in done.error["message"]
    assert list(project.migrations.iterdir()) == []


def test_new_as_json_says_what_was_created(project: Project) -> None:
    document = project.run("new", "first", "--json").json
    assert document == {"created": ["migrations/001_first.py"], "changed": []}
