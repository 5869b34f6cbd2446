"""What PostgreSQL's catalog is certain to print of a model's table, part by part."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType

from lockgate.models.facts import Facts, is_numbered
from lockgate.models.spelling import is_simple, printed_default, printed_type, quoted
from lockgate.nouns.schema import Column, Constraint, ConstraintKind, Index, Name, Sequence, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.engine import Dialect

# PostgreSQL cuts a name at 63 bytes; one that it makes itself is not trusted near that.
_LONGEST: Final = 63
_LONGEST_MADE: Final = 58
_SERIALS: Final = MappingProxyType(
    {
        "smallint": (sa.SmallInteger, 2**15 - 1),
        "integer": (sa.Integer, 2**31 - 1),
        "bigint": (sa.BigInteger, 2**63 - 1),
    }
)
_ACTIONS: Final = frozenset({"CASCADE", "RESTRICT", "SET NULL", "SET DEFAULT", "NO ACTION"})


class Doubt(Exception):
    """It is not certain what the catalog prints."""


class Parts:
    """Says the parts of tables; it remembers the types that it has spelled."""

    def __init__(self, dialect: Dialect, default_schema: str) -> None:
        self.default_schema = default_schema
        self._dialect = dialect
        self._facts = Facts(dialect)
        self._printed: dict[str, str | None] = {}

    def table(self, table: sa.Table) -> tuple[Table, list[Sequence], list[str]]:
        """A table; the sequences that it numbers its rows with; and the names of all that it leaves to PostgreSQL to name.

        Raises:
            Doubt: it is not of the plain kinds.
        """
        _refuse(table._prefixes or table._creator_ddl is not None or table.comment == "" or self._facts.options(table))
        name = self._name(table)
        columns, sequences = self._columns(table, name)
        constraints, made = self._constraints(table)
        said = Table(name, tuple(columns), tuple(constraints), tuple(map(self._index, table.indexes)), table.comment)
        return said, sequences, [*made, *(sequence.name.name for sequence in sequences)]

    def _name(self, table: sa.Table) -> Name:
        return Name(plain(table.schema or self.default_schema), plain(table.name))

    def _columns(self, table: sa.Table, name: Name) -> tuple[list[Column], list[Sequence]]:
        numbered, sequences = table._autoincrement_column, list[Sequence]()
        columns = []
        for column in table.columns:
            if column is numbered and is_numbered(column) and column.identity is None:
                sequence = self._sequence(column, name)
                sequences.append(sequence)
                default = f"nextval('{sequence.name}'::regclass)"
                columns.append(self._column(column)._replace(default=default))
            else:
                columns.append(self._column(column))
        return columns, sequences

    def _column(self, column: sa.Column[Any]) -> Column:
        if column.computed is not None or column.identity is not None or column.system or column.comment == "":
            raise Doubt
        if column.constraints or isinstance(column.default, sa.Sequence):
            raise Doubt
        type_ = self._type(column)
        return Column(
            plain(column.name),
            type_,
            bool(column.nullable) and not column.primary_key,
            None if column.server_default is None else self._default(column, type_),
            comment=column.comment,
        )

    def _type(self, column: sa.Column[Any]) -> str:
        held = column.type
        if is_enum(held):
            return self._enum(held)
        said = self._facts.type(column)
        if said not in self._printed:
            self._printed[said] = printed_type(said)
        printed = self._printed[said]
        if printed is None:
            raise Doubt
        return printed

    def _enum(self, held: Any) -> str:
        _refuse(type(held) not in {sa.Enum, ENUM} or not held.create_type)
        _refuse(hasattr(CreateEnumType, "_compiler_dispatcher"))
        _refuse(held._variant_mapping or held.name is None or hasattr(type(held), "_compiler_dispatcher"))
        return f"{quoted(plain(held.schema or self.default_schema))}.{quoted(plain(held.name))}"

    def _default(self, column: sa.Column[Any], type_: str) -> str | None:
        said = self._facts.default(column.server_default)
        if said is None:
            return None
        printed = printed_default(*said, type_, is_enum=is_enum(column.type))
        if printed is None:
            raise Doubt
        return printed

    def _sequence(self, column: sa.Column[Any], table: Name) -> Sequence:
        """The sequence of a `serial` column (https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL)."""
        impl, type_ = column.type.dialect_impl(self._dialect), self._type(column)
        _refuse(column.server_default is not None or type_ not in _SERIALS or isinstance(impl, sa.TypeDecorator))
        kind, most = _SERIALS[type_]
        narrower = (sa.BigInteger, sa.SmallInteger) if kind is sa.Integer else ()
        _refuse(not isinstance(impl, kind) or isinstance(impl, narrower))
        named = made_name(table.name, [plain(column.name)], "seq")
        # Within the constant of a default, names are quoted by another rule.
        _refuse(not is_simple(table.schema) or not is_simple(named))
        options = f"AS {type_} START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE {most} CACHE 1 NO CYCLE"
        return Sequence(Name(table.schema, named), options, (table, column.name))

    def _constraints(self, table: sa.Table) -> tuple[list[Constraint], list[str]]:
        said, made = list[Constraint](), list[str]()
        for constraint in table.constraints:
            if isinstance(constraint, sa.PrimaryKeyConstraint) and not len(constraint.columns):
                continue
            one = self._constraint(constraint, plain(table.name))
            said.append(one)
            if constraint.name is None:
                made.append(one.name)
        keys = [one.columns for one in said if one.kind is not ConstraintKind.FOREIGN]
        # PostgreSQL makes one of two that are alike.
        _refuse(len({frozenset(key) for key in keys}) != len(keys) or len({one.name for one in said}) != len(said))
        return said, made

    def _constraint(self, constraint: Any, table: str) -> Constraint:
        _refuse(constraint._ddl_if is not None or constraint._create_rule is not None or constraint.comment == "")
        _refuse(self._facts.options(constraint))
        if type(constraint) is sa.ForeignKeyConstraint:
            return self._foreign_key(constraint, table)
        columns = _key_columns(constraint)
        is_primary = isinstance(constraint, sa.PrimaryKeyConstraint)
        named = [] if is_primary else columns
        return Constraint(
            self._constraint_name(constraint) or made_name(table, named, "pkey" if is_primary else "key"),
            ConstraintKind.PRIMARY if is_primary else ConstraintKind.UNIQUE,
            f"{'PRIMARY KEY' if is_primary else 'UNIQUE'} ({_listed(columns)}){_deferral(constraint)}",
            tuple(columns),
            comment=constraint.comment,
        )

    def _constraint_name(self, constraint: Any) -> str | None:
        if constraint.name is None:
            return None
        preparer: Any = self._dialect.identifier_preparer
        name = preparer.format_constraint(constraint, _alembic_quote=False)
        _refuse(name is None or getattr(constraint.name, "quote", None) is False)
        return plain(str(name))

    def _foreign_key(self, constraint: sa.ForeignKeyConstraint, table: str) -> Constraint:
        columns = [plain(one.parent.name) for one in constraint.elements]
        target_columns = [plain(one.column.name) for one in constraint.elements]
        target = self._name(constraint.referred_table)
        _refuse(constraint.match is not None)
        return Constraint(
            self._constraint_name(constraint) or made_name(table, columns, "fkey"),
            ConstraintKind.FOREIGN,
            f"FOREIGN KEY ({_listed(columns)}) REFERENCES {quoted(target.schema)}.{quoted(target.name)}"
            f"({_listed(target_columns)}){_action('UPDATE', constraint.onupdate)}{_action('DELETE', constraint.ondelete)}"
            f"{_deferral(constraint)}",
            tuple(columns),
            target,
            tuple(target_columns),
            constraint.comment,
        )

    def _index(self, index: sa.Index) -> Index:
        _refuse(index._ddl_if is not None or self._facts.options(index))
        _refuse(not all(type(one) is sa.Column for one in index.expressions) or not index.expressions)
        columns = [plain(one.name) for one in index.expressions if isinstance(one, sa.Column)]
        name = self._constraint_name(index)
        if name is None:
            raise Doubt
        return Index(name, f"USING btree ({_listed(columns)})", bool(index.unique), tuple(columns))


def is_enum(held: Any) -> bool:
    """Whether a type is an enum of the server's own kind."""
    return isinstance(held, sa.Enum) and held.native_enum


