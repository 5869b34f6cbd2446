"""What each command prints: results on stdout, words on the way on stderr, and with `--json` exactly one document."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.shell import Project

LOG_BLOCK = "Migration Configuration:\n- Environment: test\n- Auto Migrate: false\n- Force Migration: false\n"
HASH = re.compile(r"[0-9a-f]{64}\Z")


def test_up_says_its_configuration_and_each_migration_on_stderr_and_the_sum_on_stdout(on_each: Project) -> None:
    names = on_each.tables(2)
    done = on_each.run("up")
    assert done.status == 0
    assert re.fullmatch(r"Applied 2 migrations, batch 1, in \d+\.\d\d s\.\n", done.out)
    assert done.err.startswith(LOG_BLOCK)
    for name in names:
        assert re.search(rf"^{re.escape(name)}: applied in [\d.]+ s\.$", done.err, re.MULTILINE)


def test_up_and_down_as_json(on_each: Project) -> None:
    names = on_each.tables(2)
    up = on_each.run("up", "--json")
    assert up.status == 0
    assert list(up.json) == ["direction", "batch_no", "applied", "failed"]
    assert (up.json["direction"], up.json["batch_no"], up.json["failed"]) == ("up", 1, None)
    assert [one["name"] for one in up.json["applied"]] == names
    assert all(set(one) == {"name", "seconds"} and one["seconds"] >= 0 for one in up.json["applied"])
    down = on_each.run("--json", "down")
    assert list(down.json) == ["direction", "batch_no", "rolled_back", "failed"]
    assert (down.json["direction"], down.json["batch_no"], down.json["failed"]) == ("down", 1, None)
    assert [one["name"] for one in down.json["rolled_back"]] == names[::-1]


def test_with_nothing_to_do_the_batch_is_null_and_the_list_empty(project: Project) -> None:
    project.tables(1)
    assert project.run("down", "--json").json == {
        "direction": "down", "batch_no": None, "rolled_back": [], "failed": None,
    }  # fmt: skip
    assert project.run("down").out == "Nothing to roll back.\n"
    assert project.run("up").status == 0
    assert project.run("up", "--json").json == {"direction": "up", "batch_no": None, "applied": [], "failed": None}
    assert project.run("up").out == "Nothing to apply.\n"
    assert project.run("up", "--dry-run").out == "Nothing to apply.\n"


def test_a_failure_of_a_migration_is_the_report_with_what_failed(on_each: Project) -> None:
    on_each.table(1)
    on_each.file("002_bad.sql", "CREATE TABLE before_it (id int);\nINSERT INTO nowhere VALUES (1);")
    done = on_each.run("up", "--json")
    assert done.status == 1
    assert list(done.json) == ["direction", "batch_no", "applied", "failed"]
    assert [one["name"] for one in done.json["applied"]] == ["001_t1.sql"]
    assert set(done.json["failed"]) == {"name", "error"}
    assert done.json["failed"]["name"] == "002_bad.sql"
    assert "nowhere" in done.json["failed"]["error"]
    assert "002_bad.sql:2" in done.err
    assert on_each.recorded == ["001_t1.sql"]
    assert not on_each.has("before_it")


def test_status_as_json(on_each: Project) -> None:
    names = on_each.tables(2)
    assert on_each.run("up", "--steps", "1").status == 0
    done = on_each.run("status", "--json")
    assert (done.status, done.err) == (0, "")
    assert list(done.json) == ["environment", "database", "state", "applied", "pending", "problems"]
    assert (done.json["environment"], done.json["state"], done.json["problems"]) == ("test", "behind", [])
    (row,) = done.json["applied"]
    assert list(row) == ["name", "hash", "applied_at", "batch_no"]
    assert (row["name"], row["batch_no"]) == (names[0], 1)
    assert HASH.match(row["hash"])
    assert datetime.fromisoformat(row["applied_at"]).utcoffset() == timedelta(0)
    (pending,) = done.json["pending"]
    assert list(pending) == ["name", "hash"]
    assert pending["name"] == names[1]


def test_status_lists_each_problem_as_json_and_in_words(project: Project) -> None:
    project.tables(1)
    assert project.run("up").status == 0
    project.file("001_t1.sql", "CREATE TABLE other (id int);")
    done = project.run("status", "--json")
    assert done.json["state"] == "diverged"
    (problem,) = done.json["problems"]
    assert list(problem) == ["kind", "name", "detail"]
    assert (problem["kind"], problem["name"]) == ("edited", "001_t1.sql")
    assert f"! edited: {problem['detail']}" in project.run("status").out


def test_status_and_history_in_words(project: Project) -> None:
    project.tables(2)
    empty = project.run("history")
    assert (empty.status, empty.out) == (0, "Nothing is applied.\n")
    assert project.run("up", "--steps", "1").status == 0
    status = project.run("status")
    assert status.err == ""
    assert "State:       behind (1 applied, 1 pending)\n" in status.out
    assert re.search(r"^applied +1 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +001_t1\.sql$", status.out, re.MULTILINE)
    assert re.search(r"^pending +002_t2\.sql$", status.out, re.MULTILINE)
    history = project.run("history")
    assert re.search(r"^1 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +001_t1\.sql$", history.out, re.MULTILINE)
    assert list(project.run("history", "--json").json) == ["applied"]


def test_plan_and_dry_runs_change_nothing(on_each: Project) -> None:
    names = on_each.tables(3)
    assert on_each.run("up", "--to", "1").status == 0
    for command in (("plan",), ("up", "--dry-run")):
        done = on_each.run(*command, "--steps", "1")
        assert done.status == 0
        assert f"Would apply 1 migration, batch 2:\n  {names[1]}\n" in done.out + done.err
        document = on_each.run(*command, "--json").json
        assert [one["name"] for one in document["migrations"]] == names[1:]
    down = on_each.run("down", "--dry-run")
    assert down.err == f"Would roll back 1 migration, batch 1:\n  {names[0]}\n"
    assert on_each.recorded == names[:1]


def test_stamp_and_repair_set_the_record_straight(on_each: Project) -> None:
    names = on_each.tables(2)
    foreseen = on_each.run("stamp", "1", "--dry-run")
    assert foreseen.out == f"{names[0]}: would be recorded as applied\n"
    assert on_each.recorded == []
    stamped = on_each.run("stamp", "1", "--yes", "--json")
    assert stamped.json == {"recorded": names[:1], "rehashed": [], "forgotten": [], "decided": []}
    assert on_each.recorded == names[:1]
    assert not on_each.has("t1")
    on_each.file(names[0], "SELECT 1;")
    assert on_each.run("up").status == 4
    repaired = on_each.run("repair", "--yes")
    assert repaired.out == f"{names[0]}: accepted as it is now\n"
    assert on_each.run("repair", "--yes").out == "The record is straight already.\n"
    (on_each.migrations / names[0]).unlink()
    assert on_each.run("repair", "--yes", "--json").json["forgotten"] == names[:1]
    assert on_each.recorded == []


@pytest.mark.parametrize("command", [("stamp", "1"), ("repair",)], ids=" ".join)
def test_changing_the_record_without_a_terminal_needs_yes(project: Project, command: tuple[str, ...]) -> None:
    names = project.tables(2)
    assert project.run("up", "--to", "1").status == 0
    project.file(names[0], "SELECT 1;")
    command = ("stamp", "2") if command[0] == "stamp" else command
    done = project.run(*command, "--json", typed="y\n")
    assert done.status == 2
    assert "--yes" in done.error["hint"]
    assert project.recorded == names[:1]
    assert project.run("status", "--json").json["problems"]


def test_down_without_a_terminal_asks_nothing(project: Project) -> None:
    project.tables(3)
    assert project.run("up").status == 0
    assert project.run("down", "--all").status == 0
    assert project.recorded == []


def test_quiet_says_only_what_is_wrong_and_verbose_says_more(project: Project) -> None:
    project.tables(1)
    quiet = project.run("up", "--quiet")
    assert (quiet.status, quiet.out, quiet.err) == (0, "", "")
    assert project.run("--quiet", "status").out != ""
    project.file("002_bad.sql", "nonsense;")
    failed = project.run("up", "--quiet")
    assert (failed.status, failed.out) == (1, "")
    assert "002_bad.sql failed" in failed.err
    project.table(3)
    (project.migrations / "002_bad.sql").unlink()
    assert "003_t3.sql: up begins." in project.run("--verbose", "up").err
