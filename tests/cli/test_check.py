"""`check`: models against database and files against history, its statuses, its words, and SQL that does what it says."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from cli.modelled import AUTHORS, BOOKS, MODELS, catalog, create_all, execute, models, table
from servers import psql

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.shell import Ended, Project
    from conformance.bench import Database

MAY = "sa.Column('may', sa.Integer)"


def edited(project: Project) -> None:
    project.file("001_t1.sql", "SELECT 1;")


def behind(project: Project) -> None:
    project.table(2)


def ahead(project: Project) -> None:
    (project.migrations / "001_t1.sql").unlink()


def current(_project: Project) -> None:
    pass


@pytest.mark.parametrize("differ", [False, True], ids=["same", "different"])
@pytest.mark.parametrize(
    ("state", "status", "status_if_different"),
    [(edited, 4, 4), (behind, 6, 6), (ahead, 0, 6), (current, 0, 6)],
    ids=["diverged", "behind", "ahead", "current"],
)
def test_the_statuses(
    everywhere: Project, state: Callable[[Project], None], status: int, status_if_different: int, differ: bool
) -> None:
    everywhere.table(1)
    assert everywhere.run("up").status == 0
    state(everywhere)
    models(everywhere, table("t1", *([MAY] if differ else [])))
    done = everywhere.run("check", *MODELS, "--json")
    assert done.status == (status_if_different if differ else status)
    assert list(done.json) == ["state", "pending", "problems", "compared", "differences", "up", "down"]
    assert done.json["state"] == {edited: "diverged"}.get(state, state.__name__)
    assert done.json["pending"] == (["002_t2.sql"] if state is behind else [])
    assert [one["kind"] for one in done.json["problems"]] == {edited: ["edited"], ahead: ["ahead"]}.get(state, [])
    assert done.json["compared"] is True
    assert [one["name"] for one in done.json["differences"]] == (["t1.may"] if differ else [])
    assert everywhere.run("check", *MODELS).status == done.status


def test_without_models_only_files_and_history_are_compared(everywhere: Project) -> None:
    everywhere.table(1)
    done = everywhere.run("check")
    assert done.status == 6
    assert done.out == "Files and history:   behind (1 pending)\n  pending: 001_t1.sql\n"
    assert "No models are named" in done.err
    assert everywhere.run("up").status == 0
    done = everywhere.run("check", "--json")
    assert (done.status, done.json["compared"], done.json["differences"]) == (0, False, [])
    assert "LOCKGATE_MODELS" in done.err


def test_when_all_is_well(everywhere: Project, database: Database) -> None:
    create_all(database, AUTHORS, BOOKS)
    models(everywhere, AUTHORS, BOOKS)
    done = everywhere.run("check", *MODELS)
    assert (done.status, done.err) == (0, "")
    assert done.out == "Files and history:   current\nModels and database: the same\n"
    quiet = everywhere.run("check", *MODELS, "--quiet")
    assert (quiet.status, quiet.out, quiet.err) == (0, "", "")


def test_a_drift_made_by_hand_is_told_from_what_the_models_want(everywhere: Project, database: Database) -> None:
    models(everywhere, table("a", MAY), table("b", "sa.Column('n', sa.String(20))"))
    assert everywhere.run("auto", *MODELS).status == 0
    execute(database, "ALTER TABLE a ADD COLUMN by_hand INTEGER; CREATE INDEX by_hand ON b (n)")
    models(everywhere, table("a", MAY, "sa.Column('new', sa.Integer)"), table("b", "sa.Column('n', sa.String(40))"))
    done = everywhere.run("check", *MODELS)
    assert done.status == 6
    told = done.out.partition("\n\n")[0]
    assert re.fullmatch(
        r"Files and history:   current\n"
        r"Models and database: different; the database would have to change:\n"
        r"  a\n"
        r"    column new: add \w+ \(only the models have it\)\n"
        r"    column by_hand: drop \w+ \(only the database has it, data may be lost\)\n"
        r"  b\n"
        r"    column type n: from [\w ]+\(20\) to [\w ]+\(40\)\n"
        r"    index by_hand: drop .*\(n\) \(only the database has it\)",
        told,
    )
    quiet = everywhere.run("check", *MODELS, "--quiet")
    assert (quiet.status, quiet.out) == (6, done.out)
    sides = {one["name"]: one["only_in"] for one in everywhere.run("check", *MODELS, "--json").json["differences"]}
    assert sides == {"a.new": "models", "a.by_hand": "database", "b.n": None, "b.by_hand": "database"}


def test_the_sql_can_be_pasted_and_leads_there_and_back(everywhere: Project, database: Database) -> None:
    create_all(database, table("a", MAY), table("gone", "sa.Column('text', sa.Text, server_default='it''s; --')"))
    # SQLite keeps the comment, which must not swallow the semicolon.
    execute(database, "CREATE INDEX by_hand ON a (may) -- the last word\n;")
    models(everywhere, table("a", MAY), AUTHORS, BOOKS)
    before = catalog(database)
    shown = everywhere.run("check", *MODELS)
    assert shown.status == 6
    assert everywhere.is_postgresql or "-- the last word\n;\n" in shown.out
    there, back = _scripts(shown)
    _paste(everywhere, there)
    done = everywhere.run("check", *MODELS)
    assert (done.status, done.out) == (0, "Files and history:   current\nModels and database: the same\n")
    _paste(everywhere, back)
    assert {kind: sorted(rows, key=repr) for kind, rows in catalog(database).items()} == before


def _scripts(shown: Ended) -> tuple[str, str]:
    _, there, back = shown.out.split("\n\nTo bring ")
    return there.partition(":\n")[2], back.partition(":\n")[2]


def _paste(project: Project, script: str) -> None:
    """Run it as the database's own client does."""
    if not project.is_postgresql:
        with closing(sqlite3.connect(project.url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(script)
        return
    command = [psql(), "-X", "-q", "-v", "ON_ERROR_STOP=1", project.url]
    subprocess.run(command, input=script, encoding="utf-8", check=True, capture_output=True, timeout=60)


def test_it_changes_nothing(everywhere: Project, database: Database) -> None:
    execute(database, "CREATE TABLE a (id INTEGER PRIMARY KEY)")
    models(everywhere, table("a", MAY), AUTHORS)
    before = catalog(database)
    assert everywhere.run("check", *MODELS).status == 6
    assert catalog(database) == before
    assert not everywhere.has("schema_migrations")
    assert not everywhere.has("schema_migrations_marks")


def test_looking_at_a_sqlite_database_that_is_not_there_does_not_make_it(project: Project) -> None:
    models(project, table("a"))
    done = project.run("check", *MODELS, "--json")
    assert (done.status, [one["name"] for one in done.json["differences"]]) == (6, ["a"])
    assert not (project.folder / "app.db").exists()


@pytest.mark.parametrize("env", ["production", "staging", None])
def test_no_gate_stands_before_it_and_a_closed_environment_needs_a_scratch_database(
    everywhere: Project, database: Database, beside: Database, env: str | None
) -> None:
    execute(database, "CREATE TABLE a (id INTEGER PRIMARY KEY)")
    models(everywhere, table("a"), AUTHORS)
    before = catalog(database)
    done = everywhere.run("check", *MODELS, "--json", env={"ENV": env})
    if everywhere.is_postgresql:
        assert done.status == 2
        assert "LOCKGATE_SCRATCH_URL" in done.error["hint"]
    else:
        assert done.status == 6
    scratch = {"ENV": env, "LOCKGATE_SCRATCH_URL": beside.url}
    done = everywhere.run("check", *MODELS, "--json", env=scratch)
    assert done.status == 6
    assert "authors" in {one["name"] for one in done.json["differences"]}
    assert catalog(database) == before
    create_all(database, AUTHORS)
    assert everywhere.run("check", *MODELS, env=scratch).status == 0


def test_another_tools_table_is_4(everywhere: Project, database: Database) -> None:
    execute(database, "CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY)")
    models(everywhere, table("a"))
    for command in ("check", "auto"):
        done = everywhere.run(command, *MODELS, "--json")
        assert done.status == 4
        assert "schema_migrations" in done.error["message"]
    assert not everywhere.has("a")
