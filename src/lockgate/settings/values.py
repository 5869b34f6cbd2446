"""The settings of one runner: `MigrationConfig` without pydantic-settings, whose import is a third of a command's time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from lockgate.errors import SettingsError
from lockgate.settings.conclusions import Conclusions
from lockgate.settings.parsing import READINGS, what_it_takes
from lockgate.settings.sources import Given, is_given, own_environment, read_sources, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.nouns.directories import Directory
    from lockgate.nouns.layouts import Layout


class Settings(Conclusions):
    """The fields of `MigrationConfig`, from the same sources, by the same names, with the same defaults and faults."""

    environment = None
    auto_migrate = None
    force_migration = False
    database_url = None
    direct_url = None
    directory: Directory = Path("migrations")
    models = None
    schemas: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    scratch_url = None
    table = "schema_migrations"
    order: Literal["strict", "any"] = "strict"
    head_file = False
    layout: Layout | None = None
    variables: tuple[tuple[str, str], ...] = ()
    lock_timeout = 60.0
    connect_timeout = 10.0
    ddl_lock_timeout = 5.0
    backup: str | None = None
    backup_keep = 5
    lint: Literal["info", "warning", "error"] | None = None
    lock: Literal["auto", "advisory", "lease"] = "auto"
    lease_seconds = 15.0

    def __init__(self, values: Mapping[str, Any]) -> None:
        vars(self).update(values)
        self._process_environment = own_environment()

    @classmethod
    def of(cls, arguments: Mapping[str, Any], *, spelled: Mapping[str, str] | None = None) -> Self:
        """Read them; `arguments` are by field, and on a command line `spelled` says how the user writes a field.

        Raises:
            SettingsError: as `MigrationConfig`; a fault calls the field by the name in `spelled`.
        """
        place = "the command line" if spelled else "the arguments"
        given: dict[str, Given] = {}
        for source in reversed(read_sources(READINGS)):
            given |= source
        for field, value in arguments.items():
            if is_given(value):
                refuse_unknown(field, READINGS)
                given[field] = Given(value, spelled[field] if spelled else field, place)
        return cls(_parsed(given))


def _parsed(given: Mapping[str, Given]) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    faults = list[str]()
    for field, reading in READINGS.items():
        try:
            if field in given:
                parsed[field] = reading.parse(given[field].value)
        except ValueError as error:
            faults.append(f"{given[field].name}, from {given[field].place}{what_it_takes(field, error)}")
    # Outside the handler, so that not even the context of this error holds a value.
    if faults:
        raise SettingsError("\n".join(faults))
    return parsed
