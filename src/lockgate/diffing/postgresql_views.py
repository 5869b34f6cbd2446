"""Views, said for PostgreSQL; they step aside while what they read changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_comments import comments_of
from lockgate.diffing.postgresql_names import qualified
from lockgate.diffing.postgresql_phases import Phase, Script, of_kinds
from lockgate.diffing.postgresql_remade import RETYPING, columns_of, is_remade_type
from lockgate.diffing.postgresql_tables import create_index
from lockgate.nouns.changes import Change, Kind
from lockgate.nouns.schema import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lockgate.nouns.schema import Name, Schema


def say_views(changes: Sequence[Change], have: Schema, script: Script) -> None:
    """Say what makes the changes of views, and what puts others aside and back as they were."""
    own = of_kinds(changes, Kind.VIEW)
    gone = {change.owner: [change] for change in own if change.before}
    back = {change.owner: change.after for change in own if change.after}
    because = {change.owner: [change] for change in own}
    for change in changes:
        for view in _disturbed(change, have):
            if view.name not in because:
                back[view.name] = view
            gone.setdefault(view.name, []).append(change)
    for view in reversed(in_order(have.views[name] for name in gone)):
        script.say(Phase.DROP_VIEW, drop_view(view), *gone[view.name])
    for view in in_order(back.values()):
        for text in create_view(view):
            script.say(Phase.VIEW, text, *because.get(view.name, gone.get(view.name, [])))
        for text in comments_of(Kind.VIEW, view.name, view):
            script.say(Phase.COMMENT, text, *because.get(view.name, gone.get(view.name, [])))


def _disturbed(change: Change, have: Schema) -> list[View]:
    """The views that have to step aside for a change."""
    if is_remade_type(change):
        named = [view.name for view in have.views.values() if qualified(change.owner) in view.definition]
        tables = {owner for owner, _ in columns_of(change.owner, have)}
        return in_order({*readers(have.views, {*tables, *named}), *(have.views[name] for name in named)})
    dropping = change.drops and change.kind in {Kind.TABLE, Kind.COLUMN}
    if dropping or change.kind in {*RETYPING, Kind.GENERATED} or (change.kind is Kind.VIEW and change.before):
        return readers(have.views, [change.owner])
    return []


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
