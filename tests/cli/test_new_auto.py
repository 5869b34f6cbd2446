"""`new NAME --auto`: fills a migration from the models, tries it, and leaves nothing else behind."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from cli.modelled import AUTHORS, BOOKS, MODELS, catalog, models, table
from conformance.bench import PostgresDatabase, SqliteDatabase
from docs.snippets import ALL

if TYPE_CHECKING:
    from pathlib import Path

    from cli.shell import Project
    from conformance.bench import Database

NEW = ("new", "make shop", "--auto", *MODELS)
SCRATCH = "SELECT datname FROM pg_database WHERE datname LIKE 'lockgate_scratch%'"


@pytest.fixture(autouse=True)
def _nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary folders of commands are made where they can be seen."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))


def left_behind(project: Project) -> list[str]:
    """Scratch databases, temporary folders and byte code that a command has left."""
    databases = [name for (name,) in project.rows(SCRATCH)] if project.is_postgresql else []
    caches = [str(path) for path in project.migrations.rglob("__pycache__")] if project.migrations.exists() else []
    return [*databases, *(path.name for path in (project.folder / "tmp").iterdir()), *caches]


def written(project: Project) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(project.migrations.iterdir())}


@pytest.mark.parametrize("sql", [(), ("--sql",)], ids=["python", "sql"])
def test_what_it_writes_makes_check_empty_and_goes_back(
    everywhere: Project, database: Database, sql: tuple[str, ...]
) -> None:
    project = everywhere
    models(project, AUTHORS, BOOKS)
    before = catalog(database)
    done = project.run(*NEW, *sql)
    assert (done.status, done.err) == (0, "")
    suffix = "sql" if sql else "py"
    assert done.out == f"Created {project.migrations.name}/001_make_shop.{suffix}\n"
    first = written(project)
    (project.migrations / f"001_make_shop.{suffix}").unlink()
    project.run(*NEW, *sql)
    assert written(project) == first, "two runs write the same"
    assert project.run("up").status == 0
    assert project.run("check", *MODELS).status == 0
    again = project.run(*NEW, *sql)
    assert (again.status, again.out) == (0, "Nothing to write: the files give what the models ask for.\n")
    assert list(written(project)) == list(first)
    assert project.run("down").status == 0
    after = catalog(database)
    assert {**after, "schemas": []} == {**before, "schemas": []}
    assert left_behind(project) == []


def test_the_python_it_writes_reads_well(on_postgresql: Project) -> None:
    models(on_postgresql, AUTHORS, BOOKS)
    assert on_postgresql.run(*NEW).status == 0
    text = written(on_postgresql)["001_make_shop.py"]
    ast.parse(text)
    assert text.startswith(
        '"""Make shop."""\n\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n\n'
    )
    assert text.index('"authors",') < text.index('"books",')
    assert 'sa.Column("id", sa.Integer(), primary_key=True),' in text
    assert "ALTER TABLE" not in text
    assert text.index('drop_table("books")') < text.index('drop_table("authors")') < text.index("DROP TYPE mood")


def test_a_closed_environment_wants_a_scratch_url(on_postgresql: Project) -> None:
    models(on_postgresql, AUTHORS)
    refused = on_postgresql.run(*NEW, env={"ENV": "production"})
    assert refused.status == 2
    assert "LOCKGATE_SCRATCH_URL" in refused.err
    assert written(on_postgresql) == {}
    done = on_postgresql.run(*NEW, env={"ENV": "production", "LOCKGATE_SCRATCH_URL": on_postgresql.url})
    assert (done.status, list(written(on_postgresql))) == (0, ["001_make_shop.py"])
    assert left_behind(on_postgresql) == []


def test_a_user_who_may_make_no_database_is_told_what_to_grant(on_postgresql: Project) -> None:
    models(on_postgresql, AUTHORS)
    role = f"poor_{os.getpid()}"
    execute_on(on_postgresql, f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        url = re.sub(r"//[^@]+@", f"//{role}:x@", on_postgresql.url)
        done = on_postgresql.run(*NEW, "--database", url)
        assert done.status == 2
        assert f"ALTER ROLE {role} CREATEDB" in done.err
    finally:
        execute_on(on_postgresql, f"DROP ROLE {role}")
    assert written(on_postgresql) == {}


def run_sql(project: Project, statement: str) -> None:
    if project.is_postgresql:
        execute_on(project, statement)
    else:
        asyncio.run(SqliteDatabase(project.folder / "app.db").execute(statement))


def execute_on(project: Project, statement: str) -> None:
    asyncio.run(PostgresDatabase("postgresql", project.url).execute(statement))


def test_no_models_and_no_description(project: Project) -> None:
    assert project.run("new", "x", "--auto").status == 2
    models(project, AUTHORS)
    assert project.run("new", "!", "--auto", *MODELS).status == 2
    assert project.run("new", "x", "--from-database", *MODELS).status == 2
    assert written(project) == {}
    assert left_behind(project) == []


def test_a_file_of_the_folder_that_fails_is_named(on_each: Project) -> None:
    models(on_each, AUTHORS)
    (on_each.migrations / "001_fine.sql").write_text("CREATE TABLE fine (id INTEGER)")
    (on_each.migrations / "002_bad.sql").write_text("INSERT INTO nowhere VALUES (1)")
    done = on_each.run(*NEW)
    assert done.status == 1
    assert "002_bad.sql" in done.err
    assert "empty database" in done.err
    assert left_behind(on_each) == []


def test_two_files_of_one_number_are_the_usual_error(project: Project) -> None:
    models(project, AUTHORS)
    for name in ("001_a.sql", "001_b.sql"):
        (project.migrations / name).write_text("SELECT 1")
    done = project.run(*NEW)
    assert done.status == 2
    assert "001_a.sql" in done.err
    assert "001_b.sql" in done.err


def test_a_missing_folder_is_made(on_each: Project) -> None:
    models(on_each, AUTHORS)
    on_each.migrations.rmdir()
    assert on_each.run(*NEW).status == 0
    assert list(written(on_each)) == ["001_make_shop.py"]


def test_it_goes_on_from_every_kind_of_file(on_postgresql: Project) -> None:
    project, folder = on_postgresql, on_postgresql.migrations
    (folder / "_names.py").write_text("TABLE = 'authors'\n")
    (folder / "001_ext.sql").write_text("CREATE EXTENSION IF NOT EXISTS hstore")
    (folder / "002_authors.up.sql").write_text("CREATE TABLE authors (id serial PRIMARY KEY, name text)")
    (folder / "002_authors.down.sql").write_text("DROP TABLE authors")
    (folder / "003_index.py").write_text(
        "from lockgate import Migration\nfrom _names import TABLE\n\n\nclass Index(Migration):\n    transactional = False\n\n"
        "    async def up(self):\n        print('said by a migration')\n"
        "        await self.db.execute(f'CREATE INDEX CONCURRENTLY i ON {TABLE} (name)')\n"
    )
    head = "from sqlalchemy.dialects import postgresql\n"
    columns = ("sa.Column('name', sa.Text)", "sa.Column('more', postgresql.HSTORE)", "sa.Index('i', 'name')")
    models(project, head, table("authors", *columns))
    done = project.run(*NEW)
    assert (done.status, done.err) == (0, "")
    text = written(project)["004_make_shop.py"]
    assert '"authors", sa.Column("more", postgresql.HSTORE())' in text
    assert left_behind(project) == []
    assert project.run("up").status == 0
    assert project.run("check", *MODELS).status == 0


def mood(*labels: str, default: str) -> str:
    said = ", ".join(map(repr, labels))
    return table("t", f"sa.Column('mood', sa.Enum({said}, name='mood'), server_default={default!r})")


@pytest.mark.parametrize(
    ("first", "names"),
    [
        ("20260101120000_a.sql", None),
        ("009_a.sql", ["010_glad_labels.py", "011_glad.py"]),
    ],
)
def test_a_label_that_is_used_at_once_is_committed_first(
    on_postgresql: Project, first: str, names: list[str] | None
) -> None:
    project = on_postgresql
    models(project, mood("calm", default="calm"))
    project.run("new", "t", "--auto", "--sql", *MODELS)
    (project.migrations / "001_t.sql").rename(project.migrations / first)
    models(project, mood("calm", "glad", default="glad"))
    assert project.run("new", "glad", "--auto", *MODELS).status == 0
    made = [name for name in written(project) if name != first]
    numbers = [int(name.partition("_")[0]) for name in made]
    assert names is None or made == names
    assert numbers[1] == numbers[0] + 1 > int(first.partition("_")[0])
    assert "committed first" in written(project)[made[0]]
    assert project.run("up").status == 0
    assert project.run("check", *MODELS).status == 0
    assert project.run("down", "--steps", "2").status == 0


OLD, NEWER = table("t", "sa.Column('title', sa.Text)"), table("t", "sa.Column('headline', sa.Text)")


def test_a_probable_new_name_is_told_where_nobody_can_be_asked(on_each: Project) -> None:
    models(on_each, OLD)
    on_each.run("new", "t", "--auto", "--sql", *MODELS)
    models(on_each, NEWER)
    document = on_each.run("new", "headline", "--auto", "--json", *MODELS).json
    assert document["created"] == [f"{on_each.migrations.name}/002_headline.py"]
    assert [one["only_in"] for one in document["differences"]] == ["models", "database"]
    renames = [{"kind": "column", "owner": "t", "name": "t.title", "new_name": "headline"}]
    assert document["probable_renames"] == renames
    text = written(on_each)["002_headline.py"]
    assert 'self.db.rename_column("t", "title", "headline")' in text.partition("class")[0]
    said = "# Destructive: drops the column t.title with all its values.\n        await self.db.drop_column("
    assert said in text


def test_a_probable_new_name_is_asked_for_on_a_terminal(on_each: Project) -> None:
    models(on_each, OLD)
    on_each.run("new", "t", "--auto", *MODELS)
    models(on_each, NEWER)
    asked = on_each.at_terminal("new", "headline", "--auto", *MODELS)
    asked.expect("to be renamed to headline")
    asked.sendline("y")
    asked.expect("Created")
    asked.wait()
    text = written(on_each)["002_headline.py"]
    assert text.count("rename_column") == 2
    assert "drop_column" not in text
    assert on_each.run("up").status == 0
    assert on_each.run("check", *MODELS).status == 0
    assert on_each.run("down", "--all").status == 0


def test_what_auto_mode_has_made_already_can_be_recorded(on_each: Project) -> None:
    models(on_each, AUTHORS)
    assert on_each.run("auto", *MODELS, env={"ENV": "development"}).status == 0
    done = on_each.run(*NEW)
    assert done.status == 0
    assert "lockgate stamp 001_make_shop.py" in done.err
    (on_each.migrations / "001_make_shop.py").unlink()
    asked = on_each.at_terminal(*NEW)
    asked.expect("Record it as applied")
    asked.sendline("y")
    asked.wait()
    assert on_each.recorded == ["001_make_shop.py"]
    assert on_each.run("status", "--check").status == 0


def test_from_database_compares_with_what_is_there(
    on_each: Project,
) -> None:
    models(on_each, AUTHORS)
    assert on_each.run("auto", *MODELS, env={"ENV": "development"}).status == 0
    models(on_each, AUTHORS, BOOKS)
    assert on_each.run("new", "books", "--auto", "--from-database", *MODELS).status == 0
    text = written(on_each)["001_books.py"]
    assert '"books",' in text
    assert 'create_table(\n            "authors"' not in text
    assert on_each.run("up").status == 0
    assert on_each.run("check", *MODELS).status == 0
    assert left_behind(on_each) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_behind(on_postgresql: Project, number: signal.Signals) -> None:
    project = on_postgresql
    models(project, AUTHORS)
    (project.migrations / "001_slow.sql").write_text("SELECT pg_sleep(60)")
    running = project.start(*NEW)
    sleeping = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND datname LIKE 'lockgate%'"
    running.wait_for(lambda: project.rows(sleeping))
    assert len(left_behind(project)) == 1
    ended = running.end(number)
    assert ended.status == 128 + number
    assert left_behind(project) == []
    assert list(written(project)) == ["001_slow.sql"]


def test_what_a_killed_one_leaves_the_next_one_takes_away(on_postgresql: Project) -> None:
    """Not before it is killed; and what only has such a name is nobody's to drop."""
    project = on_postgresql
    models(project, AUTHORS)
    slow = project.python("001_slow.py", up="await anyio.Path('asleep').touch(); await anyio.sleep(60)")
    execute_on(project, "CREATE DATABASE lockgate_scratch_of_mine")
    try:
        running = project.start(*NEW)
        running.wait_for((project.folder / "asleep").exists)
        (project.migrations / slow).unlink()
        in_use = project.rows(SCRATCH)
        assert len(in_use) > 1
        assert project.run(*NEW).status == 0
        assert project.rows(SCRATCH) == in_use
        running.end(signal.SIGKILL)
        assert project.rows(SCRATCH) == in_use
        assert project.run("new", "again", "--auto", "--from-database", *MODELS).status == 0
        assert project.rows(SCRATCH) == [("lockgate_scratch_of_mine",)]
    finally:
        execute_on(project, "DROP DATABASE lockgate_scratch_of_mine")


