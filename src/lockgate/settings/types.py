"""The types of the settings' fields to pydantic: how they are read and, in a dump, shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, FiniteFloat, InstanceOf, PlainSerializer

from lockgate.nouns import layouts
from lockgate.nouns.directories import Directories, Package
from lockgate.settings import parsing
from lockgate.urls.database_url import DatabaseUrl, mask


def _models_shown(value: object) -> object:
    if isinstance(value, tuple):
        return [_models_shown(one) for one in value]
    return value if value is None or isinstance(value, str) else mask(repr(value))


def _url_shown(value: object) -> str | None:
    # A model_copy(update=…) puts in what was never validated, and even that may not show a password.
    return None if value is None else mask(str(value))


Environment = Annotated[str, BeforeValidator(parsing.environment)]
Flag = Annotated[bool, BeforeValidator(parsing.flag)]
Folder = Annotated[
    InstanceOf[Path] | InstanceOf[Package] | InstanceOf[Directories],
    BeforeValidator(parsing.directory),
    PlainSerializer(str, return_type=str, when_used="json"),
]
Url = Annotated[
    InstanceOf[DatabaseUrl],
    BeforeValidator(parsing.url),
    PlainSerializer(_url_shown, return_type=str, when_used="json"),
]
Place = Annotated[str, BeforeValidator(parsing.place)]
Count = Annotated[int, BeforeValidator(parsing.count)]
Models = Annotated[Any, BeforeValidator(parsing.models), PlainSerializer(_models_shown, when_used="json")]
Names = Annotated[tuple[str, ...], BeforeValidator(parsing.names)]
TableName = Annotated[str, BeforeValidator(parsing.table)]
Order = Annotated[Literal["strict", "any"], BeforeValidator(parsing.order)]
Layout = Annotated[layouts.Layout, BeforeValidator(parsing.layout)]
Variables = Annotated[tuple[tuple[str, str], ...], BeforeValidator(parsing.variables)]
Level = Annotated[Literal["info", "warning", "error"], BeforeValidator(parsing.level)]
Lock = Annotated[Literal["auto", "advisory", "lease"], BeforeValidator(parsing.lock)]
Seconds = Annotated[FiniteFloat, BeforeValidator(parsing.seconds), Field(gt=0)]
