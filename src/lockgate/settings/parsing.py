"""How each setting is read, and in words what it takes: one truth, for pydantic and for whoever does without it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, SupportsFloat, SupportsIndex

from lockgate.errors import SettingsError
from lockgate.nouns.layouts import Layout
from lockgate.settings.directories import directory
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from collections.abc import Callable

# PostgreSQL cuts a name at 63 bytes without a word, and the tables beside the tracking table add to its name.
_TABLE: Final = re.compile(r"(?:[^\W\d][\w$-]{0,47}\.)?[^\W\d][\w$]{0,47}")
_MODELS: Final = re.compile(r"\w+(?:\.\w+)*:\w+(?:\.\w+)*")
_TRUE: Final = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "off", "0"})


def environment(value: object) -> str:
    """A name, in lower case."""
    name = _lowered(value)
    if not isinstance(name, str) or not name.isprintable():
        raise ValueError("a line break would forge a line of the log")
    return name


def flag(value: object) -> bool:
    """True or false, in the words that pydantic knows."""
    said = _lowered(value)
    if isinstance(said, str) and said in _TRUE | _FALSE:
        return said in _TRUE
    if isinstance(said, (bool, int, float)) and said in {0, 1}:
        return bool(said)
    raise ValueError("neither true nor false")


def place(value: object) -> str:
    """A path as it was written: a slash at its end says that it is a folder."""
    if not isinstance(value, (str, os.PathLike)) or not isinstance(os.fspath(value), str):
        raise ValueError("not a path")  # noqa: TRY004 - pydantic collects a ValueError
    return str(os.fspath(value))


def count(value: object) -> int:
    """A whole number above 0; true is none."""
    said = value.strip() if isinstance(value, str) else value
    if isinstance(said, str) and re.fullmatch(r"[0-9]{1,9}", said):
        said = int(said)
    if isinstance(said, bool) or not isinstance(said, int) or said < 1:
        raise ValueError("not a number above 0")
    return said


def models(value: object) -> Any:
    """The places of models, or models themselves; a tuple where several were given."""
    if isinstance(value, str):
        places = tuple(place.strip() for place in value.split(","))
        if not all(_MODELS.fullmatch(place) for place in places):
            raise ValueError("not of the form module:attribute")
        return places if len(places) > 1 else places[0]
    if isinstance(value, (list, tuple)):
        return tuple(models(one) for one in value)
    return value


def table(value: object) -> str:
    """The name of a table, or schema.table."""
    name = value.strip() if isinstance(value, str) else value
    if not isinstance(name, str) or not _TABLE.fullmatch(name):
        raise ValueError("not a table's name")
    return name


def names(value: object) -> tuple[str, ...]:
    """Names or patterns, with commas between where they are one text."""
    several = value.split(",") if isinstance(value, str) else value
    if not isinstance(several, (list, tuple)) or not all(isinstance(one, str) for one in several):
        raise ValueError("not a list of names")
    return tuple(one.strip() for one in several if one.strip())


def order(value: object) -> Literal["strict", "any"]:
    """One of the two orders."""
    said = _lowered(value)
    if said == "strict":
        return "strict"
    if said == "any":
        return "any"
    raise ValueError("no order")


def layout(value: object) -> Layout:
    """The tool whose rules a folder follows."""
    return Layout(str(_lowered(value)))


def variables(value: object) -> tuple[tuple[str, str], ...]:
    """Names and values: a mapping, pairs, or a text of NAME=VALUE with commas between."""
    if isinstance(value, str):
        return variables([tuple(one.split("=", 1)) for one in value.split(",") if one.strip()])
    if isinstance(value, Mapping):
        return variables(list(value.items()))
    if not isinstance(value, (list, tuple)):
        raise ValueError("not of the form NAME=VALUE")  # noqa: TRY004 - as above
    return tuple(_variable(one) for one in value)


def _variable(pair: object) -> tuple[str, str]:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not re.fullmatch(r"\s*\w+\s*", str(pair[0])):
        raise ValueError("not of the form NAME=VALUE")
    return str(pair[0]).strip(), str(pair[1])


def lock(value: object) -> Literal["auto", "advisory", "lease"]:
    """One of the ways to keep other runners out."""
    match _lowered(value):
        case "auto":
            return "auto"
        case "advisory":
            return "advisory"
        case "lease":
            return "lease"
    raise ValueError("no lock")


def level(value: object) -> Literal["info", "warning", "error"]:
    """How much a finding of a lint weighs."""
    match _lowered(value):
        case "info":
            return "info"
        case "warning":
            return "warning"
        case "error":
            return "error"
    raise ValueError("no severity")


def seconds(value: object) -> float:
    """A duration; true is none."""
    if isinstance(value, bool) or not isinstance(value, (str, SupportsFloat, SupportsIndex)):
        raise ValueError("not a duration")  # noqa: TRY004 - as above
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number <= 0:
        raise ValueError("not above 0")
    return number


def url(value: object) -> DatabaseUrl:
    """A database URL."""
    try:
        return DatabaseUrl.of(value)
    except SettingsError as error:
        reason = str(error)
    raise ValueError(reason)


def _lowered(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class Reading(NamedTuple):
    """How one field is read; `takes` is what it takes in words, empty where its own faults say more."""

    parse: Callable[[object], Any]
    takes: str = ""


_PATTERNS: Final = "patterns of table names, such as audit_* or app.users, with commas between"
_SECONDS: Final = "a number of seconds above 0, such as 60 or 2.5"
READINGS: Final = MappingProxyType(
    {
        "environment": Reading(environment, "a name such as development, test or production"),
        "auto_migrate": Reading(flag, "true or false"),
        "force_migration": Reading(flag, "true or false"),
        "database_url": Reading(url),
        "direct_url": Reading(url),
        "directory": Reading(directory),
        "models": Reading(models, "module:attribute, such as app.models:Base.metadata, or several with commas between"),
        "schemas": Reading(names, "names of schemas, with commas between"),
        "include": Reading(names, _PATTERNS),
        "exclude": Reading(names, _PATTERNS),
        "scratch_url": Reading(url),
        "table": Reading(table, "the name of a table, or schema.table, of letters, digits and _, each at most 48 long"),
        "order": Reading(order, "strict or any"),
        "head_file": Reading(flag, "true or false"),
        "layout": Reading(layout, f"one of {', '.join(Layout)}"),
        "variables": Reading(
            variables, "NAME=VALUE; of several, --var says each, and LOCKGATE_VARIABLES has commas between"
        ),
        "lock_timeout": Reading(seconds, _SECONDS),
        "connect_timeout": Reading(seconds, _SECONDS),
        "ddl_lock_timeout": Reading(seconds, _SECONDS),
        "backup": Reading(place, "the path of a folder"),
        "backup_keep": Reading(count, "a whole number above 0, such as 5"),
        "lint": Reading(level, "info, warning or error"),
        "lock": Reading(lock, "auto, advisory or lease"),
        "lease_seconds": Reading(seconds, _SECONDS),
    }
)


def what_it_takes(field: str, fault: object) -> str:
    """The end of the sentence that tells a fault: a URL's own reason, and for every other field what it takes."""
    takes = READINGS[field].takes if field in READINGS else ""
    return f", takes {takes}." if takes else f": {fault}"
