"""What the settings come to, however they were read."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Final, Literal

from lockgate.errors import SettingsError
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from typing import Self

    from lockgate.nouns.directories import Directory
    from lockgate.nouns.layouts import Layout

_OPENING: Final = frozenset({"development", "test"})
_DEFAULT_URL: Final = "sqlite:///lockgate.db"


class Conclusions:
    """What is the same of `MigrationConfig` and of the command line's `Settings`; the fields are explained there."""

    if TYPE_CHECKING:
        environment: str | None
        auto_migrate: bool | None
        force_migration: bool
        database_url: DatabaseUrl | None
        direct_url: DatabaseUrl | None
        directory: Directory
        models: Any
        schemas: tuple[str, ...]
        include: tuple[str, ...]
        exclude: tuple[str, ...]
        scratch_url: DatabaseUrl | None
        table: str
        order: Literal["strict", "any"]
        head_file: bool
        layout: Layout | None
        variables: tuple[tuple[str, str], ...]
        lock_timeout: float
        connect_timeout: float
        ddl_lock_timeout: float
        backup: str | None
        backup_keep: int
        lint: Literal["info", "warning", "error"] | None
        lock: Literal["auto", "advisory", "lease"]
        lease_seconds: float
        _process_environment: str | None

    @property
    def is_open(self) -> bool:
        """Whether this is development or test, and the process's own ENV does not say otherwise."""
        return self.environment in _OPENING and self.closed_by_process is None

    @property
    def closed_by_process(self) -> str | None:
        """The process's own ENV where it closes a gate that an argument would open; None where it does not.

        It is what the environment variable said when this configuration was made.
        """
        own = self._process_environment
        return own if own is not None and own not in _OPENING and self.environment in _OPENING else None

    @property
    def auto(self) -> bool:
        """What AUTO_MIGRATE comes to: as it was set; where it is unset, true in development and false elsewhere."""
        return self.environment == "development" if self.auto_migrate is None else self.auto_migrate

    def should_run_migration(self) -> bool:
        """Whether the app's start runs anything: forced, yes; development or test, as `auto` says; else no."""
        return self.force_migration or (self.is_open and self.auto)

    def target_url(self) -> DatabaseUrl:
        """The database to migrate: the direct URL, else the database's; where both are unset, a local SQLite file.

        Raises:
            SettingsError: neither is set, and the environment is neither development nor test.
        """
        url = self.direct_url or self.database_url
        if url is None and not self.is_open:
            raise SettingsError(
                f"No database is set, and outside development and test there is no default ({self._named()}).",
                hint="Set DATABASE_URL, or LOCKGATE_DIRECT_URL for a connection past a pooler.",
            )
        return url or DatabaseUrl(_DEFAULT_URL)

    def at(self, url: DatabaseUrl) -> Self:
        """The same for the database at that URL."""
        other = copy(self)
        vars(other).update(database_url=url, direct_url=None)
        return other

    def tracked_in(self, schema: str) -> Self:
        """The same with the tracking table in that schema, wherever a search_path leads."""
        other = copy(self)
        vars(other).update(table=f"{schema}.{self.table}")
        return other

    def describe(self) -> str:
        """The configuration as it is logged at start, in four lines."""
        return (
            "Migration Configuration:\n"
            f"- Environment: {self.environment or 'unset'}\n"
            f"- Auto Migrate: {str(self.auto).lower()}\n"
            f"- Force Migration: {str(self.force_migration).lower()}"
        )

    def _named(self) -> str:
        name = self.closed_by_process or self.environment
        return f"ENV={name}" if name else "ENV is unset"
