"""Which names a comparison looks at."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from lockgate.nouns.schema import Name


def wanted(
    name: Name, *, include: Collection[str] = (), exclude: Collection[str] = (), schemas: Collection[str] = ()
) -> bool:
    """Whether a name is looked at; the same rule for the models and for the database.

    Args:
        name: the qualified name of a table, a view or a sequence.
        include: glob patterns (`*`, `?`, `[a-z]`; case counts) of a name alone or of `schema.name`; with none, all.
        exclude: patterns of what is left out even where `include` has it.
        schemas: the schemas that are looked at, without patterns; with none, all.
    """
    if schemas and name.schema not in schemas:
        return False
    return (not include or _matches(name, include)) and not _matches(name, exclude)


def _matches(name: Name, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(name.name, pattern) or fnmatchcase(str(name), pattern) for pattern in patterns)
