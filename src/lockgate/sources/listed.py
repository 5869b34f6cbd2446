"""An explicit list of (name, class) becomes sources; what is hashed is the class's own source text."""

from __future__ import annotations

import inspect
import textwrap
import unicodedata
from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.nouns.migrations import Source
from lockgate.planning.names import judge_twins, normal_text, number_of, stem_of, text_hash

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_listed(migrations: Sequence[tuple[str, type]]) -> tuple[Source, ...]:
    """The migrations of an explicit list, sorted by number; each name is stored as it is given.

    Raises:
        SettingsError: an entry is no pair of a name and a class, or a class's source text cannot be had.
        MigrationFileError: a name has no number, or two share one.
    """
    sources = sorted((_source(entry) for entry in migrations), key=lambda source: source.order)
    judge_twins(sources)
    return tuple(sources)


def _source(entry: tuple[str, type]) -> Source:
    try:
        name, migrator = entry
    except (TypeError, ValueError):
        raise SettingsError("An explicit list holds pairs of a name and a migration class.") from None
    if not isinstance(name, str) or not isinstance(migrator, type):
        raise SettingsError(f"An explicit list holds pairs of a name and a migration class, not {entry!r}.")
    identity = unicodedata.normalize("NFC", name)
    text = _class_text(identity, migrator)
    number = number_of(identity, stem_of(identity))
    return Source(identity, number, text_hash(normal_text(text.encode())), text, migrator=migrator)


def _class_text(name: str, migrator: type) -> str:
    try:
        return textwrap.dedent(inspect.getsource(migrator))
    except (OSError, TypeError):
        raise SettingsError(
            f"{name}: the source text of {migrator.__qualname__} cannot be had, so it has no hash.",
            hint="Define the class in a module; a class made at run time cannot be tracked.",
        ) from None
