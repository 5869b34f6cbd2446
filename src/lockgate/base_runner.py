"""What a runner does its work with, and how: beneath the face, and above the rooms that it puts together.

What a check does not need (executing, loading, changing the record) is imported when it is needed: most starts only check.
"""

# ruff: noqa: PLC0415 - as above

from __future__ import annotations

import logging
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

import anyio.to_thread

from lockgate.errors import LockLost, SettingsError
from lockgate.events import AutoFinished, Configured, Decided, FilesRead
from lockgate.gate import check_versioned
from lockgate.narration import log_event
from lockgate.nouns.migrations import Order
from lockgate.nouns.reports import RunReport, StatusReport
from lockgate.planning.drift import compare
from lockgate.planning.phases import first_contract, without_contracts
from lockgate.running.connection import Connection
from lockgate.settings.values import Settings
from lockgate.sources.folders import files_of
from lockgate.tracing import SYSTEM, Task, note, traced

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from types import TracebackType
    from typing import Unpack

    from asyncpg import Pool
    from sqlalchemy.ext.asyncio import AsyncEngine

    from lockgate.backup.taking import Backup
    from lockgate.dialects.seam import Session
    from lockgate.events import Event, Listener
    from lockgate.nouns.history import History
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.plans import Drift, Plan, Selection
    from lockgate.nouns.reports import AdoptReport, RecordReport
    from lockgate.nouns.schema_reports import AutoReport
    from lockgate.running.lock import Patience
    from lockgate.settings.conclusions import Conclusions
    from lockgate.settings.config import Arguments
    from lockgate.sources.loading import Loaded
    from lockgate.urls.database_url import DatabaseUrl

Recorded = TypeVar("Recorded", bound="RecordReport | AdoptReport")


