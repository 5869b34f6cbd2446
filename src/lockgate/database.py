"""`self.db`: what a Python migration can do, awaited and typed."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from lockgate.errors import LockgateError
from lockgate.sql import Flavour, split
from lockgate.sql.controls import control

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from alembic.operations import Operations
    from sqlalchemy import Column, Executable, Inspector, Result, Table, TableClause
    from sqlalchemy.schema import SchemaItem
    from sqlalchemy.sql.elements import ColumnElement, TextClause
    from sqlalchemy.types import TypeEngine

    from lockgate.overlay import MigrationConnection
    from lockgate.rebuild import Rebuild
    from lockgate.verbs import Verbs

T = TypeVar("T")

_ROWS = frozenset(
    {"SELECT", "VALUES", "TABLE", "WITH", "SHOW", "EXPLAIN", "PRAGMA", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"}
)


class Work(Protocol):
    """How a migration's statements are run: in its transaction, or step by step in a journal."""

    flavour: Flavour
    transactional: bool
    origin: str

    async def run(self, statements: Sequence[str], line: int | None) -> None:
        """Run statements that return nothing; `line` is where the migration asks for them."""

    @property
    def connection(self) -> MigrationConnection:
        """SQLAlchemy's connection over the driver's."""

    @property
    def verbs(self) -> Verbs:
        """Says the SQL of the schema verbs."""

    async def driver(self) -> Any:
        """The driver's own connection, once all that was asked for before has run."""


