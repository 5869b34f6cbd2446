"""How the setting that says where migrations stand is read, and what is asked of it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lockgate.errors import SettingsError
from lockgate.nouns.directories import NAMESPACE, Directories, Directory, Location, Package

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKAGE: Final = "package:"
_DOTTED: Final = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_TAKES: Final = (
    "takes the path of a folder, package:NAME, or several of them with a namespace each,"
    " such as migrations, billing=package:billing_plugin.migrations"
)


def directory(value: object) -> Directory:
    """A place, or several: a text with commas between, or a mapping by namespace.

    Raises:
        ValueError: it is none; the reason does not repeat it.
    """
    if isinstance(value, (Package, Directories)):
        return value
    if isinstance(value, Mapping):
        return _several((str(name), _location(place)) for name, place in value.items())
    if not isinstance(value, str):
        return _location(value)
    parts = [part for part in value.split(",") if part.strip()] if "," in value else [value]
    pairs = [_pair(part) for part in parts]
    return pairs[0][1] if len(pairs) == 1 and not pairs[0][0] else _several(pairs)


def _pair(text: str) -> tuple[str, Location]:
    """A namespace and a place; a slash before the equals sign says that it belongs to a path."""
    name, equals, place = text.partition("=")
    if not equals or re.search(r"[/\\]", name):
        return "", _location(text.strip() if text.strip().startswith(_PACKAGE) else text)
    if not name.strip():
        raise ValueError("a namespace stands before the equals sign, such as billing=package:billing_plugin.migrations")
    return name.strip(), _location(place.strip())


def _location(value: object) -> Location:
    if isinstance(value, Package):
        return value
    if isinstance(value, str) and value.startswith(_PACKAGE):
        if not re.fullmatch(_DOTTED, name := value.removeprefix(_PACKAGE).strip()):
            raise ValueError("package: takes a name such as app.migrations")
        return Package(name)
    if not isinstance(value, (str, os.PathLike)) or not os.fspath(value):
        raise ValueError(_TAKES)
    return Path(value)


def _several(pairs: Iterable[tuple[str, Location]]) -> Directories:
    places = tuple(pairs)
    names = [name for name, _ in places]
    if not places:
        raise ValueError(_TAKES)
    if not all(re.fullmatch(NAMESPACE, name) for name in names if name):
        raise ValueError("a namespace is a letter, then letters, digits, _ or -, 63 of them at most")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        called = f"the namespace {twice}" if twice else "no namespace, which only one may"
        raise ValueError(f"two directories have {called}")
    return Directories(places)


def beneath(found: Directory, folder: Path) -> Directory:
    """It with its paths relative to a folder."""
    if isinstance(found, Directories):
        return Directories(tuple((name, _beneath(place, folder)) for name, place in found.places))
    return _beneath(found, folder)


def _beneath(place: Location, folder: Path) -> Location:
    return folder / place if isinstance(place, Path) else place


def own_of(found: Directory) -> Location | None:
    """The place without a namespace, which is the application's own; None where all have one."""
    return dict(found.places).get("") if isinstance(found, Directories) else found


def with_own(found: Directory, place: Location) -> Directory:
    """It with another place for the application's own, which comes first where there was none."""
    if not isinstance(found, Directories):
        return place
    others = found.places if own_of(found) else (("", place), *found.places)
    return Directories(tuple((name, one if name else place) for name, one in others))


def refuse_others(found: Directory, name: str | None) -> None:
    """Check that a name is none of another directory's than the application's own.

    Raises:
        SettingsError: it begins with the namespace of one.
    """
    places = dict(found.places) if isinstance(found, Directories) else {}
    namespace, slash, _ = (name or "").partition("/")
    if slash and namespace in places:
        raise SettingsError(
            f"{name} is of the namespace {namespace}, and only files of the directory without one are changed.",
            hint=f"Change it where it is developed: --directory {places[namespace]}",
        )
