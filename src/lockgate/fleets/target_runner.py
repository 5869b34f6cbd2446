"""The runner of one target: its files are the fleet's, and a lock that another has is not waited for."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lockgate.errors import LockTimeout
from lockgate.fleets.schema_connection import SchemaConnection
from lockgate.planning.planner import is_below
from lockgate.runner import Runner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from lockgate.dialects.postgresql_schema import KeptConnection
    from lockgate.dialects.seam import Session
    from lockgate.events import Event
    from lockgate.fleets.shelf import Shelf
    from lockgate.fleets.targets import Target
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.plans import Plan
    from lockgate.running.lock import Patience
    from lockgate.settings.conclusions import Conclusions
    from lockgate.sources.loading import Loaded
    from lockgate.tracing import Task

_PAST_A_LEASE = 1.2


class AtWork(Exception):
    """Another runner has the target's lock; `holder` says who, as far as the engine can tell.

    `seconds` is how long to wait for it the next time: whether who holds a lease is gone, only time tells.
    """

    def __init__(self, holder: str | None, seconds: float) -> None:
        super().__init__(holder)
        self.holder, self.seconds = holder, seconds


class TargetRunner(Runner):
    """A runner whose gate the fleet has passed already; `hear` is called with the target and every fact of its runs.

    It waits for the lock for so many `seconds`; without any, as every runner does.
    """

    def __init__(
        self,
        target: Target,
        kept: KeptConnection,
        shelf: Shelf,
        config: Conclusions,
        hear: Callable[[Target, Event], None],
        *,
        migrations: Sequence[tuple[str, type]] | None = None,
        seconds: float | None = None,
    ) -> None:
        super().__init__(target.url, config=config, migrations=migrations)
        self._target, self._shelf, self._hear = target, shelf, hear
        self._seconds = seconds
        if target.schema is not None:
            self._connection = SchemaConnection(target.url, target.schema, kept, config, self._emit)

    @asynccontextmanager
    async def _locked(
        self,
        session: Session,
        patience: Patience,
        unneeded: Callable[[], Awaitable[bool]] | None = None,
        times_at_work: float = 1,
    ) -> AsyncIterator[bool]:
        times = times_at_work if self._seconds is None else self._seconds / (patience.seconds or 1.0)
        began = False
        try:
            async with super()._locked(session, patience, unneeded, times) as held:
                began = True
                yield held
        except LockTimeout as error:
            if began or self._seconds is None:
                raise
            is_lease = self._config.lock == "lease" or session.has_own_lock is False
            raise AtWork(error.holder, self._config.lease_seconds * _PAST_A_LEASE if is_lease else 0.0) from error

    async def read(self) -> tuple[Source, ...]:
        """Have the files read, so that what is wrong with them is found before anything is run.

        Raises:
            SettingsError: a file is wrong.
        """
        return await self._sources()

    async def is_below(self, to: str | None) -> bool:
        """Whether the target has not come as far as a migration yet."""
        return to is not None and is_below(await self._sources(), await self._history(), to)

    async def session(self) -> Session:
        """Its session, for what a runner does not ask."""
        return await self._connection.session()

    async def _sources(self, *, needed: bool = True) -> tuple[Source, ...]:
        async def read() -> tuple[Source, ...]:
            return await super(TargetRunner, self)._sources(needed=needed)

        return await self._shelf.sources(self._connection.flavour(), read)

    async def _load(self, plan: Plan) -> list[Loaded]:
        return await self._shelf.loaded(plan, self._connection.flavour(), super()._load)

    async def _task(self, what: str) -> Task:
        task = await super()._task(what)
        return task._replace(attributes={**task.attributes, "lockgate.target": self._target.name})

    def _pass_gate(self, *, force: bool) -> None:
        """The fleet has."""

    def _emit(self, event: Event) -> None:
        self._hear(self._target, event)
