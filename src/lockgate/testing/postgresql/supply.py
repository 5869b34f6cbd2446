"""Copies that are ready before they are asked for."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import anyio

from lockgate.errors import LockgateError
from lockgate.testing.postgresql.copy import Copy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyio.abc import TaskGroup, TaskStatus

    from lockgate.testing.postgresql.copy import Baseline
    from lockgate.testing.postgresql.server import Server
    from lockgate.testing.postgresql.template import Template

T = TypeVar("T")

_AHEAD = 2
_WAITING_SECONDS = 120.0
_CLOSING_SECONDS = 60.0


class Supply:
    """Makes copies, takes back what tests leave in them, and drops those for which that cannot be done: in tasks of its own."""

    def __init__(self, server: Server, template: Template) -> None:
        self._server, self._template = server, template
        self._ready: deque[Copy] = deque()
        self._copies: set[Copy] = set()
        self._empty: set[str] = set()
        self._coming = 0
        self._failure: Exception | None = None
        self._baseline: Baseline | None = None
        self._learned = False
        self._news, self._end = anyio.Event(), anyio.Event()
        self._tasks: TaskGroup

    async def serve(self, *, task_status: TaskStatus[None]) -> None:
        """Connect, and work until `end`; then drop all that was made.

        Raises:
            DatabaseUnreachable: the server cannot be had.
        """
        await self._server.open()
        try:
            async with anyio.create_task_group() as self._tasks:
                self._tasks.start_soon(self._sweep)
                task_status.started()
                await self._end.wait()
        finally:
            with anyio.move_on_after(_CLOSING_SECONDS, shield=True):
                await self._remove_all()

    async def _sweep(self) -> None:
        # What a killed session has left is no reason for a test to fail; the next session tries again.
        with suppress(LockgateError):
            await self._server.sweep(self._template.name)

    async def _remove_all(self) -> None:
        async with anyio.create_task_group() as dropping:
            for copy in self._copies:
                dropping.start_soon(self._drop, copy)
            for name in self._empty:
                dropping.start_soon(self._server.drop, name)
        with suppress(
            LockgateError
        ):  # the server is gone, and what is left there with it; or the next session drops it
            await self._template.release()
        await self._server.close()

    async def make_empty(self) -> str:
        """An empty database.

        Raises:
            LockgateError: it could not be made.
        """
        name = self._server.new_name()
        self._empty.add(name)
        await self._to_its_end(lambda: self._server.create(name))
        return name

    async def drop_empty(self, name: str) -> None:
        """Have what `make_empty` gave dropped."""
        self._empty.discard(name)
        self._tasks.start_soon(self._server.drop, name)

    async def _to_its_end(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` as a task of the supply's, which has ended before all is removed, though Ctrl-C ends the waiting for it."""

        async def task(*, task_status: TaskStatus[T]) -> None:
            task_status.started(await work())

        return await self._tasks.start(task)  # type: ignore[no-any-return]

    async def _drop(self, copy: Copy) -> None:
        await copy.close()
        await self._server.drop(copy.name)

    async def end(self) -> None:
        """Let `serve` end."""
        self._end.set()

    async def take(self) -> Copy:
        """A copy as new; waits for one where none is ready.

        Raises:
            LockgateError: none could be made.
        """
        await self._to_its_end(self._template.acquired)
        self._fill(1)
        with anyio.move_on_after(_WAITING_SECONDS):
            while not self._ready:
                self._raise_failure()
                await self._news.wait()
        if not self._ready:
            raise LockgateError(
                f"No test database was ready within {_WAITING_SECONDS:g} s.", hint="Is the server busy?"
            )
        copy = self._ready.popleft()
        self._fill(_AHEAD)
        return copy

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _fill(self, count: int) -> None:
        while len(self._ready) + self._coming < count:
            self._coming += 1
            self._tasks.start_soon(self._make)

    async def _make(self) -> None:
        try:
            copy = await Copy.make(self._server, self._template.name)
            self._copies.add(copy)
            if not self._learned:
                self._baseline, self._learned = await copy.learn(), True
            copy.baseline = self._baseline
            self._ready.append(copy)
            self._failure = None
        except Exception as error:
            self._failure = error
        finally:
            self._arrived()

    def _arrived(self) -> None:
        self._coming -= 1
        self._news.set()
        self._news = anyio.Event()

    async def give_back(self, copy: Copy) -> None:
        """Have a copy renewed, or dropped and replaced."""
        self._coming += 1
        self._tasks.start_soon(self._renew, copy)

    async def _renew(self, copy: Copy) -> None:
        renewed = False
        try:
            renewed = await copy.renew()
            if renewed:
                self._ready.append(copy)
        finally:
            self._arrived()
        if not renewed:
            self._fill(_AHEAD)
            self._copies.discard(copy)
            await self._drop(copy)
