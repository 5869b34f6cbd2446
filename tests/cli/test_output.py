"""Where the output goes: pipes that break, encodings that lack a character, folders below the project."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from cli.shell import MODULE, SCRIPT

if TYPE_CHECKING:
    from cli.shell import Ended, Project

LACKING = [
    pytest.param({"LC_ALL": "C", "LANG": "C"}, id="C"),
    pytest.param({"PYTHONIOENCODING": "ascii"}, id="ascii"),
    pytest.param({"PYTHONIOENCODING": "latin-1"}, id="latin-1"),
]


def in_shell(project: Project, line: str) -> tuple[list[int], str, str]:
    """Run a line of bash; gives the statuses of its pipe."""
    lockgate = shlex.join(MODULE)
    done = subprocess.run(
        ["bash", "-c", f'{line.format(lockgate=lockgate)}; echo "${{PIPESTATUS[@]}}" >statuses'],
        cwd=project.folder, env=project.environment(), capture_output=True, encoding="utf-8", check=True, timeout=60,
    )  # fmt: skip
    return [*map(int, (project.folder / "statuses").read_text().split())], done.stdout, done.stderr


def test_a_reader_that_leaves_early_is_no_error(project: Project) -> None:
    for number in range(1, 2001):
        project.table(number, f"a_table_with_a_rather_long_name_{number}")
    for command in ("status", "status --json", "plan"):
        statuses, out, err = in_shell(project, f"{{lockgate}} {command} | head -1")
        assert (statuses, err) == ([0, 0], "")
        assert out.count("\n") == 1
    statuses, _, _ = in_shell(project, "{lockgate} status --check | head -1")
    assert statuses == [6, 0]


def test_a_reader_of_the_log_that_leaves_early_does_not_end_the_run(on_each: Project) -> None:
    names = on_each.tables(4)
    on_each.python("005_slow.py", up="await anyio.sleep(0.5)")
    on_each.table(6)
    statuses, out, _ = in_shell(on_each, "{lockgate} up 2>&1 | head -1")
    assert (statuses, out) == ([0, 0], "Migration Configuration:\n")
    assert on_each.recorded == [*names, "005_slow.py", "006_t6.sql"]


def test_a_failure_keeps_its_status_when_nobody_reads_it(project: Project) -> None:
    project.table(1)
    statuses, _, _ = in_shell(project, "ENV=production {lockgate} up --json 2>&1 | true")
    assert statuses[0] == 3


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-", "0<&-"])
def test_closed_streams_do_not_stop_a_run(project: Project, closed: str) -> None:
    names = project.tables(2)
    statuses, _, err = in_shell(project, f"{{lockgate}} up {closed}")
    assert statuses == [0]
    assert "Traceback" not in err
    assert project.recorded == names


def test_piped_output_has_no_escapes(project: Project) -> None:
    project.tables(2)
    done: list[Ended] = [project.run(*command) for command in (("up",), ("status",), ("nonsense",), ("-h",))]
    assert not any("\x1b" in one.out + one.err for one in done)


@pytest.mark.parametrize("env", LACKING)
def test_names_that_the_encoding_lacks_crash_nothing(project: Project, env: dict[str, str]) -> None:
    folder = project.folder / "mögliche"
    folder.mkdir()
    (folder / "001_größe_日本.sql").write_text(
        "-- migrate:up\nCREATE TABLE t (id int);\n-- migrate:down\nDROP TABLE t;"
    )
    common = ("-d", str(folder))
    for command in (("plan",), ("up",), ("status",), ("status", "--json"), ("down", "--json"), ("up", "--to", "größe")):
        done = subprocess.run(
            [*MODULE, *common, *command],
            env=project.environment(env),
            cwd=project.folder,
            capture_output=True,
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
        assert done.returncode == (2 if "--to" in command else 0), done.stderr
        if "--json" in command:
            json.loads(done.stdout)


def test_json_keeps_names_that_are_not_ascii(project: Project) -> None:
    name = project.table(1, "größe_日本_🚤")
    document = project.run("status", "--json", env={"PYTHONIOENCODING": "ascii"}).json
    assert [one["name"] for one in document["pending"]] == [name]


@pytest.mark.parametrize("program", [MODULE, SCRIPT], ids=["module", "script"])
def test_from_a_folder_below_the_project_its_directory_is_found(project: Project, program: tuple[str, ...]) -> None:
    names = project.tables(1)
    (project.folder / "pyproject.toml").write_text('[tool.lockgate]\ndirectory = "migrations"\n')
    below = project.folder / "src" / "app"
    below.mkdir(parents=True)
    document = project.run("status", "--json", cwd=below, program=program).json
    assert [one["name"] for one in document["pending"]] == names


def test_a_current_directory_that_is_gone_is_a_clear_error(project: Project) -> None:
    gone = project.folder / "gone"
    gone.mkdir()
    statuses, _, err = in_shell(project, f"cd {shlex.quote(str(gone))}; rmdir ../gone; {{lockgate}} status; cd ..")
    assert statuses == [0]  # of `cd`
    assert "Traceback" not in err
    assert "Error: " in err
