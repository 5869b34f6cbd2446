"""Says how databases and schemas are made, found and removed, on each engine that has them."""

from __future__ import annotations

from typing import NamedTuple

from lockgate.dialects.tracking import quoted


class Place(NamedTuple):
    """A database or a schema, in the SQL of its engine.

    Attributes:
        exists: a query that gives a row where it is there.
        make: makes it, empty.
        remove: removes it and all that is in it.
        names: a query of what is in it, its column `name`, asked from within.
    """

    exists: str
    make: str
    remove: str
    names: str


def postgresql_schema(name: str) -> Place:
    """A schema."""
    return Place(
        f"SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = {_text(name)}",
        f"CREATE SCHEMA {quoted(name)}",
        f"DROP SCHEMA {quoted(name)} CASCADE",
        "SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE n.nspname = {_text(name)}",
    )


def postgresql_database(name: str, template: str | None = None) -> Place:
    """A database, as a copy of the template where one is given."""
    copied = f" TEMPLATE {quoted(template)}" if template else ""
    return Place(
        f"SELECT 1 FROM pg_catalog.pg_database WHERE datname = {_text(name)}",
        f"CREATE DATABASE {quoted(name)}{copied}",
        f"DROP DATABASE {quoted(name)} WITH (FORCE)",
        "SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
    )


def mysql_database(name: str) -> Place:
    """A database of MySQL or MariaDB."""
    return Place(
        f"SELECT 1 FROM information_schema.schemata WHERE schema_name = {_text(name)}",
        f"CREATE DATABASE {quoted(name, '`')}",
        f"DROP DATABASE {quoted(name, '`')}",
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
    )


SQLITE_NAMES = "SELECT tbl_name AS name FROM sqlite_master"
"""The query of a SQLite file, which is made when it is first written to."""


def is_filled(names: str, table: str) -> str:
    """A query that gives a row where there is more than what belongs to the tracking table."""
    own = table.rpartition(".")[2]
    return f"SELECT 1 FROM ({names}) found WHERE substr(name, 1, {len(own)}) <> {_text(own)} LIMIT 1"


def _text(name: str) -> str:
    """A string literal; names with a backslash, which some servers read otherwise, are no tenants'."""
    doubled = name.replace("'", "''")
    return f"'{doubled}'"
