"""Following the models on SQLite: they are built in memory, which costs less than to compare spellings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio.to_thread

from lockgate.dialects.sqlite_catalog import fingerprint_sqlite, read_sqlite
from lockgate.diffing.sqlite import statements
from lockgate.errors import SettingsError
from lockgate.sqlite_tables.catalog import Row, schema_of
from lockgate.sqlite_tables.tokens import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from lockgate.dialects.seam import Session
    from lockgate.following.scope import Scope
    from lockgate.models.metadata import Models
    from lockgate.nouns.changes import Change, Statement
    from lockgate.nouns.schema import Name, Schema

_QUERY = "SELECT '{place}', type, name, tbl_name, sql FROM {schema}.sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"


class SqliteEngine:
    """SQLite's."""

    creates = False

    def __init__(self, session: Session) -> None:
        self.session = session
        self._there: Schema | None = None

    async def default_schema(self) -> str:
        """Always main."""
        return "main"

    async def read(self, scope: Scope) -> Schema:
        """Read sqlite_master; a schema is an attached database there, which no statement of a migration makes."""
        self._there = await read_sqlite(self.session, scope.namespaces, leaving_out=scope.own)
        return replace(self._there, namespaces=frozenset(scope.namespaces))

    async def fingerprint(self, scope: Scope) -> str:
        """Hash sqlite_master."""
        return await fingerprint_sqlite(self.session, scope.namespaces, leaving_out=scope.own)

    def doubtful(self, models: Models, have: Schema, scope: Scope) -> set[Name]:
        """All of them."""
        return {scope.name(table) for table in models.tables} & set(have.tables)

    async def build(self, models: Models, scope: Scope) -> Schema:
        """Build them in a database in memory."""
        rows = await anyio.to_thread.run_sync(_built, models, scope)
        return schema_of(rows, scope.namespaces, like=self._there)

    async def creation(self, models: Models, there: Collection[Name], scope: Scope) -> list[str] | None:
        """Nothing: what was built says all."""
        return []

    def statements(self, changes: Sequence[Change], have: Schema, want: Schema) -> list[Statement]:
        """Say them, with tables rebuilt where ALTER TABLE does not do."""
        return statements(changes, have, want)

    async def with_rows(self, tables: Collection[Name]) -> set[Name]:
        """Look for one row of each."""
        found = set()
        for name in tables:
            if await self.session.fetch(f"SELECT 1 FROM {quoted(name.schema)}.{quoted(name.name)} LIMIT 1"):
                found.add(name)
        return found


def _built(models: Models, scope: Scope) -> list[Row]:
    from sqlalchemy import create_engine  # noqa: PLC0415 - in the worker thread, as all of this
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - as above
    from sqlalchemy.pool import StaticPool  # noqa: PLC0415 - as above

    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            return _create(connection, models, scope)
    except SQLAlchemyError as error:
        raise SettingsError(f"The models cannot be created on SQLite: {error}", hint="Correct the models.") from error
    finally:
        engine.dispose()


def _create(connection: Connection, models: Models, scope: Scope) -> list[Row]:
    for schema in scope.namespaces:
        if schema != "main":
            connection.exec_driver_sql(f"ATTACH ':memory:' AS {quoted(schema)}")
    chosen = {*models.tables, *models.views}
    for metadata in models.metadatas:
        metadata.create_all(connection, tables=[one for one in metadata.tables.values() if one in chosen])
    rows = list[Row]()
    for schema in scope.namespaces:
        place = schema.replace("'", "''")
        rows += [Row(*row) for row in connection.exec_driver_sql(_QUERY.format(place=place, schema=quoted(schema)))]
    return rows