def claims_of(table: sa.Table, default_schema: str) -> Iterator[tuple[str, str]]:
    """The names that a table takes in its schema, with those that PostgreSQL makes where the model gives none.

    PostgreSQL puts a number behind a name that it makes where another has taken it, so which has it depends on the order in
    which they are made (ChooseRelationName and ChooseConstraintName in the server's sources).
    """
    schema, name = str(table.schema or default_schema), str(table.name)
    yield schema, name
    for constraint in table.constraints:
        yield schema, _claimed(constraint, name)
    for index in table.indexes:
        yield schema, str(index.name)
    numbered = table._autoincrement_column
    for column in table.columns:
        if column is numbered or column.identity is not None:
            yield schema, f"{name}_{column.name}_seq"


def _claimed(constraint: Any, table: str) -> str:
    if constraint.name is not None:
        return str(constraint.name)
    if isinstance(constraint, sa.PrimaryKeyConstraint):
        return f"{table}_pkey"
    label = "fkey" if isinstance(constraint, sa.ForeignKeyConstraint) else "key"
    return "_".join([table, *(str(column.name) for column in constraint.columns), label])


def made_name(table: str, columns: list[str], label: str) -> str:
    """The name that PostgreSQL makes where none is given, if no other has it."""
    name = "_".join([table, *columns, label])
    _refuse(len(name.encode()) > _LONGEST_MADE)
    return name


def plain(name: Any) -> str:
    """A name that reaches PostgreSQL as it is: not cut, and not folded to lower case for want of quotes."""
    if type(name) is str and name.isascii() and len(name) <= _LONGEST:
        return name
    text = str(name)
    _refuse(not text.isascii() or len(text) > _LONGEST)
    _refuse(getattr(name, "quote", None) is False and not is_simple(text))
    return text


def _refuse(odd: Any) -> None:
    if odd:
        raise Doubt


def _key_columns(constraint: Any) -> list[str]:
    if type(constraint) is sa.PrimaryKeyConstraint:
        implicit = constraint._implicit_generated
        return [plain(one.name) for one in (constraint.columns_autoinc_first if implicit else constraint.columns)]
    _refuse(type(constraint) is not sa.UniqueConstraint or not len(constraint.columns))
    return [plain(one.name) for one in constraint.columns]


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(map(quoted, columns))


def _action(event: str, said: str | None) -> str:
    action = "NO ACTION" if said is None else said.upper()
    _refuse(action not in _ACTIONS)
    return f" ON {event} {action}" if action != "NO ACTION" else ""


def _deferral(constraint: sa.Constraint) -> str:
    initially = (constraint.initially or "IMMEDIATE").upper()
    _refuse(initially not in {"IMMEDIATE", "DEFERRED"} or (initially == "DEFERRED" and not constraint.deferrable))
    deferred = " INITIALLY DEFERRED" if initially == "DEFERRED" else ""
    return f" DEFERRABLE{deferred}" if constraint.deferrable else ""
