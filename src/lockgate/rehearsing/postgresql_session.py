"""A session on a scratch database that runs all statements one by one, and keeps of each what it locked."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from lockgate.authoring.database import is_reading
from lockgate.dialects.postgresql import PostgresSession
from lockgate.dialects.postgresql_reading import LOST
from lockgate.dialects.seam import ConnectionLost
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.rehearsals import Sent
from lockgate.rehearsing.filling import heard
from lockgate.rehearsing.lock import keep_lock
from lockgate.rehearsing.postgresql_locks import Watch, locks, relations
from lockgate.rehearsing.postgresql_waiting import seen_waiting
from lockgate.sql import split
from lockgate.sql.outside import stands_alone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from lockgate.dialects.message import Message
    from lockgate.nouns.rehearsals import Touch
    from lockgate.nouns.schema import Name
    from lockgate.rehearsing.apart import Apart
    from lockgate.rehearsing.postgresql_locks import Relation
    from lockgate.rehearsing.recorder import Recorder

# What SQLAlchemy asks a server for when it first meets it.
_OF_TRANSACTIONS: Final = re.compile(
    r"(?:SET\s+TRANSACTION|BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION)\b",
    re.IGNORECASE,
)
_GREETINGS: Final = ("select pg_catalog.version()", "select current_schema()", "show ")


class RehearsalSession(PostgresSession):
    """Its driver is a HeardConnection; what would reach beyond the scratch database is kept and not run.

    Without `traces` that is all that it does, and it takes no longer than any other.
    """

    groups = False
    _is_own = _is_silent = False
    _line: int | None = None
    _watch: Watch | None = None

    def listen(self, recorder: Recorder, own: frozenset[Name], apart: Apart, *, traces: bool) -> None:
        """Keep from now on what is sent; `own` are Lockgate's tables."""
        self._recorder, self._own_tables, self._traces = recorder, own, traces
        self._apart = apart
        self.groups = not traces
        self._first: frozenset[int] | None = None
        self._number = 0
        self.skipped: list[tuple[str, str]] = []
        self.driver.heed = self._heed
        keep_lock(recorder, self.tracking.name)

    @contextmanager
    def own(self, *, silent: bool = False) -> Iterator[None]:
        """What is sent meanwhile is Lockgate's own; or nothing of it is kept."""
        before = self._is_own, self._is_silent
        self._is_own, self._is_silent = True, silent or self._is_silent
        try:
            yield
        finally:
            self._is_own, self._is_silent = before

    def filler(self) -> Any:
        """One whose backfills are heard of."""
        return heard(super().filler(), self._recorder)

    async def touches(self) -> tuple[Touch, ...]:
        """What the transaction has locked, rewritten and scanned since its last statement that was heard."""
        if self._watch is None:
            return ()
        return self._watch.touched(await self._locks(), "", self._number)

    async def watch(self) -> None:
        """Look from now on, whatever is sent next."""
        if self._traces:
            await self._before("")

    async def _copy(self, query: str) -> list[tuple[Any, ...]]:
        with self.own(silent=True):
            return await super()._copy(query)

    async def _note(self, statement: str, modes: str, settings: Sequence[str] = ()) -> None:
        with self.own():
            await super()._note(statement, modes, settings)

    async def rollback(self, *, goes_on: bool = False) -> None:
        """Undo what is open; that is nothing which a run that succeeds sends."""
        with self.own(silent=True):
            await super().rollback(goes_on=goes_on)
        self._recorder.undo()
        self._watch = None

    async def _send(self, message: Message) -> None:
        if not self._traces and not self._keeps_back(message):
            with self._unheard():
                return await super()._send(message)
        return await self._send_apart(message)

    def _keeps_back(self, message: Message) -> bool:
        return any(self._apart.why_not(one.text) for one in split(message.text, Flavour.POSTGRESQL))

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        self.driver.heed = None
        try:
            yield
        finally:
            self.driver.heed = self._heed

    async def _send_apart(self, message: Message) -> None:
        """Send a message's statements one by one."""
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
        if reason := self._apart.why_not(text):
            self.skipped.append((text, reason))
            self._keep(text, None)
            return ""
        if not self._traces:
            return await work()
        first = await self._before(text)
        if first is not None and not self.driver.is_in_transaction():
            return await self._outside(text, work, *first)
        return await self._inside(text, work)

    async def _inside(self, text: str, work: Callable[[], Awaitable[Any]]) -> Any:
        started = time.perf_counter()
        result = await work()
        seconds = time.perf_counter() - started
        touches: tuple[Touch, ...] = ()
        if self._watch is not None and not self._is_own:
            touches = self._watch.touched(await self._locks(), text, self._number)
            self._number += 1
        if not self.driver.is_in_transaction():
            self._watch = None
        self._keep_unless_looking(text, seconds, touches)
        return result

    def _keep_unless_looking(self, text: str, seconds: float, touches: tuple[Touch, ...]) -> None:
        """Keep a statement, but for a question to the catalog, which changes nothing and hangs on no row."""
        if not (is_reading(text) and "pg_catalog." in text and not touches):
            self._keep(text, seconds, touches)

    async def _outside(
        self, text: str, work: Callable[[], Awaitable[Any]], there: dict[int, Relation], first: frozenset[int]
    ) -> Any:
        """Run a statement in a transaction of its own, at whose end its locks can be read; where it refuses that, without."""
        started = time.perf_counter()
        if not stands_alone(split(text, Flavour.POSTGRESQL), Flavour.POSTGRESQL):
            try:
                result, touches, seconds = await self._enclosed(text, work, Watch(there, first, self._own_tables))
            except asyncpg.PostgresError as error:
                if not self.refuses_transactions(error):
                    raise
            else:
                self._keep_unless_looking(text, seconds, touches)
                return result
        result, touches = await seen_waiting(self, work, text, there, Watch(there, first, self._own_tables))
        self._keep(text, time.perf_counter() - started, touches)
        return result

    async def _enclosed(self, text: str, work: Callable[[], Awaitable[Any]], watch: Watch) -> Any:
        ending = "ROLLBACK"
        with self.own(silent=True):
            await self.driver.execute("BEGIN")
        try:
            started = time.perf_counter()
            result = await work()
            seconds = time.perf_counter() - started
            touches = watch.touched(await self._locks(), text, 0)
            ending = "COMMIT"
        finally:
            with self.own(silent=True):
                await self.driver.execute(ending)
        return result, touches, seconds

    async def _before(self, text: str) -> tuple[dict[int, Relation], frozenset[int]] | None:
        """What there is before a transaction's first statement, or one outside; SET TRANSACTION may come after no query."""
        if self._is_own or self._watch is not None or _OF_TRANSACTIONS.match(text):
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
