"""A hash of all that `create_all` would say for some models, without saying it.

To compile a CREATE TABLE takes SQLAlchemy a millisecond or two, which a start of the application has not for each of a
thousand. What the compiler would look at is hashed instead.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import sqlalchemy
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Sequence,
    UniqueConstraint,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from lockgate.errors import SettingsError
from lockgate.models.facts import Facts, is_extended, is_numbered, name, sequence_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Constraint, Index, Table
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.sqltypes import SchemaType

    from lockgate.models.metadata import Models


def fingerprint(models: Models, dialect: Dialect) -> str:
    """SHA-256, in hexadecimal, of what `create_all` would say for these models to this engine.

    It changes where the DDL does, and is the same in every process. It also changes with SQLAlchemy's version, and where a
    listener's own code changes; what that code calls is not looked at, nor is the schema that stands for the default one.

    Raises:
        SettingsError: SQLAlchemy cannot say these models to this engine.
    """
    facts, digest, extended = Facts(dialect), sha256(), is_extended()
    virtual = getattr(dialect, "supports_virtual_generated_columns", None)
    digest.update(repr((sqlalchemy.__version__, dialect.name, virtual, extended)).encode())
    try:
        # One after the other: what is let go at once costs the garbage collector nothing.
        for told in _told(facts, models, extended):
            digest.update(repr(told).encode("utf-8", "surrogatepass"))
    except SQLAlchemyError as error:
        raise SettingsError(f"SQLAlchemy cannot say the models to {dialect.name}: {error}") from error
    return digest.hexdigest()


def _told(facts: Facts, models: Models, extended: bool) -> Iterator[Any]:
    for metadata in models.metadatas:
        yield "metadata", facts.listeners(metadata)
        for key in sorted(metadata._sequences):
            yield "sequence", _sequence(facts, metadata._sequences[key])
    for one in models.types:
        yield "type", _type(facts, one)
    for table in (*models.tables, *models.views):
        yield "table", _table(facts, table)
        if extended:
            yield "said", _said(facts, table)


def _sequence(facts: Facts, one: Sequence) -> tuple[Any, ...]:
    kind = facts.spelled(one.data_type) if one.data_type is not None else None
    return (
        name(one.name),
        _schema(one.schema),
        kind,
        one.optional,
        sequence_options(one),
        facts.options(one),
        facts.listeners(one),
    )


def _type(facts: Facts, one: SchemaType) -> tuple[Any, ...]:
    """A named type; what makes it, where this engine has such types."""
    made = _made_type(facts, one.dialect_impl(facts.dialect)) if facts.dialect.name == "postgresql" else None
    return (name(str(one.name)), _schema(one.schema), made, one.create_type, facts.listeners(one))


def _made_type(facts: Facts, own: Any) -> str | None:
    from sqlalchemy.dialects.postgresql import (  # noqa: PLC0415 - to import it takes as long as all the rest
        DOMAIN,
        ENUM,
        CreateDomainType,
        CreateEnumType,
    )

    creator = CreateDomainType if isinstance(own, DOMAIN) else CreateEnumType if isinstance(own, ENUM) else None
    return facts.statement(creator(own)) if creator else None


def _schema(given: Any) -> Any:
    return None if given is None else name(given)


def _table(facts: Facts, table: Table) -> tuple[Any, ...]:
    numbered = table._autoincrement_column
    return (
        name(table.name),
        _schema(table.schema),
        table.comment,
        [str(prefix) for prefix in table._prefixes],
        facts.options(table),
        facts.listeners(table),
        facts.statement(table._creator_ddl) if table._creator_ddl is not None else None,
        [_column(facts, column, column is numbered) for column in table.columns],
        [_constraint(facts, constraint) for constraint in sorted(table.constraints, key=_creation)],
        sorted((_index(facts, index) for index in table.indexes), key=repr),
    )


def _said(facts: Facts, table: Table) -> list[str]:
    made = [] if table._creator_ddl is not None else [facts.statement(CreateTable(table))]
    return [*made, *sorted(facts.statement(CreateIndex(index)) for index in table.indexes)]


def _creation(item: Any) -> int:
    return item._creation_order  # type: ignore[no-any-return]


def _column(facts: Facts, column: Column[Any], is_key: bool) -> tuple[Any, ...]:
    """Its facts. There are ten thousand columns: what most of them have not is asked for only where it is there."""
    default, named = column.default, column.name
    return (
        named if type(named) is str else name(named),
        facts.type(column),
        column.nullable,
        column.primary_key,
        column.comment,
        is_key and (is_numbered(column), column.autoincrement),
        column.server_default and facts.default(column.server_default),
        column.system,
        (column.computed or column.identity) and _generated(facts, column),
        isinstance(default, Sequence) and name(default.name),
        column.constraints and [_constraint(facts, one) for one in sorted(column.constraints, key=_creation)],
        # SQLAlchemy makes an empty one when it compiles the column, and that says no more than none.
        facts.options(column) if "dialect_options" in column.__dict__ else (),
    )


def _generated(facts: Facts, column: Column[Any]) -> tuple[Any, ...] | None:
    if column.computed is not None:
        return (facts.expression(column.computed.sqltext), column.computed.persisted)
    identity = column.identity
    if identity is None:
        return None
    return (identity.always, identity.on_null, sequence_options(identity), facts.options(identity))


def _constraint(facts: Facts, constraint: Constraint) -> tuple[Any, ...]:
    return (
        type(constraint).__name__,
        facts.name_of(constraint),
        constraint.deferrable,
        constraint.initially,
        constraint.comment,
        _body(facts, constraint),
        facts.options(constraint),
        facts.condition(constraint),
        facts.listeners(constraint),
    )


def _body(facts: Facts, constraint: Any) -> Any:
    """What stands behind a constraint's name; of a kind that is not SQLAlchemy's own, as it is compiled."""
    kind = type(constraint)
    if kind is ForeignKeyConstraint:
        return _foreign_key(constraint)
    if kind is PrimaryKeyConstraint:
        implicit = constraint._implicit_generated
        return [name(one.name) for one in (constraint.columns_autoinc_first if implicit else constraint.columns)]
    if kind is UniqueConstraint:
        return [name(one.name) for one in constraint.columns]
    if kind is CheckConstraint:
        return facts.expression(constraint.sqltext)
    return facts.compiled(constraint)


def _foreign_key(constraint: ForeignKeyConstraint) -> tuple[Any, ...]:
    target = constraint.referred_table
    return (
        [name(one.parent.name) for one in constraint.elements],
        name(target.name),
        _schema(target.schema),
        [name(one.column.name) for one in constraint.elements],
        constraint.onupdate,
        constraint.ondelete,
        constraint.match,
        constraint.use_alter,
    )


def _index(facts: Facts, index: Index) -> tuple[Any, ...]:
    return (
        facts.name_of(index),
        index.unique,
        [name(one.name) if type(one) is Column else facts.expression(one) for one in index.expressions],
        facts.options(index),
        facts.condition(index),
        facts.listeners(index),
    )
