"""The configuration: one frozen value out of arguments, environment, `.env` and `pyproject.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from pydantic import ModelWrapValidatorHandler, PrivateAttr, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from lockgate.errors import SettingsError
from lockgate.settings.conclusions import Conclusions
from lockgate.settings.parsing import what_it_takes
from lockgate.settings.sources import Given, is_given, own_environment, read_sources, refuse_unknown
from lockgate.settings.types import (  # noqa: TC001 - pydantic reads the annotations
    Count,
    Environment,
    Flag,
    Folder,
    Layout,
    Level,
    Lock,
    Models,
    Names,
    Order,
    Place,
    Seconds,
    TableName,
    Url,
    Variables,
)
from lockgate.settings.values import Settings
from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike
    from pathlib import Path

    from pydantic.fields import FieldInfo

    from lockgate.nouns.directories import Directory, Package
    from lockgate.urls.database_url import DatabaseUrl


class Arguments(TypedDict, total=False):
    """What `MigrationConfig` takes by keyword; None and an empty text mean that it was not given."""

    environment: str | None
    auto_migrate: bool | str | None
    force_migration: bool | str | None
    database_url: DatabaseUrl | SecretStr | str | None
    direct_url: DatabaseUrl | SecretStr | str | None
    directory: Directory | Mapping[str, Path | Package | str] | str | None
    models: Any
    schemas: Sequence[str] | str | None
    include: Sequence[str] | str | None
    exclude: Sequence[str] | str | None
    scratch_url: DatabaseUrl | SecretStr | str | None
    table: str | None
    order: str | None
    head_file: bool | str | None
    layout: str | None
    variables: Mapping[str, str] | Sequence[tuple[str, str]] | str | None
    lock_timeout: float | str | None
    connect_timeout: float | str | None
    ddl_lock_timeout: float | str | None
    backup: PathLike[str] | str | None
    backup_keep: int | str | None
    lint: str | None
    lock: str | None
    lease_seconds: float | str | None


class MigrationConfig(Conclusions, BaseSettings):
    """What Lockgate is told, frozen; no repr, dump or error of it shows a password.

    Each field comes from the first source that gives it: the keyword argument, the environment, `.env` in the current
    directory, `[tool.lockgate]` in the nearest `pyproject.toml` upwards that has it, the default.

    Attributes:
        environment: the name in ENV (or LOCKGATE_ENV), in lower case; None where it is unset.
        auto_migrate: AUTO_MIGRATE as it was set; None where it is unset. `auto` is what it comes to.
        force_migration: FORCE_MIGRATION: run the versioned migrations whatever the environment is.
        database_url: the application's database; `target_url` is the one to migrate.
        direct_url: the same database past a pooler, for migrating.
        directory: the folder of migrations, relative to the current directory (to its file from `pyproject.toml`);
            `package:NAME` for a package's; several with a namespace each, as a text or a mapping.
        models: `module:attribute`, or SQLAlchemy metadata; a tuple where several were given.
        schemas: the schemas that models and database are compared in; empty means those of the models.
        include: patterns of the tables that are compared, on `table` or `schema.table`; empty means all.
        exclude: patterns of the tables that are not.
        scratch_url: a database to try things in, which a closed environment does not do in its own.
        table: the tracking table, or `schema.table`.
        layout: the tool whose rules the folder follows; None where its content is to say so.
        variables: names and values that stand for `${NAME}` in layouts that have such, as pairs.
        order: `strict`, or `any` to allow a pending migration before an applied one.
        head_file: whether the file HEAD of the folder names the last migration, so that two branches that add one conflict.
        lock_timeout: how many seconds to wait for another runner.
        connect_timeout: how many seconds to wait for a connection.
        ddl_lock_timeout: how many seconds a statement of a migration may wait for a table's lock, in which it holds up all who
            come after it; then it is undone, and tried again for as long as `lock_timeout`.
        backup: the folder that a copy of the database is put into before each run up or down; None for no copies.
        backup_keep: how many of a database's copies stay in that folder.
        lint: the severity of a lint's finding from which on what is pending is refused outside development and test; None
            lets all pass.
        lock: how runners keep each other out: `auto`, which sees by itself, or `advisory` or `lease`.
        lease_seconds: after how many seconds of silence a lease may be taken over.

    Raises:
        SettingsError: a source cannot be read, a name is unknown, or a value does not parse. It names the variable and
            where it came from, and does not repeat the value.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    environment: Environment | None = Settings.environment
    auto_migrate: Flag | None = Settings.auto_migrate
    force_migration: Flag = Settings.force_migration
    database_url: Url | None = Settings.database_url
    direct_url: Url | None = Settings.direct_url
    directory: Folder = Settings.directory
    models: Models = Settings.models
    schemas: Names = Settings.schemas
    include: Names = Settings.include
    exclude: Names = Settings.exclude
    scratch_url: Url | None = Settings.scratch_url
    table: TableName = Settings.table
    order: Order = Settings.order
    head_file: Flag = Settings.head_file
    layout: Layout | None = Settings.layout
    variables: Variables = Settings.variables
    lock_timeout: Seconds = Settings.lock_timeout
    connect_timeout: Seconds = Settings.connect_timeout
    ddl_lock_timeout: Seconds = Settings.ddl_lock_timeout
    backup: Place | None = Settings.backup
    backup_keep: Count = Settings.backup_keep
    lint: Level | None = Settings.lint
    lock: Lock = Settings.lock
    lease_seconds: Seconds = Settings.lease_seconds

    # Not in __init__, which model_construct goes past.
    _process_environment: str | None = PrivateAttr(default_factory=own_environment)

    def __init__(self, **arguments: Unpack[Arguments]) -> None:
        given: dict[str, Any] = {name: _argument(name, value) for name, value in arguments.items() if is_given(value)}
        for name in given:
            refuse_unknown(name, type(self).model_fields)
        super().__init__(**given)

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
        read = read_sources(settings_cls.model_fields)
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


class NamedSource(PydanticBaseSettingsSource):
    """A settings source that was read already: fields, each with its value and origin."""

    def __init__(self, settings_cls: type[BaseSettings], given: Mapping[str, Given]) -> None:
        super().__init__(settings_cls)
        self._given = given

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The field's value with its origin, if this source has one."""
        return self._given.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All that this source gives."""
        return dict(self._given)


def _argument(name: str, value: object) -> Given:
    return value if isinstance(value, Given) else Given(value, name, "the arguments")


def _fault(given: Given, detail: Mapping[str, Any]) -> str:
    reason = detail.get("ctx", {}).get("error")
    return f"{given.name}, from {given.place}{what_it_takes(str(detail['loc'][0]), reason)}"
