"""The exit statuses 1 to 7, each by what leads to it; the gate and the settings as a user meets them."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from servers import PASSWORD

if TYPE_CHECKING:
    from cli.shell import Project

CLOSED = [
    pytest.param({"ENV": "production"}, id="production"),
    pytest.param({"ENV": "staging"}, id="staging"),
    pytest.param({"ENV": None}, id="unset"),
    pytest.param({"ENV": ""}, id="empty"),
]


@pytest.mark.parametrize("env", CLOSED)
@pytest.mark.parametrize(
    "command", [("up",), ("down", "--all"), ("stamp", "1", "--yes"), ("repair", "--yes")], ids=lambda one: one[0]
)
def test_a_closed_gate_is_3_and_changes_nothing(
    project: Project, env: dict[str, str | None], command: tuple[str, ...]
) -> None:
    project.tables(1)
    done = project.run(*command, "--json", env=env)
    assert done.status == 3
    assert done.error["kind"] == "gate_closed"
    assert "FORCE_MIGRATION=true" in done.error["hint"]
    assert "--force" in done.error["hint"]
    assert not (project.folder / "app.db").exists()


def test_a_closed_gate_is_3_even_with_nothing_pending(project: Project) -> None:
    project.tables(1)
    assert project.run("up").status == 0
    assert project.run("up", env={"ENV": "production"}).status == 3


def test_force_opens_the_gate_for_one_call_and_force_migration_for_all(project: Project) -> None:
    names = project.tables(2)
    assert project.run("up", "--steps", "1", "--force", env={"ENV": "production"}).status == 0
    assert project.run("up", env={"ENV": None, "FORCE_MIGRATION": "true"}).status == 0
    assert project.recorded == names
    assert project.run("--force", "down", "--all", env={"ENV": "staging"}).status == 0


def test_a_slip_in_env_is_met_with_a_guess(project: Project) -> None:
    project.tables(1)
    done = project.run("up", env={"ENV": "dev"})
    assert done.status == 3
    assert "Did you mean ENV=development?" in done.err


def test_an_option_does_not_open_what_the_environment_closed(project: Project) -> None:
    project.tables(1)
    done = project.run("up", "--env", "development", env={"ENV": "production"})
    assert done.status == 3
    assert "production" in done.err
    assert project.run("up", "--env", "development", env={"ENV": None}).status == 0


def test_reading_and_dry_runs_are_not_gated(project: Project) -> None:
    project.tables(1)
    for command in (("status",), ("plan",), ("history",), ("up", "--dry-run"), ("down", "--dry-run")):
        assert project.run(*command, env={"ENV": "production"}).status == 0
    assert project.run("stamp", "1", "--dry-run", env={"ENV": "production"}).status == 0


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AUTO_MIGRATE", "maybe-hunter2"),
        ("FORCE_MIGRATION", "hunter2"),
        ("LOCKGATE_LOCK_TIMEOUT", "hunter2"),
        ("DATABASE_URL", "hunter2"),
        ("LOCKGATE_ORDER", "hunter2"),
        ("LOCKGATE_DIRECTROY", "hunter2"),
    ],
)
def test_a_wrong_setting_is_2_and_names_the_variable_without_its_value(
    project: Project, variable: str, value: str
) -> None:
    project.tables(1)
    done = project.run("up", "--json", env={variable: value})
    assert done.status == 2
    assert variable in done.error["message"]
    assert "hunter2" not in done.out + done.err


def test_an_environment_in_pyproject_is_2(project: Project) -> None:
    project.tables(1)
    (project.folder / "pyproject.toml").write_text('[tool.lockgate]\nenvironment = "development"\n')
    done = project.run("up", "--json", env={"ENV": None})
    assert done.status == 2
    assert "pyproject.toml" in done.error["message"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("create_videos.sql", "SELECT 1;"),
        ("001_again.sql", "SELECT 1;"),
        ("002_syntax.py", "def ("),
        ("002_none.py", "x = 1"),
        ("002_import.py", "import no_such_module"),
        ("002_lone.down.sql", "SELECT 1;"),
    ],
)
def test_a_bad_file_is_2_and_nothing_is_run(project: Project, name: str, text: str) -> None:
    project.tables(1)
    project.file(name, text)
    done = project.run("up", "--json")
    assert done.status == 2
    assert done.error["kind"] == "migration_file"
    assert name in done.error["message"]
    assert project.recorded == []


def test_a_file_whose_transactions_do_not_close_is_2_and_nothing_is_run(on_each: Project) -> None:
    on_each.tables(1)
    on_each.file("002_lone.sql", "COMMIT; CREATE TABLE outside (id int);")
    done = on_each.run("up", "--json")
    assert done.status == 2
    assert "002_lone.sql" in done.error["message"]
    assert on_each.recorded == []
    assert not on_each.has("t1")


def test_an_irreversible_migration_is_2_before_anything_is_rolled_back(project: Project) -> None:
    project.file("001_one_way.sql", "CREATE TABLE one_way (id int);")
    names = ["001_one_way.sql", project.table(2)]
    assert project.run("up").status == 0
    done = project.run("down", "--all", "--json")
    assert done.status == 2
    assert "001_one_way.sql" in done.error["message"]
    assert project.recorded == names


def test_an_edited_a_missing_and_a_late_migration_are_4(on_each: Project) -> None:
    names = on_each.tables(3)
    late = on_each.migrations / names[1]
    text = late.read_text()
    late.unlink()
    assert on_each.run("up").status == 0
    late.write_text(text)
    done = on_each.run("up", "--json")
    assert (done.status, done.error["kind"]) == (4, "history")
    assert names[1] in done.error["message"]
    assert on_each.run("up", env={"LOCKGATE_ORDER": "any"}).status == 0
    late.write_text("SELECT 1;")
    assert on_each.run("up").status == 4
    assert on_each.run("status", "--check").status == 4
    assert on_each.run("status").status == 0
    late.unlink()
    done = on_each.run("up", "--json")
    assert done.status == 4
    assert names[1] in done.error["message"]


@pytest.mark.parametrize("command", ["up", "status", "history", "plan"])
def test_another_tools_table_is_4_and_is_not_touched(on_each: Project, command: str) -> None:
    on_each.tables(1)
    create = "CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY)"
    assert on_each.run("up", "-d", str(_foreign(on_each, create)), env={"LOCKGATE_TABLE": "other"}).status == 0
    done = on_each.run(command, "--json")
    assert done.status == 4
    assert "schema_migrations" in done.error["message"]
    assert on_each.rows("SELECT * FROM schema_migrations") == []


def _foreign(project: Project, create: str) -> str:
    folder = project.folder / "foreign"
    folder.mkdir()
    (folder / "001_foreign.sql").write_text(create)
    return str(folder)


def test_the_holder_of_the_lock_is_named_and_that_is_5(on_postgresql: Project) -> None:
    project = on_postgresql
    project.file("001_slow.sql", "SELECT pg_sleep(60);")
    first = project.start("up")
    holding = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
    first.wait_for(lambda: project.rows(holding))
    ((pid,),) = project.rows(holding)
    done = project.run("up", "--lock-timeout", "0.3", "--json")
    assert done.status == 5
    assert done.error["kind"] == "lock_timeout"
    assert f"lockgate[{first.process.pid}] (pid {pid}" in done.error["message"]
    assert "Waiting up to 0.3 s for the migration lock" in done.err
    assert project.run("status", "--json").json["state"] == "locked"
    first.process.terminate()


def test_a_busy_sqlite_database_is_5(project: Project) -> None:
    project.python("001_slow.py", up="await self.db.execute('CREATE TABLE t (id int)'); await anyio.sleep(60)")
    first = project.start("up")
    first.wait_for(lambda: _is_busy(project))
    done = project.run("up", "--lock-timeout", "0.3", "--json")
    assert done.status == 5
    first.process.terminate()


def _is_busy(project: Project) -> bool:

    with closing(sqlite3.connect(project.folder / "app.db", timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def test_status_check_is_6_when_behind_and_0_when_current_or_ahead(on_each: Project) -> None:
    names = on_each.tables(2)
    for arguments in (("status", "--check"), ("--json", "status", "--check")):
        assert on_each.run(*arguments).status == 6
    assert on_each.run("status").status == 0
    assert on_each.run("up").status == 0
    assert on_each.run("status", "--check").status == 0
    (on_each.migrations / names[1]).unlink()
    ahead = on_each.run("status", "--check", "--json")
    assert (ahead.status, ahead.json["state"]) == (0, "ahead")


@pytest.mark.parametrize("command", ["up", "status", "down", "history"])
def test_a_closed_port_is_7(project: Project, command: str) -> None:
    project.tables(1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = project.run(command, "--json", "--database", f"postgresql://app:hunter2@127.0.0.1:{port}/app")
    assert (done.status, done.error["kind"]) == (7, "unreachable")
    assert f"127.0.0.1:{port}" in done.error["message"]
    assert "hunter2" not in done.out + done.err


def test_a_wrong_password_and_a_missing_database_are_7_and_no_password_is_printed(on_postgresql: Project) -> None:
    on_postgresql.tables(1)
    place = urlsplit(on_postgresql.url)
    wrong = place._replace(netloc=place.netloc.replace(PASSWORD, "hunter2")).geturl()
    missing = place._replace(path="/no_such_database").geturl()
    for url in (wrong, missing):
        if url == on_postgresql.url:
            continue  # a server that was given, with a password of its own
        for command in ("up", "status"):
            done = on_postgresql.run(command, "--verbose", "--json", env={"DATABASE_URL": url})
            assert done.status == 7
            assert json.loads(done.out)["error"]["kind"] == "unreachable"
            assert "hunter2" not in done.out + done.err
            assert (place.password or PASSWORD) not in done.out + done.err


@pytest.mark.parametrize("what", ["folder", "no database"])
def test_a_file_that_is_no_sqlite_database_is_7(project: Project, what: str) -> None:
    project.tables(1)
    path = project.folder / "app.db"
    if what == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"this is a text, and not a database" * 100)
    for command in ("status", "up"):
        done = project.run(command, "--json")
        assert (done.status, done.error["kind"]) == (7, "unreachable")
