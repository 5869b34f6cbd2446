"""The types of the settings: how each is read from text, and in words what it takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, FiniteFloat, InstanceOf, PlainSerializer

from lockgate.errors import SettingsError
from lockgate.urls.database_url import DatabaseUrl, mask

if TYPE_CHECKING:
    from collections.abc import Mapping

# PostgreSQL cuts a name at 63 bytes without a word, and the tables beside the tracking table add to its name.
_TABLE: Final = re.compile(r"(?:[^\W\d][\w$-]{0,47}\.)?[^\W\d][\w$]{0,47}")
_MODELS: Final = re.compile(r"\w+(?:\.\w+)*:\w+(?:\.\w+)*")

_SECONDS: Final = "a number of seconds above 0, such as 60 or 2.5"
_TAKES: Final = {
    "environment": "a name such as development, test or production",
    "auto_migrate": "true or false",
    "force_migration": "true or false",
    "directory": "the path of a folder",
    "models": "module:attribute, such as app.models:Base.metadata, or several with commas between",
    "table": "the name of a table, or schema.table, of letters, digits and _, each at most 48 long",
    "order": "strict or any",
    "lock_timeout": _SECONDS,
    "connect_timeout": _SECONDS,
}


def what_it_takes(field: str, detail: Mapping[str, Any]) -> str:
    """The end of the sentence that tells a fault: a URL's own reason, and for every other field what it takes."""
    if field in _TAKES:
        return f", takes {_TAKES[field]}."
    return f": {detail['ctx']['error']}"


def _lowered(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _environment(value: object) -> object:
    name = _lowered(value)
    if isinstance(name, str) and not name.isprintable():
        raise ValueError("a line break would forge a line of the log")
    return name


def _seconds(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("true is no duration")  # noqa: TRY004  # pydantic collects a ValueError
    return value


def _table(value: object) -> object:
    name = value.strip() if isinstance(value, str) else value
    if isinstance(name, str) and not _TABLE.fullmatch(name):
        raise ValueError("not a table's name")
    return name


def _models(value: object) -> object:
    if isinstance(value, str):
        places = tuple(place.strip() for place in value.split(","))
        if not all(_MODELS.fullmatch(place) for place in places):
            raise ValueError("not of the form module:attribute")
        return places if len(places) > 1 else places[0]
    if isinstance(value, (list, tuple)):
        return tuple(_models(one) for one in value)
    return value


def _url(value: object) -> DatabaseUrl:
    try:
        return DatabaseUrl.of(value)
    except SettingsError as error:
        reason = str(error)
    raise ValueError(reason)


def _models_shown(value: object) -> object:
    if isinstance(value, tuple):
        return [_models_shown(one) for one in value]
    return value if value is None or isinstance(value, str) else mask(repr(value))


def _url_shown(value: object) -> str | None:
    # A model_copy(update=…) puts in what was never validated, and even that may not show a password.
    return None if value is None else mask(str(value))


Environment = Annotated[str, BeforeValidator(_environment)]
Flag = Annotated[bool, BeforeValidator(_lowered)]
Url = Annotated[
    InstanceOf[DatabaseUrl], BeforeValidator(_url), PlainSerializer(_url_shown, return_type=str, when_used="json")
]
Models = Annotated[Any, BeforeValidator(_models), PlainSerializer(_models_shown, when_used="json")]
TableName = Annotated[str, BeforeValidator(_table)]
Order = Annotated[Literal["strict", "any"], BeforeValidator(_lowered)]
Seconds = Annotated[FiniteFloat, BeforeValidator(_seconds), Field(gt=0)]
