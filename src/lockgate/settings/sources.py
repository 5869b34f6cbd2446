"""Where the settings come from: each source reads names as the user wrote them and yields fields with their origin.

What reads a file is imported where there is that file: most commands run beside neither.
"""

# ruff: noqa: PLC0415 - as above

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lockgate.errors import SettingsError
from lockgate.settings.directories import beneath, directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX: Final = "LOCKGATE_"
_FOR_TEST_SUITES: Final = "LOCKGATE_TEST_"
# The first name wins within one source; every other field has the one name LOCKGATE_<FIELD>.
_SHARED_NAMES: Final = {
    "environment": ("LOCKGATE_ENV", "ENV"),
    "auto_migrate": ("AUTO_MIGRATE",),
    "force_migration": ("FORCE_MIGRATION",),
    "database_url": ("LOCKGATE_DATABASE_URL", "DATABASE_URL"),
}
_NEVER_COMMITTED: Final = {
    "env": "ENV",
    "environment": "ENV",
    "auto_migrate": "AUTO_MIGRATE",
    "force_migration": "FORCE_MIGRATION",
    "database_url": "DATABASE_URL",
    "direct_url": "LOCKGATE_DIRECT_URL",
    "scratch_url": "LOCKGATE_SCRATCH_URL",
}


class Given:
    """A value, hidden from the repr, and its origin: the name as the user wrote it and, in words, the place."""

    __slots__ = ("name", "place", "value")

    def __init__(self, value: Any, name: str, place: str) -> None:
        self.value = value
        self.name = name
        self.place = place


def is_given(value: object) -> bool:
    """Whether an argument says anything: None and an empty text do not."""
    return value is not None and not (isinstance(value, str) and not value.strip())


def read_sources(fields: Iterable[str]) -> tuple[dict[str, Given], ...]:
    """What the environment, `.env` and `pyproject.toml` give for the fields, the source that wins first.

    Raises:
        SettingsError: one of them cannot be read, or has a name that is unknown or may not stand there.
    """
    names, here = tuple(fields), current_directory()
    return (
        from_variables(os.environ, names, "the environment"),
        from_dotenv(here / ".env", names),
        from_pyproject(here, names),
    )


def own_environment() -> str | None:
    """What the process's own ENV says, in lower case; None where it is unset."""
    said = (os.environ.get(name, "").strip().lower() for name in environment_names("environment"))
    return next((name for name in said if name), None)


def environment_names(field_name: str) -> tuple[str, ...]:
    """The names of a field in the environment and in `.env`, the one that wins first."""
    return _SHARED_NAMES.get(field_name, (f"{PREFIX}{field_name.upper()}",))


def from_variables(variables: Mapping[str, str | None], fields: Iterable[str], place: str) -> dict[str, Given]:
    """Read the fields from the environment or from what `.env` holds; empty means unset, and others' names are ignored.

    Raises:
        SettingsError: a name that begins with LOCKGATE_ is not known (LOCKGATE_TEST_ belongs to test suites).
    """
    filled = {name: value for name, value in variables.items() if value and value.strip()}
    names = {field_name: environment_names(field_name) for field_name in fields}
    _refuse_unknown(filled, [name for several in names.values() for name in several], place)
    winners = {field_name: next((n for n in several if n in filled), None) for field_name, several in names.items()}
    return {field_name: Given(filled[name], name, place) for field_name, name in winners.items() if name}


def from_dotenv(path: Path, fields: Iterable[str]) -> dict[str, Given]:
    """Read the fields from a `.env` file; a file that is not there gives nothing.

    Raises:
        SettingsError: the file cannot be read or parsed, or holds an unknown LOCKGATE_ name.
    """
    text = _text_of(path)
    if not text:
        return {}
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    broken = [binding.original.line for binding in parse_stream(io.StringIO(text)) if binding.error]
    if broken:
        raise SettingsError(f"{path}, line {broken[0]}: this is not of the form NAME=value.")
    return from_variables(dotenv_values(stream=io.StringIO(text)), fields, str(path))


