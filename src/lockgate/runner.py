"""The face: files and history in, a plan, a verdict, a run under the lock, a report out.

What a check does not need (executing, loading, changing the record) is imported when it is needed: most starts only check.
"""

# ruff: noqa: PLC0415 - as above

from __future__ import annotations

import logging
import os
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

import anyio.to_thread

from lockgate.errors import LockLost, SettingsError
from lockgate.events import AutoFinished, Configured, Decided, FilesRead
from lockgate.gate import check_auto, check_versioned, permit
from lockgate.narration import log_event
from lockgate.nouns.migrations import Direction, Order
from lockgate.nouns.plans import Plan, Selection, State
from lockgate.nouns.reports import RunReport, StatusReport
from lockgate.planning.drift import compare
from lockgate.planning.phases import without_contracts
from lockgate.planning.planner import check_selection, plan_down, plan_up
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
    from lockgate.nouns.backfills import BackfillReport, Lag
    from lockgate.nouns.history import History
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.plans import Drift
    from lockgate.nouns.reports import AdoptReport, RecordReport
    from lockgate.nouns.schema_reports import AutoReport, CheckReport
    from lockgate.nouns.starts import Gate
    from lockgate.planning.starting import Chosen
    from lockgate.running.lock import Patience
    from lockgate.settings.conclusions import Conclusions
    from lockgate.settings.config import Arguments
    from lockgate.sources.loading import Loaded
    from lockgate.urls.database_url import DatabaseUrl

Recorded = TypeVar("Recorded", bound="RecordReport | AdoptReport")


