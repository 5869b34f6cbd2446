"""The schema verbs of `self.db`: Alembic's operations by their names and parameters, awaited and typed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from alembic.operations import Operations
    from sqlalchemy import Column, Inspector, Table, TableClause
    from sqlalchemy.schema import SchemaItem
    from sqlalchemy.sql.elements import ColumnElement, TextClause, conv
    from sqlalchemy.types import TypeEngine

    from lockgate.authoring.database import MigrationWork
    from lockgate.authoring.rebuild import Rebuild

T = TypeVar("T")


class SchemaVerbs:
    """What changes a schema. Names, parameters and options are Alembic's, so that what its autogenerate writes can be used.

    https://alembic.sqlalchemy.org/en/latest/ops.html
    """

    def __init__(self, work: MigrationWork) -> None:
        self._work = work

    def f(self, name: str) -> conv:
        """A name that no naming convention is to change."""
        from sqlalchemy.sql.elements import conv  # noqa: PLC0415 - SQL text alone needs no SQLAlchemy

        return conv(name)

    async def create_table(self, table_name: str, *columns: SchemaItem, **options: Any) -> Table:
        """Create a table of columns and constraints, and give it; enum types that are missing are created with it.

        `options` are Alembic's and SQLAlchemy's Table's (`schema`, `comment`, `if_not_exists`, …).
        """
        await self._make_enums(columns)
        return await self._say(lambda op: op.create_table(table_name, *columns, **options))

    async def drop_table(self, table_name: str, *, schema: str | None = None, if_exists: bool | None = None) -> None:
        """Drop a table."""
        await self._say(lambda op: op.drop_table(table_name, schema=schema, if_exists=if_exists))

    async def rename_table(self, old_table_name: str, new_table_name: str, *, schema: str | None = None) -> None:
        """Rename a table."""
        await self._say(lambda op: op.rename_table(old_table_name, new_table_name, schema=schema))

    async def create_table_comment(
        self, table_name: str, comment: str | None, *, existing_comment: str | None = None, schema: str | None = None
    ) -> None:
        """Comment a table."""
        await self._say(
            lambda op: op.create_table_comment(table_name, comment, existing_comment=existing_comment, schema=schema)
        )

    async def drop_table_comment(
        self, table_name: str, *, existing_comment: str | None = None, schema: str | None = None
    ) -> None:
        """Take a table's comment away."""
        await self._say(lambda op: op.drop_table_comment(table_name, existing_comment=existing_comment, schema=schema))

    async def add_column(
        self, table_name: str, column: Column[Any], *, schema: str | None = None, if_not_exists: bool | None = None
    ) -> None:
        """Add a column; an enum type that is missing is created with it."""
        if not self._rebuilds:
            await self._make_enums([column])
            await self._say(lambda op: op.add_column(table_name, column, schema=schema, if_not_exists=if_not_exists))
        elif not (if_not_exists and await self.has_column(table_name, column.name, schema=schema)):
            await self._rebuild(table_name, lambda rebuild: rebuild.add_column(column, schema=schema), schema)

    async def drop_column(
        self, table_name: str, column_name: str, *, schema: str | None = None, if_exists: bool | None = None
    ) -> None:
        """Drop a column and its data."""
        if not self._rebuilds:
            await self._say(lambda op: op.drop_column(table_name, column_name, schema=schema, if_exists=if_exists))
        elif not if_exists or await self.has_column(table_name, column_name, schema=schema):
            await self._rebuild(table_name, lambda rebuild: rebuild.drop_column(column_name), schema)

    async def rename_column(
        self, table_name: str, column_name: str, new_column_name: str, *, schema: str | None = None
    ) -> None:
        """Rename a column."""
        await self.alter_column(table_name, column_name, new_column_name=new_column_name, schema=schema)

    async def alter_column(
        self,
        table_name: str,
        column_name: str,
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

        `options` are Alembic's (`existing_type`, `existing_nullable`, `postgresql_using`, …).
        """
        changes: dict[str, Any] = {
            "nullable": nullable,
            "server_default": server_default,
            "new_column_name": new_column_name,
            "type_": type_,
        }
        if self._rebuilds:
            await self._rebuild(table_name, lambda rebuild: rebuild.alter_column(column_name, **changes), schema)
            return
        if self._work.flavour is Flavour.MYSQL:
            from lockgate.authoring.mysql_columns import alter_column  # noqa: PLC0415 - MySQL only

            of_mysql = {**changes, "comment": comment, "schema": schema, **options}
            await alter_column(self._work, table_name, column_name, of_mysql)
            return
        await self._make_enums([type_])
        await self._say(
            lambda op: op.alter_column(table_name, column_name, **changes, comment=comment, schema=schema, **options)
        )

    async def create_index(
        self,
        index_name: str | None,
        table_name: str,
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
                index_name, table_name, columns, schema=schema, unique=unique, if_not_exists=if_not_exists, **options
            )
        )

    async def drop_index(
        self,
        index_name: str,
        table_name: str | None = None,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        **options: Any,
    ) -> None:
        """Drop an index."""
        await self._say(
            lambda op: op.drop_index(index_name, table_name=table_name, schema=schema, if_exists=if_exists, **options)
        )

    async def create_foreign_key(
        self,
        constraint_name: str | None,
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
                constraint_name,
                source_table,
                referent_table,
                list(local_cols),
                list(remote_cols),
                source_schema=source_schema,
                **options,
            ),
        )

    async def create_unique_constraint(
        self,
        constraint_name: str | None,
        table_name: str,
        columns: Sequence[str],
        *,
        schema: str | None = None,
        **options: Any,
    ) -> None:
        """Create a unique constraint."""
        await self._constrain(
            table_name,
            schema,
            lambda op: op.create_unique_constraint(constraint_name, table_name, columns, schema=schema, **options),
        )

    async def create_check_constraint(
        self,
        constraint_name: str | None,
        table_name: str,
        condition: str | ColumnElement[bool] | TextClause,
        *,
        schema: str | None = None,
        **options: Any,
    ) -> None:
        """Create a check constraint."""
        await self._constrain(
            table_name,
            schema,
            lambda op: op.create_check_constraint(constraint_name, table_name, condition, schema=schema, **options),
        )

    async def create_exclude_constraint(
        self, constraint_name: str, table_name: str, *elements: Any, **options: Any
    ) -> None:
        """Create an exclusion constraint of PostgreSQL's; `options` are Alembic's (`where`, `using`, `schema`, …)."""
        await self._say(lambda op: op.create_exclude_constraint(constraint_name, table_name, *elements, **options))

    async def create_primary_key(
        self, constraint_name: str | None, table_name: str, columns: Sequence[str], *, schema: str | None = None
    ) -> None:
        """Create a primary key."""
        await self._constrain(
            table_name,
            schema,
            lambda op: op.create_primary_key(constraint_name, table_name, list(columns), schema=schema),
        )

    async def drop_constraint(
        self,
        constraint_name: str,
        table_name: str,
        *,
        type_: str | None = None,
        schema: str | None = None,
        if_exists: bool | None = None,
    ) -> None:
        """Drop a named constraint; `type_` (foreignkey, primary, unique, check) is for engines that ask for it."""
        if self._rebuilds:
            await self._rebuild(table_name, lambda rebuild: rebuild.drop_constraint(constraint_name), schema)
            return
        await self._say(
            lambda op: op.drop_constraint(constraint_name, table_name, type_=type_, schema=schema, if_exists=if_exists)
        )

    async def bulk_insert(self, table: Table | TableClause, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows; the table is one that `create_table` returned, or a `sqlalchemy.table(…)`."""
        if rows:
            await self._work.execute(table.insert(), list(rows))

    async def has_table(self, table_name: str, *, schema: str | None = None) -> bool:
        """Whether a table or view is there."""
        return await self._inspect(lambda inspector: inspector.has_table(table_name, schema=schema))

    async def has_column(self, table_name: str, column_name: str, *, schema: str | None = None) -> bool:
        """Whether a table has a column."""
        columns = await self._inspect(lambda inspector: inspector.get_columns(table_name, schema=schema))
        return any(one["name"] == column_name for one in columns)

    async def has_index(self, table_name: str, index_name: str, *, schema: str | None = None) -> bool:
        """Whether a table has an index."""
        return await self._inspect(lambda inspector: inspector.has_index(table_name, index_name, schema=schema))

    async def _inspect(self, look: Callable[[Inspector], T]) -> T:
        from sqlalchemy import inspect  # noqa: PLC0415 - SQL text alone needs no SQLAlchemy

        return await self._work.connection.run_sync(lambda connection: look(inspect(connection)))

    async def _make_enums(self, items: Sequence[Any]) -> None:
        """Create the enum types of columns, where they are not there: one may serve several tables."""
        if self._work.flavour is not Flavour.POSTGRESQL:
            return
        types = [getattr(item, "type", item) for item in items]
        for type_ in [getattr(one, "item_type", one) for one in types]:
            named = getattr(type_, "native_enum", False) and getattr(type_, "name", None)
            if named and getattr(type_, "create_type", True):
                await self._work.connection.run_sync(type_.create, checkfirst=True)

    async def _say(self, operation: Callable[[Operations], T]) -> T:
        result, said = self._work.verbs.say(operation)
        statements = [one for one in said.statements if not one.startswith("CREATE TYPE ")]
        await self._work.run(statements, line_of(self._work.origin))
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
        from lockgate.authoring.rebuild import Rebuild  # noqa: PLC0415 - SQLite only

        line = line_of(self._work.origin)
        rebuild = await Rebuild.of(table, schema or "main", self._work)
        await self._work.run(change(rebuild), line)


def line_of(origin: str) -> int | None:
    """The line of the migration's own file that is running now, for an error that comes back later."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != origin:
        frame = frame.f_back  # type: ignore[assignment]
    return frame.f_lineno if frame else None
