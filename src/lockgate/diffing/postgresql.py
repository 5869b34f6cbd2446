"""The SQL that makes changes on PostgreSQL: in an order that every dependency permits, for any set of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_aside import Aside
from lockgate.diffing.postgresql_columns import ColumnChanges
from lockgate.diffing.postgresql_comments import comment, comments_of
from lockgate.diffing.postgresql_names import quoted
from lockgate.diffing.postgresql_options import table_options
from lockgate.diffing.postgresql_phases import Phase, Script
from lockgate.diffing.postgresql_remade import remade
from lockgate.diffing.postgresql_tables import (
    add_constraint,
    create_index,
    create_table,
    drop_constraint,
    drop_index,
    drop_table,
    rename_constraint,
    rename_index,
)
from lockgate.diffing.postgresql_types import TypeChanges
from lockgate.diffing.postgresql_views import say_views
from lockgate.nouns.changes import Change, Kind
from lockgate.nouns.schema import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.changes import Statement
    from lockgate.nouns.schema import Constraint, Index, Schema

_ADDING = {
    ConstraintKind.PRIMARY: Phase.KEY,
    ConstraintKind.UNIQUE: Phase.KEY,
    ConstraintKind.FOREIGN: Phase.FOREIGN_KEY,
}


def statements(changes: Sequence[Change], have: Schema, want: Schema) -> list[Statement]:
    """What makes the changes, which are some of `diff(have, want)`, on a database that is as `have` says."""
    return _Making(changes, have, want).statements()


class _Making:
    def __init__(self, changes: Sequence[Change], have: Schema, want: Schema) -> None:
        self._changes, self._have, self._script = changes, have, Script()
        self._dropped = {one.owner for one in changes if one.kind is Kind.TABLE and one.drops}
        self._types = TypeChanges(changes, have, want, self._script)
        anew = remade(changes, have, want)
        self._columns = ColumnChanges(changes, have, self._script, anew)
        self._aside = Aside(changes, have, want, self._script, anew)

    def statements(self) -> list[Statement]:
        for change in self._changes:
            self._make(change)
        self._aside.put()
        say_views(self._changes, self._have, self._script)
        return self._script.statements()

    def _make(self, change: Change) -> None:
        match change.kind:
            case Kind.NAMESPACE:
                self._namespace(change)
            case Kind.ENUM | Kind.DOMAIN | Kind.SEQUENCE:
                self._types.make(change)
            case Kind.TABLE:
                self._table(change)
            case Kind.TABLE_OPTIONS:
                for text in table_options(change.before, change.after):
                    self._script.say(Phase.OPTIONS, text, change)
            case Kind.CONSTRAINT:
                self._constraint(change)
            case Kind.INDEX:
                self._index(change)
            case Kind.VIEW:
                pass  # they are said together, since one may read another
            case Kind.COMMENT:
                self._script.say(Phase.COMMENT, comment(change), change)
            case _:
                self._columns.make(change)

    def _namespace(self, change: Change) -> None:
        name = quoted(change.owner.schema)
        if change.adds:
            self._script.say(Phase.NAMESPACE, f"CREATE SCHEMA {name}", change)
        else:
            self._script.say(Phase.DROP_NAMESPACE, f"DROP SCHEMA {name}", change)

    def _table(self, change: Change) -> None:
        if change.drops:
            for key in change.before.constraints:
                if key.kind is ConstraintKind.FOREIGN and key.target in self._dropped - {change.owner}:
                    self._script.say(Phase.DROP_FOREIGN_KEY, drop_constraint(change.owner, key), change)
            self._script.say(Phase.DROP_TABLE, drop_table(change.owner), change)
            return
        self._script.say(Phase.TABLE, create_table(change.after), change)
        for key in change.after.constraints:
            if key.kind is ConstraintKind.FOREIGN:
                self._add(change, key)
        for index in change.after.indexes:
            self._script.say(Phase.INDEX, create_index(change.owner, index), change)
        self._comments(change)

    def _constraint(self, change: Change) -> None:
        before, after = change.before, change.after
        if before and after and (before.kind, before.definition) == (after.kind, after.definition):
            self._script.say(Phase.RENAME, rename_constraint(change.owner, before, after), change)
            return
        if before:
            foreign = before.kind is ConstraintKind.FOREIGN
            phase = Phase.DROP_FOREIGN_KEY if foreign else Phase.DROP_PART
            self._script.say(phase, drop_constraint(change.owner, before), change)
        if after:
            self._add(change, after)
            self._comments(change)

    def _add(self, change: Change, constraint: Constraint) -> None:
        phase = _ADDING.get(constraint.kind, Phase.CHECK)
        self._script.say(phase, add_constraint(change.owner, constraint), change)

    def _index(self, change: Change) -> None:
        before: Index | None = change.before
        after: Index | None = change.after
        if before and after and before._replace(name="", comment=None) == after._replace(name="", comment=None):
            self._script.say(Phase.RENAME, rename_index(change.owner, before, after), change)
            return
        if before:
            self._script.say(Phase.DROP_PART, drop_index(change.owner, before), change)
        if after:
            self._script.say(Phase.INDEX, create_index(change.owner, after), change)
            self._comments(change)

    def _comments(self, change: Change) -> None:
        for text in comments_of(change.kind, change.owner, change.after):
            self._script.say(Phase.COMMENT, text, change)
