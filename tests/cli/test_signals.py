"""Ctrl-C, SIGTERM and SIGKILL in the middle of a run: it ends soon, says what became of it, and the next run completes."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from cli.shell import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.shell import Project

SIGNALS = [pytest.param(signal.SIGINT, 130, id="SIGINT"), pytest.param(signal.SIGTERM, 143, id="SIGTERM")]
FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0;"


def slow_python(project: Project, name: str = "002_slow.py", *, sleep: str = "await anyio.sleep(60)") -> str:
    """A migration that makes a table, touches a file, and sleeps while the file `go` is not there."""
    marker, go = project.folder / "began", project.folder / "go"
    return project.python(
        name,
        up=f"""from pathlib import Path; import time
            await self.db.execute("CREATE TABLE slow (id INTEGER PRIMARY KEY)")
            Path({str(marker)!r}).touch()
            if not Path({str(go)!r}).exists():
                {sleep}""",
        down='await self.db.execute("DROP TABLE slow")',
    )


def begun(project: Project) -> Callable[[], bool]:
    return (project.folder / "began").exists


def sleeping(project: Project) -> Callable[[], object]:
    """Whether some session of the database runs `pg_sleep`."""
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
        " AND query LIKE '%sleep(60)%' AND pid <> pg_backend_pid()"
    )
    return lambda: project.rows(query)


def next_run_completes(project: Project) -> None:
    (project.folder / "go").touch()
    done = project.run("up", "--lock-timeout", "5")
    assert done.status == 0, done.err
    assert project.run("status", "--check").status == 0


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_python_migration_that_awaits_is_rolled_back_and_those_before_it_are_kept(
    on_each: Project, number: signal.Signals, status: int
) -> None:
    first, second = on_each.table(1), slow_python(on_each)
    running = on_each.start("up")
    running.wait_for(begun(on_each))
    ended = running.end(number)
    assert (ended.status, ended.out) == (status, "")
    assert f"Ended by {number.name}. {second}: it was rolled back." in ended.err
    assert f"Kept from this run: {first} (applied)." in ended.err
    assert on_each.recorded == [first]
    assert not on_each.has("slow")
    next_run_completes(on_each)
    assert on_each.recorded == [first, second]


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_statement_that_the_server_runs_is_stopped(
    on_postgresql: Project, number: signal.Signals, status: int
) -> None:
    project = on_postgresql
    project.python("001_first.py", up='await self.db.execute("CREATE TABLE first (id int)")')
    project.file("002_slow.sql", "CREATE TABLE slow (id int); SELECT pg_sleep(60);")
    running = project.start("up")
    running.wait_for(sleeping(project))
    ended = running.end(number)
    assert ended.status == status
    assert "002_slow.sql: it was rolled back." in ended.err
    assert "Kept from this run: 001_first.py (applied)." in ended.err
    assert project.recorded == ["001_first.py"]
    assert not project.has("slow")
    assert not sleeping(project)()
    project.file("002_slow.sql", "CREATE TABLE slow (id int);")
    next_run_completes(project)


def test_of_sql_files_in_one_message_those_that_were_committed_are_said_to_be_kept(on_postgresql: Project) -> None:
    project = on_postgresql
    project.table(1)
    project.file("002_slow.sql", "CREATE TABLE slow (id int); SELECT pg_sleep(60);")
    project.table(3)
    running = project.start("up")
    running.wait_for(sleeping(project))
    ended = running.end(signal.SIGINT)
    assert ended.status == 130
    assert project.recorded == ["001_t1.sql"]
    assert "002_slow.sql: it was rolled back." in ended.err
    assert "Kept from this run: 001_t1.sql (applied)." in ended.err


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_long_query_of_sqlite_is_interrupted(project: Project, number: signal.Signals, status: int) -> None:
    project.table(1)
    path = project.file("002_slow.sql", f"CREATE TABLE slow (id int);\n{FOREVER}")
    running = project.start("up")
    running.wait_for(lambda: project.recorded == ["001_t1.sql"])
    ended = running.end(number)
    assert ended.status == status
    assert "Kept from this run: 001_t1.sql (applied)." in ended.err
    assert not project.has("slow")
    path.write_text("CREATE TABLE slow (id int);")
    next_run_completes(project)


def test_rolling_back_can_be_interrupted_as_well(on_each: Project) -> None:
    on_each.table(1)
    marker = on_each.folder / "began"
    on_each.python(
        "002_slow.py",
        up='await self.db.execute("CREATE TABLE slow (id INTEGER PRIMARY KEY)")',
        down=f"""from pathlib import Path
            await self.db.execute("DROP TABLE slow")
            Path({str(marker)!r}).touch()
            await anyio.sleep(60)""",
    )
    on_each.table(3)
    assert on_each.run("up").status == 0
    running = on_each.start("down", "--all", "--yes", "--json")
    running.wait_for(begun(on_each))
    ended = running.end(signal.SIGINT)
    assert ended.status == 130
    assert on_each.recorded == ["001_t1.sql", "002_slow.py"]
    assert on_each.has("slow")
    report = json.loads(ended.out)
    assert [one["name"] for one in report["rolled_back"]] == ["003_t3.sql"]
    assert report["failed"] == {"name": "002_slow.py", "error": "ended by SIGINT: it was rolled back"}


def test_json_says_what_was_kept_and_what_was_undone(project: Project) -> None:
    project.table(1)
    slow_python(project)
    running = project.start("up", "--json")
    running.wait_for(begun(project))
    ended = running.end(signal.SIGTERM)
    assert set(ended.json) == {"direction", "batch_no", "applied", "failed"}
    assert [one["name"] for one in ended.json["applied"]] == ["001_t1.sql"]
    assert ended.json["failed"] == {"name": "002_slow.py", "error": "ended by SIGTERM: it was rolled back"}


def test_a_second_ctrl_c_changes_nothing_about_how_it_ends(on_each: Project) -> None:
    on_each.table(1)
    slow_python(on_each)
    running = on_each.start("up")
    running.wait_for(begun(on_each))
    ended = running.end(signal.SIGINT, signal.SIGINT, pause=0)
    assert ended.status in {130, -signal.SIGINT}  # a shell calls both 130
    assert on_each.recorded == ["001_t1.sql"]
    assert not on_each.has("slow")
    next_run_completes(on_each)


def test_a_migration_that_blocks_the_event_loop_ends_at_the_second_ctrl_c(on_each: Project) -> None:
    on_each.table(1)
    slow_python(on_each, sleep="time.sleep(60)")
    running = on_each.start("up")
    running.wait_for(begun(on_each))
    ended = running.end(signal.SIGINT, signal.SIGINT)
    assert ended.status == 130
    assert "Ended by SIGINT. 002_slow.py: it was broken off" in ended.err
    assert "Kept from this run: 001_t1.sql (applied)." in ended.err
    assert on_each.recorded == ["001_t1.sql"]
    assert not on_each.has("slow")
    next_run_completes(on_each)


def test_waiting_for_the_lock_can_be_interrupted(on_postgresql: Project) -> None:
    slow_python(on_postgresql)
    first = on_postgresql.start("up")
    first.wait_for(begun(on_postgresql))
    second = on_postgresql.start("up", "--json")
    waiting: list[str] = []
    second.wait_for(lambda: waiting.append(second.process.stderr.readline()) or "Waiting up to" in waiting[-1])  # type: ignore[func-returns-value, union-attr]
    ended = second.end(signal.SIGINT)
    assert ended.status == 130
    assert ended.error["kind"] == "interrupted"
    assert ended.error["message"] == "Ended by SIGINT. Nothing was run."
    assert first.end(signal.SIGINT).status == 130


def test_after_a_kill_in_mid_migration_the_next_run_completes(on_each: Project) -> None:
    on_each.table(1)
    slow_python(on_each)
    running = on_each.start("up")
    running.wait_for(begun(on_each))
    assert running.end(signal.SIGKILL).status == -signal.SIGKILL
    next_run_completes(on_each)
    assert on_each.recorded == ["001_t1.sql", "002_slow.py"]


def test_after_a_kill_while_the_server_works_the_next_run_waits_for_it_and_completes(on_postgresql: Project) -> None:
    project = on_postgresql
    project.table(1)
    path = project.file("002_slow.sql", "CREATE TABLE slow (id int); SELECT pg_sleep(2); -- sleep(60)")
    running = project.start("up")
    running.wait_for(sleeping(project))
    running.end(signal.SIGKILL)
    done = project.run("up", "--lock-timeout", str(PATIENCE))
    assert done.status == 0, done.err
    assert path.name in project.recorded
    assert project.run("status", "--check").status == 0


def test_a_signal_is_heard_although_it_interrupts_no_wait(project: Project) -> None:
    """It meets another thread, as one does that comes just before the loop begins to wait."""
    project.table(1)
    project.python(
        "002_slow.py",
        up="""import signal, threading, time

            def meet() -> None:
                time.sleep(0.3)
                signal.pthread_kill(threading.get_ident(), signal.SIGINT)
                time.sleep(60)

            threading.Thread(target=meet, daemon=True).start()
            await anyio.sleep(60)""",
    )
    ended = project.run("up")
    assert ended.status == 130, ended.err
    assert project.recorded == ["001_t1.sql"]
