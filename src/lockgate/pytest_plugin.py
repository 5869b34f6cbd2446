"""The pytest plugin: a migrated database for each test, and tests of the migrations themselves.

It is loaded wherever Lockgate is installed, so it imports nothing of Lockgate before a fixture is asked for. Its fixtures are
not async, and what they do in an event loop they do in one of their own: so they work under pytest-asyncio and under anyio.
"""

# ruff: noqa: PLC0415, PT019 - as above; and a fixture of the plugin's own has a value for its tests

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.settings.config import MigrationConfig
    from lockgate.testing.database import TestDatabase
    from lockgate.testing.suppliers import Suppliers

_IRREVERSIBLE = "lockgate: without a down"


@pytest.fixture(scope="session")
def lockgate_config() -> MigrationConfig:
    """What the test databases are made of: the project's own settings, with the environment `test`; override it to change them.

    On PostgreSQL, the database that it names only says which server, and is neither migrated nor touched.
    """
    from lockgate import MigrationConfig

    with _told():
        return MigrationConfig(environment="test")


@pytest.fixture
def lockgate_database(lockgate_config: MigrationConfig, _lockgate_suppliers: Suppliers) -> Iterator[TestDatabase]:
    """A migrated database of the test's own, as new."""
    yield from _handed_out(lockgate_config, _lockgate_suppliers)


@pytest.fixture(scope="session")
def lockgate_shared_database(
    lockgate_config: MigrationConfig, _lockgate_suppliers: Suppliers
) -> Iterator[TestDatabase]:
    """A migrated database for the whole session, for tests that roll back what they do: see its `rollback`."""
    yield from _handed_out(lockgate_config, _lockgate_suppliers)


@pytest.fixture
def lockgate_empty_database(lockgate_config: MigrationConfig, _lockgate_suppliers: Suppliers) -> Iterator[TestDatabase]:
    """An empty database of the test's own, for tests of the migrations themselves."""
    yield from _handed_out(lockgate_config, _lockgate_suppliers, empty=True)


@pytest.fixture(scope="session")
def _lockgate_suppliers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Suppliers]:
    from lockgate.testing.suppliers import Suppliers

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    made = Suppliers(request.config.invocation_params.dir, lambda: tmp_path_factory.mktemp("lockgate"), shared)
    yield made
    made.close()


def _handed_out(config: MigrationConfig, suppliers: Suppliers, *, empty: bool = False) -> Iterator[TestDatabase]:
    with _told():
        supplier = suppliers.of(config)
        database = supplier.make_empty() if empty else supplier.take()
    yield database
    supplier.give_back(database)


@contextmanager
def _told() -> Iterator[None]:
    """End the test with what an error of Lockgate's says, and without its traceback: it says what to do."""
    from lockgate.errors import LockgateError

    try:
        yield
    except LockgateError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


class MigrationTests:
    """Tests of the project's migrations; `class TestMigrations(MigrationTests): ...` in a module of tests has them run."""

    def test_up_down_up(
        self,
        lockgate_config: MigrationConfig,
        lockgate_empty_database: TestDatabase,
        record_property: Any,
        _lockgate_suppliers: Suppliers,
    ) -> None:
        """Every migration goes up, down to the schema before it, and up to the same schema again."""
        from lockgate.testing.climbing import climb

        with _told():
            found = _run(climb, lockgate_empty_database, _lockgate_suppliers.resolved(lockgate_config))
        if found.irreversible:
            record_property(_IRREVERSIBLE, ", ".join(found.irreversible))
        _fail_for(found.faults)

    def test_models_match_migrations(
        self, lockgate_config: MigrationConfig, lockgate_empty_database: TestDatabase, _lockgate_suppliers: Suppliers
    ) -> None:
        """The migrations make the schema that the models say; skipped where no models are named."""
        from lockgate.testing.matching import match

        if lockgate_config.models is None:
            pytest.skip("No models are named: LOCKGATE_MODELS, or models=… in lockgate_config.")
        with _told():
            faults = _run(match, lockgate_empty_database, _lockgate_suppliers.resolved(lockgate_config))
        _fail_for(faults)

    def test_no_two_runners_collide(
        self, lockgate_config: MigrationConfig, lockgate_empty_database: TestDatabase, _lockgate_suppliers: Suppliers
    ) -> None:
        """Of two runners that start at once on an empty database both succeed, and each migration is applied once."""
        from lockgate.testing.colliding import collide

        with _told():
            faults = _run(collide, lockgate_empty_database, _lockgate_suppliers.resolved(lockgate_config))
        _fail_for(faults)


def _run(work: Any, database: TestDatabase, config: MigrationConfig) -> Any:
    from lockgate.testing.suppliers import run
    from lockgate.urls.database_url import DatabaseUrl

    return run(work, DatabaseUrl(database.url), config)


def _fail_for(faults: tuple[str, ...]) -> None:
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the migrations without a down, which are no failures."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == _IRREVERSIBLE and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(f"{name}: {value}")
