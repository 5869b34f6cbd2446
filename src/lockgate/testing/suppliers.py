"""Hands test databases out to the tests of one session, from one supplier for each configuration."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from anyio.from_thread import start_blocking_portal

from lockgate.errors import GateClosed, LockgateError, SettingsError
from lockgate.settings.directories import beneath
from lockgate.testing.content import content_digest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

    from lockgate.settings.config import MigrationConfig
    from lockgate.testing.database import TestDatabase
    from lockgate.urls.database_url import DatabaseUrl

T = TypeVar("T")


class Supplier(Protocol):
    """One engine's, of one configuration."""

    def take(self) -> TestDatabase:
        """A migrated database, as new."""

    def give_back(self, database: TestDatabase) -> None:
        """What `take` or `make_empty` gave; nobody is to be connected to it any more."""

    def make_empty(self) -> TestDatabase:
        """A database without anything."""

    def close(self) -> None:
        """Remove all that was made."""


class Suppliers:
    """One session's.

    Args:
        start: the directory that the session was started in; relative paths of a configuration are relative to it.
        folder: where files may be kept, for this process.
        shared: a folder that the processes of this session share.
    """

    def __init__(self, start: Path, folder: Callable[[], Path], shared: Path) -> None:
        self._start, self._folder, self._shared = start, folder, shared
        self._kept = ExitStack()
        self._portal: BlockingPortal | None = None
        self._suppliers: dict[tuple[str, str], Supplier | LockgateError] = {}
        self._seen: dict[int, tuple[MigrationConfig, Supplier | LockgateError]] = {}

    def of(self, config: MigrationConfig) -> Supplier:
        """The supplier of a configuration; what keeps it from working is found once.

        Raises:
            LockgateError: there can be none.
        """
        if id(config) not in self._seen:
            self._seen[id(config)] = (config, self._found(config))
        found = self._seen[id(config)][1]
        if isinstance(found, LockgateError):
            raise found.with_traceback(None)
        return found

    def resolved(self, config: MigrationConfig) -> MigrationConfig:
        """The configuration with its folder as an absolute path: a test may change the current directory."""
        return config.model_copy(update={"directory": beneath(config.directory, self._start)})

    def _found(self, config: MigrationConfig) -> Supplier | LockgateError:
        config = self.resolved(config)
        try:
            key = (_checked(config).secret(), content_digest(config))
        except LockgateError as error:
            return error
        if key not in self._suppliers:
            try:
                self._suppliers[key] = self._make(config, key[1])
            except LockgateError as error:
                self._suppliers[key] = error
        return self._suppliers[key]

    def _make(self, config: MigrationConfig, digest: str) -> Supplier:
        if config.target_url().engine == "sqlite":
            from lockgate.testing.sqlite import SqliteSupplier  # noqa: PLC0415 - one engine is enough

            return SqliteSupplier(config, digest, self._folder(), self._shared)
        from lockgate.testing.postgresql.supplier import PostgresSupplier  # noqa: PLC0415 - as above

        self._portal = self._portal or self._kept.enter_context(start_blocking_portal())
        return PostgresSupplier(config, digest, self._portal)

    def close(self) -> None:
        """Remove all that was made."""
        with self._kept:
            for supplier in self._suppliers.values():
                if not isinstance(supplier, LockgateError):
                    self._kept.callback(supplier.close)


def _checked(config: MigrationConfig) -> DatabaseUrl:
    """The URL of the server.

    Raises:
        LockgateError: nothing may be made there.
    """
    if not config.is_open:
        name = config.closed_by_process or config.environment or "unset"
        raise GateClosed(
            f"Test databases are made where ENV is test or development, and it is {name}.",
            hint="Unset ENV where the tests run, or set it to test.",
        )
    url = config.target_url()
    if url.engine not in {"postgresql", "sqlite"}:
        raise SettingsError(f"Test databases are made on PostgreSQL and SQLite, and not yet on {url.scheme}.")
    return url


def run(work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """Run something async from a test that is not, whatever loops there are in its thread."""
    with start_blocking_portal() as portal:
        return portal.call(work, *arguments)
