"""Says the SQL of Alembic's operations without running it: nothing is sent, nothing is shared, nothing is global."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine.mock import MockConnection

from lockgate.sql import Flavour

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine.interfaces import Dialect

T = TypeVar("T")


class Verbs:
    """Alembic's operations for one engine, on a connection that only listens."""

    def __init__(self, flavour: Flavour) -> None:
        self._said: list[str] = []
        self._dialect = _dialect(flavour)
        context = MigrationContext.configure(connection=MockConnection(self._dialect, self._hear))  # type: ignore[arg-type]
        self._operations = Operations(context)

    def say(self, operation: Callable[[Operations], T]) -> tuple[T, list[str]]:
        """What an operation returns, and the statements that it would have run."""
        self._said = []
        result = operation(self._operations)
        return result, self._said

    def _hear(self, construct: Any, *_parameters: Any, **_options: Any) -> None:
        self._said.append(str(construct.compile(dialect=self._dialect)).strip())


def _dialect(flavour: Flavour) -> Dialect:
    if flavour is Flavour.POSTGRESQL:
        from sqlalchemy.dialects.postgresql import dialect  # noqa: PLC0415 - one engine's dialect is enough

        return dialect(paramstyle="named")
    from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect  # noqa: PLC0415 - as above

    return sqlite_dialect()