def test_a_sqlite_database_that_is_not_there_is_not_made(project: Project) -> None:
    models(project, AUTHORS)
    assert project.run(*NEW).status == 0
    assert not (project.folder / "app.db").exists()


def test_a_table_and_then_its_column_have_new_names(on_each: Project) -> None:
    columns = "sa.Column('body', sa.Text, index=True)", "sa.Column('n', sa.Integer, unique=True)"
    models(on_each, table("notes", *columns))
    on_each.run("new", "notes", "--auto", *MODELS)
    assert on_each.run("up").status == 0
    run_sql(on_each, "INSERT INTO notes (id, body, n) VALUES (1, 'kept', 1)")
    models(on_each, table("remarks", *columns))
    asked = on_each.at_terminal("new", "remarks", "--auto", *MODELS)
    asked.expect("Is the table notes to be renamed to remarks")
    asked.sendline("y")
    asked.expect("Created")
    asked.wait()
    assert on_each.run("up").status == 0
    assert on_each.run("check", *MODELS).status == 0
    assert on_each.rows("SELECT body, n FROM remarks") == [("kept", 1)]
    assert on_each.run("down", "--steps", "1").status == 0
    assert on_each.rows("SELECT body, n FROM notes") == [("kept", 1)]
    on_each.run("up")
    assert on_each.run("check", *MODELS).status == 0


def test_the_documentation_shows_what_is_written(on_postgresql: Project) -> None:
    page = [one for one in ALL if one.page == "autogenerate.md"]
    (on_postgresql.folder / "shop.py").write_text(next(one.text for one in page if "module" in one.said))
    shown = next(one for one in page if "file" in one.said)
    done = on_postgresql.run("new", "create the shop", "--auto", "--models", "shop:Base.metadata")
    assert done.status == 0
    assert written(on_postgresql) == {shown.said["file"]: shown.text}
