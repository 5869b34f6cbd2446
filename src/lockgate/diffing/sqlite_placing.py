"""Where a table's text says what its noun says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.nouns.schema import ConstraintKind
from lockgate.sqlite_tables.foreign import Known
from lockgate.sqlite_tables.reading import Placed, known, read_constraints, read_table
from lockgate.sqlite_tables.tokens import fold

if TYPE_CHECKING:
    from lockgate.nouns.schema import Schema, Table
    from lockgate.sqlite_tables.definition import Definition


def placed(definition: Definition, table: Table, schema: Schema) -> list[Placed]:
    """The constraints of a text; `table` says how names are spelled, `schema` what others have to be referred to."""
    return list(read_constraints(definition, known(definition, table.name, table), _parents(table, schema)))


def as_table(definition: Definition, table: Table, schema: Schema) -> Table:
    """What a text says, without indexes."""
    return read_table(definition, known(definition, table.name, table), _parents(table, schema))


def _parents(table: Table, schema: Schema) -> dict[str, Known]:
    targets = (schema.tables.get(key.target) for key in table.constraints if key.target is not None)
    return {fold(parent.name.name): _known(parent) for parent in targets if parent is not None}


def _known(table: Table) -> Known:
    keys = (key.columns for key in table.constraints if key.kind is ConstraintKind.PRIMARY)
    return Known(table.name, {fold(column.name): column.name for column in table.columns}, next(keys, ()))
