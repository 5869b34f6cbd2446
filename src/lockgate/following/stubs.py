"""What stands in a shadow for the tables that are referred to and not built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, MetaData, Table, UniqueConstraint
from sqlalchemy.schema import CreateTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ForeignKeyConstraint
    from sqlalchemy.engine import Dialect

    from lockgate.models.metadata import Models


def stubs(models: Models, dialect: Dialect, schemas: Mapping[str | None, str]) -> list[str]:
    """For each table that is referred to: its columns that are referred to, unique as they have to be."""
    wanted: dict[Table, set[tuple[str, ...]]] = {}
    for table in models.tables:
        for key in table.foreign_key_constraints:
            if key.referred_table not in models.tables:
                wanted.setdefault(key.referred_table, set()).add(_target(key))
    return [_stub(table, keys, dialect, schemas) for table, keys in wanted.items()]


def _target(key: ForeignKeyConstraint) -> tuple[str, ...]:
    return tuple(sorted(element.column.name for element in key.elements))


def _stub(table: Table, keys: set[tuple[str, ...]], dialect: Dialect, schemas: Mapping[str | None, str]) -> str:
    columns = {column.name: Column(column.name, column.type) for column in table.columns}
    needed = sorted({name for key in keys for name in key})
    unique = (UniqueConstraint(*key) for key in sorted(keys))
    stub = Table(table.name, MetaData(), *(columns[name] for name in needed), *unique, schema=table.schema)
    options: dict[str, Any] = {"schema_translate_map": dict(schemas), "render_schema_translate": True}
    return str(CreateTable(stub).compile(dialect=dialect, **options)).strip()
