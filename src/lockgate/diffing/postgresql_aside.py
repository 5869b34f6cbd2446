"""What has to step aside while something that it depends on is changed, and is put back as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.effects import added_labels
from lockgate.diffing.postgresql_columns import remake_column
from lockgate.diffing.postgresql_comments import comments_of
from lockgate.diffing.postgresql_names import qualified
from lockgate.diffing.postgresql_phases import Phase, Script
from lockgate.diffing.postgresql_remade import RETYPING, mentions
from lockgate.diffing.postgresql_tables import add_constraint, create_index, drop_constraint, drop_index
from lockgate.diffing.postgresql_views import create_view, drop_view, readers
from lockgate.nouns.changes import Change, Effect, Kind
from lockgate.nouns.schema import Constraint, ConstraintKind, Index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lockgate.nouns.schema import Column, Name, Schema, Table

_KEYS = (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE)
_PARTS = (Kind.COLUMN, Kind.CONSTRAINT, Kind.INDEX, Kind.VIEW, Kind.TABLE)


class Aside:
    """Finds, among what stays as it is, what depends on what changes."""

    def __init__(
        self,
        changes: Sequence[Change],
        have: Schema,
        want: Schema,
        script: Script,
        remade: Mapping[tuple[Name, str], Column],
    ) -> None:
        self._changes, self._have, self._want, self._script = changes, have, want, script
        self._remade = remade
        self._touched = {(one.kind, one.owner, one.part) for one in changes if one.kind in _PARTS}
        self._retyped = {(one.owner, one.part) for one in changes if one.kind in (*RETYPING, Kind.GENERATED)}

    def put(self) -> None:
        """Say what puts them aside and back."""
        for change in self._changes:
            self._views(change)
            self._foreign_keys(change)
            if _is_remade_type(change):
                self._users(change)
        for (owner, part), column in self._remade.items():
            change = self._because(owner, part)
            if (owner, part) not in self._retyped:
                remake_column(self._script, owner, column, change)
            self._parts(owner, change, lambda text, part=part: mentions(text, part))  # type: ignore[misc]

    def _because(self, owner: Name, part: str) -> Change:
        """The change for which a column is made anew: its own, or one of a column that it reads."""
        there = [one for one in self._changes if one.owner == owner and one.kind in (*RETYPING, Kind.GENERATED)]
        return next((one for one in there if one.part == part), there[0])

    def _is_kept(self, kind: Kind, owner: Name, part: str = "") -> bool:
        return (kind, owner, part) not in self._touched

    def _views(self, change: Change) -> None:
        dropping = change.drops and change.kind in {Kind.TABLE, Kind.COLUMN}
        if not (dropping or change.kind is Kind.VIEW or change.kind in (*RETYPING, Kind.GENERATED)):
            return
        for view in readers(self._have.views, [change.owner]):
            self._script.say(Phase.DROP_VIEW, drop_view(view), change)
            if self._is_kept(Kind.VIEW, view.name):
                for text in (*create_view(view), *comments_of(Kind.VIEW, view.name, view)):
                    self._script.say(Phase.VIEW, text, change)

    def _users(self, change: Change) -> None:
        """What names a type that is made anew: it would go on naming the old one."""
        name = qualified(change.owner)
        for table in self._have.tables.values():
            self._parts(table.name, change, lambda text: name in text)

    def _parts(self, owner: Name, change: Change, depends: Callable[[str], bool]) -> None:
        table = self._have.tables[owner]
        if owner not in self._want.tables:
            return
        for constraint in table.constraints:
            named = constraint.kind is not ConstraintKind.FOREIGN and depends(constraint.definition)
            if named and self._is_kept(Kind.CONSTRAINT, owner, constraint.name):
                self._script.say(Phase.DROP_PART, drop_constraint(owner, constraint), change)
                phase = Phase.KEY if constraint.kind in _KEYS else Phase.CHECK
                self._back(phase, add_constraint(owner, constraint), change, owner, constraint)
        for index in table.indexes:
            if depends(index.definition) and self._is_kept(Kind.INDEX, owner, index.name):
                self._script.say(Phase.DROP_PART, drop_index(owner, index), change)
                self._back(Phase.INDEX, create_index(owner, index), change, owner, index)

    def _back(self, phase: Phase, text: str, change: Change, owner: Name, part: Constraint | Index) -> None:
        self._script.say(phase, text, change)
        kind = Kind.CONSTRAINT if isinstance(part, Constraint) else Kind.INDEX
        for comment in comments_of(kind, owner, part):
            self._script.say(Phase.COMMENT, comment, change)

    def _foreign_keys(self, change: Change) -> None:
        if change.kind not in {*_PARTS, *RETYPING, Kind.GENERATED} or change.before is None:
            return
        for table in self._have.tables.values():
            for key in table.constraints:
                if key.kind is ConstraintKind.FOREIGN and _disturbs(change, table, key):
                    self._key_aside(change, table, key)

    def _key_aside(self, change: Change, table: Table, key: Constraint) -> None:
        if not self._is_kept(Kind.CONSTRAINT, table.name, key.name):
            return
        self._script.say(Phase.DROP_FOREIGN_KEY, drop_constraint(table.name, key), change)
        wanted = self._want.tables.get(table.name)
        if wanted and key in wanted.constraints:
            self._back(Phase.FOREIGN_KEY, add_constraint(table.name, key), change, table.name, key)


def _disturbs(change: Change, table: Table, key: Constraint) -> bool:
    if change.kind is Kind.TABLE:
        return change.drops and key.target == change.owner and key.target != table.name
    if change.kind in (*RETYPING, Kind.GENERATED) and change.effect is not Effect.WIDENING:
        own = change.owner == table.name and change.part in key.columns
        return own or (change.owner == key.target and change.part in key.target_columns)
    if change.kind in {Kind.CONSTRAINT, Kind.INDEX} and change.owner == key.target:
        return _is_key(change.before) and set(change.before.columns) == set(key.target_columns) and not _renamed(change)
    return False


def _is_key(part: Constraint | Index) -> bool:
    return part.unique if isinstance(part, Index) else part.kind in _KEYS


def _renamed(change: Change) -> bool:
    before, after = change.before, change.after
    return bool(after and before._replace(name="", comment=None) == after._replace(name="", comment=None))


def _is_remade_type(change: Change) -> bool:
    before, after = change.before, change.after
    if before is None or after is None:
        return False
    if change.kind is Kind.ENUM:
        return added_labels(before.labels, after.labels) is None
    return change.kind is Kind.DOMAIN and (before.type, before.collation) != (after.type, after.collation)
