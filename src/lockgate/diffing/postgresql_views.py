"""Views, said for PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_names import qualified
from lockgate.diffing.postgresql_tables import create_index
from lockgate.nouns.schema import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockgate.nouns.schema import Name


def create_view(view: View) -> Iterator[str]:
    """Create it, and a materialised one's indexes."""
    body = view.definition.strip().removesuffix(";")
    options = f" {view.options}" if view.options else ""
    yield f"CREATE {_kind(view)} {qualified(view.name)}{options} AS\n{body}"
    for index in view.indexes:
        yield create_index(view.name, index)


def drop_view(view: View) -> str:
    """Drop it."""
    return f"DROP {_kind(view)} {qualified(view.name)}"


def _kind(view: View) -> str:
    return "MATERIALIZED VIEW" if view.materialized else "VIEW"


def readers(views: Mapping[Name, View], changed: Iterable[Name]) -> list[View]:
    """The views that read any of the tables and views, directly or not; those that others read come first."""
    touched, found = set(changed), list[View]()
    while more := [view for view in views.values() if view not in found and touched & set(view.uses)]:
        found += more
        touched |= {view.name for view in more}
    return in_order(found)


def in_order(views: Iterable[View]) -> list[View]:
    """Each behind those that it reads."""
    waiting, ordered = list(views), list[View]()
    while waiting:
        names = {view.name for view in waiting}
        free = [view for view in waiting if not names & set(view.uses)] or waiting
        ordered += free
        waiting = [view for view in waiting if view not in free]
    return ordered
