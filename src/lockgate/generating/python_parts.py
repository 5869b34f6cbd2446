"""Columns, constraints and tables as a Python migration writes them; None where plain SQL says them better."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.following.wanting import named_type
from lockgate.generating.code import Call, Pairs, Several, Text, call, texts
from lockgate.generating.in_order import keys_first
from lockgate.generating.index_text import parse_index, without_parentheses
from lockgate.generating.plain_sql import escaped, identity_options, string_of
from lockgate.generating.python_constraints import Constraints
from lockgate.generating.python_types import collated, python_type
from lockgate.nouns.schema import Column, Constraint, ConstraintKind, Domain, Enumeration, Name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lockgate.generating.code import Code
    from lockgate.nouns.schema import Index, Table

_PARTITION: Final = re.compile(r"PARTITION BY (.+)")
_INTEGERS: Final = frozenset({"smallint", "integer", "bigint"})
_SQLITE: Final = {"STRICT": ("sqlite_strict", "True"), "WITHOUT ROWID": ("sqlite_with_rowid", "False")}
_OPTIONS: Final = {
    "START WITH": "start",
    "INCREMENT BY": "increment",
    "MINVALUE": "minvalue",
    "MAXVALUE": "maxvalue",
    "CACHE": "cache",
}


class Parts:
    """Writes them; `default` is the schema that goes without saying."""

    def __init__(
        self,
        default: str,
        enums: Mapping[Name, Enumeration] | None = None,
        domains: Mapping[Name, Domain] | None = None,
    ) -> None:
        self._default = default
        self._types: dict[Name, Enumeration | Domain] = {**(enums or {}), **(domains or {})}
        self.constraints = Constraints(default)

    def schema(self, name: Name) -> Text | None:
        """The argument that says a schema; none for the default."""
        return None if name.schema == self._default else Text(name.schema)

    def column(self, column: Column, *, numbered: bool = False, key: bool = False, alone: bool = False) -> Call | None:
        """A column.

        Args:
            numbered: leave out the default of a serial, which SQLAlchemy makes by itself.
            key: say that it is the primary key.
            alone: it is the primary key, which SQLAlchemy would number.
        """
        type_ = collated(self.type(column.type), column.collation)
        identity = _identity(column) if column.identity else None
        if type_ is None or (column.identity and identity is None):
            return None
        counted = column.identity or column.default is not None or numbered
        return call(
            "sa.Column",
            Text(column.name),
            type_,
            *([identity] if identity else []),
            *([self._computed(column)] if column.generated else []),
            primary_key="True" if key else None,
            autoincrement="False" if alone and not counted and column.type in _INTEGERS else None,
            server_default=None if column.default is None or numbered else self.default(column),
            nullable="False" if not column.nullable and not key else None,
            comment=None if column.comment is None else Text(column.comment),
        )

    def _computed(self, column: Column) -> Call:
        assert column.generated is not None
        expression = escaped(without_parentheses(column.generated.expression), self._default)
        return call("sa.Computed", Text(expression), persisted=str(column.generated.stored))

    def default(self, column: Column) -> Code:
        """A column's default: a string as such, anything else as SQL."""
        assert column.default is not None
        text = string_of(column.default, column.type)
        return self.sql(column.default) if text is None else Text(text)

    def type(self, type_: str) -> Call | None:
        """A type; that of an enum or a domain is created and dropped by statements of its own."""
        if type_.endswith("[]"):
            inner = self.type(type_[:-2])
            return call("postgresql.ARRAY", inner) if inner else None
        named = next((self._types[name] for name in named_type(type_) if name in self._types), None)
        if named is None:
            own = type_.removeprefix(f"{self._default}.")
            return python_type(own) if "." not in own else None
        schema = self.schema(named.name)
        if isinstance(named, Domain):
            inner = self.type(named.type)
            name = Text(named.name.name)
            return call("postgresql.DOMAIN", name, inner, schema=schema, create_type="False") if inner else None
        labels = map(Text, named.labels)
        return call("postgresql.ENUM", *labels, name=Text(named.name.name), schema=schema, create_type="False")

    def sql(self, text: str) -> Call:
        """SQL as SQLAlchemy's text."""
        return call("sa.text", Text(escaped(text, self._default)))

    def create_index(self, owner: Name, index: Index, *, where: str) -> Call | None:
        """The verb that creates an index; `where` is the argument that takes its condition."""
        said = parse_index(index.definition)
        if said is None or index.comment is not None:
            return None
        columns = [self.sql(key) if kind is None else Text(key) for key, kind in said.keys]
        classes = tuple((key, Text(kind)) for key, kind in said.keys if kind)
        if len(dict(classes)) < len(classes):
            return None
        made = call(
            "create_index",
            Text(index.name),
            Text(owner.name),
            Several(tuple(columns)),
            unique="True" if index.unique else None,
            schema=self.schema(owner),
            postgresql_using=Text(said.method) if said.method not in {"", "btree"} else None,
            postgresql_ops=Pairs(classes) if classes else None,
            postgresql_include=texts(said.include) if said.include else None,
            postgresql_nulls_not_distinct=None if said.nulls_distinct else "True",
            postgresql_with=Pairs(tuple((key, Text(value)) for key, value in said.options)) if said.options else None,
        )
        return made.having(**{where: self.sql(said.where)}) if said.where else made

    def create_table(self, table: Table, keys: Collection[Constraint], numbered: Collection[str]) -> Call | None:
        """The verb that creates a table, with some of its foreign keys; without its indexes.

        Args:
            numbered: the columns that SQLAlchemy makes a serial by itself.
        """
        own = keys_first(one for one in table.constraints if one.kind is not ConstraintKind.FOREIGN)
        primary = next((one for one in own if one.kind is ConstraintKind.PRIMARY), None)
        plain = primary is not None and _is_plain(primary, table)
        columns = [self._column_of(one, primary, numbered, plain=plain) for one in table.columns]
        said = [self.constraints.item(one) for one in (*own, *keys) if not (plain and one is primary)]
        options = _options(table)
        if None in columns or None in said or options is None or any(one.comment for one in (*own, *keys)):
            return None
        made = call("create_table", Text(table.name.name), *filter(None, (*columns, *said)))
        comment = None if table.comment is None else Text(table.comment)
        return made.having(schema=self.schema(table.name), comment=comment, **options)._replace(spread=True)

    def _column_of(
        self, column: Column, primary: Constraint | None, numbered: Collection[str], *, plain: bool
    ) -> Call | None:
        alone = primary is not None and primary.columns == (column.name,)
        return self.column(column, numbered=column.name in numbered, key=alone and plain, alone=alone)


