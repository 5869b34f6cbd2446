"""Auto mode cannot be reached in production. Each path to it ends with exit 3, and the catalog stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from asgi.engines import EACH
from cli.modelled import HEAD, MODELS, catalog, execute, models, table
from lockgate import GateClosed, MigrationConfig, Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cli.shell import Project
    from conformance.bench import Database

# The gate decides without asking the engine.
on_one_postgresql = pytest.mark.parametrize("engine", EACH, indirect=True)

Env = dict[str, str | None]
MAY = "sa.Column('may', sa.Integer)"

# What the process's environment says, what `.env` says, the arguments.
PATHS: dict[str, tuple[Env, str, tuple[str, ...]]] = {
    "production": ({"ENV": "production"}, "", ()),
    "staging": ({"ENV": "staging"}, "", ()),
    "unset": ({"ENV": None}, "", ()),
    "empty": ({"ENV": ""}, "", ()),
    "a slip": ({"ENV": "dev"}, "", ()),
    "in capitals": ({"ENV": "PROD"}, "", ()),
    "with spaces": ({"ENV": " Production "}, "", ()),
    "LOCKGATE_ENV": ({"ENV": "development", "LOCKGATE_ENV": "production"}, "", ()),
    "--force": ({"ENV": "production"}, "", ("--force",)),
    "FORCE_MIGRATION": ({"ENV": "production", "FORCE_MIGRATION": "true"}, "", ("--force",)),
    "--env": ({"ENV": "production"}, "", ("--env", "development")),
    "--env and --force": ({"ENV": "production"}, "", ("--env", "test", "--force")),
    "--env over LOCKGATE_ENV": ({"ENV": None, "LOCKGATE_ENV": "staging"}, "", ("--env", "development")),
    "--env that closes": ({"ENV": "development"}, "", ("--env", "production")),
    ".env beside ENV": ({"ENV": "production"}, "ENV=development\nAUTO_MIGRATE=true\n", ()),
    ".env with LOCKGATE_ENV": ({"ENV": "production"}, "LOCKGATE_ENV=development\n", ()),
    ".env and --env": ({"ENV": "production"}, "ENV=development\n", ("--env", "development")),
    ".env that closes": ({"ENV": None}, "ENV=production\nAUTO_MIGRATE=true\n", ()),
    ".env that closes, and --force": ({"ENV": None}, "ENV=production\nFORCE_MIGRATION=true\n", ("--force",)),
    **{
        f"AUTO_MIGRATE, ENV={name}": ({"ENV": name, "AUTO_MIGRATE": "true"}, "", ())
        for name in ("production", "staging", "dev", "PROD", None)
    },
}


@pytest.fixture
def behind(everywhere: Project, database: Database) -> Project:
    """A project whose database is not what its models say."""
    execute(database, "CREATE TABLE a (id INTEGER PRIMARY KEY)")
    models(everywhere, table("a", MAY), table("b"))
    return everywhere


@on_one_postgresql
@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_the_command_line_is_closed(behind: Project, database: Database, path: str) -> None:
    env, dotenv, arguments = PATHS[path]
    (behind.folder / ".env").write_text(dotenv)
    before = catalog(database)
    done = behind.run("auto", *MODELS, *arguments, "--json", env=env)
    assert done.status == 3
    assert done.error["kind"] == "gate_closed"
    assert "cannot be forced" in done.error["hint"]
    assert catalog(database) == before
    assert not behind.has("schema_migrations_marks")


@on_one_postgresql
@pytest.mark.parametrize("key", ["env", "environment", "auto_migrate", "force_migration"])
def test_pyproject_cannot_open_it(behind: Project, database: Database, key: str) -> None:
    value = '"development"' if key.startswith("env") else "true"
    (behind.folder / "pyproject.toml").write_text(f"[tool.lockgate]\n{key} = {value}\n")
    before = catalog(database)
    for env in ({"ENV": "production"}, {"ENV": None}):
        assert behind.run("auto", *MODELS, env=env).status == 2
    assert catalog(database) == before


def test_a_closed_gate_connects_to_nothing_and_imports_no_models(project: Project) -> None:
    (project.folder / "shop.py").write_text("raise RuntimeError('imported')")
    done = project.run("auto", *MODELS, "--database", "postgresql://127.0.0.1:1/none", env={"ENV": "production"})
    assert done.status == 3


CALLS: dict[str, tuple[Env, Callable[[], Mapping[str, Any]]]] = {
    "an argument": ({"ENV": None}, lambda: {"environment": "production"}),
    "an argument, forced": ({"ENV": None}, lambda: {"environment": "production", "force_migration": True}),
    "an argument, with AUTO_MIGRATE": ({"ENV": None}, lambda: {"environment": "staging", "auto_migrate": True}),
    "an argument against ENV": ({"ENV": "production"}, lambda: {"environment": "development"}),
    "no ENV at all": ({"ENV": None}, lambda: {"auto_migrate": True, "force_migration": True}),
    "a configuration": ({"ENV": None}, lambda: {"config": MigrationConfig(environment="production")}),
    "a configuration against ENV": (
        {"ENV": "production"},
        lambda: {"config": MigrationConfig(environment="development", auto_migrate=True)},
    ),
    "a constructed one against ENV": (
        {"ENV": "production"},
        lambda: {"config": MigrationConfig.model_construct(environment="development", auto_migrate=True)},
    ),
    "a copied one against ENV": (
        {"ENV": "production"},
        lambda: {"config": MigrationConfig().model_copy(update={"environment": "development"})},
    ),
}


@pytest.mark.asyncio
@on_one_postgresql
@pytest.mark.parametrize("call", CALLS)
async def test_every_path_of_the_runner_is_closed(
    database: Database, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    env, settings = CALLS[call]
    for name, value in env.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    await database.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
    before = await database.catalog()
    given = dict(settings())
    if "config" in given:
        given["config"] = given["config"].model_copy(update={"models": _metadata()})
    else:
        given["models"] = _metadata()
    async with Runner(database.url, **given) as runner:
        with pytest.raises(GateClosed) as raised:
            await runner.auto_migrate()
        assert raised.value.exit_code == 3
        with pytest.raises(TypeError):
            await runner.auto_migrate(force=True)  # type: ignore[call-arg]
    assert await database.catalog() == before


def _metadata() -> Any:
    space: dict[str, Any] = {}
    exec(HEAD + table("a", MAY) + table("b"), space)
    return space["metadata"]


# How an environment that is neither development nor test comes to touch a database.
MARKING: dict[str, tuple[tuple[str, ...], Env]] = {
    "up, forced by the environment": (("up",), {"ENV": "production", "FORCE_MIGRATION": "true"}),
    "up --force": (("up", "--force"), {"ENV": "Staging"}),
    "up --force without ENV": (("up", "--force"), {"ENV": None}),
    "stamp": (("stamp", "1", "--yes", "--force"), {"ENV": "production"}),
    "down": (("down", "--force"), {"ENV": "production"}),
    "repair": (("repair", "--yes", "--force"), {"ENV": "production"}),
    "against ENV": (("up", "--env", "development", "--force"), {"ENV": "production"}),
}


@pytest.mark.parametrize("way", MARKING)
def test_what_a_closed_environment_has_migrated_is_barred_in_development(
    everywhere: Project, database: Database, way: str
) -> None:
    first = everywhere.table(1)
    if way in {"down", "repair"}:
        assert everywhere.run("up").status == 0
    if way == "repair":
        everywhere.file(first, "SELECT 1;")
    command, env = MARKING[way]
    assert everywhere.run(*command, env=env).status == 0
    models(everywhere, table("t1", MAY), table("b"))
    before, marks = catalog(database), everywhere.rows("SELECT * FROM schema_migrations_marks")
    (everywhere.folder / ".env").write_text("ENV=development\nAUTO_MIGRATE=true\n")
    for opened in ({"ENV": "development"}, {"ENV": "test", "AUTO_MIGRATE": "true"}, {"ENV": None}):
        for force in ((), ("--force",)):
            done = everywhere.run("auto", *MODELS, *force, "--json", env=opened)
            assert done.status == 3
            assert done.error["kind"] == "gate_closed"
            assert (env["ENV"] or "unset").lower() in done.error["message"]
    assert catalog(database) == before
    assert everywhere.rows("SELECT * FROM schema_migrations_marks") == marks


def test_a_database_that_auto_mode_made_is_barred_once_production_has_migrated_it(
    everywhere: Project, database: Database
) -> None:
    models(everywhere, table("a"))
    assert everywhere.run("auto", *MODELS).status == 0
    everywhere.table(1)
    assert everywhere.run("up", "--force", env={"ENV": "production"}).status == 0
    before = catalog(database)
    assert everywhere.run("auto", *MODELS).status == 3  # although models and catalog may be what they were
    models(everywhere, table("a", MAY))
    assert everywhere.run("auto", *MODELS).status == 3
    assert catalog(database) == before


def test_reading_and_trying_do_not_mark(everywhere: Project) -> None:
    everywhere.table(1)
    assert everywhere.run("up").status == 0
    models(everywhere, table("t1", MAY))
    everywhere.table(2)
    closed: Env = {"ENV": "production", "LOCKGATE_SCRATCH_URL": everywhere.url}
    for command in (("status",), ("plan",), ("up", "--dry-run"), ("stamp", "2", "--dry-run"), ("check", *MODELS)):
        assert everywhere.run(*command, env=closed).status in {0, 6}
    assert everywhere.run("up", env=closed).status == 3
    assert not everywhere.has("schema_migrations_marks")
    assert everywhere.run("auto", *MODELS).status == 0


@pytest.mark.parametrize("name", ["development", "test"])
def test_what_development_and_test_migrate_is_not_marked(everywhere: Project, name: str) -> None:
    everywhere.table(1)
    env: Env = {"ENV": name, "FORCE_MIGRATION": "true"}
    for command in (("up", "--force"), ("down", "--all", "--force"), ("stamp", "1", "--yes")):
        assert everywhere.run(*command, env=env).status == 0
    assert not everywhere.has("schema_migrations_marks")
    models(everywhere, table("a"))
    assert everywhere.run("auto", *MODELS, env=env).status == 0
    assert everywhere.has("a")
    assert everywhere.rows("SELECT count(*) FROM schema_migrations_marks WHERE name = 'closed'") == [(0,)]
