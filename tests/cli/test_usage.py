"""How it is called: the forms of a command, common options, and what is wrong with a call; with one JSON document if asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.shell import MODULE, SCRIPT

if TYPE_CHECKING:
    from cli.shell import Project


@pytest.mark.parametrize("program", [MODULE, SCRIPT], ids=["module", "script"])
def test_version_and_help_say_the_same_from_both_entry_points(project: Project, program: tuple[str, ...]) -> None:
    version = project.run("--version", program=program)
    assert (version.status, version.err) == (0, "")
    assert version.out.startswith("lockgate, version ")
    for form in ("-h", "--help"):
        shown = project.run(form, program=program)
        assert (shown.status, shown.err) == (0, "")
        assert shown.out.startswith("Usage: lockgate ")
        assert max(map(len, shown.out.splitlines())) <= 80
        assert "..." not in shown.out.split("Commands:")[1]


def test_every_command_has_help(project: Project) -> None:
    for command in ("init", "new", "up", "down", "status", "history", "plan", "stamp", "repair", "auto", "check"):
        shown = project.run(command, "-h")
        assert (shown.status, shown.err) == (0, "")
        assert shown.out.startswith(f"Usage: lockgate {command} ")


def test_no_command_is_bad_usage_and_shows_the_help(project: Project) -> None:
    done = project.run()
    assert (done.status, done.out) == (2, "")
    assert "Commands:" in done.err
    assert project.run("--json").error["kind"] == "usage"


@pytest.mark.parametrize("form", [("-direction", "{}"), ("-direction={}",), ("--direction", "{}"), ("--direction={}",)])
def test_the_direction_form_is_up_and_down(project: Project, form: tuple[str, ...]) -> None:
    names = project.tables(2)
    up = project.run(*(part.format("up") for part in form))
    assert up.status == 0
    assert project.recorded == names
    down = project.run("--json", *(part.format("down") for part in form), "--steps", "1")
    assert down.status == 0
    assert [one["name"] for one in down.json["rolled_back"]] == names[1:]


@pytest.mark.parametrize(
    "arguments",
    [
        ("-direction", "up", "status"),
        ("status", "-direction", "up"),
        ("-direction", "up", "down"),
        ("-direction", "up", "--steps", "1", "up"),
        ("--env", "test", "new", "-direction=down"),
        ("-direction", "up", "-direction", "down"),
        ("-direction", "sideways"),
        ("-direction", "status"),
        ("-direction=",),
        ("-direction",),
        ("up", "--steps", "0"),
        ("up", "--steps", "-1"),
        ("up", "--steps", "many"),
        ("up", "--steps", "1", "--to", "1"),
        ("down", "--batch", "0"),
        ("down", "--all", "--steps", "1"),
        ("down", "--all", "--to", "1"),
        ("down", "--batch", "1", "--to", "1"),
        ("down", "--batch", "1", "--steps", "1"),
        ("down", "--all", "--dry-run", "--batch", "1"),
        ("plan", "--steps", "1", "--to", "1"),
        ("up", "extra"),
        ("stamp",),
        ("new",),
        ("repair", "--step", "maybe"),
        ("repair", "--step", "done"),
        ("nonsense",),
        ("status", "--chekc"),
        ("--lock-timeout", "soon", "status"),
        ("--database", "nonsense", "status"),
        ("-d", "nowhere", "status"),
        ("--database",),
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_exit_2_changes_nothing_and_is_one_json_document(
    project: Project, arguments: tuple[str, ...]
) -> None:
    project.tables(2)
    before = sorted(project.folder.rglob("*"))
    words = project.run(*arguments)
    assert (words.status, words.out) == (2, "")
    assert "Error: " in words.err
    error = project.run("--json", *arguments).error
    assert error["exit"] == 2
    assert error["message"] in words.err
    assert sorted(project.folder.rglob("*")) == before


@pytest.mark.parametrize("command", [("up", "--to"), ("down", "--to"), ("plan", "--to"), ("stamp",)], ids=" ".join)
def test_an_unknown_name_is_exit_2_with_a_suggestion(project: Project, command: tuple[str, ...]) -> None:
    project.table(1, "create_videos")
    assert project.run("up").status == 0
    project.table(2, "create_uploads")
    done = project.run(*command, "001_create_vidoes", "--json")
    assert done.status == 2
    assert done.error["message"] == "There is no migration '001_create_vidoes'."
    assert done.error["hint"] == "Did you mean 001_create_videos?"


@pytest.mark.parametrize("name", ["002_t2.sql", "002_t2", "2", "002", "0002"])
def test_a_name_is_a_full_name_its_stem_or_its_number(project: Project, name: str) -> None:
    names = project.tables(3)
    assert project.run("up", "--to", name).status == 0
    assert project.recorded == names[:2]
    assert project.run("up", "--steps", "1").status == 0
    assert project.run("down", "--to", name).status == 0
    assert project.recorded == names[:2]


def test_common_options_stand_before_or_after_the_command_and_the_later_one_wins(project: Project) -> None:
    names = project.tables(1)
    other = project.folder / "other.db"
    wrong = ("--database", "sqlite:////nowhere/at/all.db", "--env", "production", "-d", "nowhere")
    right = ("--database", f"sqlite:///{other}", "--env", "test", "--directory", "migrations")
    assert project.run(*right, "up", env={"ENV": None}).status == 0
    for arguments in (
        (*wrong, "status", *right, "--json"),
        (*wrong, *right, "--json", "status"),
        ("--json", *wrong, "status", *right),
    ):
        done = project.run(*arguments, env={"ENV": None})
        assert done.status == 0, done.err
        assert [row["name"] for row in done.json["applied"]] == names
        assert done.json["environment"] == "test"


def test_a_database_that_is_named_wins_over_the_direct_url(project: Project) -> None:
    project.tables(1)
    elsewhere = project.folder / "elsewhere.db"
    done = project.run("up", env={"LOCKGATE_DIRECT_URL": f"sqlite:///{elsewhere}"})
    assert done.status == 0
    assert elsewhere.exists()
    done = project.run("up", "--database", project.url, env={"LOCKGATE_DIRECT_URL": f"sqlite:///{elsewhere}"})
    assert "Applied 1 migration" in done.out
    assert project.has("t1")
