"""From `module:attribute` to the object that stands there."""

from __future__ import annotations

import importlib
import linecache
import sysconfig
import traceback
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockgate.errors import SettingsError
from lockgate.urls.parts import mask

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def find(place: str) -> Any:
    """The object at `module:attribute`, where the attribute may be dotted. Imports the module, so it blocks.

    Raises:
        SettingsError: there is no such module or attribute, or the module fails while it is imported.
    """
    module, _, path = place.partition(":")
    found: Any = _import(place, module)
    known = module
    for name in path.split("."):
        # A property or a lazy module of the project's own may raise anything here.
        value = guarded(f"{place}: {known}.{name}", partial(getattr, found, name, _ABSENT))
        if value is _ABSENT:
            raise SettingsError(f"{place}: {known} has no {name}.", hint=_near(name, found))
        found, known = value, f"{known}.{name}"
    return found


class _Absent:
    """Stands for an attribute that is not there, as None may be one."""


_ABSENT = _Absent()


def guarded(what: str, act: Callable[[], Any]) -> Any:
    """What a call of the project's own code gives.

    Raises:
        SettingsError: it raised; says `what` failed, with what, and at which line of the project.
    """
    try:
        return act()
    except (Exception, SystemExit) as error:
        raise SettingsError(f"{what} failed: {told(error)}") from error


def _import(place: str, module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):
            raise _no_module(place, error.name) from None
        raise _not_imported(place, module, error) from error
    except (Exception, SystemExit) as error:
        raise _not_imported(place, module, error) from error


def _no_module(place: str, name: str) -> SettingsError:
    return SettingsError(
        f"{place}: there is no module {name}.",
        hint="It is looked for as Python's import does: in the project's folder, and among the installed packages.",
    )


def _not_imported(place: str, module: str, error: BaseException) -> SettingsError:
    return SettingsError(f"{place}: importing {module} failed: {told(error)}")


def told(error: BaseException) -> str:
    """An error of the project's own code in words: what it is, and the last line of the project that led to it."""
    said = mask(f"{type(error).__name__}: {error}".removesuffix(": ").rstrip("."))
    frame = _last_own_frame(error)
    if isinstance(error, SyntaxError) or frame is None:
        return f"{said}."  # a SyntaxError says its line itself
    line = mask(linecache.getline(frame.filename, frame.lineno or 0).strip())
    return f"{said}, at {frame.filename}:{frame.lineno}{f': {line}' if line else ''}"


def _last_own_frame(error: BaseException) -> traceback.FrameSummary | None:
    """The deepest frame that is neither a library's nor Lockgate's: the line that its author can change."""
    paths = sysconfig.get_paths()
    # Code that a library generates has a name like <string> for its file.
    others = (
        "<",
        str(Path(__file__).parents[1]),
        *(paths[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(others)]
    return own[-1] if own else None


def _near(name: str, holder: object) -> str:
    names = [one for one in dir(holder) if not one.startswith("_")]
    near = get_close_matches(name, names, n=3) or [one for one in names if one.lower() == name.lower()]
    return f"Did you mean {' or '.join(near)}?" if near else ""