class BaseRunner:
    """One database, its connection, its files and its listener; other kinds of runners put their own in place of these.

    See `lockgate.Runner` for the arguments.
    """

    def __init__(
        self,
        database: str | DatabaseUrl | AsyncEngine | Pool[Any] | None = None,
        *,
        migrations: Sequence[tuple[str, type]] | None = None,
        config: Conclusions | None = None,
        on_event: Listener | None = None,
        **settings: Unpack[Arguments],
    ) -> None:
        if config is not None and settings:
            raise SettingsError(f"Give either config or {', '.join(settings)}.")
        self._config = config or Settings.of(settings)
        self._database = database
        self._connection = Connection(database, self._config, self._emit)
        self._migrations = migrations
        self._folder = files_of(self._config.directory, self._config.layout, self._connection.flavour)
        self._said: tuple[str, ...] = ()
        self._on_event = on_event

    @property
    def config(self) -> Conclusions:
        """The configuration that it runs under."""
        return self._config

    @property
    def database(self) -> str:
        """The database's URL without its password."""
        return self._connection.masked

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; a call that follows opens another."""
        await self._connection.close()

    async def _follow_models(self) -> AutoReport:
        from lockgate.following.follower import Follower

        async with self._connection.working() as (session, patience):
            follower = Follower(session, self._config, self._connection.scratch)
            models, digest = await follower.models()
            known = partial(follower.known, models, digest)
            report = await patience.through(known)
            if report is None:
                with traced(await self._task("auto")):
                    await patience.through(session.history)
                    async with self._connection.turn(session).taken(patience):
                        report = await patience.through(known) or await follower.follow(models, digest, patience)
                    note({"lockgate.changes": len(report.changes), "lockgate.left": len(report.left)})
        self._emit(AutoFinished(report))
        return report

    async def _look(self, sources: Sequence[Source]) -> Drift:
        drift = compare(sources, await self._history())
        return drift if self._config.is_open else without_contracts(drift)

    async def _holder(self) -> str | None:
        async with self._connection.working() as (session, _):
            return await self._connection.turn(session).holder()

    async def _status(self, sources: Sequence[Source]) -> StatusReport:
        history = await self._history()
        return self._told(history, compare(sources, history, locked=await self._holder() is not None))

    def _told(self, history: History, drift: Drift) -> StatusReport:
        return StatusReport(
            self._config.environment, self.database, drift.state, history.rows, drift.pending, drift.problems
        )

    async def _record(
        self,
        change: Callable[[Session, Sequence[Source], Patience | None], Awaitable[Recorded]],
        *,
        force: bool,
        dry_run: bool,
    ) -> Recorded:
        if not dry_run:
            self._pass_gate(force=force)
        sources = await self._sources()
        async with self._connection.working() as (session, patience):
            foreseen = await patience.through(lambda: change(session, sources, None))
            if dry_run or not foreseen.changed:
                return foreseen
            async with self._locked(session, patience):
                if not (await patience.through(session.history)).exists:
                    await patience.through(session.create_table)
                return await patience.through(lambda: change(session, sources, patience))

    async def _run(
        self, make_plan: Callable[[History], Plan], place: str | None = None, *, times_at_work: int = 1
    ) -> RunReport:
        """Look, and if there is something to do, look again under the lock and do it.

        Who has the lock is waited for so many times as long as `lock_timeout`.
        """
        plan = make_plan(await self._history())
        if not plan.migrations:
            return RunReport(plan.direction)
        from lockgate.running.runs import Run

        loaded, backup = await self._load(plan), self._backup(place or self._config.backup)
        with traced(await self._task(plan.direction.value)), backup.named() if backup else nullcontext():
            async with self._connection.working() as (session, patience):

                async def is_done() -> bool:
                    return not make_plan(await session.history()).migrations

                follow, before = partial(self._follow, session), partial(backup.make, session) if backup else None
                run = Run(session, patience, self._emit, plan=make_plan, load=self._load, follow=follow, before=before)
                try:
                    async with self._locked(session, patience, is_done, times_at_work) as held:
                        if not held:  # another runner has done it all meanwhile
                            return RunReport(plan.direction)
                        report = await run.finish(plan, loaded)
                except LockLost as error:
                    raise error.keeping(run.kept) from error
        return backup.named_in(report) if backup else report

    def _backup(self, place: str | None) -> Backup | None:
        if place is None:
            return None
        from lockgate.backup.taking import Backup

        return Backup(place, self._config, lambda: self._connection.url, self._emit)

    async def _task(self, what: str) -> Task:
        return Task(f"lockgate.{what}", {SYSTEM: (await self._connection.session()).flavour.value})

    async def _follow(self, session: Session, models: Sequence[Any]) -> AutoReport:
        from lockgate.following.follower import Follower

        return await Follower(session, self._config, self._connection.scratch).apply(models)

    @asynccontextmanager
    async def _locked(
        self,
        session: Session,
        patience: Patience,
        unneeded: Callable[[], Awaitable[bool]] | None = None,
        times_at_work: float = 1,
    ) -> AsyncIterator[bool]:
        """Hold the lock for versioned work, which in a closed environment bars the database from auto mode.

        False where `unneeded` said, while it was waited for, that there is nothing left to do.
        """
        async with self._connection.turn(session).taken(patience.longer(times_at_work), unneeded) as held:
            if held and not self._config.is_open:
                from lockgate.following.marks import mark_closed

                await mark_closed(session, patience, self._config.closed_by_process or self._config.environment)
            yield held

    async def _load(self, plan: Plan) -> list[Loaded]:
        from lockgate.sources.loading import load

        flavour = (await self._connection.session()).flavour
        return await anyio.to_thread.run_sync(
            load, plan.migrations, plan.direction, flavour, self._config.variables, self._config.models
        )

    async def _sources_if_any(self) -> tuple[Source, ...]:
        """The migrations; none where auto mode alone is used."""
        return await self._sources(needed=self._config.models is None)

    async def _sources(self, *, needed: bool = True) -> tuple[Source, ...]:
        if self._migrations is not None:
            from lockgate.sources.listed import read_listed

            return read_listed(self._migrations)
        # A disk that hangs must not hold up who is cancelled: nothing is written.
        read = self._folder.read if needed else self._folder.read_if_there
        sources = await anyio.to_thread.run_sync(read, abandon_on_cancel=True)
        if self._folder.notes and self._folder.notes != self._said:
            self._said = self._folder.notes
            self._emit(FilesRead(self._said))
        if self._config.head_file:
            from lockgate.sources.head_file import check_own_head

            await anyio.to_thread.run_sync(check_own_head, self._config.directory, sources, abandon_on_cancel=True)
        return sources

    async def _history(self) -> History:
        async with self._connection.working() as (session, patience):
            return await patience.through(session.history)

    async def _before_up(self, selection: Selection) -> None:
        """What is to be asked before anything is applied; here nobody can say what LOCKGATE_LINT asks for, so that is told."""
        if self._config.lint is not None and not self._config.is_open:
            unheard = f"LOCKGATE_LINT={self._config.lint} is not heeded here: what is pending runs as it is."
            logging.getLogger("lockgate").warning(unheard)

    async def _unfinished(self, plan: Plan, history: History) -> tuple[str, ...]:
        """The backfills that a contract of a plan would wait for."""
        if not history.exists or first_contract(plan.migrations) is None:
            return ()
        from lockgate.backfilling.registered import unfinished

        async with self._connection.working() as (session, patience):
            return await patience.through(lambda: unfinished(session.filler(), history.names))

    def _pass_gate(self, *, force: bool) -> None:
        self._emit(Configured(self._config.describe()))
        self._emit(Decided(check_versioned(self._config, force=force)))

    @property
    def _order(self) -> Order:
        return Order(self._config.order)

    def _emit(self, event: Event) -> None:
        log_event(event)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:
                # A listener that fails must not undo what is committed.
                logging.getLogger("lockgate").exception("A listener failed on %r", event)
