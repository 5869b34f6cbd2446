"""Columns that are what PostgreSQL calls a serial."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.nouns.schema import ConstraintKind, Name

if TYPE_CHECKING:
    from lockgate.nouns.schema import Column, Schema, Table

_USUAL: Final = re.compile(r"AS (\w+) START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE \d+ CACHE 1 NO CYCLE")
_INTEGERS: Final = frozenset({"smallint", "integer", "bigint"})


def is_serial(schema: Schema, table: Table, column: Column) -> bool:
    """Whether the column's type can be said as a serial: its sequence is its own, and as PostgreSQL makes it by itself.

    https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL
    """
    name = Name(table.name.schema, f"{table.name.name}_{column.name}_seq")
    sequence = schema.sequences.get(name)
    if sequence is None or sequence.owner != (table.name, column.name) or column.nullable:
        return False
    usual = _USUAL.fullmatch(sequence.options)
    ours = column.default is not None and column.default.startswith("nextval(") and name.name in column.default
    return bool(usual and ours and usual[1] == column.type in _INTEGERS)


def numbered_keys(schema: Schema, table: Table) -> list[str]:
    """The column, if any, that SQLAlchemy makes a serial by itself: an integer that alone is the primary key."""
    keys = [one.columns for one in table.constraints if one.kind is ConstraintKind.PRIMARY]
    return [one.name for one in table.columns if keys == [(one.name,)] and is_serial(schema, table, one)]
