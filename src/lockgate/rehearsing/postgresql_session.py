"""A session on a scratch database that runs all statements one by one, and keeps of each what it locked."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from lockgate.authoring.database import is_reading
from lockgate.dialects.postgresql import LOST, PostgresSession
from lockgate.dialects.seam import ConnectionLost
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.rehearsals import Sent
from lockgate.rehearsing.postgresql_locks import Watch, locks, relations
from lockgate.rehearsing.postgresql_waiting import seen_waiting
from lockgate.sql import split
from lockgate.sql.beyond import reaches_beyond

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from lockgate.dialects.message import Message
    from lockgate.nouns.schema import Name
    from lockgate.rehearsing.postgresql_locks import Relation
    from lockgate.rehearsing.recorder import Recorder

# What SQLAlchemy asks a server for when it first meets it.
_GREETINGS: Final = ("select pg_catalog.version()", "select current_schema()", "show ")


class RehearsalSession(PostgresSession):
    """Its driver is a HeardConnection; `apart` says that the server is the application's own, so that what would reach beyond
    the scratch database is kept and not run.
    """

    groups = False
    _is_own = _is_silent = False
    _line: int | None = None
    _watch: Watch | None = None

    def listen(self, recorder: Recorder, own: frozenset[Name], *, apart: bool) -> None:
        """Keep from now on what is sent; `own` are Lockgate's tables."""
        self._recorder, self._own_tables, self._apart = recorder, own, apart
        self._first: frozenset[int] | None = None
        self._number = 0
        self.skipped: list[str] = []
        self.driver.heed = self._heed
        for part, verb in ((recorder.opening, "lock"), (recorder.closing, "unlock")):
            text = f"SELECT pg_catalog.pg_advisory_{verb}({self._key})"
            part.sent.append(Sent(text, own=True, in_transaction=False))

    @contextmanager
    def own(self, *, silent: bool = False) -> Iterator[None]:
        """What is sent meanwhile is Lockgate's own; or nothing of it is kept."""
        before = self._is_own, self._is_silent
        self._is_own, self._is_silent = True, silent or self._is_silent
        try:
            yield
        finally:
            self._is_own, self._is_silent = before

    async def _copy(self, query: str) -> list[tuple[Any, ...]]:
        with self.own(silent=True):
            return await super()._copy(query)

    async def _note(self, statement: str, modes: str) -> None:
        with self.own():
            await super()._note(statement, modes)

    async def rollback(self, *, goes_on: bool = False) -> None:
        """Undo what is open; that is nothing which a run that succeeds sends."""
        with self.own(silent=True):
            await super().rollback(goes_on=goes_on)
        self._recorder.undo()
        self._watch = None

    async def _send(self, message: Message) -> None:
        self._worked = True
        for number, statement in enumerate(split(message.text, Flavour.POSTGRESQL)):
            said = message.said(number)
            before = self._is_own, self._line
            self._is_own, self._line = self._is_own or said is None, said.line if said else None
            try:
                await self.driver.execute(statement.text)
            except LOST as error:
                raise ConnectionLost(str(error), message.committed(number)) from error
            except asyncpg.PostgresError as error:
                told: Any = error
                if getattr(error, "position", None):
                    told.position = str(int(told.position) + statement.start)
                raise message.blame(error, number) from error
            finally:
                self._is_own, self._line = before

    async def _heed(self, text: str, work: Callable[[], Awaitable[Any]]) -> Any:
        if self._is_silent or (is_reading(text) and text.lstrip().lower().startswith(_GREETINGS)):
            return await work()
        if self._apart and reaches_beyond(text):
            self.skipped.append(text)
            self._keep(text, None)
            return ""
        first = await self._before(text)
        started = time.perf_counter()
        if not self._is_own and not self.driver.is_in_transaction() and first is not None:
            there, ours = first
            result, touches = await seen_waiting(self, work, text, there, Watch(there, ours, self._own_tables))
            self._keep(text, time.perf_counter() - started, touches)
            return result
        result = await work()
        seconds = time.perf_counter() - started
        touches = ()
        if self._watch is not None and not self._is_own:
            touches = self._watch.touched(await self._locks(), text, self._number)
            self._number += 1
        if not self.driver.is_in_transaction():
            self._watch = None
        if not (is_reading(text) and "pg_catalog." in text and not touches):
            self._keep(text, seconds, touches)
        return result

    async def _before(self, text: str) -> tuple[dict[int, Relation], frozenset[int]] | None:
        """What there is before a transaction's first statement, or one outside; SET TRANSACTION may come after no query."""
        if self._is_own or self._watch is not None or text[:15].upper() == "SET TRANSACTION":
            return None
        with self.own(silent=True):
            there = await relations(self.fetch)
        self._first = frozenset(there) if self._first is None else self._first
        if self.driver.is_in_transaction():
            self._watch, self._number = Watch(there, self._first, self._own_tables), 0
        return there, self._first

    async def _locks(self) -> Any:
        with self.own(silent=True):
            return await locks(self.fetch, "pg_catalog.pg_backend_pid()")

    def _keep(self, text: str, seconds: float | None, touches: Any = ()) -> None:
        inside = self._is_own or self.driver.is_in_transaction() or self._watch is not None
        self._recorder.keep(Sent(text, self._is_own, self._line, seconds, 0.0, touches, inside))
