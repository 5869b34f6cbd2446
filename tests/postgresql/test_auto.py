"""`auto` as only a server shows it: killed or interrupted in the middle, a user who may not do everything, schemas."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from cli.modelled import MODELS, catalog, execute, models, table
from cli.shell import PATIENCE, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.bench import Database

MAY = "sa.Column('may', sa.Integer)"
CHECKED = "sa.Column('n', sa.Integer, sa.CheckConstraint('n > 0', name='n_check'))"


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Iterator[Project]:
    """A project on each PostgreSQL in turn."""
    with Project(tmp_path, database.url) as made:
        yield made


@contextmanager
def _holding(url: str, table_name: str) -> Iterator[None]:
    """Another session that reads a table in a transaction, so that nobody alters it meanwhile."""
    with asyncio.Runner() as runner:
        connection: Any = runner.run(asyncpg.connect(url))
        transaction = connection.transaction()
        runner.run(transaction.start())
        runner.run(connection.execute(f"LOCK TABLE {table_name} IN ACCESS SHARE MODE"))
        try:
            yield
        finally:
            runner.run(transaction.rollback())
            runner.run(connection.close())


def _waiting(project: Project) -> list[tuple[Any, ...]]:
    return project.rows("SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE NOT granted")


def test_a_kill_in_the_middle_leaves_nothing_half_applied(project: Project, database: Database) -> None:
    models(project, table("a"), table("z"))
    assert project.run("auto", *MODELS).status == 0
    before = catalog(database)
    models(project, table("a", CHECKED), table("m"), table("z", MAY))
    with _holding(project.url, "z"):
        running = project.start("auto", *MODELS)
        running.wait_for(lambda: _waiting(project))
        assert running.end(signal.SIGKILL).status == -signal.SIGKILL
    _settle(project)
    # The server may have had all of it when the process died; then it has done all of it.
    there = [project.has("m"), catalog(database) != before]
    assert there in ([False, False], [True, True])
    done = project.run("auto", *MODELS)
    assert done.status == 0, done.err
    assert project.run("check", *MODELS).status == 0


def _settle(project: Project) -> None:
    """Wait until the server has noticed that nobody is there."""
    others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + PATIENCE
    while project.rows(others):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_leaves_nothing(
    project: Project, database: Database, number: signal.Signals, status: int
) -> None:
    models(project, table("a"), table("z"))
    assert project.run("auto", *MODELS).status == 0
    before = catalog(database)
    models(project, table("a", MAY), table("z", MAY))
    with _holding(project.url, "z"):
        running = project.start("auto", *MODELS)
        running.wait_for(lambda: _waiting(project))
        ended = running.end(number)
    assert ended.status == status
    assert f"Ended by {number.name}." in ended.err
    assert catalog(database) == before
    assert project.run("auto", *MODELS).status == 0


@pytest.fixture
def bounded(project: Project, database: Database) -> Iterator[dict[str, str | None]]:
    """The environment of a user who may create tables in `public` and nothing else."""
    name = urlsplit(project.url).path.removeprefix("/")
    role = f"role_{name}"
    execute(
        database,
        f"CREATE ROLE {role} LOGIN PASSWORD 'hunter2'; REVOKE CREATE ON DATABASE {name} FROM PUBLIC;"
        f" GRANT CREATE, USAGE ON SCHEMA public TO {role}",
    )
    place = urlsplit(project.url)
    url = place._replace(netloc=f"{role}:hunter2@{place.hostname}:{place.port}").geturl()
    yield {"DATABASE_URL": url}
    execute(database, f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_user_who_may_not_create_schemas_is_told_the_grant(
    project: Project, database: Database, bounded: dict[str, str | None]
) -> None:
    models(project, table("a"))
    assert project.run("auto", *MODELS, env=bounded).status == 0
    assert project.run("auto", *MODELS, env=bounded).out == "Nothing to change.\n"
    before = catalog(database)
    # A type that has other spellings is in doubt, and what is in doubt is built.
    models(project, table("a", CHECKED))
    done = project.run("auto", *MODELS, "--json", env=bounded)
    assert done.status == 2
    assert "permission denied for database" in done.error["message"]
    assert "GRANT CREATE ON DATABASE" in done.error["hint"]
    assert "LOCKGATE_SCRATCH_URL" in done.error["hint"]
    assert "hunter2" not in done.out + done.err
    assert catalog(database) == before


def test_the_scratch_database_is_used_instead_and_left_as_it_was(
    project: Project, database: Database, beside: Database, bounded: dict[str, str | None]
) -> None:
    env = {**bounded, "LOCKGATE_SCRATCH_URL": beside.url}
    models(project, table("a"))
    assert project.run("auto", *MODELS, env=env).status == 0
    models(project, table("a", CHECKED))
    done = project.run("auto", *MODELS, env=env)
    assert done.status == 0, done.err
    assert "column n: add integer" in done.out
    assert project.run("check", *MODELS, env=env).status == 0
    untouched = catalog(beside)
    assert (untouched["relations"], untouched["schemas"]) == ([], [("public",)])


def test_only_the_schemas_that_are_named_are_looked_at(project: Project, database: Database) -> None:
    execute(database, "CREATE SCHEMA audit; CREATE TABLE audit.old (id INTEGER PRIMARY KEY)")
    models(project, table("a"), "sa.Table('log', metadata, sa.Column('id', sa.Integer), schema='audit')\n")
    done = project.run("auto", *MODELS, env={"LOCKGATE_SCHEMAS": "public"})
    assert (done.status, done.out) == (0, "Changed:\n  a\n    table: add\n")
    done = project.run("auto", *MODELS)
    assert done.status == 0
    assert "Changed:\n  audit.log\n    table: add\nLeft undone:\n  audit.old\n    table: drop" in done.out
    assert project.rows("SELECT count(*) FROM audit.log") == [(0,)]
