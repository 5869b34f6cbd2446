"""What SQLite's ALTER TABLE cannot do: a table's text is read, changed, and the table made anew from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from lockgate.errors import LockgateError
from lockgate.sqlite_tables import (
    KEEP,
    AddColumn,
    AddConstraint,
    AlterColumn,
    DropColumn,
    DropConstraint,
    TableText,
    rebuild,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.operations import Operations
    from sqlalchemy import Column

    from lockgate.authoring.database import MigrationWork
    from lockgate.authoring.verbs import Verbs
    from lockgate.sqlite_tables import Change


class Rebuild:
    """Says the statements that change one table; they belong in one transaction, with foreign keys off."""

    def __init__(self, text: TableText, verbs: Verbs) -> None:
        self._text = text
        self._verbs = verbs

    @classmethod
    async def of(cls, table: str, schema: str, work: MigrationWork) -> Self:
        """Read what SQLite keeps of a table.

        Raises:
            LockgateError: there is no such table.
        """
        driver = await work.driver()
        quoted = schema.replace('"', '""')
        rows = await driver.execute_fetchall(
            f'SELECT type, name, sql FROM "{quoted}".sqlite_master WHERE lower(tbl_name) = lower(?) AND sql IS NOT NULL',
            (table,),
        )
        tables = [(name, sql) for kind, name, sql in rows if kind == "table"]
        if not tables:
            raise LockgateError(f"There is no table {table} to change.")
        indexes = tuple(sql for kind, _, sql in rows if kind == "index")
        triggers = tuple(sql for kind, _, sql in rows if kind == "trigger")
        return cls(TableText(*tables[0], indexes, triggers, schema), work.verbs)

    def add_column(self, column: Column[Any], *, schema: str | None) -> list[str]:
        """Add a column; its unique constraint becomes the table's, its foreign key stays its own."""
        _, said = self._verbs.say(lambda op: op.add_column(self._text.name, column, schema=schema))
        adding, *after = said.statements
        definition = adding[adding.index(" ADD COLUMN ") + len(" ADD COLUMN ") :]
        references = [one for one in said.constraints if " REFERENCES " in one]
        own = [f"{one.partition('FOREIGN KEY')[0]}{one[one.index('REFERENCES ') :]}" for one in references]
        others = [AddConstraint(one) for one in said.constraints if one not in references]
        return [*self._statements(AddColumn(" ".join([definition, *own])), *others), *after]

    def drop_column(self, column: str) -> list[str]:
        """Drop a column."""
        return self._statements(DropColumn(column))

    def alter_column(
        self,
        column: str,
        *,
        nullable: bool | None,
        server_default: Any | Literal[False],
        new_column_name: str | None,
        type_: Any,
    ) -> list[str]:
        """Change a column."""
        default = KEEP if server_default is False else self._verbs.default_text(server_default)
        text = None if type_ is None else self._verbs.type_text(type_)
        return self._statements(AlterColumn(column, text, nullable, default, new_column_name))

    def add_constraint(self, operation: Callable[[Operations], Any]) -> list[str]:
        """Add the constraint that an operation says."""
        _, said = self._verbs.say(operation)
        return self._statements(*map(AddConstraint, said.constraints))

    def drop_constraint(self, name: str) -> list[str]:
        """Drop a constraint."""
        return self._statements(DropConstraint(name))

    def _statements(self, *changes: Change) -> list[str]:
        return rebuild(self._text, changes)
