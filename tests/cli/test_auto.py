"""`auto`: what it makes, what it leaves undone, and what it says of both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from cli.modelled import AUTHORS, BOOKS, HEAD, MODELS, catalog, create_all, execute, models, table
from lockgate import Runner
from lockgate.dialects.tap import tapped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cli.shell import Project
    from conformance.bench import Database

LOG_BLOCK = "Migration Configuration:\n- Environment: test\n- Auto Migrate: false\n- Force Migration: false\n"
MUST, MAY = "sa.Column('must', sa.Integer, nullable=False)", "sa.Column('may', sa.Integer)"


def test_the_first_run_is_create_all_and_the_second_has_nothing_to_do(
    everywhere: Project, database: Database, beside: Database
) -> None:
    models(everywhere, AUTHORS, BOOKS)
    create_all(beside, AUTHORS, BOOKS)
    first = everywhere.run("auto", *MODELS)
    assert first.status == 0
    assert re.search(r"^  authors\n    table: add\n  books\n    table: add\n", first.out, re.MULTILINE)
    assert "Left undone" not in first.out
    assert first.err.startswith(LOG_BLOCK)
    assert "ENV=test: auto, because this was asked for" in first.err
    made = catalog(database)
    assert made == catalog(beside)
    second = everywhere.run("auto", *MODELS)
    assert (second.status, second.out) == (0, "Nothing to change.\n")
    assert catalog(database) == made


@pytest.mark.asyncio
async def test_a_start_with_nothing_to_do_is_two_queries(database: Database) -> None:
    space: dict[str, Any] = {}
    exec(HEAD + table("plain", MAY), space)
    async with Runner(database.url, models=space["metadata"]) as runner:
        assert (await runner.auto_migrate()).statements
    asking_for_marks = 1 if database.is_postgresql else 2  # on SQLite, first whether there is a table of them
    async with Runner(database.url, models=space["metadata"]) as runner:
        assert await _statements_of(runner, runner.auto_migrate) == asking_for_marks + 1


async def _statements_of(runner: Runner, work: Callable[[], Awaitable[object]]) -> int:
    """How many statements the database finishes on the runner's connection for some work, as its driver sees it."""
    await runner.history()  # it connects
    driver = (await runner._connection.session()).driver
    if hasattr(driver, "set_trace_callback"):
        said: list[str] = []
        await driver.set_trace_callback(said.append)
        await work()
        return len(said)
    with tapped(driver) as tap:
        await work()
    return tap.completed


def test_the_documents_of_both_runs(everywhere: Project) -> None:
    models(everywhere, table("plain", MAY))
    first = everywhere.run("auto", *MODELS, "--json")
    assert first.status == 0
    assert list(first.json) == ["changes", "statements", "left"]
    assert first.json["changes"] == [
        {"kind": "table", "owner": "plain", "name": "plain", "detail": "add", "effect": "additive", "only_in": "models"}
    ]
    assert any("CREATE TABLE" in text for text in first.json["statements"])
    assert everywhere.run("auto", *MODELS, "--json").json == {"changes": [], "statements": [], "left": []}


def test_changes_are_one_line_each_under_their_table(everywhere: Project) -> None:
    models(everywhere, table("a", MAY), table("b"))
    assert everywhere.run("auto", *MODELS).status == 0
    flag = "sa.Column('flag', sa.Integer, server_default='0', nullable=False)"
    models(everywhere, table("a", "sa.Column('may', sa.Integer, index=True)", MUST), table("b", flag), table("c"))
    done = everywhere.run("auto", *MODELS)
    assert done.status == 0
    assert re.fullmatch(
        r"Changed:\n"
        r"  a\n    column must: add \w+ NOT NULL\n    index ix_a_may: add .*\(may\)\n"
        r"  b\n    column flag: add \w+ NOT NULL\n"
        r"  c\n    table: add\n",
        done.out,
    )


def test_a_required_column_on_a_table_with_rows_is_left_undone_and_the_rest_is_made(
    everywhere: Project, database: Database
) -> None:
    models(everywhere, table("filled"), table("bare"))
    assert everywhere.run("auto", *MODELS).status == 0
    execute(database, "INSERT INTO filled VALUES (1)")
    models(everywhere, table("filled", MUST, MAY), table("bare", MUST))
    done = everywhere.run("auto", *MODELS)
    assert done.status == 0
    changed, left = done.out.split("Left undone:\n")
    assert re.search(r"  bare\n    column must: add", changed)
    assert re.search(r"  filled\n    column may: add", changed)
    why = "the table has rows, and the column takes no NULL and has no default"
    assert re.fullmatch(rf"  filled\n    column must: add \w+ NOT NULL \({why}\)\n", left)
    assert "Warning" not in done.err  # it is said once
    again = everywhere.run("auto", *MODELS)
    assert (again.status, again.out) == (0, f"Nothing to change.\nLeft undone:\n{left}")
    execute(database, "DELETE FROM filled")
    assert everywhere.rows("SELECT id, may FROM filled") == []