class Database:
    """What a Python migration does its work with; every verb is awaited.

    The verbs are Alembic's operations (https://alembic.sqlalchemy.org/en/latest/ops.html) by the same names. On PostgreSQL
    the statements of consecutive verbs travel together, at the latest with the commit; an error still names the line that
    asked for the statement. On SQLite, what its ALTER TABLE cannot do is done by rebuilding the table.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def connection(self) -> MigrationConnection:
        """SQLAlchemy's AsyncConnection, within the migration's transaction; its `begin()` is a savepoint."""
        return self._work.connection

    async def driver_connection(self) -> Any:
        """The driver's own connection: asyncpg's or aiosqlite's. Its transaction is the runner's to end."""
        return await self._work.driver()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the migration that is undone by itself where it raises."""
        async with self.connection.begin_nested():
            yield

    async def execute(self, statement: str | Executable, parameters: Any = None) -> Result[Any]:
        """Run SQL: a statement of SQLAlchemy's, or text.

        Text without parameters is sent as it is: it may hold several statements, and `:name` and `%` mean nothing in it.
        Text with parameters (a mapping, or a list of them) has them as `:name`. The result's rows are those of a single
        statement; for several, and for DDL, it is empty.

        Raises:
            LockgateError: the text begins or ends the transaction, which is the runner's.
        """
        if not isinstance(statement, str):
            return await self.connection.execute(statement, parameters)
        if parameters is not None:
            from sqlalchemy import text  # noqa: PLC0415 - SQL text alone needs no SQLAlchemy

            return await self.connection.execute(text(statement), parameters)
        return await self._execute_text(statement, _line_of(self._work.origin))

    async def _execute_text(self, text: str, line: int | None) -> Result[Any]:
        statements = split(text, self._work.flavour, path=self._work.origin, first_line=1)
        for statement in statements:
            if self._work.transactional and control(statement, self._work.flavour):
                raise LockgateError(
                    f"{self._work.origin}:{line} says {statement.words[0]}, but a migration's transaction is the runner's.",
                    hint="Use `async with self.db.savepoint():`, or `transactional = False` on the class.",
                )
        if len(statements) == 1 and statements[0].words[:1] and statements[0].words[0] in _ROWS:
            return await self.connection.exec_driver_sql(statements[0].text)
        await self._work.run([statement.text for statement in statements], line)
        return _no_rows()

    async def scalar(self, statement: str | Executable, parameters: Any = None) -> Any:
        """The first column of a query's first row, or None."""
        return (await self.execute(statement, parameters)).scalar()

    async def create_table(self, name: str, *columns: SchemaItem, **options: Any) -> Table:
        """Create a table of columns and constraints; `options` are SQLAlchemy's Table's (schema, comment, …)."""
        await self._make_enums(columns)
        return await self._say(lambda op: op.create_table(name, *columns, **options))

    async def drop_table(self, name: str, *, schema: str | None = None, if_exists: bool | None = None) -> None:
        """Drop a table."""
        await self._say(lambda op: op.drop_table(name, schema=schema, if_exists=if_exists))

    async def rename_table(self, old_name: str, new_name: str, *, schema: str | None = None) -> None:
        """Rename a table."""
        await self._say(lambda op: op.rename_table(old_name, new_name, schema=schema))

    async def create_table_comment(self, table: str, comment: str | None, *, schema: str | None = None) -> None:
        """Comment a table; None takes the comment away."""
        if comment is None:
            await self._say(lambda op: op.drop_table_comment(table, schema=schema))
        else:
            await self._say(lambda op: op.create_table_comment(table, comment, schema=schema))

    async def add_column(self, table: str, column: Column[Any], *, schema: str | None = None) -> None:
        """Add a column."""
        if self._rebuilds:
            await self._rebuild(table, lambda rebuild: rebuild.add_column(column, schema=schema), schema)
        else:
            await self._make_enums([column])
            await self._say(lambda op: op.add_column(table, column, schema=schema))

    async def drop_column(self, table: str, column: str, *, schema: str | None = None) -> None:
        """Drop a column and its data."""
        if self._rebuilds:
            await self._rebuild(table, lambda rebuild: rebuild.drop_column(column), schema)
        else:
            await self._say(lambda op: op.drop_column(table, column, schema=schema))

    async def rename_column(self, table: str, old_name: str, new_name: str, *, schema: str | None = None) -> None:
        """Rename a column."""
        await self.alter_column(table, old_name, new_column_name=new_name, schema=schema)

    async def alter_column(
        self,
        table: str,
        column: str,
        *,
        nullable: bool | None = None,
        server_default: str | TextClause | ColumnElement[Any] | Literal[False] | None = False,
        new_column_name: str | None = None,
        type_: TypeEngine[Any] | type[TypeEngine[Any]] | None = None,
        comment: str | Literal[False] | None = False,
        schema: str | None = None,
        **options: Any,
    ) -> None:
        """Change a column; what is not given stays. `server_default=None` and `comment=None` take them away.

        `options` are Alembic's (`existing_type`, `postgresql_using`, …).
        """
        changes: dict[str, Any] = {
            "nullable": nullable,
            "server_default": server_default,
            "new_column_name": new_column_name,
            "type_": type_,
        }
        if self._rebuilds:
            await self._rebuild(table, lambda rebuild: rebuild.alter_column(column, **changes), schema)
        else:
            await self._say(
                lambda op: op.alter_column(table, column, **changes, comment=comment, schema=schema, **options)
            )

    async def create_index(
        self,
        name: str | None,
        table: str,
        columns: Sequence[str | TextClause | ColumnElement[Any]],
        *,
        unique: bool = False,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        **options: Any,
    ) -> None:
        """Create an index; `options` are the dialect's (`postgresql_using`, `postgresql_where`, `sqlite_where`, …)."""
        await self._say(
            lambda op: op.create_index(
                name, table, columns, schema=schema, unique=unique, if_not_exists=if_not_exists, **options
            )
        )

    async def drop_index(
        self,
        name: str,
        table: str | None = None,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        **options: Any,
    ) -> None:
        """Drop an index."""
        await self._say(lambda op: op.drop_index(name, table_name=table, schema=schema, if_exists=if_exists, **options))

    async def create_foreign_key(
        self,
        name: str | None,
        source_table: str,
        referent_table: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        *,
        source_schema: str | None = None,
        **options: Any,
    ) -> None:
        """Create a foreign key; `options` are Alembic's (`ondelete`, `onupdate`, `deferrable`, `referent_schema`, …)."""
        await self._constrain(
            source_table,
            source_schema,
            lambda op: op.create_foreign_key(
                name,
                source_table,
                referent_table,
                list(local_cols),
                list(remote_cols),
                source_schema=source_schema,
                **options,
            ),
        )

    async def create_unique_constraint(
        self, name: str | None, table: str, columns: Sequence[str], *, schema: str | None = None, **options: Any
    ) -> None:
        """Create a unique constraint."""
        await self._constrain(
            table, schema, lambda op: op.create_unique_constraint(name, table, columns, schema=schema, **options)
        )

    async def create_check_constraint(
        self,
        name: str | None,
        table: str,
        condition: str | ColumnElement[bool] | TextClause,
        *,
        schema: str | None = None,
        **options: Any,
    ) -> None:
        """Create a check constraint."""
        await self._constrain(
            table, schema, lambda op: op.create_check_constraint(name, table, condition, schema=schema, **options)
        )

    async def create_primary_key(
        self, name: str | None, table: str, columns: Sequence[str], *, schema: str | None = None
    ) -> None:
        """Create a primary key."""
        await self._constrain(
            table, schema, lambda op: op.create_primary_key(name, table, list(columns), schema=schema)
        )

    async def drop_constraint(
        self, name: str, table: str, *, type_: str | None = None, schema: str | None = None
    ) -> None:
        """Drop a named constraint; `type_` (foreignkey, primary, unique, check) is for engines that ask for it."""
        if self._rebuilds:
            await self._rebuild(table, lambda rebuild: rebuild.drop_constraint(name), schema)
        else:
            await self._say(lambda op: op.drop_constraint(name, table, type_=type_, schema=schema))

    async def bulk_insert(self, table: Table | TableClause, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows; the table is one that `create_table` returned, or a `sqlalchemy.table(…)`."""
        if rows:
            await self.connection.execute(table.insert(), list(rows))

    async def has_table(self, table: str, *, schema: str | None = None) -> bool:
        """Whether a table or view is there."""
        return await self._inspect(lambda inspector: inspector.has_table(table, schema=schema))

    async def has_column(self, table: str, column: str, *, schema: str | None = None) -> bool:
        """Whether a table has a column."""
        columns = await self._inspect(lambda inspector: inspector.get_columns(table, schema=schema))
        return any(one["name"] == column for one in columns)

    async def has_index(self, table: str, index: str, *, schema: str | None = None) -> bool:
        """Whether a table has an index."""
        return await self._inspect(lambda inspector: inspector.has_index(table, index, schema=schema))

    async def _make_enums(self, items: Sequence[SchemaItem]) -> None:
        """Create the enum types of columns, where they are not there: one may serve several tables."""
        if self._work.flavour is not Flavour.POSTGRESQL:
            return
        types = [getattr(item, "type", None) for item in items]
        for type_ in [getattr(one, "item_type", one) for one in types]:
            named = getattr(type_, "native_enum", False) and getattr(type_, "name", None)
            if type_ is not None and named and getattr(type_, "create_type", True):
                await self.connection.run_sync(type_.create, checkfirst=True)

    async def _inspect(self, look: Callable[[Inspector], T]) -> T:
        from sqlalchemy import inspect  # noqa: PLC0415 - SQL text alone needs no SQLAlchemy

        return await self.connection.run_sync(lambda connection: look(inspect(connection)))

    async def _say(self, operation: Callable[[Operations], T]) -> T:
        result, said = self._work.verbs.say(operation)
        statements = [one for one in said.statements if not one.startswith("CREATE TYPE ")]
        await self._work.run(statements, _line_of(self._work.origin))
        return result

    @property
    def _rebuilds(self) -> bool:
        return self._work.flavour is Flavour.SQLITE

    async def _constrain(self, table: str, schema: str | None, operation: Callable[[Operations], Any]) -> None:
        if self._rebuilds:
            await self._rebuild(table, lambda rebuild: rebuild.add_constraint(operation), schema)
        else:
            await self._say(operation)

    async def _rebuild(self, table: str, change: Callable[[Rebuild], Sequence[str]], schema: str | None) -> None:
        from lockgate.rebuild import Rebuild  # noqa: PLC0415 - SQLite only

        line = _line_of(self._work.origin)
        rebuild = await Rebuild.of(table, schema or "main", self._work)
        await self._work.run(change(rebuild), line)


def _line_of(origin: str) -> int | None:
    """The line of the migration's own file that is running now, for an error that comes back later."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != origin:
        frame = frame.f_back  # type: ignore[assignment]
    return frame.f_lineno if frame else None


def _no_rows() -> Result[Any]:
    from sqlalchemy.engine import IteratorResult  # noqa: PLC0415 - SQL text alone needs no SQLAlchemy
    from sqlalchemy.engine.result import SimpleResultMetaData  # noqa: PLC0415 - as above

    return IteratorResult(SimpleResultMetaData([]), iter([]))
