"""What has to step aside while something that it depends on is changed, and is put back as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.diffing.postgresql_columns import remake_column
from lockgate.diffing.postgresql_comments import comments_of
from lockgate.diffing.postgresql_names import qualified
from lockgate.diffing.postgresql_phases import Phase, Script
from lockgate.diffing.postgresql_remade import RETYPING, columns_of, is_remade_type, mentions
from lockgate.diffing.postgresql_tables import (
    add_constraint,
    create_index,
    drop_constraint,
    drop_index,
    rename_constraint,
    rename_index,
)
from lockgate.nouns.changes import Change, Effect, Kind
from lockgate.nouns.schema import Constraint, ConstraintKind, Index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lockgate.diffing.postgresql_remade import Remade
    from lockgate.nouns.schema import Name, Schema, Table

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
        remade: Mapping[tuple[Name, str], Remade],
    ) -> None:
        self._changes, self._have, self._want, self._script = changes, have, want, script
        self._remade = remade
        parts = [(one, name) for one in changes if one.kind in _PARTS for name in _names(one)]
        self._touched = {(one.kind, one.owner, name) for one, name in parts if not _renamed(one)}
        self._renamed: dict[tuple[Kind, Name, str], Any] = {
            (one.kind, one.owner, one.before.name): one.after for one, _ in parts if _renamed(one)
        }
        self._retyped = {(one.owner, one.part) for one in changes if one.kind in (*RETYPING, Kind.GENERATED)}

    def put(self) -> None:
        """Say what puts them aside and back."""
        for change in self._changes:
            self._foreign_keys(change)
            if is_remade_type(change):
                self._users(change)
        for (owner, part), anew in self._remade.items():
            if (owner, part) not in self._retyped:
                remake_column(self._script, owner, anew.column, anew.because)
            self._parts(owner, anew.because, lambda text, part=part: mentions(text, part))  # type: ignore[misc]

    def _is_kept(self, kind: Kind, owner: Name, part: str = "") -> bool:
        return (kind, owner, part) not in self._touched

    def _users(self, change: Change) -> None:
        """What names a type that is made anew: it would go on naming the old one."""
        name = qualified(change.owner)
        for table in self._have.tables.values():
            self._parts(table.name, change, lambda text: name in text)
        for owner, column in columns_of(change.owner, self._have):
            table = self._have.tables[owner]
            for key in table.constraints:
                if key.kind is ConstraintKind.FOREIGN and column.name in key.columns:
                    self._key_aside(change, table, key)

    def _parts(self, owner: Name, change: Change, depends: Callable[[str], bool]) -> None:
        table = self._have.tables[owner]
        if owner not in self._want.tables:
            return
        for constraint in table.constraints:
            named = constraint.kind is not ConstraintKind.FOREIGN and depends(constraint.definition)
            if named and self._is_kept(Kind.CONSTRAINT, owner, constraint.name):
                self._script.say(Phase.DROP_PART, drop_constraint(owner, constraint), change)
                phase = Phase.KEY if constraint.kind in _KEYS else Phase.CHECK
                self._back(phase, change, owner, self._wanted_constraint(owner, constraint))
        for index in table.indexes:
            if depends(index.definition) and self._is_kept(Kind.INDEX, owner, index.name):
                self._script.say(Phase.DROP_PART, drop_index(owner, index), change)
                self._back(Phase.INDEX, change, owner, self._wanted_index(owner, index))

    def _wanted_constraint(self, owner: Name, constraint: Constraint) -> Constraint:
        """As it is put back: where only its name was to change, with that, and not renamed as well."""
        named = self._renamed.get((Kind.CONSTRAINT, owner, constraint.name), constraint)
        if named != constraint:
            self._script.unsay(Phase.RENAME, rename_constraint(owner, constraint, named))
        return next((one for one in self._want.tables[owner].constraints if one.name == named.name), constraint)

    def _wanted_index(self, owner: Name, index: Index) -> Index:
        """The same of an index."""
        named = self._renamed.get((Kind.INDEX, owner, index.name), index)
        if named != index:
            self._script.unsay(Phase.RENAME, rename_index(owner, index, named))
        return next((one for one in self._want.tables[owner].indexes if one.name == named.name), index)

    def _back(self, phase: Phase, change: Change, owner: Name, part: Constraint | Index) -> None:
        kind = Kind.CONSTRAINT if isinstance(part, Constraint) else Kind.INDEX
        text = add_constraint(owner, part) if isinstance(part, Constraint) else create_index(owner, part)
        self._script.say(phase, text, change)
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
        if table.name in self._want.tables:
            self._back(Phase.FOREIGN_KEY, change, table.name, self._wanted_constraint(table.name, key))


def _disturbs(change: Change, table: Table, key: Constraint) -> bool:
    if change.kind is Kind.TABLE:
        return change.drops and key.target == change.owner and key.target != table.name
    if change.kind in (*RETYPING, Kind.GENERATED) and change.effect is not Effect.WIDENING:
        own = change.owner == table.name and change.part in key.columns
        return own or (change.owner == key.target and change.part in key.target_columns)
    if change.kind in {Kind.CONSTRAINT, Kind.INDEX} and change.owner == key.target:
        return _is_key(change.before) and set(change.before.columns) == set(key.target_columns) and not _renamed(change)
    return False


def _names(change: Change) -> set[str]:
    """What a part is called, before or after; the part of a table itself is called nothing."""
    if change.kind in {Kind.CONSTRAINT, Kind.INDEX}:
        return {one.name for one in (change.before, change.after) if one}
    return {change.part}


def _is_key(part: Constraint | Index) -> bool:
    return part.unique if isinstance(part, Index) else part.kind in _KEYS


def _renamed(change: Change) -> bool:
    """Whether a constraint or an index is to have another name, and nothing else of it changes."""
    before, after = change.before, change.after
    if change.kind not in {Kind.CONSTRAINT, Kind.INDEX} or before is None or after is None:
        return False
    return bool(before._replace(name="", comment=None) == after._replace(name="", comment=None))
