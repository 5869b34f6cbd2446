"""PostgreSQL's statements as the verbs of a Python migration; one that no verb says stays SQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.diffing.postgresql_tables import add_constraint
from lockgate.generating.alterations import Alterations, together
from lockgate.generating.arranging import arranged
from lockgate.generating.cautions import made_by
from lockgate.generating.code import Block, Call, Text, call
from lockgate.generating.index_text import bare
from lockgate.generating.plain_sql import is_indentable, unqualified, without_noise
from lockgate.generating.python_parts import Parts
from lockgate.generating.serials import numbered_keys
from lockgate.nouns.changes import Change, Kind, Statement
from lockgate.nouns.schema import ConstraintKind, Name, Schema, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.generating.arranging import Arranged
    from lockgate.generating.file_text import Body

_WORD: Final = r'(?:"(?:[^"]|"")+"|\w+)'
_NAMED: Final = re.compile(
    rf"ALTER TABLE ({_WORD})\.({_WORD}) (ADD|DROP) (CONSTRAINT|COLUMN) ({_WORD})(?: .*)?", re.DOTALL
)
_CREATE_INDEX: Final = re.compile(rf"CREATE (?:UNIQUE )?INDEX ({_WORD}) ON ({_WORD})\.({_WORD}) .*", re.DOTALL)
_DROP_INDEX: Final = re.compile(rf"DROP INDEX ({_WORD})\.({_WORD})")
_DROP_TABLE: Final = re.compile(rf"DROP TABLE ({_WORD})\.({_WORD})")


class PythonStatements:
    """Says statements that make one schema of another."""

    def __init__(self, have: Schema, want: Schema, default: str) -> None:
        self._have, self._want, self._default = have, want, default
        self._parts = Parts(default, {**have.enums, **want.enums}, {**have.domains, **want.domains})
        self._alterations = Alterations(self._parts, want, default)

    def body(self, statements: Sequence[Statement]) -> Body:
        """The calls of each statement, with its changes; those that alter one column are one call."""
        ordered = arranged(statements, self._have, self._want, self._numbered)
        altered = {place: one for place, said in enumerate(ordered.statements) if (one := self._alterations.read(said))}
        columns: dict[tuple[Name, str], list[int]] = {}
        for place, one in altered.items():
            columns.setdefault((one.owner, one.column), []).append(place)
        merged = [pair for places in columns.values() for pair in together(places, altered)]
        body: Body = []
        for place, statement in enumerate(ordered.statements):
            for _, several in (pair for pair in merged if pair[0] == place):
                changes = tuple(dict.fromkeys(change for one in several for change in one.changes))
                body.append((changes, [self._alterations.say(several)]))
            if place not in altered:
                body.append((made_by(statement.text, statement.changes), self._said(statement, ordered)))
        return [(changes, calls) for changes, calls in body if calls]

    def _numbered(self, table: Table) -> list[str]:
        return numbered_keys(self._want, table)

    def _said(self, statement: Statement, ordered: Arranged) -> list[Call]:
        verb = self._verb(statement, ordered)
        return [self._execute(statement.text, indented=True)] if verb is None else verb

    def _execute(self, text: str, *, indented: bool = False) -> Call:
        return execute(unqualified(without_noise(text), self._default), indented=indented)

    def _verb(self, statement: Statement, ordered: Arranged) -> list[Call] | None:
        """The verb's call; none where another statement's verb does it as well."""
        text, changes = statement.text, statement.changes
        made = next((one for one in changes if one.kind in {Kind.TABLE, Kind.COLUMN} and one.adds), None)
        if text.startswith("COMMENT ON "):
            return self._comment(text, changes[0], made, ordered)
        if made and made.kind is Kind.TABLE and re.match(r"CREATE (?:\w+ )?TABLE ", text):
            return self._creation(made.after, ordered)
        if found := _NAMED.fullmatch(text):
            owner = Name(bare(found[1]), bare(found[2]))
            return _one(self._part(owner, bare(found[5]), adds=found[3] == "ADD", column=found[4] == "COLUMN"))
        return _one(self._other(text, changes))

    def _creation(self, table: Table, ordered: Arranged) -> list[Call] | None:
        """The call that creates a table; a constraint that no class says is added right after."""
        said = {one: self._parts.constraints.item(one) is not None for one in table.constraints}
        own = table._replace(constraints=tuple(one for one in table.constraints if said[one]))
        made = self._parts.create_table(own, ordered.keys[table.name], ordered.numbered[table.name])
        others = [one for one in table.constraints if not said[one] and one.kind is not ConstraintKind.FOREIGN]
        adding = [self._execute(add_constraint(table.name, one)) for one in others]
        return None if made is None else [made, *adding]

    def _comment(self, text: str, change: Change, made: Change | None, ordered: Arranged) -> list[Call] | None:
        if made and text.startswith(("COMMENT ON TABLE", "COMMENT ON COLUMN")):
            verb = self._parts.column(made.after) if made.kind is Kind.COLUMN else self._creation(made.after, ordered)
            return [] if verb else None
        if change.kind is not Kind.COMMENT or not isinstance(change.after, Table):
            return None
        name, schema = Text(change.owner.name), self._parts.schema(change.owner)
        if change.after.comment is None:
            return [call("drop_table_comment", name, schema=schema)]
        return [call("create_table_comment", name, Text(change.after.comment), schema=schema)]

    def _part(self, owner: Name, name: str, *, adds: bool, column: bool) -> Call | None:
        """A column or a constraint that comes or goes."""
        table, schema = Text(owner.name), self._parts.schema(owner)
        if not adds:
            verb, names = ("drop_column", (table, Text(name))) if column else ("drop_constraint", (Text(name), table))
            return call(verb, *names, schema=schema)
        if column:
            found = self._want.tables[owner].column(name)
            said = self._parts.column(found) if found else None
            return call("add_column", table, said, schema=schema) if said else None
        constraint = next((one for one in self._want.tables[owner].constraints if one.name == name), None)
        return self._parts.constraints.add(owner, constraint) if constraint else None

    def _other(self, text: str, changes: Sequence[Change]) -> Call | None:
        if found := _DROP_TABLE.fullmatch(text):
            schema = self._parts.schema(Name(bare(found[1]), ""))
            return call("drop_table", Text(bare(found[2])), schema=schema)
        if found := _DROP_INDEX.fullmatch(text):
            schema = self._parts.schema(Name(bare(found[1]), ""))
            return call("drop_index", Text(bare(found[2])), Text(changes[0].owner.name), schema=schema)
        if found := _CREATE_INDEX.fullmatch(text):
            owner = Name(bare(found[2]), bare(found[3]))
            table = self._want.tables.get(owner)
            indexes = table.indexes if table else ()
            index = next((one for one in indexes if one.name == bare(found[1])), None)
            return self._parts.create_index(owner, index, where="postgresql_where") if index else None
        return None


def execute(text: str, *, indented: bool = False) -> Call:
    """The call that runs SQL; `indented` where blanks before its lines mean nothing to the engine."""
    if "\n" not in text:
        return call("execute", Text(text))
    return call("execute", Block(text, indented and is_indentable(text)))


def _one(verb: Call | None) -> list[Call] | None:
    return None if verb is None else [verb]
