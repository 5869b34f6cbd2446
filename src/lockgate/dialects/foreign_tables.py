"""Says the queries that find and read another tool's table, in the SQL of each engine; the table is only looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.dialects.tracking import quoted
from lockgate.nouns.flavours import Flavour
from lockgate.planning.foreign_tables import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockgate.planning.foreign_tables import ForeignTable


def columns_query(flavour: Flavour, names: Iterable[str], text: Callable[[str], str]) -> str:
    """Say the query for the columns of tables that may not be there, as rows of a table's name, as given, and a column's.

    A name without a schema is looked up as the session does; `text` makes a literal.
    """
    one = {Flavour.POSTGRESQL: _of_postgresql, Flavour.MYSQL: _of_mysql, Flavour.SQLITE: _of_sqlite}[flavour]
    return " UNION ALL ".join(one(name, text) for name in names)


def _of_postgresql(name: str, text: Callable[[str], str]) -> str:
    table = text(".".join(map(quoted, name.split(".", 1))))
    return (
        f"SELECT {text(name)}, attname::pg_catalog.text FROM pg_catalog.pg_attribute"
        f" WHERE attrelid = pg_catalog.to_regclass({table}) AND attnum > 0 AND NOT attisdropped"
    )


def _of_mysql(name: str, text: Callable[[str], str]) -> str:
    schema, _, table = name.rpartition(".")
    place = text(schema) if schema else "DATABASE()"
    return (
        f"SELECT {text(name)}, column_name FROM information_schema.columns"
        f" WHERE table_schema = {place} AND table_name = {text(table)}"
    )


def _of_sqlite(name: str, text: Callable[[str], str]) -> str:
    schema, _, table = name.rpartition(".")
    return f"SELECT {text(name)}, name FROM pragma_table_info({text(table)}, {text(schema or 'main')})"


def rows_query(flavour: Flavour, table: ForeignTable) -> str:
    """Say the query for all rows of a table, in the order of the first of its columns."""
    quote = "`" if flavour is Flavour.MYSQL else '"'
    named = ".".join(quoted(part, quote) for part in table.name.split(".", 1))
    columns = [_read(flavour, kind, quoted(name, quote)) for name, kind in table.columns.items()]
    return f"SELECT {', '.join(columns)} FROM {named} ORDER BY {quoted(next(iter(table.columns)), quote)}"


def _read(flavour: Flavour, kind: Kind, column: str) -> str:
    if kind is Kind.BYTES:
        return f"encode({column}, 'hex')" if flavour is Flavour.POSTGRESQL else f"hex({column})"
    if kind is Kind.TIME and flavour is Flavour.POSTGRESQL:
        # A time without a zone is the session's, as it was for who wrote it, unless somebody has set another since.
        return f"extract(epoch FROM {column}::pg_catalog.timestamptz)"
    return f"UNIX_TIMESTAMP({column})" if kind is Kind.TIME and flavour is Flavour.MYSQL else column
