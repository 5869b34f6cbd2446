"""Enum types, domains and sequences, said for PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.effects import added_labels
from lockgate.diffing.postgresql_comments import comments_of
from lockgate.diffing.postgresql_names import qualified, quoted, string
from lockgate.diffing.postgresql_numbers import must_restart
from lockgate.diffing.postgresql_phases import Phase, Script, of_kinds
from lockgate.diffing.postgresql_remade import columns_of, is_remade_type
from lockgate.diffing.postgresql_tables import constraint_text
from lockgate.nouns.changes import Change, Kind
from lockgate.nouns.schema import Domain, Enumeration, Name, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as Several

    from lockgate.nouns.schema import Column, Sequence


class TypeChanges:
    """Makes the changes of types and sequences."""

    def __init__(self, changes: Several[Change], have: Schema, want: Schema, script: Script) -> None:
        self._have, self._want, self._script = have, want, script
        self._columns = {
            (one.owner, one.part): one for one in of_kinds(changes, Kind.TYPE, Kind.DEFAULT, Kind.GENERATED)
        }
        self._defaults = {(one.owner, one.part) for one in of_kinds(changes, Kind.DEFAULT)}
        self._gone = {one.owner for one in of_kinds(changes, Kind.TABLE) if one.drops}
        self._gone_columns = {(one.owner, one.part) for one in of_kinds(changes, Kind.COLUMN) if one.drops}
        self._identities = {(one.owner, one.part) for one in of_kinds(changes, Kind.IDENTITY) if one.after.identity}
        sequences = of_kinds(changes, Kind.SEQUENCE)
        dropped = {one.before.owner: one for one in sequences if one.drops and one.before.owner}
        self._renamed = {
            one.owner: dropped[one.after.owner] for one in sequences if one.adds and one.after.owner in dropped
        }

    def make(self, change: Change) -> None:
        """Say what makes it."""
        if change.kind is Kind.SEQUENCE:
            self._sequence(change)
        elif change.drops:
            word = "DOMAIN" if change.kind is Kind.DOMAIN else "TYPE"
            self._script.say(Phase.DROP_TYPE, f"DROP {word} {qualified(change.owner)}", change)
        elif change.adds:
            self._create(change)
        elif is_remade_type(change):
            self._remake(change)
        elif change.kind is Kind.ENUM:
            self._enum(change)
        else:
            self._domain(change)

    def _create(self, change: Change) -> None:
        self._script.say(Phase.TYPE, create_type(change.after), change)
        for text in comments_of(change.kind, change.owner, change.after):
            self._script.say(Phase.COMMENT, text, change)

    def _enum(self, change: Change) -> None:
        for label, place, beside in added_labels(change.before.labels, change.after.labels) or ():
            text = (
                f"ALTER TYPE {qualified(change.owner)} ADD VALUE IF NOT EXISTS {string(label)} {place} {string(beside)}"
            )
            self._script.say(Phase.LABELS, text, change)

    def _domain(self, change: Change) -> None:
        before: Domain = change.before
        after: Domain = change.after
        alter = f"ALTER DOMAIN {qualified(change.owner)}"
        for action in _domain_actions(before, after):
            self._script.say(Phase.TYPE, f"{alter} {action}", change)

    def _remake(self, change: Change) -> None:
        """Make the type anew beside the old one, and change the columns over; PostgreSQL takes no label back."""
        word = "DOMAIN" if change.kind is Kind.DOMAIN else "TYPE"
        name = change.owner
        aside = Name(name.schema, f"{name.name}__old")
        self._script.say(Phase.TYPE, f"ALTER {word} {qualified(name)} RENAME TO {quoted(aside.name)}", change)
        self._create(change)
        for table, column in self._columns_of(name):
            for action in self._retyped(table, column):
                alter = f"ALTER TABLE {qualified(table)} ALTER COLUMN {quoted(column.name)}"
                self._script.say(Phase.TYPE, f"{alter} {action}", change)
        self._script.say(Phase.DROP_TYPE, f"DROP {word} {qualified(aside)}", change)

    def _columns_of(self, name: Name) -> Iterator[tuple[Name, Column]]:
        for table, column in columns_of(name, self._have):
            wanted = self._want.tables.get(table)
            if wanted is not None and wanted.column(column.name) is not None and not column.generated:
                yield table, column

    def _retyped(self, table: Name, column: Column) -> Iterator[str]:
        if column.default is not None:
            yield "DROP DEFAULT"
        array = "[]" if column.type.endswith("[]") else ""
        yield f"TYPE {column.type} USING {quoted(column.name)}::text{array}::{column.type}"
        if column.default is not None and (table, column.name) not in self._defaults:
            yield f"SET DEFAULT {column.default}"

    def _sequence(self, change: Change) -> None:
        if change.drops:
            self._drop_sequence(change)
        elif change.owner in self._renamed:
            self._rename_sequence(change)
        else:
            self._set_sequence(change)

    def _set_sequence(self, change: Change) -> None:
        before, after = change.before, change.after
        if before and before.owner and self._is_gone(before.owner):
            # It would be dropped with its column, and another column is to have it.
            self._script.say(Phase.DROP_PART, owned_by(after._replace(owner=None)), change)
        if before is None or before.options != after.options:
            again = " RESTART" if before and must_restart(before.options, after.options) else ""
            text = f"{'ALTER' if before else 'CREATE'} SEQUENCE {qualified(change.owner)} {after.options}{again}"
            self._script.say(Phase.SEQUENCE, text, change)
        if after.owner or before:
            self._script.say(Phase.OWNER, owned_by(after), change)
        for text in comments_of(change.kind, change.owner, after):
            self._script.say(Phase.COMMENT, text, change)

    def _is_gone(self, owner: tuple[Name, str]) -> bool:
        return owner[0] in self._gone or owner in self._gone_columns

    def _drop_sequence(self, change: Change) -> None:
        owner = change.before.owner
        renamed = any(one is change for one in self._renamed.values())
        gone = owner is not None and self._is_gone(owner)
        if not renamed and not gone:
            # An identity is to have the name of the sequence before it.
            phase = Phase.DROP_NUMBERS if owner in self._identities else Phase.DROP_SEQUENCE
            self._script.say(phase, f"DROP SEQUENCE {qualified(change.owner)}", change)

    def _rename_sequence(self, change: Change) -> None:
        """That of a column goes on counting under its other name."""
        before = self._renamed[change.owner].before
        rename = f"ALTER SEQUENCE {qualified(before.name)} RENAME TO {quoted(change.owner.name)}"
        self._script.say(Phase.RENAME, rename, change, self._renamed[change.owner])
        if before.options != change.after.options:
            alter = f"ALTER SEQUENCE {qualified(change.owner)} {change.after.options}"
            self._script.say(Phase.SEQUENCE, alter, change)


def create_type(noun: Enumeration | Domain) -> str:
    """Create an enum type or a domain."""
    if isinstance(noun, Enumeration):
        return f"CREATE TYPE {qualified(noun.name)} AS ENUM ({', '.join(map(string, noun.labels))})"
    parts = [f"CREATE DOMAIN {qualified(noun.name)} AS {noun.type}"]
    if noun.collation:
        parts.append(f"COLLATE {noun.collation}")
    if noun.default is not None:
        parts.append(f"DEFAULT {noun.default}")
    if not noun.nullable:
        parts.append("NOT NULL")
    return " ".join([*parts, *map(constraint_text, noun.checks)])


def owned_by(sequence: Sequence) -> str:
    """Tie a sequence to its column, or to none."""
    table, column = sequence.owner or (None, "")
    owner = f"{qualified(table)}.{quoted(column)}" if table else "NONE"
    return f"ALTER SEQUENCE {qualified(sequence.name)} OWNED BY {owner}"


def _domain_actions(before: Domain, after: Domain) -> Iterator[str]:
    kept = set(before.checks) & set(after.checks)
    yield from (f"DROP CONSTRAINT {quoted(check.name)}" for check in before.checks if check not in kept)
    if before.default != after.default:
        yield "DROP DEFAULT" if after.default is None else f"SET DEFAULT {after.default}"
    if before.nullable != after.nullable:
        yield "DROP NOT NULL" if after.nullable else "SET NOT NULL"
    yield from (f"ADD {constraint_text(check)}" for check in after.checks if check not in kept)
