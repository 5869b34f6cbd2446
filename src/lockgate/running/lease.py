"""A lock that is kept in a row: for databases behind a pooler, and for clusters, where no session keeps another one out.

It is taken over when its holder has not been heard of for some seconds of the taker's own clock: those of a cluster differ.
Whoever has lost it commits nothing more, because each transaction ends by locking the row and looking for its own number in it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio

from lockgate.dialects.lease_table import LOST_WORDS, LeaseRow, LeaseTable
from lockgate.dialects.seam import LockBusy, StatementFailed
from lockgate.errors import LockgateError, LockLost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lockgate.dialects.seam import Session

_ENDING_SECONDS, _PAUSE = 5.0, 0.05


class Lease:
    """One runner's claim to the lease; `connect` opens another session, for its heartbeat, which never waits behind work."""

    def __init__(self, session: Session, connect: Callable[[], Awaitable[Session]], seconds: float) -> None:
        self._session, self._connect, self._seconds = session, connect, seconds
        self._mark = ""
        self._seen: LeaseRow | None = None
        self._since = 0.0
        self._fence: int | None = None
        self._heard = 0.0

    @property
    def _table(self) -> LeaseTable:
        return LeaseTable(self._session.tracking)

    async def take(self) -> bool:
        """Take it, if it is free or its holder is gone.

        Raises:
            LockgateError: what a holder that is gone has left running on the server may not be ended.
        """
        seen = await self._look() or await self._made()
        if seen.holder is not None and not self._is_stale(seen):
            return False
        # Whom it is from is in it, because who that may not see does not see its sessions either.
        self._mark = self._mark or f"lockgate {secrets.token_hex(8)} {(await self._session.login()).encode().hex()}"
        # Before its row is changed: it is by the mark in it that the next one finds them, where this one may not or is killed.
        await self._end(seen)
        self._heard = anyio.current_time()
        await self._is_noted(self._table.take(seen, _holder(), self._mark))
        now = await self._look()
        if now is None or now.mark != self._mark:
            return False
        self._fence = now.fence
        await self._end(seen)  # what it has begun in between
        self._session.fence(self._table, now.fence, self._mark, self._was_heard)
        return True

    async def _end(self, former: LeaseRow) -> None:
        if former.mark is None:
            return
        login = bytes.fromhex(former.mark.split(" ")[2]).decode() if former.mark.count(" ") == 2 else ""
        if not await self._session.end_sessions(former.mark, login, self._seconds):
            raise LockgateError(
                f"{former.holder} was not heard of for {self._seconds:g} s, and what it has left running could not be ended,"
                " or this user may not see whether there is something.",
                hint="End its sessions by hand (pg_stat_activity, SHOW PROCESSLIST), or let this user see and end them: GRANT"
                " pg_read_all_stats, pg_signal_backend; on MySQL and MariaDB, PROCESS and CONNECTION ADMIN (or SUPER).",
            )

    def _is_stale(self, seen: LeaseRow) -> bool:
        if self._seen != seen:
            self._seen, self._since = seen, anyio.current_time()
        return anyio.current_time() - self._since > self._seconds

    async def _look(self) -> LeaseRow | None:
        try:
            rows = await self._session.fetch(self._table.read())
        except StatementFailed:
            return None  # the table is not made yet, or making it will say what is wrong
        return LeaseRow(int(rows[0][0]), int(rows[0][1]), *rows[0][2:]) if rows else None

    async def _made(self) -> LeaseRow:
        for statement in (self._table.create(), self._table.fill()):
            # Another may be at it; whatever else is wrong, the row is missing.
            with suppress(StatementFailed, LockBusy):
                await self._session.note(statement)
        await self._session.fetch(self._table.read())
        return await self._look() or LeaseRow(0, 0)

    async def holder(self) -> str | None:
        """Who holds it, in words; nobody, where the last that did has not been heard of for twice its time.

        That is by the server's clock, and those of a cluster differ; but here it is told only, and nothing is taken over.
        """
        try:
            rows = await self._session.fetch(self._table.read_holder(self._seconds * 2))
        except StatementFailed:
            return None  # there is no table of leases yet
        return rows[0][0] if rows else None

    async def release(self) -> None:
        """Give it back, where it is held."""
        if self._fence is not None:
            self._session.unfence()
            free, self._fence = self._table.free(self._fence), None
            while not await self._is_noted(free):  # noqa: ASYNC110 - the cluster tells nobody
                await anyio.sleep(_PAUSE)

    async def _is_noted(self, statement: str) -> bool:
        try:
            await self._session.note(statement)
        except LockBusy:  # of two nodes' changes, a cluster lets one through
            return False
        return True

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Be heard of for the time of a block, which is cancelled where that fails for too long.

        Raises:
            LockLost: it failed, or another runner has taken the lease over.
        """
        with anyio.CancelScope() as scope:
            beating = asyncio.create_task(self._beat(scope))
            try:
                yield
            except Exception as error:
                # What went wrong is that the other one was at it, also where it looks like something else.
                if LOST_WORDS not in str(error) and await self._is_lost():
                    raise _lost() from error
                raise
            else:
                # What was found on record after a broken connection may be the other one's.
                if self._session.closed and await self._is_lost():
                    raise _lost()
            finally:
                beating.cancel()
                await asyncio.wait([beating], timeout=_ENDING_SECONDS)
        if scope.cancelled_caught:
            raise _lost()

    async def _is_lost(self) -> bool:
        """Whether another runner has it by now; no, where nobody can be asked."""
        with suppress(Exception), anyio.move_on_after(_ENDING_SECONDS):
            session = await self._connect()
            try:
                rows = await session.fetch(self._table.read())
            finally:
                await _close(session)
            return bool(rows) and int(rows[0][0]) != self._fence
        return False

    async def _beat(self, scope: anyio.CancelScope) -> None:
        session = None
        try:
            while (left := self._heard + self._seconds * 0.7 - anyio.current_time()) > 0:
                started, pause = anyio.current_time(), self._seconds / 5
                try:
                    with anyio.fail_after(min(left, self._seconds * 0.3)):
                        session = session or await self._connect()
                        is_ours = await self._is_heard(session)
                except Exception:  # whatever it is, it was not heard; to end here would leave nobody to notice
                    await _close(session)
                    session, pause = None, _PAUSE
                else:
                    if not is_ours:
                        break
                    self._heard = started
                await asyncio.sleep(pause)
            scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await _close(session)

    def _was_heard(self) -> bool:
        """Whether nobody can have taken it over yet."""
        return anyio.current_time() - self._heard < self._seconds

    async def _is_heard(self, session: Session) -> bool:
        fence = self._fence or 0
        # Told while the disk is busy; what a crash of the server forgets of it, whoever waits counts as heard.
        await session.note(self._table.beat(fence), lasting=False)
        rows = await session.fetch(self._table.read())
        return bool(rows) and int(rows[0][0]) == fence


async def _close(session: Session | None) -> None:
    if session is not None:
        await session.close()


def _lost() -> LockLost:
    return LockLost(
        "The lease on this database was lost: this runner was not heard of in time, and another may be at work.",
        hint="What was not committed is undone. `lockgate status` says what is applied; `lockgate up` goes on.",
    )


def _holder() -> str:
    return f"lockgate[{os.getpid()}] on {socket.gethostname()}"
