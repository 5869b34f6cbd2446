"""Says the SQL of Alembic's operations without running it: nothing is sent, nothing is shared, nothing is global."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.types import to_instance

from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import Dialect

T = TypeVar("T")


@dataclass(slots=True)
class Said:
    """What an operation would have run, and the constraints that SQLite cannot add to a table that exists."""

    statements: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)


class Verbs:
    """Alembic's operations for one engine, as its dialect writes them, on a connection that only listens."""

    def __init__(self, dialect: Dialect) -> None:
        self._said = Said()
        self._dialect = dialect
        listening = cast("Connection", MockConnection(self._dialect, self._hear))
        context = MigrationContext.configure(connection=listening)
        if dialect.name == Flavour.SQLITE:
            context.impl.add_constraint = self._hear_constraint  # type: ignore[assignment, method-assign]  # Alembic's raises
        self._operations = Operations(context)

    def say(self, operation: Callable[[Operations], T]) -> tuple[T, Said]:
        """What an operation returns, and what it says."""
        self._said = said = Said()
        return operation(self._operations), said

    def type_text(self, type_: Any) -> str:
        """A type as the engine writes it."""
        return self._dialect.type_compiler_instance.process(to_instance(type_))

    def default_text(self, default: Any) -> str | None:
        """A server default as the engine writes it; None for none."""
        column: Column[Any] = Column("column", server_default=default)
        return cast("str | None", self._ddl().get_column_default_string(column))

    def _hear(self, construct: Any, *_parameters: Any, **_options: Any) -> None:
        self._said.statements.append(str(construct.compile(dialect=self._dialect)).strip())

    def _hear_constraint(self, constraint: Any, **_options: Any) -> None:
        self._said.constraints.append(self._ddl().process(constraint))

    def _ddl(self) -> Any:
        compiler: Any = self._dialect.ddl_compiler
        return compiler(self._dialect, None)
