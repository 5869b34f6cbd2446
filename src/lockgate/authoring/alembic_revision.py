"""A revision of Alembic's as a migration: its `upgrade` and `downgrade` run on SQLAlchemy's connection over the driver's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext

from lockgate.authoring.alembic_context import Memory, RevisionContext
from lockgate.authoring.alembic_proxies import Run, working_for

if TYPE_CHECKING:
    from types import ModuleType

    from sqlalchemy import Connection

    from lockgate.authoring.alembic_context import Transactions
    from lockgate.authoring.overlay import MigrationConnection

_VERSION_TABLE = "alembic_version"


class AlembicRevision:
    """The base of the class that is made of each revision.

    Attributes:
        module: its file, executed.
        text: what was executed.
        environment: what `alembic.context` says.
        memory: what the revisions of one run share.
        transactional: whether all of it is one transaction; that it is not is known once it has said so.
    """

    module: ClassVar[ModuleType]
    text: ClassVar[str]
    environment: ClassVar[EnvironmentContext]
    memory: ClassVar[Memory]
    transactional: ClassVar[bool] = True

    def __init__(self, connection: MigrationConnection, transactions: Transactions) -> None:
        self._connection, self._transactions = connection, transactions

    async def up(self) -> None:
        """Run its upgrade."""
        await self._run("upgrade")

    async def _run(self, name: str) -> None:
        await self._connection.run_sync(self._call, name)

    def _call(self, connection: Connection, name: str) -> None:
        environment = EnvironmentContext(self.environment.config, self.environment.script)
        context = RevisionContext(connection, environment, self._transactions, self.memory.options)
        context.impl.memo = self.memory.for_(type(self))
        environment._migration_context = context  # configure() is for an env.py
        if _VERSION_TABLE in self.text:
            context.ensure_version_table()
        with working_for(Run(environment, Operations(context))):
            getattr(self.module, name)()


class ReversibleRevision(AlembicRevision):
    """One that has a downgrade."""

    async def down(self) -> None:
        """Run its downgrade."""
        await self._run("downgrade")


def revision_class(
    module: ModuleType, text: str, environment: EnvironmentContext, memory: Memory
) -> type[AlembicRevision]:
    """The class of an executed file."""
    base = ReversibleRevision if callable(getattr(module, "downgrade", None)) else AlembicRevision
    space: dict[str, Any] = {"module": module, "text": text, "environment": environment, "memory": memory}
    return type("Revision", (base,), space)
