"""What a revision of Alembic's finds behind `op` and `context`: a connection, and no env.py."""

from __future__ import annotations

import tempfile
from argparse import Namespace
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.schema import CreateTable
from sqlalchemy.util import await_only

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection


class Transactions(Protocol):
    """Whoever keeps the transactions that a revision runs in."""

    async def leave(self) -> None:
        """Commit what was done so far; what comes is not in a transaction."""

    def rejoin(self) -> None:
        """Let what comes be in a transaction again."""


class Memory:
    """What is the same for a whole run: `options`, and what Alembic remembers, such as the enums that it has made.

    A revision that is tried again begins with what was remembered before it.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options
        self._kept: dict[Any, Any] = {}
        self._of: object = None
        self._new: dict[Any, Any] = {}

    def for_(self, revision: object) -> dict[Any, Any]:
        """What is remembered when a revision begins, and filled by it."""
        if self._of is not revision:
            self._kept, self._of = self._new, revision
        self._new = deepcopy(self._kept)
        return self._new


class RevisionContext(MigrationContext):
    """Alembic's own context within a transaction that is the runner's."""

    def __init__(
        self,
        connection: Connection,
        environment: EnvironmentContext,
        transactions: Transactions,
        options: Mapping[str, Any],
    ) -> None:
        options = {"script": environment.script, "transaction_per_migration": True, **options}
        super().__init__(connection.dialect, connection, dict(options), environment)
        self._transactions = transactions

    @contextmanager
    def autocommit_block(self) -> Iterator[None]:
        """What is said within the block is in no transaction; what came before it is committed."""
        await_only(self._transactions.leave())
        try:
            yield
        finally:
            self._transactions.rejoin()

    def ensure_version_table(self) -> None:
        """Make Alembic's own table, for a revision that speaks of it; Lockgate does not read it, nor keep it up."""
        # Said every time, so that a run which goes on after a failure counts the same steps.
        self.impl._exec(CreateTable(self._version, if_not_exists=True))


def environment_of(folder: str, variables: Sequence[tuple[str, str]]) -> EnvironmentContext:
    """An environment as alembic's command line makes one, without a file of settings; the variables are its `-x`."""
    config = Config(cmd_opts=Namespace(x=[f"{name}={value}" for name, value in variables]))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    # What a zip holds is no folder; nothing is read from here, as the revisions are read already.
    place = Path(folder) if Path(folder).is_dir() else Path(tempfile.gettempdir())
    return EnvironmentContext(config, ScriptDirectory(place, version_locations=[place]))
