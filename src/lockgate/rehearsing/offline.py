"""Says to PostgreSQL's statements what they are, and asks no server: whoever needs one is told that there is none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import asyncpg

from lockgate.dialects.postgresql import PostgresSession
from lockgate.dialects.tracking import quoted
from lockgate.errors import LockgateError
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.rehearsals import Sent
from lockgate.rehearsing.lock import keep_lock
from lockgate.sql import split
from lockgate.sql.outside import stands_alone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.message import Message
    from lockgate.nouns.history import History
    from lockgate.rehearsing.recorder import Recorder


class NeedsDatabase(LockgateError):
    """A migration asks the database something, so what it sends cannot be told without one."""


class NoServer:
    """Stands in for the driver's connection; it knows what a server of `version` would have said at connecting."""

    def __init__(self, version: tuple[int, int]) -> None:
        self._version = version
        self.open = False

    def get_settings(self) -> Any:
        """What a server says with its defaults."""
        return SimpleNamespace(standard_conforming_strings="on", server_version=".".join(map(str, self._version)))

    def get_server_version(self) -> tuple[int, int]:
        """The version that is assumed."""
        return self._version

    def is_closed(self) -> bool:
        """Never."""
        return False

    def is_in_transaction(self) -> bool:
        """Between BEGIN and COMMIT."""
        return self.open

    def __getattr__(self, name: str) -> NoReturn:
        raise NeedsDatabase("it asks the database something, or speaks to it by SQLAlchemy or by the driver")


class OfflineSession(PostgresSession):
    """Keeps what it would send; its history is the one that it is given, as if all that is sent were done."""

    groups = False
    _is_noting = False

    def __init__(
        self, table: str, version: tuple[int, int], history: History, recorder: Recorder, lock_seconds: float
    ) -> None:
        super().__init__(NoServer(version), table, 5.0, lock_seconds=lock_seconds)
        self._recorder, self._known = recorder, history

    def lies_in(self) -> None:
        """Name the tracking table as it is configured: where it is, the session's search_path says."""
        self._settle(self._named[0])
        if len(self._named) == 1:
            self._tracking = self.tracking._replace(name=quoted(self._named[0]))
        else:
            keep_lock(self._recorder, self.tracking.name)

    async def marks(self) -> tuple[str | None, dict[str, str]]:
        """None that are known."""
        return None, {}

    async def history(self, newest: int | None = None) -> History:
        """The one that it was given."""
        return self._known

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Nobody to ask, but for the journal, which a run that was never broken off has left empty."""
        if self.tracking.journal in query:
            return []
        raise NeedsDatabase("it asks the database something")

    async def _send(self, message: Message) -> None:
        for number, statement in enumerate(split(message.text, Flavour.POSTGRESQL)):
            said, text = message.said(number), statement.text
            if text == "ROLLBACK":
                self._recorder.undo()
                self.driver.open = False
                return
            if self.driver.open and stands_alone([statement], Flavour.POSTGRESQL):
                refused = asyncpg.ActiveSQLTransactionError(f"{text[:40]} … cannot run inside a transaction block")
                raise message.blame(refused, number) from refused
            inside = self.driver.open or text.startswith("BEGIN")
            own = said is None or self._is_noting
            self._recorder.keep(Sent(text, own, said.line if said else None, in_transaction=inside))
            self.driver.open = inside and text != "COMMIT"

    async def _note(self, statement: str, modes: str, settings: Sequence[str] = ()) -> None:
        self._is_noting = True
        try:
            await super()._note(statement, modes, settings)
        finally:
            self._is_noting = False

    async def leftovers(self, statement: str) -> list[str]:
        """None of a run that was never broken off."""
        return []

    async def has_journal(self) -> bool:
        """Not known; to make it where it is there already does nothing."""
        return False

    async def try_lock(self) -> bool:
        """Nobody is kept out."""
        return True

    async def keep_lock(self) -> bool:
        """See above."""
        return True

    async def unlock(self) -> None:
        """See above."""

    async def keeps_settings(self) -> bool:
        """As a session of a server's own does."""
        return True

    async def close(self) -> None:
        """Nothing is open."""
