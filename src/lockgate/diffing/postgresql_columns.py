"""What changes a column, said for PostgreSQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_casts import conversion
from lockgate.diffing.postgresql_comments import comments_of
from lockgate.diffing.postgresql_names import qualified, quoted, sequence_name, string
from lockgate.diffing.postgresql_numbers import behind_rows, must_restart
from lockgate.diffing.postgresql_phases import Phase, Script
from lockgate.diffing.postgresql_tables import column_text
from lockgate.nouns.changes import Change, Kind
from lockgate.nouns.schema import Name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lockgate.diffing.postgresql_remade import Remade
    from lockgate.nouns.schema import Column, Schema

_OPTION = re.compile(r"(?:START WITH|INCREMENT BY|MINVALUE|MAXVALUE|CACHE) -?\d+|(?:NO )?CYCLE")
_SEQUENCE = re.compile(r'\(SEQUENCE NAME ((?:"(?:[^"]|"")+"|[^" ])+) ')
_NEXTVAL = re.compile(r"nextval\((.+?)(?:::regclass)?\)")


class ColumnChanges:
    """Makes the changes of columns; those of one column know of each other."""

    def __init__(
        self,
        changes: Sequence[Change],
        have: Schema,
        script: Script,
        remade: Mapping[tuple[Name, str], Remade],
    ) -> None:
        self._script, self._have, self._remade = script, have, remade
        sequences = [one for one in changes if one.kind is Kind.SEQUENCE]
        counting = {one.before.owner for one in sequences if one.drops}
        self._made = {
            string(qualified(one.owner)): one.after.options
            for one in sequences
            if one.adds and (one.after.owner is None or one.after.owner not in counting)
        }
        self._kinds: dict[tuple[Name, str], set[Kind]] = {}
        for change in changes:
            self._kinds.setdefault((change.owner, change.part), set()).add(change.kind)

    def make(self, change: Change) -> None:
        """Say what makes it."""
        if anew := self._remade.get((change.owner, change.part)):
            remake_column(self._script, change.owner, anew.column, change)
            return
        match change.kind:
            case Kind.COLUMN:
                self._column(change)
            case Kind.TYPE | Kind.COLLATION:
                self._type(change)
            case Kind.NULLABLE:
                self._say(Phase.COLUMN_VALUE, change, f"{'DROP' if change.after.nullable else 'SET'} NOT NULL")
            case Kind.DEFAULT:
                self._default(change)
            case Kind.IDENTITY:
                self._identity(change)
            case Kind.GENERATED:
                self._say(Phase.DROP_VALUE, change, "DROP EXPRESSION")

    def _changed(self, change: Change) -> set[Kind]:
        return self._kinds[change.owner, change.part]

    def _say(self, phase: Phase, change: Change, action: str) -> None:
        alter = f"ALTER TABLE {qualified(change.owner)} ALTER COLUMN {quoted(change.part)}"
        self._script.say(phase, f"{alter} {action}", change)

    def _column(self, change: Change) -> None:
        if change.drops:
            # A computed column goes first: those that it reads may be dropped, or change their types.
            phase = Phase.DROP_VALUE if change.before.generated else Phase.DROP_COLUMN
            self._script.say(phase, f"ALTER TABLE {qualified(change.owner)} DROP COLUMN {quoted(change.part)}", change)
        else:
            add_column(self._script, change.owner, change.after, change)

    def _type(self, change: Change) -> None:
        before, after, changed = change.before, change.after, self._changed(change)
        type_ = after.type if Kind.TYPE in changed else before.type
        collation = after.collation if Kind.COLLATION in changed else before.collation
        collate = f" COLLATE {collation}" if collation else ""
        using = conversion(quoted(change.part), before.type, type_)
        if before.default is not None and not _NEXTVAL.fullmatch(before.default):
            self._say(Phase.DROP_VALUE, change, "DROP DEFAULT")
            if Kind.DEFAULT not in changed:
                self._say(Phase.COLUMN_VALUE, change, f"SET DEFAULT {before.default}")
        self._say(Phase.COLUMN_TYPE, change, f"TYPE {type_}{collate}{using}")

    def _default(self, change: Change) -> None:
        default = change.after.default
        if default is None:
            self._say(Phase.DROP_VALUE, change, "DROP DEFAULT")
            return
        self._say(Phase.COLUMN_VALUE, change, f"SET DEFAULT {default}")
        sequence = _NEXTVAL.fullmatch(default)
        if sequence and sequence[1] in self._made:
            self._start(change, sequence[1], self._made[sequence[1]])

    def _identity(self, change: Change) -> None:
        before, after = change.before.identity, change.after.identity
        if after is None:
            self._say(Phase.DROP_VALUE, change, "DROP IDENTITY")
        elif before is None:
            self._say(Phase.IDENTITY, change, f"ADD GENERATED {after}")
            self._start(change, _sequence_of(change), after)
        else:
            self._rename_sequence(change)
            if altered := _altered(before, after):
                self._say(Phase.IDENTITY, change, altered)
            if must_restart(before, after):
                self._start(change, _sequence_of(change), after)

    def _rename_sequence(self, change: Change) -> None:
        """After a table was renamed, say; the server's own name for it is the one that a model means."""
        own = qualified(Name(change.owner.schema, sequence_name(change.owner.name, change.part)))
        before, after = (_sequence_in(one.identity) or own for one in (change.before, change.after))
        if before != after:
            name = after.removeprefix(f"{quoted(change.owner.schema)}.")
            self._script.say(Phase.RENAME, f"ALTER SEQUENCE {before} RENAME TO {name}", change)

    def _start(self, change: Change, sequence: str, options: str) -> None:
        if change.owner in self._have.tables:
            self._script.say(Phase.OWNER, behind_rows(sequence, options, change.owner, change.part), change)


def add_column(script: Script, owner: Name, column: Column, change: Change) -> None:
    """Add a column; a computed one after those that it reads."""
    phase = Phase.COMPUTED if column.generated else Phase.ADD_COLUMN
    script.say(phase, f"ALTER TABLE {qualified(owner)} ADD COLUMN {column_text(column)}", change)
    for text in comments_of(Kind.COLUMN, owner, column):
        script.say(Phase.COMMENT, text, change)


def remake_column(script: Script, owner: Name, column: Column, change: Change) -> None:
    """Drop a column and add it as it is to be."""
    script.say(Phase.DROP_VALUE, f"ALTER TABLE {qualified(owner)} DROP COLUMN {quoted(column.name)}", change)
    add_column(script, owner, column, change)


def _sequence_in(identity: str) -> str | None:
    found = _SEQUENCE.search(identity)
    return found[1] if found else None


def _altered(before: str, after: str) -> str:
    (old, _, there), (new, _, wanted) = (one.partition(" AS IDENTITY") for one in (before, after))
    mode = [f"SET GENERATED {new}"] if old != new else []
    kept = _OPTION.findall(there)
    options = [f"SET {option}" for option in _OPTION.findall(wanted) if option not in kept]
    return " ".join([*mode, *options, *(["RESTART"] if must_restart(before, after) else [])])


def _sequence_of(change: Change) -> str:
    return f"pg_get_serial_sequence({string(qualified(change.owner))}, {string(change.part)})"
