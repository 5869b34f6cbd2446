"""Migrations of several directories: each namespace has numbers and an order of its own. Pure: no database, no disk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns.directories import NAMESPACE
from lockgate.nouns.history import Applied, History
from lockgate.nouns.layouts import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.migrations import Source


class Part(NamedTuple):
    """The files and the rows of one namespace."""

    namespace: str
    sources: Sequence[Source]
    history: History


def own(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Those without a namespace, which are the application's own."""
    return tuple(source for source in sources if not source.namespace)


def apart(sources: Sequence[Source], history: History) -> list[Part]:
    """Files and rows by namespace, also by those that have rows only."""
    if not any("/" in row.name for row in history) and not any(source.namespace for source in sources):
        return [Part("", sources, history)]
    files: dict[str, list[Source]] = {"": []}
    for source in sources:
        files.setdefault(source.namespace, []).append(source)
    known = {source.name: source.namespace for source in sources}
    # Alembic's own folders have names with a slash as well.
    is_open = all(source.layout is not Layout.ALEMBIC for source in files[""])
    rows: dict[str, list[Applied]] = {}
    for row in history:
        found = known.get(row.name)
        if found is None:
            found = namespace_of(row.name)
            found = found if is_open or found in files else ""
        rows.setdefault(found, []).append(row)
    return [
        Part(one, files.get(one, ()), History(tuple(rows.get(one, ())), history.exists)) for one in {**files, **rows}
    ]


def namespace_of(name: str) -> str:
    """What stands before the slash of a recorded name; empty where there is none."""
    found = re.match(rf"({NAMESPACE})/", name)
    return found[1] if found else ""
