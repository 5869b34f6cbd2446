"""What a start runs, by ENV, AUTO_MIGRATE and FORCE_MIGRATION; and that nothing opens auto mode in production."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from asgi.driver import refused, served
from asgi.dumps import full_dump
from asgi.engines import EACH
from lockgate import MigrationConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

    from asgi.conftest import Apps
    from conformance.bench import Bench

    Environment = Callable[[dict[str, str | None]], None]

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("engine", EACH, indirect=True)]

FILES, MODELS = {"t1", "t2"}, {"authors", "books"}

# The table of the design: the tables that are there afterwards.
OPEN = [
    ("development", None, None, MODELS),
    ("Development", None, "false", MODELS),
    ("development", "false", None, set()),
    ("development", None, "true", FILES | MODELS),
    ("development", "true", "true", FILES | MODELS),
    ("development", "false", "true", FILES),
    ("test", None, None, set()),
    ("test", "true", None, MODELS),
    ("test", "true", "true", FILES | MODELS),
    ("test", None, "true", FILES),
]
CLOSED = [
    (name, auto, force, FILES if force == "true" else set())
    for name in ("production", "dev", None)
    for auto in (None, "true")
    for force in (None, "true")
]


@pytest.mark.parametrize(("name", "auto", "force", "tables"), OPEN + CLOSED)
async def test_the_table(
    *, bench: Bench, app: Apps, environment: Environment, metadata: sa.MetaData,
    name: str | None, auto: str | None, force: str | None, tables: set[str],
) -> None:  # fmt: skip
    bench.files.tables(2)
    environment({"ENV": name, "AUTO_MIGRATE": auto, "FORCE_MIGRATION": force})
    started = app(models=metadata, on_pending="warn")
    async with served(started):
        assert await bench.database.tables() == tables
    gate = started.state.lockgate
    assert gate.ready is (gate.state == "current") is (tables >= FILES)
    assert (gate.applied is not None) is (tables >= FILES)
    assert (gate.followed is not None) is (tables >= MODELS)


async def test_what_was_decided_is_logged(
    bench: Bench, app: Apps, environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    environment({"ENV": "production", "AUTO_MIGRATE": "true"})
    bench.files.table(1)
    await bench.up(force=True)
    caplog.clear()
    with caplog.at_level(logging.INFO, "lockgate"):
        async with served(app()):
            pass
    block, reason, warning = (record.getMessage() for record in caplog.records)
    assert (
        block == "Migration Configuration:\n- Environment: production\n- Auto Migrate: true\n- Force Migration: false"
    )
    assert reason.startswith("ENV=production keeps the gate closed")
    assert warning.startswith("AUTO_MIGRATE=true has no effect")


async def test_without_models_auto_mode_is_left_out_with_a_warning(
    bench: Bench, app: Apps, environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    environment({"ENV": "development"})
    started = app()
    with caplog.at_level(logging.WARNING, "lockgate"):
        async with served(started):
            pass
    assert [record.getMessage() for record in caplog.records] == [
        "Auto mode is permitted, and no models are named: it does nothing."
    ]
    assert started.state.lockgate.followed is None
    assert await bench.database.tables() == set()


async def test_a_second_start_finds_all_done(
    bench: Bench, app: Apps, environment: Environment, metadata: sa.MetaData
) -> None:
    bench.files.tables(2)
    environment({"ENV": "development", "FORCE_MIGRATION": "true"})
    async with served(app(models=metadata)):
        pass
    before = full_dump(bench.database.url)
    again = app(models=metadata)
    async with served(again):
        pass
    gate = again.state.lockgate
    assert (gate.state, gate.applied) == ("current", None)
    assert gate.followed is not None
    assert gate.followed.changes == ()
    assert full_dump(bench.database.url) == before


NOT_FORCED: list[dict[str, str | None]] = [
    {"ENV": "production", "AUTO_MIGRATE": "true", "FORCE_MIGRATION": "false"},
    {"ENV": None},
]


@pytest.mark.parametrize("variables", NOT_FORCED, ids=str)
@pytest.mark.parametrize("policy", ["wait", "fail", "warn"])
@pytest.mark.parametrize("applied", [0, 1])
async def test_in_production_what_is_pending_and_not_forced_changes_nothing(
    *, bench: Bench, app: Apps, environment: Environment, metadata: sa.MetaData,
    variables: dict[str, str | None], policy: Any, applied: int,
) -> None:  # fmt: skip
    bench.files.tables(3)
    if applied:
        await bench.up(steps=applied)
        await bench.database.execute("INSERT INTO t1 VALUES (7)")
    before = full_dump(bench.database.url)
    environment(variables)
    started = app(models=metadata, on_pending=policy, lock_timeout=0.2)
    if policy == "warn":
        async with served(started):
            pass
        assert (started.state.lockgate.state, started.state.lockgate.ready) == ("behind", False)
    else:
        reason = await refused(started)
        assert f"{3 - applied} migrations are pending, the first of them 00{applied + 1}_t{applied + 1}.sql" in reason
        assert "FORCE_MIGRATION=true" in reason
    assert full_dump(bench.database.url) == before


PATHS: dict[str, tuple[dict[str, str | None], Callable[[], dict[str, Any]]]] = {
    "an argument": ({"ENV": None}, lambda: {"environment": "production", "auto_migrate": True}),
    "an argument against ENV": ({"ENV": "production"}, lambda: {"environment": "development", "auto_migrate": True}),
    "forced, against ENV": ({"ENV": "production"}, lambda: {"environment": "test", "force_migration": True}),
    "AUTO_MIGRATE": ({"ENV": "production", "AUTO_MIGRATE": "true"}, dict),
    "AUTO_MIGRATE and FORCE_MIGRATION": (
        {"ENV": "production", "AUTO_MIGRATE": "true", "FORCE_MIGRATION": "true"},
        dict,
    ),
    "LOCKGATE_ENV": ({"ENV": "development", "LOCKGATE_ENV": "production"}, dict),
    "a configuration": ({"ENV": None}, lambda: {"config": MigrationConfig(environment="prod", auto_migrate=True)}),
    "a configuration against ENV": (
        {"ENV": "production"},
        lambda: {"config": MigrationConfig(environment="development")},
    ),
    "a constructed configuration": (
        {"ENV": "production"},
        lambda: {"config": MigrationConfig.model_construct(environment="development", auto_migrate=True)},
    ),
}


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_leads_to_auto_mode_in_production(
    bench: Bench, app: Apps, environment: Environment, metadata: sa.MetaData, path: str
) -> None:
    variables, options = PATHS[path]
    environment(variables)
    given = options()
    if "config" in given:
        given["config"] = given["config"].model_copy(update={"models": metadata, "directory": bench.files.folder})
        started = app(on_pending="warn", **given)
    else:
        started = app(models=metadata, on_pending="warn", **given)
    async with served(started):
        pass
    assert started.state.lockgate.followed is None
    assert await bench.database.tables() == set()


@pytest.mark.parametrize("variables", [{"ENV": "development"}, {"ENV": "test", "AUTO_MIGRATE": "true"}], ids=str)
async def test_a_database_of_production_is_not_followed_from_a_laptop(
    bench: Bench, app: Apps, environment: Environment, metadata: sa.MetaData, variables: dict[str, str | None]
) -> None:
    bench.files.table(1)
    environment({"ENV": "production", "FORCE_MIGRATION": "true"})
    async with served(app(models=metadata)):
        pass
    before = full_dump(bench.database.url)
    environment({"FORCE_MIGRATION": None, **variables})
    assert "This database was migrated with ENV=production" in await refused(app(models=metadata))
    assert full_dump(bench.database.url) == before
