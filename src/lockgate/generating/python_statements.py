"""PostgreSQL's statements as the verbs of a Python migration; one that no verb says stays SQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.generating.python_parts import Parts, quoted, unqualified
from lockgate.nouns.changes import Kind
from lockgate.nouns.schema import ConstraintKind, Name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.changes import Change, Statement
    from lockgate.nouns.schema import Column, Schema, Table

_WORD: Final = r'(?:"(?:[^"]|"")+"|\w+)'
_ALTER: Final = re.compile(rf"ALTER TABLE ({_WORD})\.({_WORD}) (.*)", re.DOTALL)
_COLUMN: Final = re.compile(rf"ALTER COLUMN ({_WORD}) (.*)", re.DOTALL)
_TYPE: Final = re.compile(r"TYPE ((?:(?! USING | COLLATE ).)+)(?: USING (.*))?", re.DOTALL)
_NAMED: Final = re.compile(rf"(ADD|DROP) (?:CONSTRAINT|COLUMN) ({_WORD}).*", re.DOTALL)
_CREATE_INDEX: Final = re.compile(rf"CREATE (?:UNIQUE )?INDEX ({_WORD}) ON ({_WORD})\.({_WORD}) .*", re.DOTALL)
_DROP_INDEX: Final = re.compile(rf"DROP INDEX ({_WORD})\.({_WORD})")
_DROP_TABLE: Final = re.compile(rf"DROP TABLE ({_WORD})\.({_WORD})")
_COMMENT: Final = re.compile(r"COMMENT ON (TABLE|COLUMN) ")


class PythonStatements:
    """Says statements that make one schema of another."""

    def __init__(self, have: Schema, want: Schema, default: str) -> None:
        self._have, self._want, self._default = have, want, default
        self._parts = Parts(default, {**have.enums, **want.enums})

    def lines(self, statements: Sequence[Statement]) -> list[tuple[tuple[Change, ...], list[str]]]:
        """The lines of each statement, with its changes."""
        return [(one.changes, said) for one in statements if (said := self._said(one))]

    def _said(self, statement: Statement) -> list[str]:
        verb = self._verb(statement)
        return [execute(unqualified(statement.text, self._default))] if verb is None else verb

    def _verb(self, statement: Statement) -> list[str] | None:
        """The verb's lines; none where another statement's verb does it as well."""
        text, changes = statement.text, statement.changes
        if changes and changes[0].kind is Kind.SEQUENCE and self._is_serial(changes[0]):
            return []
        created = next((one for one in changes if one.kind is Kind.TABLE and one.adds), None)
        if created and text.startswith("CREATE ") and " TABLE " in text[:25]:
            return self._parts.create_table(created.after, self._serials(created.after))
        if _COMMENT.match(text) and any(one.kind in {Kind.TABLE, Kind.COLUMN} and one.adds for one in changes):
            return [] if self._said_by_verb(changes) else None
        if found := _ALTER.fullmatch(text):
            return self._alter(Name(_bare(found[1]), _bare(found[2])), found[3])
        return self._other(text)

    def _said_by_verb(self, changes: Sequence[Change]) -> bool:
        """Whether a new table or column is made by a verb, which says its comments."""
        for change in changes:
            if change.kind is Kind.TABLE and self._parts.create_table(change.after, self._serials(change.after)):
                return True
            if change.kind is Kind.COLUMN and self._parts.column(change.after):
                return True
        return False

    def _serials(self, table: Table) -> list[str]:
        """The column, if any, that SQLAlchemy makes a SERIAL by itself: an integer that alone is the primary key."""
        keys = [one.columns for one in table.constraints if one.kind is ConstraintKind.PRIMARY]
        return [one.name for one in table.columns if keys == [(one.name,)] and self._is_numbered(table, one)]

    def _is_numbered(self, table: Table, column: Column) -> bool:
        name = Name(table.name.schema, f"{table.name.name}_{column.name}_seq")
        sequence = self._want.sequences.get(name)
        usual = sequence is not None and re.fullmatch(
            r"AS (\w+) START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE \d+ CACHE 1 NO CYCLE", sequence.options
        )
        ours = column.default is not None and column.default.startswith("nextval(") and name.name in column.default
        return bool(usual and ours and usual[1] == column.type and column.type in {"smallint", "integer", "bigint"})

    def _is_serial(self, change: Change) -> bool:
        """Whether a sequence comes with a table that a verb makes."""
        if change.after is None or not change.adds or change.after.owner is None:
            return False
        table = self._want.tables.get(change.after.owner[0])
        created = table is not None and table.name not in self._have.tables
        if not created or table is None or change.after.owner[1] not in self._serials(table):
            return False
        return self._parts.create_table(table, self._serials(table)) is not None

    def _alter(self, owner: Name, action: str) -> list[str] | None:
        table = f"{quoted(owner.name)}"
        if found := _COLUMN.fullmatch(action):
            said = self._column(_bare(found[1]), found[2])
            if said is None:
                return None
            return [
                f"await self.db.alter_column({table}, {quoted(_bare(found[1]))}, {said}{self._parts.schema(owner)})"
            ]
        found = _NAMED.fullmatch(action)
        if found is None:
            return None
        name, adds = _bare(found[2]), found[1] == "ADD"
        if " COLUMN " in action[:13]:
            return self._add_column(owner, name) if adds else [self._call("drop_column", owner, quoted(name))]
        if not adds:
            return [f"await self.db.drop_constraint({quoted(name)}, {table}{self._parts.schema(owner)})"]
        return self._add_constraint(owner, name)

    def _call(self, verb: str, owner: Name, *arguments: str) -> str:
        said = ", ".join((quoted(owner.name), *arguments))
        return f"await self.db.{verb}({said}{self._parts.schema(owner)})"

    def _column(self, name: str, action: str) -> str | None:
        if action in {"SET NOT NULL", "DROP NOT NULL"}:
            return f"nullable={action.startswith('DROP')}"
        if action == "DROP DEFAULT":
            return "server_default=None"
        if action.startswith("SET DEFAULT "):
            return f"server_default={self._parts.text(action.removeprefix('SET DEFAULT '))}"
        found = _TYPE.fullmatch(action)
        type_ = self._parts.type(found[1]) if found else None
        if found is None or type_ is None or name == "":
            return None
        using = f", postgresql_using={quoted(unqualified(found[2], self._default))}" if found[2] else ""
        return f"type_={type_}{using}"

    def _add_column(self, owner: Name, name: str) -> list[str] | None:
        column = self._want.tables[owner].column(name)
        said = self._parts.column(column) if column else None
        return [self._call("add_column", owner, said)] if said else None

    def _add_constraint(self, owner: Name, name: str) -> list[str] | None:
        found = next((one for one in self._want.tables[owner].constraints if one.name == name), None)
        return self._parts.add_constraint(owner, found) if found else None

    def _other(self, text: str) -> list[str] | None:
        if found := _DROP_TABLE.fullmatch(text):
            return [self._call("drop_table", Name(_bare(found[1]), _bare(found[2])))]
        if found := _DROP_INDEX.fullmatch(text):
            schema = self._parts.schema(Name(_bare(found[1]), ""))
            return [f"await self.db.drop_index({quoted(_bare(found[2]))}{schema})"]
        if found := _CREATE_INDEX.fullmatch(text):
            owner = Name(_bare(found[2]), _bare(found[3]))
            table = self._want.tables.get(owner)
            indexes = table.indexes if table else ()
            index = next((one for one in indexes if one.name == _bare(found[1])), None)
            said = self._parts.create_index(owner, index) if index else None
            return [said] if said else None
        return None


def execute(text: str) -> str:
    """The line that runs SQL."""
    if "\n" not in text:
        return f"await self.db.execute({quoted(text)})"
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'await self.db.execute(\n    """\n{escaped}\n"""\n)'


def _bare(word: str) -> str:
    return word[1:-1].replace('""', '"') if word.startswith('"') else word
