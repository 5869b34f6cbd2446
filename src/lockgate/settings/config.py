"""The configuration: one frozen value out of arguments, environment, `.env` and `pyproject.toml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypedDict, Unpack

from pydantic import ModelWrapValidatorHandler, PrivateAttr, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from lockgate.errors import SettingsError
from lockgate.settings.sources import (
    Given,
    NamedSource,
    current_directory,
    environment_names,
    from_dotenv,
    from_pyproject,
    from_variables,
    suggestion,
)
from lockgate.settings.types import Environment, Flag, Models, Order, Seconds, TableName, Url, what_it_takes
from lockgate.urls.database_url import DatabaseUrl, mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPENING: Final = frozenset({"development", "test"})
_DEFAULT_URL: Final = "sqlite:///lockgate.db"


class Arguments(TypedDict, total=False):
    """What `MigrationConfig` takes by keyword; None and an empty text mean that it was not given."""

    environment: str | None
    auto_migrate: bool | str | None
    force_migration: bool | str | None
    database_url: DatabaseUrl | SecretStr | str | None
    direct_url: DatabaseUrl | SecretStr | str | None
    directory: Path | str | None
    models: Any
    table: str | None
    order: str | None
    lock_timeout: float | str | None
    connect_timeout: float | str | None


class MigrationConfig(BaseSettings):
    """What Lockgate is told, frozen; no repr, dump or error of it shows a password.

    Each field comes from the first source that gives it: the keyword argument, the environment, `.env` in the current
    directory, `[tool.lockgate]` in the nearest `pyproject.toml` upwards that has it, the default.

    Attributes:
        environment: the name in ENV (or LOCKGATE_ENV), in lower case; None where it is unset.
        auto_migrate: AUTO_MIGRATE as it was set; None where it is unset. `auto` is what it comes to.
        force_migration: FORCE_MIGRATION: run the versioned migrations whatever the environment is.
        database_url: the application's database; `target_url` is the one to migrate.
        direct_url: the same database past a pooler, for migrating.
        directory: the folder of migrations, relative to the current directory (to its file from `pyproject.toml`).
        models: `module:attribute`, or SQLAlchemy metadata; a tuple where several were given.
        table: the tracking table, or `schema.table`.
        order: `strict`, or `any` to allow a pending migration before an applied one.
        lock_timeout: how many seconds to wait for another runner.
        connect_timeout: how many seconds to wait for a connection.

    Raises:
        SettingsError: a source cannot be read, a name is unknown, or a value does not parse. It names the variable and
            where it came from, and does not repeat the value.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    environment: Environment | None = None
    auto_migrate: Flag | None = None
    force_migration: Flag = False
    database_url: Url | None = None
    direct_url: Url | None = None
    directory: Path = Path("migrations")
    models: Models = None
    table: TableName = "schema_migrations"
    order: Order = "strict"
    lock_timeout: Seconds = 60.0
    connect_timeout: Seconds = 10.0

    _process_environment: str | None = PrivateAttr(default=None)

    def __init__(self, **arguments: Unpack[Arguments]) -> None:
        given: dict[str, Any] = {name: _argument(name, value) for name, value in arguments.items() if _is_given(value)}
        for name in given:
            if name not in type(self).model_fields:
                raise SettingsError(f"{name} is not a setting.", hint=suggestion(name, type(self).model_fields))
        super().__init__(**given)
        self._process_environment = _own_environment()

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any], *, spelled: Mapping[str, str] | None = None) -> Self:
        """Build it from a mapping of field names, as a command line has it; `spelled` says how the user writes a field.

        Raises:
            SettingsError: as the class itself; a fault calls the field by the name in `spelled`.
        """
        names = spelled or {}
        given = {
            field: Given(value, names.get(field, field), "the command line")
            for field, value in arguments.items()
            if _is_given(value)
        }
        return cls(**given)  # type: ignore[arg-type]  # each value in it carries its origin

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

    def describe(self) -> str:
        """The configuration as it is logged at start, in four lines."""
        return (
            "Migration Configuration:\n"
            f"- Environment: {self.environment or 'unset'}\n"
            f"- Auto Migrate: {str(self.auto).lower()}\n"
            f"- Force Migration: {str(self.force_migration).lower()}"
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Lockgate's own sources, for pydantic's know one order of names and lose where a value came from."""
        fields, here = tuple(settings_cls.model_fields), current_directory()
        read = (
            from_variables(os.environ, fields, "the environment"),
            from_dotenv(here / ".env", fields),
            from_pyproject(here, fields),
        )
        return (init_settings, *(NamedSource(settings_cls, given) for given in read))

    @model_validator(mode="wrap")
    @classmethod
    def _tell_faults(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Turn pydantic's faults, which hold the values, into ones that hold names and origins only."""
        if not isinstance(data, dict) or not all(isinstance(given, Given) for given in data.values()):
            return handler(data)  # model_validate, which comes here again by way of __init__
        try:
            return handler({field: given.value for field, given in data.items()})
        except ValidationError as error:
            faults = [_fault(data[str(detail["loc"][0])], detail) for detail in error.errors(include_input=False)]
        # Outside the handler, so that not even the context of this error holds a value.
        raise SettingsError("\n".join(faults))

    def __setattr__(self, name: str, value: Any) -> None:
        # pydantic refuses a frozen field as well, but its error shows the value.
        if name in type(self).model_fields:
            raise AttributeError(f"a MigrationConfig does not change: {name} cannot be set")
        super().__setattr__(name, value)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, mask(value) if isinstance(value, str) else value

    def _named(self) -> str:
        name = self.closed_by_process or self.environment
        return f"ENV={name}" if name else "ENV is unset"


def _argument(name: str, value: object) -> Given:
    return value if isinstance(value, Given) else Given(value, name, "the arguments")


def _is_given(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _own_environment() -> str | None:
    said = (os.environ.get(name, "").strip().lower() for name in environment_names("environment"))
    return next((name for name in said if name), None)


def _fault(given: Given, detail: Mapping[str, Any]) -> str:
    return f"{given.name}, from {given.place}{what_it_takes(str(detail['loc'][0]), detail)}"
