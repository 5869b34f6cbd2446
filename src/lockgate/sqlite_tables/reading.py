"""A table as a value, read from the text of its CREATE TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns import schema as nouns
from lockgate.sqlite_tables.constraints import Constraint, Kind
from lockgate.sqlite_tables.foreign import Known, deferred_keys, foreign_key
from lockgate.sqlite_tables.keys import key, key_parts, primary_keys
from lockgate.sqlite_tables.normal import Scope, collation, default_text, expression, type_text
from lockgate.sqlite_tables.tokens import fold, group

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lockgate.sqlite_tables.definition import Column, Definition

KEPT = frozenset({Kind.PRIMARY_KEY, Kind.UNIQUE, Kind.CHECK, Kind.FOREIGN_KEY})
"""What is a constraint of the table wherever it is said; the others are properties of a column."""


class Placed(NamedTuple):
    """A constraint as a value, and where it stands: within a column's definition, or behind them all."""

    noun: nouns.Constraint
    column: Column | None
    constraint: Constraint


def known(definition: Definition, name: nouns.Name, like: nouns.Table | None = None) -> Known:
    """What others may refer to; names that differ from those of `like` in case alone are spelled as there."""
    spelled = {fold(column.name): column.name for column in like.columns} if like else {}
    columns = {fold(one.name): spelled.get(fold(one.name), one.name) for one in definition.columns}
    scope = Scope(columns=columns)
    keys = [key(one, column, scope, counts_rows=True).columns for column, one in primary_keys(definition)]
    return Known(name, columns, next(iter(keys), ()))


def read_table(definition: Definition, this: Known, others: Mapping[str, Known]) -> nouns.Table:
    """The table without its indexes; `others` are those of its database by their folded names, itself among them."""
    constraints = sorted({placed.noun for placed in read_constraints(definition, this, others)}, key=_order)
    implied = _never_null(definition)
    columns = tuple(_column(one, this, definition, never_null=fold(one.name) in implied) for one in definition.columns)
    return nouns.Table(this.name, columns, tuple(constraints), after=", ".join(options(definition)))


def read_constraints(definition: Definition, this: Known, others: Mapping[str, Known]) -> Iterator[Placed]:
    """The constraints in the order of the text."""
    scope, deferred = scope_of(definition, this), deferred_keys(definition)
    for column, constraint in _constraints(definition):
        match constraint.kind:
            case Kind.FOREIGN_KEY:
                late = constraint.start in deferred
                place = this.name.schema
                noun = foreign_key(constraint, column, scope, others, schema=place, deferred=late)
            case Kind.CHECK:
                said = f"CHECK ({expression(group(constraint.tokens), scope)})"
                noun = nouns.Constraint(constraint.name or "", nouns.ConstraintKind.CHECK, said)
            case _:
                counts = constraint.kind is Kind.PRIMARY_KEY and _rowid(definition) is not None
                noun = key(constraint, column, scope, counts_rows=counts)
        yield Placed(noun, column, constraint)


def scope_of(definition: Definition, this: Known) -> Scope:
    """What names mean in the table's expressions, and in those of its indexes."""
    collations = {fold(one.name): said for one in definition.columns if (said := _collation(one))}
    return Scope(fold(definition.name), this.columns, collations)


def options(definition: Definition) -> list[str]:
    """What stands behind the closing parenthesis: https://www.sqlite.org/syntax/table-options.html."""
    words = {token.word for token in definition.tokens if token.start > definition.close}
    return [said for said, word in (("STRICT", "STRICT"), ("WITHOUT ROWID", "ROWID")) if word in words]


def _order(noun: nouns.Constraint) -> tuple[str, str, str]:
    return noun.kind, noun.definition, noun.name


def _constraints(definition: Definition) -> Iterator[tuple[Column | None, Constraint]]:
    for column in definition.columns:
        yield from ((column, one) for one in column.constraints if one.kind in KEPT)
    yield from ((None, one) for one in definition.constraints if one.kind in KEPT)


def _column(column: Column, this: Known, definition: Definition, *, never_null: bool) -> nouns.Column:
    default = column.having(Kind.DEFAULT)
    return nouns.Column(
        this.columns[fold(column.name)],
        _type(column, definition),
        nullable=not (never_null or column.having(Kind.NOT_NULL)),
        default=default_text(default[-1].tokens[1:]) if default else None,
        generated=_generated(column, definition, this),
        collation=_collation(column),
    )


def _type(column: Column, definition: Definition) -> str:
    return type_text(definition.text[column.type.start : column.type.end]) if column.type else ""


def _collation(column: Column) -> str | None:
    said = column.having(Kind.COLLATE)
    name = collation(said[-1].tokens[1].name) if said else "BINARY"
    return None if name == "BINARY" else name


def _generated(column: Column, definition: Definition, this: Known) -> nouns.Generated | None:
    said = column.having(Kind.GENERATED)
    if not said:
        return None
    text = expression(group(said[-1].tokens), scope_of(definition, this))
    return nouns.Generated(text, said[-1].tokens[-1].word == "STORED")


def _never_null(definition: Definition) -> set[str]:
    """The columns of the primary key where it holds no NULL even if the text permits it.

    https://www.sqlite.org/lang_createtable.html#the_primary_key: in other tables it does, for the sake of old databases.
    """
    if options(definition):
        keys = [_key_names(definition, column, one) for column, one in primary_keys(definition)]
        return {fold(name) for names in keys for name in names}
    rowid = _rowid(definition)
    return {fold(rowid.name)} if rowid else set()


def _rowid(definition: Definition) -> Column | None:
    """The column that is the rowid by another name; INTEGER PRIMARY KEY DESC is not, by an old mistake.

    https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key
    """
    for column, one in primary_keys(definition):
        found = _key_names(definition, column, one)
        backwards = column is not None and any(token.word == "DESC" for token in one.tokens)
        if len(found) == 1 and not backwards and not definition.without_rowid:
            only = definition.column(found[0])
            return only if _type(only, definition) == "INTEGER" else None
    return None


def _key_names(definition: Definition, column: Column | None, constraint: Constraint) -> list[str]:
    if column is not None:
        return [column.name]
    scope = Scope(columns={fold(one.name): one.name for one in definition.columns})
    return [part.column for part in key_parts(group(constraint.tokens), scope) if part.column is not None]
