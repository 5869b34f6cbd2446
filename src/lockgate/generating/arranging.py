"""PostgreSQL's statements in the order in which a person would write them: each new table with all that is its own.

What diffing says is in phases, so that any set of changes can be made. Here the tables that come and go are put into the order
of their foreign keys, which become parts of them, and a column that numbers itself says so in one word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.diffing.postgresql_comments import comments_of
from lockgate.diffing.postgresql_tables import (
    add_constraint,
    column_text,
    constraint_text,
    create_index,
    create_table,
    drop_constraint,
    drop_table,
)
from lockgate.diffing.postgresql_types import owned_by
from lockgate.generating.in_order import in_order, keys_first, referred
from lockgate.generating.plain_sql import simple, simple_sequence
from lockgate.generating.serials import is_serial
from lockgate.generating.standing import stands
from lockgate.nouns.changes import Change, Kind, Statement
from lockgate.nouns.schema import Constraint, ConstraintKind, Name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from lockgate.nouns.schema import Column, Schema, Table

    Numbered = Callable[[Table], Collection[str]]


class Arranged(NamedTuple):
    """Statements, and what the tables that they create have in them beside their columns.

    Attributes:
        keys: the foreign keys that are within CREATE TABLE.
        numbered: the columns that are a serial there.
    """

    statements: list[Statement]
    keys: dict[Name, tuple[Constraint, ...]]
    numbered: dict[Name, frozenset[str]]


def every_serial(schema: Schema) -> Numbered:
    """All columns of a table that can be called a serial."""
    return lambda table: [one.name for one in table.columns if is_serial(schema, table, one)]


def arranged(statements: Sequence[Statement], have: Schema, want: Schema, numbered: Numbered) -> Arranged:
    """Arrange them; `numbered` says of a new table which of its columns number themselves."""
    return _Arranging(statements, have, want, numbered).arranged()


class _Arranging:
    def __init__(self, statements: Sequence[Statement], have: Schema, want: Schema, numbered: Numbered) -> None:
        self._statements, self._have, self._want = statements, have, want
        changes = {change for one in statements for change in one.changes}
        tables = [one for one in changes if one.kind is Kind.TABLE]
        self._created: dict[Name, Change] = {one.owner: one for one in tables if one.adds}
        self._dropped = {one.owner: one.before for one in tables if one.drops}
        created = in_order(sorted(self._created), lambda name: referred(self._created[name].after))
        dropped = in_order(sorted(self._dropped), lambda name: referred(self._dropped[name]))
        places = (*enumerate(created), *enumerate(reversed(dropped)))
        self._place = {name: place for place, name in places}
        self._said = {one.text for one in statements}
        self._numbered = {name: frozenset(numbered(want.tables[name])) for name in created}
        self._keys = {name: tuple(self._inner_keys(want.tables[name])) for name in created}

    def arranged(self) -> Arranged:
        creating = {create_table(self._want.tables[name]): name for name in self._created}
        dropping = {drop_table(name): name for name in self._dropped}
        gone = self._gone()
        result, done = list[Statement](), False
        for one in self._statements:
            if one.text in creating:
                result += [] if done else self._creations()
                done = True
            elif one.text not in gone:
                result.append(self._simpler(one))
        places = [place for place, one in enumerate(result) if one.text in dropping]
        ordered = sorted((result[place] for place in places), key=lambda one: self._place[dropping[one.text]])
        for place, one in zip(places, ordered, strict=True):
            result[place] = one
        return Arranged(result, self._keys, self._numbered)

    def _creations(self) -> Iterator[Statement]:
        """Each new table, followed by its indexes and comments."""
        for name in sorted(self._created, key=self._place.__getitem__):
            change = self._created[name]
            yield Statement(self._creation(self._want.tables[name]), (change,))
            yield from (Statement(text, (change,)) for text in self._followers(change) if text in self._said)

    def _creation(self, table: Table) -> str:
        serials = self._numbered[table.name]
        columns = tuple(simple(one, serial=one.name in serials) for one in table.columns)
        text = create_table(table._replace(columns=columns, constraints=keys_first(table.constraints)))
        keys = "".join(f",\n    {constraint_text(key)}" for key in self._keys[table.name])
        head, _, tail = text.rpartition("\n)")
        return f"{head}{keys}\n){tail}"

    def _followers(self, change: Change) -> list[str]:
        table: Table = change.after
        later = [one for one in table.constraints if one.kind is ConstraintKind.FOREIGN]
        own = table._replace(constraints=tuple(one for one in table.constraints if one not in later))
        indexes = [create_index(change.owner, index) for index in table.indexes]
        return [*indexes, *comments_of(Kind.TABLE, change.owner, own)]

    def _gone(self) -> set[str]:
        """What is said elsewhere, or goes without saying."""
        gone = {text for change in self._created.values() for text in self._followers(change)}
        gone |= {add_constraint(name, key) for name, keys in self._keys.items() for key in keys}
        for name, table in self._dropped.items():
            gone |= {drop_constraint(name, key) for key in table.constraints if self._goes_with(name, key)}
        return gone | {one.text for one in self._statements if self._is_numbering(one) or _is_tied(one)}

    def _goes_with(self, name: Name, key: Constraint) -> bool:
        """Whether a foreign key of a dropped table is gone before what it refers to."""
        target = key.target
        return target in self._dropped and target is not None and self._place[name] < self._place[target]

    def _is_numbering(self, statement: Statement) -> bool:
        """Whether it makes or ties the sequence of a serial."""
        change = statement.changes[0] if statement.changes else None
        if change is None or change.kind is not Kind.SEQUENCE or not change.adds or change.after.owner is None:
            return False
        table, column = change.after.owner
        return column in self._numbered.get(table, ()) and not statement.text.startswith("COMMENT ")

    def _inner_keys(self, table: Table) -> Iterator[Constraint]:
        for key in table.constraints:
            if key.kind is ConstraintKind.FOREIGN and key.target is not None and key.comment is None:
                ours = (
                    key.target == table.name or self._place.get(key.target, len(self._place)) < self._place[table.name]
                )
                if (ours and key.target in self._created) or stands(key, self._statements, self._have, self._want):
                    yield key

    def _simpler(self, statement: Statement) -> Statement:
        """The same statement, with fewer words where it adds a column or makes it number itself."""
        if statement.changes and statement.changes[0].kind is Kind.SEQUENCE:
            return statement._replace(text=simple_sequence(statement.text, statement.changes[0]))
        for change in statement.changes:
            column: Column | None = change.after if change.kind in {Kind.COLUMN, Kind.IDENTITY} else None
            if column is not None:
                short = simple(column)
                text = statement.text.replace(column_text(column), column_text(short))
                if column.identity and short.identity:
                    text = text.replace(f"GENERATED {column.identity}", f"GENERATED {short.identity}")
                statement = statement._replace(text=text)
        return statement


def _is_tied(statement: Statement) -> bool:
    """Whether it ties a sequence to the column that has it already."""
    change = statement.changes[0] if statement.changes else None
    if change is None or change.kind is not Kind.SEQUENCE or change.before is None or change.after is None:
        return False
    return statement.text == owned_by(change.after) and change.before.owner == change.after.owner