def test_what_the_rows_refuse_is_left_undone_with_the_words_of_the_database(
    everywhere: Project, database: Database
) -> None:
    models(everywhere, table("twins", MAY))
    assert everywhere.run("auto", *MODELS).status == 0
    execute(database, "INSERT INTO twins VALUES (1, 7), (2, 7)")
    unique = "sa.UniqueConstraint('may', name='twins_may_key')"
    models(everywhere, table("twins", MAY, unique, "sa.Column('note', sa.Text)"), table("other", MUST))
    done = everywhere.run("auto", *MODELS, "--json")
    assert done.status == 0
    assert {one["name"] for one in done.json["changes"]} == {"twins.note", "other"}
    (left,) = done.json["left"]
    assert (left["kind"], left["name"], left["only_in"]) == ("constraint", "twins.twins_may_key", "models")
    words = "could not create unique index" if everywhere.is_postgresql else "UNIQUE constraint failed: twins.may"
    assert left["reason"].startswith("the database refused it: ")
    assert words in left["reason"]
    assert "Warning: Auto mode leaves undone: constraint twins.twins_may_key, add UNIQUE" in done.err
    assert everywhere.rows("SELECT id, may, note FROM twins ORDER BY id") == [(1, 7, None), (2, 7, None)]
    assert everywhere.has("other")


def test_what_only_the_database_has_stays_and_is_said(everywhere: Project, database: Database) -> None:
    models(everywhere, table("mine", MAY))
    execute(database, "CREATE TABLE theirs (id INTEGER PRIMARY KEY); INSERT INTO theirs VALUES (1)")
    assert everywhere.run("auto", *MODELS).status == 0
    execute(database, "ALTER TABLE mine ADD COLUMN extra INTEGER")
    done = everywhere.run("auto", *MODELS)
    assert done.status == 0
    assert "Nothing to change.\nLeft undone:\n" in done.out
    only = r"\(only the database has it, and auto mode drops nothing\)"
    assert re.search(rf"  mine\n    column extra: drop \w+ {only}\n  theirs\n    table: drop.* {only}\n", done.out)
    assert everywhere.rows("SELECT count(*) FROM theirs") == [(1,)]


def test_versioned_migrations_and_auto_live_in_one_database(everywhere: Project) -> None:
    names = everywhere.tables(2)
    assert everywhere.run("up").status == 0
    models(everywhere, table("t1", MAY), table("t2"), table("t3"))
    done = everywhere.run("auto", *MODELS)
    assert done.status == 0, done.err
    assert "Left undone" not in done.out
    assert everywhere.recorded == names
    assert everywhere.run("status", "--check").status == 0
    third = everywhere.table(3)
    failed = everywhere.run("up")
    assert failed.status == 1
    assert "lockgate stamp" in failed.err
    assert everywhere.run("stamp", "3", "--yes").status == 0
    assert everywhere.recorded == [*names, third]
    assert everywhere.run("auto", *MODELS).out == "Nothing to change.\n"


def test_quiet_says_only_what_is_left_undone(everywhere: Project, database: Database) -> None:
    models(everywhere, table("mine"))
    done = everywhere.run("auto", *MODELS, "--quiet")
    assert (done.status, done.out, done.err) == (0, "", "")
    execute(database, "ALTER TABLE mine ADD COLUMN extra INTEGER")
    done = everywhere.run("auto", *MODELS, "--quiet")
    assert (done.status, done.out) == (0, "")
    assert re.fullmatch(r"Warning: Auto mode leaves undone: column mine\.extra, drop \w+: only the .*\.\n", done.err)


def test_the_common_errors_have_their_statuses(project: Project) -> None:
    models(project, table("mine"))
    unnamed = project.run("auto", "--json")
    assert unnamed.status == 2
    assert "LOCKGATE_MODELS" in unnamed.error["hint"]
    nowhere = project.run("auto", *MODELS, "--json", "--database", "postgresql://app:hunter2@127.0.0.1:1/app")
    assert nowhere.status == 7
    assert "hunter2" not in nowhere.out + nowhere.err
    assert project.run("auto", "extra").status == 2