def from_pyproject(start: Path, fields: Iterable[str]) -> dict[str, Given]:
    """Read `[tool.lockgate]` of the nearest `pyproject.toml` that has it, from `start` upwards.

    Raises:
        SettingsError: a file on the way cannot be read or parsed, or the table holds what it may not hold.
    """
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        table = _lockgate_table(path)
        if table is not None:
            return _from_table(table, fields, path)
    return {}


def current_directory() -> Path:
    """The directory in which `.env` is looked for, and from which `pyproject.toml` is looked for upwards.

    Raises:
        SettingsError: it was deleted, or may not be entered.
    """
    try:
        return Path.cwd()
    except OSError as error:
        raise SettingsError(f"The current directory cannot be used: {error.strerror}.") from error


def suggestion(name: str, known: Iterable[str]) -> str:
    """A hint that names the known name that `name` is close to, or all of them where none is."""
    import difflib

    names = list(known)
    near = [name.removeprefix(PREFIX)] if name.removeprefix(PREFIX) in names else difflib.get_close_matches(name, names)
    return f"Did you mean {near[0]}?" if near else f"Known are {', '.join(names)}."


def refuse_unknown(name: str, known: Iterable[str]) -> None:
    """Check that an argument is a setting.

    Raises:
        SettingsError: it is none.
    """
    if name not in known:
        raise SettingsError(f"{name} is not a setting.", hint=suggestion(name, known))


def _refuse_unknown(filled: Mapping[str, str | None], known: list[str], place: str) -> None:
    for name in sorted(filled):
        if name.startswith(PREFIX) and not name.startswith(_FOR_TEST_SUITES) and name not in known:
            raise SettingsError(f"{name}, from {place}, is not a setting of Lockgate.", hint=suggestion(name, known))


def _lockgate_table(path: Path) -> dict[str, Any] | None:
    text = _text_of(path)
    if text is None:
        return None
    import tomllib

    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        fault = str(error)
    else:
        table = tool.get("lockgate") if isinstance(tool, dict) else None
        if table is None or isinstance(table, dict):
            return table
        fault = "tool.lockgate is not a table"
    raise SettingsError(f"{path} cannot be read: {fault}.")


def _from_table(table: dict[str, Any], fields: Iterable[str], path: Path) -> dict[str, Given]:
    known = [field_name for field_name in fields if field_name not in _NEVER_COMMITTED]
    given: dict[str, Given] = {}
    for key, value in table.items():
        field_name = key.replace("-", "_").lower()
        _refuse_key(key, field_name, known, path)
        if value not in ("", None):
            given[field_name] = Given(_beside(path, field_name, value), key, f"[tool.lockgate] of {path}")
    return given


def _beside(path: Path, field_name: str, value: Any) -> Any:
    """A value whose paths are relative to the file that holds it."""
    if field_name == "directory":
        with suppress(ValueError):  # who reads it says what is wrong with it
            return beneath(directory(value), path.parent)
    # Joined as text: a slash at its end means something to a backup's place.
    is_path = field_name == "backup" and isinstance(value, str)
    return os.path.join(path.parent, value) if is_path else value  # noqa: PTH118 - as above


def _refuse_key(key: str, field_name: str, known: list[str], path: Path) -> None:
    if field_name in _NEVER_COMMITTED:
        raise SettingsError(
            f"{key} cannot be set in [tool.lockgate] of {path}: one commit would open the gate everywhere.",
            hint=f"Set {_NEVER_COMMITTED[field_name]} in the environment or in .env.",
        )
    if field_name not in known:
        raise SettingsError(f"{key} in [tool.lockgate] of {path} is not a setting.", hint=suggestion(field_name, known))


def _text_of(path: Path) -> str | None:
    """The file's text; None where there is no such file (a folder named `.env` is a virtual environment)."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        fault = "it is not UTF-8 text"
    except OSError as error:
        fault = error.strerror or "it cannot be opened"
    raise SettingsError(f"{path} cannot be read: {fault}.")
