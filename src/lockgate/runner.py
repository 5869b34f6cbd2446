"""The face: files and history in, a plan, a verdict, a run under the lock, a report out.

What a check does not need (executing, loading, changing the record) is imported when it is needed: most starts only check.
"""

# ruff: noqa: PLC0415 - as above

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from lockgate.base_runner import BaseRunner
from lockgate.events import Configured, Decided
from lockgate.gate import check_auto, permit
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import Plan, Selection, State
from lockgate.planning.drift import compare
from lockgate.planning.phases import without_contracts
from lockgate.planning.planner import check_selection, plan_down, plan_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Unpack

    from lockgate.nouns.backfills import BackfillReport, Lag
    from lockgate.nouns.history import History
    from lockgate.nouns.reports import AdoptReport, RecordReport, RunReport, StatusReport
    from lockgate.nouns.schema_reports import AutoReport, CheckReport
    from lockgate.nouns.starts import Gate
    from lockgate.planning.starting import Chosen


class Runner(BaseRunner):
    """Runs the migrations of one database. `lockgate.Runner` is this one, and heeds LOCKGATE_LINT as well; see there."""

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
            LintRefused: outside development and test, what is pending weighs as much as LOCKGATE_LINT says; nothing was run.
            LockTimeout: another runner is at it; nothing was run.
            MigrationFailed: one failed; its `report` has those that were applied before it, and are kept.
            DatabaseUnreachable: no connection could be had.
        """
        selection = Selection(to=to, steps=steps, phase=phase)
        check_selection(selection, Direction.UP)
        self._pass_gate(force=force)
        make_plan = partial(plan_up, await self._sources(), selection=selection, order=self._order)
        await self._before_up(selection)
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
            plan = plan_up(sources, history, selection, self._order)
            return plan._replace(unfinished=await self._unfinished(plan, history))
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
        selection = Selection(phase=None if config.is_open else "expand")  # the code before this one is still at work
        missed = not sources and (may.versioned or not config.is_open)

        async def up() -> RunReport:
            await self._before_up(selection)
            make_plan = partial(plan_up, sources, selection=selection, order=self._order)
            return await self._run(make_plan, times_at_work=TIMES_AT_WORK)

        doors = Doors(
            look=partial(self._look, sources),
            holder=self._holder,
            up=up,
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