class Runner:
    """Runs the migrations of one database.

    ```python
    async with Runner("postgresql://app@db/app", directory="migrations") as runner:
        report = await runner.up()
    ```

    It connects when it first needs to, and keeps its connection until the block ends. Its configuration is read when it is
    made; two runners share nothing.

    Args:
        database: a URL; or an application's AsyncEngine, of which a connection of its own is made; or its asyncpg pool, which
            lends one. Left out, the configuration says it.
        migrations: an explicit list of (name, class) instead of a folder.
        config: a configuration made elsewhere; without it, one is made of `settings`, the environment and the files.
        on_event: is called with every fact that a run tells; the log hears them all the same.
        settings: the fields of `MigrationConfig`, by keyword.

    Raises:
        SettingsError: the configuration is wrong.
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

    async def up(
        self,
        *,
        to: str | None = None,
        steps: int | None = None,
        phase: str | None = None,
        force: bool = False,
        backup: str | os.PathLike[str] | None = None,
    ) -> RunReport:
        """Apply what is pending, as one batch, each migration in a transaction of its own.

        Args:
            to: the last one to apply: its name, stem or number.
            steps: how many to apply.
            phase: `expand` for what goes before the deploy, `contract` for what goes after it; left out, both in order.
            force: run outside development and test without FORCE_MIGRATION.
            backup: the folder, or the new file, that the database is copied to before anything runs; LOCKGATE_BACKUP else.

        Raises:
            GateClosed: the environment does not permit it.
            SettingsError: a file, or the selection, is wrong; nothing was run.
            BackupFailed: the copy could not be made or read; nothing was run.
            HistoryError: files and history disagree; nothing was run.
            NotCurrent: one that contracts has to wait for a backfill, or one of the phase for one of the other.
            LockTimeout: another runner is at it; nothing was run.
            MigrationFailed: one failed; its `report` has those that were applied before it, and are kept.
            DatabaseUnreachable: no connection could be had.
        """
        selection = Selection(to=to, steps=steps, phase=phase)
        check_selection(selection, Direction.UP)
        self._pass_gate(force=force)
        make_plan = partial(plan_up, await self._sources(), selection=selection, order=self._order)
        return await self._run(make_plan, None if backup is None else os.fspath(backup))

    async def down(
        self,
        *,
        steps: int | None = None,
        batch: int | None = None,
        to: str | None = None,
        all: bool = False,  # noqa: A002 - the command line's word
        force: bool = False,
    ) -> RunReport:
        """Roll back, newest first; with no choice the last batch.

        Args:
            steps: how many to roll back.
            batch: the number of the batch to roll back.
            to: the newest one that stays applied: its name, stem or number.
            all: roll back everything.
            force: run outside development and test without FORCE_MIGRATION.

        Raises:
            Irreversible: one of them has no down; nothing was run.
            LockgateError: as for `up`.
        """
        selection = Selection(to=to, steps=steps, batch=batch, everything=all)
        check_selection(selection, Direction.DOWN)
        self._pass_gate(force=force)
        return await self._run(partial(plan_down, await self._sources(), selection=selection))

    async def plan(
        self,
        direction: Direction = Direction.UP,
        *,
        to: str | None = None,
        steps: int | None = None,
        batch: int | None = None,
        all: bool = False,  # noqa: A002 - the command line's word
        phase: str | None = None,
    ) -> Plan:
        """What `up` or `down` would do now; runs nothing, and asks no gate.

        Raises:
            LockgateError: what would stop `up` or `down` before it runs anything.
        """
        selection = Selection(to=to, steps=steps, batch=batch, everything=all, phase=phase)
        sources = await self._sources()
        history = await self._history()
        if direction is Direction.UP:
            return plan_up(sources, history, selection, self._order)
        plan = plan_down(sources, history, selection)
        await self._load(plan)
        return plan

    async def backfill(
        self,
        name: str | None = None,
        *,
        seconds: float = 0.5,
        connections: int = 1,
        max_lag: float = 10.0,
        lag: Lag | None = None,
        force: bool = False,
        dry_run: bool = False,
    ) -> BackfillReport:
        """Do the backfills that migrations have left for after the deploy, from where they stand; holds no migration lock.

        Args:
            name: only those of one migration (its name, stem or number), or one by its own name.
            seconds: how long a batch may hold its locks; it is broken off there, and tried smaller.
            connections: how many ranges are worked at at once, on PostgreSQL.
            max_lag: how many seconds the replicas may be behind before it waits for them.
            lag: says how far they are; left out, pg_stat_replication does on PostgreSQL, and nobody elsewhere.
            force: run outside development and test without FORCE_MIGRATION.
            dry_run: only say what there is to do, with the database's estimates.

        Raises:
            GateClosed: the environment does not permit it.
            SettingsError: there is no such backfill, or the file of its migration is gone, which computes it.
            LockgateError: the database refused a batch, or others were in the way for too long; what is done is kept.
            DatabaseUnreachable: no connection could be had.
        """
        from lockgate.nouns.backfills import Pace
        from lockgate.running.backfills import Backfills

        if not dry_run:
            self._pass_gate(force=force)
        sources = await self._sources(needed=False)
        pace = Pace(seconds, connections, max_lag)
        async with self._connection.working() as (session, patience):
            return await Backfills(session, patience, sources, self._load).run(name, pace, lag, dry_run=dry_run)

    async def auto_migrate(self) -> AutoReport:
        """Bring the database to the models, additively, in one transaction; in development and test only.

        It drops and renames nothing and narrows nothing: what it leaves undone is in the report, with the reason. Where neither
        the models nor the database have changed since it last looked, it is done after two queries.

        Raises:
            GateClosed: the environment is another one, or one such has migrated the database.
            SettingsError: no models are named, or they cannot be read or created.
            LockTimeout: another runner is at it; nothing was done.
            DatabaseUnreachable: no connection could be had.
        """
        self._emit(Configured(self._config.describe()))
        self._emit(Decided(check_auto(self._config)))
        return await self._follow_models()

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

    async def open_gate(self, **chosen: Unpack[Chosen]) -> Gate:
        """Evaluate the gate, as an application's start does, by ENV, AUTO_MIGRATE and FORCE_MIGRATION.

        `lockgate.lifespan` explains the policies.

        Raises:
            NotCurrent: what is pending may not be applied here, and nobody else applied it in time.
            HistoryError: files and history have diverged.
            LockgateError: as for `up` and `auto_migrate`.
        """
        from lockgate.planning.starting import policies
        from lockgate.running.opening import TIMES_AT_WORK, Doors, Opening

        config, may = self._config, permit(self._config)
        policy = policies(is_open=config.is_open, **chosen)
        self._emit(Configured(config.describe()))
        self._emit(Decided(may.reason, may.warnings))
        sources = await self._sources(needed=may.versioned)
        phase = None if config.is_open else "expand"  # the code before this one is still at work
        missed = not sources and (may.versioned or not config.is_open)
        doors = Doors(
            look=partial(self._look, sources),
            holder=self._holder,
            up=lambda: self._run(
                partial(plan_up, sources, selection=Selection(phase=phase), order=self._order),
                times_at_work=TIMES_AT_WORK,
            ),
            follow=None if config.models is None else self._follow_models,
            empty=f"There are no migrations at {config.directory}: nothing was compared." if missed else "",
        )
        return await Opening(may, policy, doors, self._emit, config.lock_timeout).open()

    @asynccontextmanager
    async def gate(self, **chosen: Unpack[Chosen]) -> AsyncIterator[Gate]:
        """Evaluate the gate at the head of a block, for workers and scripts: `async with Runner(url).gate():`.

        The connection is closed before the block begins.

        Raises:
            LockgateError: as `open_gate`.
        """
        try:
            gate = await self.open_gate(**chosen)
        finally:
            await self.close()
        yield gate

    async def _look(self, sources: Sequence[Source]) -> Drift:
        drift = compare(sources, await self._history())
        return drift if self._config.is_open else without_contracts(drift)

    async def _holder(self) -> str | None:
        async with self._connection.working() as (session, _):
            return await self._connection.turn(session).holder()

    async def check(self) -> CheckReport:
        """Models against database, and files against history; changes nothing, and asks no gate.

        Raises:
            SettingsError: a file, or the models, cannot be read; or there is no place to build the models.
            HistoryError: the tracking table is another tool's.
            DatabaseUnreachable: no connection could be had.
        """
        from lockgate.nouns.schema_reports import CheckReport

        status = await self._status(await self._sources_if_any())
        pending = tuple(source.name for source in status.pending)
        report = CheckReport(status.state, pending, status.problems)
        if self._config.models is None:
            return report
        from lockgate.following.follower import Follower

        async with self._connection.working() as (session, _):
            return await Follower(session, self._config, self._connection.scratch).check(report)

    async def status(self) -> StatusReport:
        """Files and history side by side.

        Raises:
            SettingsError: a file cannot be read.
            HistoryError: the tracking table is another tool's.
            DatabaseUnreachable: no connection could be had.
        """
        return await self._status(await self._sources())

    async def readiness(self) -> StatusReport:
        """`status` as an application that serves wants it: by a connection of its own, closed afterwards, in one query.

        Who holds the lock is asked, and counts, where something is pending only: while newer code migrates, this one serves on.

        Raises:
            LockgateError: as `status`.
        """
        sources = await self._sources_if_any()
        async with Runner(self._database, migrations=self._migrations, config=self._config) as aside:
            history = await aside.history()
            drift = without_contracts(compare(sources, history))
            if drift.state is State.BEHIND:
                drift = compare(sources, history, locked=await aside._holder() is not None)
        return self._told(history, drift)

    async def _status(self, sources: Sequence[Source]) -> StatusReport:
        history = await self._history()
        return self._told(history, compare(sources, history, locked=await self._holder() is not None))

    def _told(self, history: History, drift: Drift) -> StatusReport:
        return StatusReport(
            self._config.environment, self.database, drift.state, history.rows, drift.pending, drift.problems
        )

    async def history(self) -> History:
        """The tracking table's rows, in the order they were applied.

        Raises:
            HistoryError: the tracking table is another tool's.
            DatabaseUnreachable: no connection could be had.
        """
        return await self._history()

    async def stamp(self, name: str, *, force: bool = False, dry_run: bool = False) -> RecordReport:
        """Record everything up to `name` that is not recorded, and run nothing.

        Raises:
            LockgateError: as for `up`.
        """
        from lockgate.running.records import Records

        return await self._record(lambda *of: Records(*of).stamp(name), force=force, dry_run=dry_run)

    async def repair(
        self, name: str | None = None, *, step: str | None = None, force: bool = False, dry_run: bool = False
    ) -> RecordReport:
        """Set the record straight, and run nothing: edited files are accepted as they are, missing ones forgotten.

        With `step` (`done` or `undone`), decide instead what became of the step at which a non-transactional migration `name`
        was interrupted.

        Raises:
            LockgateError: as for `up`.
        """
        from lockgate.running.records import Records

        return await self._record(lambda *of: Records(*of).repair(name, step), force=force, dry_run=dry_run)

    async def adopt(
        self,
        *,
        tool: str | None = None,
        table: str | None = None,
        skip_unknown: bool = False,
        force: bool = False,
        dry_run: bool = False,
    ) -> AdoptReport:
        """Take over what another tool has on record as applied, and run nothing; the other tool's table is only read.

        The files are taken as they are now; those that differ from what the other tool ran are in the report's problems.

        Args:
            tool: the tool, by a name of `lockgate.nouns.adoption.Tool`; left out, its table is looked for.
            table: the tool's table, where it has another name or schema than the tool gives it.
            skip_unknown: leave behind what has no file here any more.
            force: adopt outside development and test without FORCE_MIGRATION.
            dry_run: only say what would be adopted.

        Raises:
            HistoryError: there is no such table, there are several, a migration in it failed half-way, or one has no file here.
            LockgateError: as for `up`.
        """
        from lockgate.running.adopting import Adopting, Origin

        origin, into = Origin.of(tool, table), self._config.table
        return await self._record(
            lambda *of: Adopting(*of).adopt(origin, into=into, skip_unknown=skip_unknown), force=force, dry_run=dry_run
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