def _is_plain(key: Constraint, table: Table) -> bool:
    """Whether `primary_key=True` says it: it is one column, called as the engine calls it by itself."""
    column = table.column(key.columns[0])
    alone = len(key.columns) == 1 and key.definition.endswith(")") and key.name in {"", f"{table.name.name}_pkey"}
    return alone and column is not None and not column.nullable


def _identity(column: Column) -> Call | None:
    """An identity with what is not as PostgreSQL has it by itself."""
    said = identity_options(column)
    if said is None:
        return None
    always, options = said
    named = {_OPTIONS[key]: value for key, value in options.items() if key in _OPTIONS}
    cycle = "True" if "CYCLE" in options else None
    return call("sa.Identity", always="True" if always else None, **named, cycle=cycle)


def _options(table: Table) -> dict[str, Code] | None:
    """What stands around the columns of a table, as arguments; None where it is more than they say."""
    said: dict[str, Code] = {}
    if table.before:
        said["prefixes"] = texts([table.before])
    if found := _PARTITION.fullmatch(table.after):
        return said | {"postgresql_partition_by": Text(found[1])}
    words = [word.strip() for word in table.after.split(",") if word.strip()]
    return said | {_SQLITE[word][0]: _SQLITE[word][1] for word in words} if all(map(_SQLITE.get, words)) else None
