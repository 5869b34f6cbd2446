"""On a terminal: it asks before it destroys, Ctrl-C at the prompt ends it, and a run of several is a bar."""

from __future__ import annotations

import re
import signal
from functools import partial
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from cli.shell import Project

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BAR = re.compile(r"Applying  \[[#-]+\]")


def ended(child: pexpect.spawn[str]) -> tuple[int | None, str]:
    """The exit status, and what was shown after the last that was expected."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, str(child.before)


def applied(project: Project, count: int = 3) -> list[str]:
    names = project.tables(count)
    assert project.run("up").status == 0
    return names


@pytest.mark.parametrize("answer", ["y", "Yes"])
def test_rolling_back_several_asks_and_yes_does_it(project: Project, answer: str) -> None:
    applied(project)
    child = project.at_terminal("down", "--all")
    child.expect_exact("Roll back 3 migrations, 003_t3.sql to 001_t1.sql? [y/N]: ")
    child.sendline(answer)
    status, shown = ended(child)
    assert status == 0
    assert "Rolled back 3 migrations" in shown
    assert project.recorded == []


@pytest.mark.parametrize("answer", ["n", "", "nonsense"])
def test_whatever_is_not_yes_changes_nothing(project: Project, answer: str) -> None:
    names = applied(project)
    child = project.at_terminal("down")
    child.expect_exact("[y/N]: ")
    child.sendline(answer)
    status, shown = ended(child)
    assert status == 0
    assert "Nothing was changed." in shown
    assert project.recorded == names


def test_the_end_of_the_input_is_no(project: Project) -> None:
    names = applied(project)
    child = project.at_terminal("down")
    child.expect_exact("[y/N]: ")
    child.sendeof()
    status, shown = ended(child)
    assert (status, project.recorded) == (0, names)
    assert "Nothing was changed." in shown


def test_yes_skips_the_question_and_one_migration_is_not_asked_about(project: Project) -> None:
    applied(project)
    for arguments in (("down", "--steps", "2", "--yes"), ("down", "--steps", "1")):
        status, shown = ended(project.at_terminal(*arguments))
        assert status == 0
        assert "[y/N]" not in shown
    assert project.recorded == []


@pytest.mark.parametrize("command", [("down", "--all"), ("stamp", "4"), ("repair",)], ids=lambda one: one[0])
def test_ctrl_c_at_the_prompt_ends_the_process(on_each: Project, command: tuple[str, ...]) -> None:
    names = applied(on_each)
    on_each.table(4)
    if command[0] == "repair":
        on_each.file(names[0], "SELECT 1;")
    child = on_each.at_terminal(*command)
    child.expect_exact("[y/N]: ")
    child.sendintr()
    status, shown = ended(child)
    assert status == 130
    assert "Ended by SIGINT. Nothing was run." in shown
    assert on_each.recorded == names


def test_ctrl_c_at_the_prompt_is_heard_where_the_process_was_started_with_it_ignored(project: Project) -> None:
    names = applied(project)
    child = project.at_terminal("down", "--all", preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_IGN))
    child.expect_exact("[y/N]: ")
    child.sendintr()
    status, shown = ended(child)
    assert (status, project.recorded) == (130, names)
    assert "Ended by SIGINT. Nothing was run." in shown


def test_sigterm_at_the_prompt_ends_the_process(project: Project) -> None:
    names = applied(project)
    child = project.at_terminal("down", "--all")
    child.expect_exact("[y/N]: ")
    child.kill(signal.SIGTERM)
    status, shown = ended(child)
    assert (status, project.recorded) == (143, names)
    assert "Ended by SIGTERM. Nothing was run." in shown


def test_no_connection_is_open_while_it_asks(on_postgresql: Project) -> None:
    applied(on_postgresql)
    child = on_postgresql.at_terminal("down", "--all")
    child.expect_exact("[y/N]: ")
    others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    assert on_postgresql.rows(others) == []
    child.sendline("n")
    assert ended(child)[0] == 0


def test_a_closed_gate_is_said_before_anything_is_asked(project: Project) -> None:
    applied(project)
    for command in (("down", "--all"), ("stamp", "1"), ("repair",)):
        status, shown = ended(project.at_terminal(*command, env={"ENV": "production"}))
        assert status == 3
        assert "[y/N]" not in shown


def test_stamp_asks(project: Project) -> None:
    names = project.tables(2)
    for answer, recorded in (("n", []), ("y", names)):
        child = project.at_terminal("stamp", "2")
        child.expect_exact(
            "Record 2 migrations, 001_t1.sql to 002_t2.sql, as applied, without running anything? [y/N]:"
        )
        child.sendline(answer)
        assert ended(child)[0] == 0
        assert project.recorded == recorded


def test_squash_asks(project: Project) -> None:
    names = project.tables(2)
    assert project.run("up").status == 0
    for answer, left in (("n", names), ("y", ["002_baseline.sql"])):
        child = project.at_terminal("squash")
        child.expect("002_baseline.sql\\?.*commit them.*first\\. \\[y/N\\]:")
        assert sorted(path.name for path in project.migrations.iterdir()) == names
        child.sendline(answer)
        assert ended(child)[0] == 0
        assert sorted(path.name for path in project.migrations.iterdir()) == left


def test_declining_with_json_is_a_document_of_nothing_done(project: Project) -> None:
    applied(project)
    child = project.at_terminal("down", "--all", "--json")
    child.expect_exact("[y/N]: ")
    child.sendline("n")
    status, shown = ended(child)
    assert status == 0
    assert '"rolled_back": []' in shown


def test_a_run_of_several_is_a_bar_on_one_line(on_each: Project) -> None:
    on_each.tables(5)
    on_each.table(6, "a_name_that_is_longer_than_what_the_terminal_has_left_for_it")
    status, shown = ended(on_each.at_terminal("up"))
    assert status == 0
    drawn = [part for part in re.split(r"[\r\n]+", COLOUR.sub("", shown)) if BAR.search(part)]
    assert "0/6" in drawn[0]
    assert "6/6" in drawn[-1]
    assert all(len(re.sub(r"\x1b\[\?25[lh]", "", line)) <= 80 for line in drawn)
    assert "001_t1.sql: applied" not in shown
    assert "Applied 6 migrations" in shown
    assert shown.count("\x1b[?25h") == 1, "the cursor is shown again"


def test_a_warning_stands_on_a_line_above_the_bar(on_postgresql: Project) -> None:
    on_postgresql.tables(2)
    on_postgresql.file("003_outside.sql", "BEGIN; CREATE TABLE one (id int); COMMIT; CREATE TABLE two (id int);")
    on_postgresql.table(4)
    status, shown = ended(on_postgresql.at_terminal("up"))
    assert status == 0, shown
    assert re.search(r"\r\x1b\[K\x1b\[33mWarning: 003_outside\.sql runs outside a transaction", shown)


@pytest.mark.parametrize("arguments", [("--json",), ("--quiet",), ("--steps", "1")], ids=" ".join)
def test_there_is_no_bar_for_json_quiet_or_one_migration(project: Project, arguments: tuple[str, ...]) -> None:
    project.tables(3)
    status, shown = ended(project.at_terminal("up", *arguments))
    assert status == 0
    assert not BAR.search(shown)


def test_there_is_no_bar_when_piped(project: Project) -> None:
    project.tables(3)
    done = project.run("up")
    assert not BAR.search(done.err + done.out)


def test_a_failure_ends_the_bar_before_it_is_told(project: Project) -> None:
    project.tables(2)
    project.file("003_bad.sql", "nonsense;")
    project.table(4)
    status, shown = ended(project.at_terminal("up"))
    assert status == 1
    assert re.search(r"2/4[^\n]*\r\n(\x1b\[[0-9;]*m)*Error:", shown)


def test_ctrl_c_during_a_run_ends_the_bar_and_says_what_was_kept(project: Project) -> None:
    project.tables(2)
    project.python("003_slow.py", up="await anyio.sleep(60)")
    child = project.at_terminal("up")
    child.expect_exact("003_slow.py")
    child.sendintr()
    status, shown = ended(child)
    assert status == 130
    assert "\nEnded by SIGINT. 003_slow.py: it was rolled back." in shown
    assert "Kept from this run: 001_t1.sql, 002_t2.sql (applied)." in shown
    assert project.recorded == ["001_t1.sql", "002_t2.sql"]


def test_a_long_history_does_not_push_the_state_off_the_screen(project: Project) -> None:
    applied(project, 40)
    project.table(41)
    status, shown = ended(project.at_terminal("status"))
    assert status == 0
    assert shown.count("\n") <= 24
    assert "(40 applied, 1 pending)" in shown
    assert "30 migrations applied before these: `lockgate history` shows all." in shown
    assert ended(project.at_terminal("status", "--verbose"))[1].count("applied  ") >= 40
    assert project.run("status").out.count("applied  ") >= 40


def test_no_color_is_heeded(project: Project) -> None:
    project.tables(1)
    assert COLOUR.search(ended(project.at_terminal("status"))[1])
    assert not COLOUR.search(ended(project.at_terminal("status", env={"NO_COLOR": "1"}))[1])
