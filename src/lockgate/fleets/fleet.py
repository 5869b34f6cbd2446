"""The face: targets and files in, all of them brought up or looked at, a report out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lockgate.fleets.base_fleet import BaseFleet
from lockgate.fleets.dispatch import Dispatch
from lockgate.fleets.filled import Fillings
from lockgate.fleets.selecting import applied, rolled_back
from lockgate.fleets.settings_of_schemas import refuse_shared_table
from lockgate.fleets.tally import Forecast, Survey
from lockgate.fleets.visiting import Visitor
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import Plan, Selection
from lockgate.nouns.reports import RunReport
from lockgate.planning.planner import check_selection

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from lockgate.dialects.postgresql_schema import KeptConnection
    from lockgate.fleets.dispatch import Look
    from lockgate.fleets.filled import Filled, FleetBackfill
    from lockgate.fleets.outcomes import FleetPlan, FleetReport, FleetStatus, Planned
    from lockgate.fleets.provisioning import Provisioned
    from lockgate.fleets.target_runner import TargetRunner
    from lockgate.nouns.backfills import BackfillReport


class Fleet(BaseFleet):
    """Runs one set of migrations over many targets: schemas of a PostgreSQL database, or databases of any engine.

    ```python
    fleet = Fleet("SELECT schema_name FROM tenants", database_url="postgresql://app@db/app", directory="migrations")
    report = await fleet.up()
    ```

    Each target has a tracking table and a lock of its own, so any number of processes and machines may run the same fleet at
    once, and a run that was ended goes on when it is run again. It keeps no connection between two calls.

    Args:
        targets: a file with one target a line, a URL or `schema:NAME` or both with a space between; a SELECT, which is asked of
            the configured database and gives names of schemas or URLs; an async callable that gives such texts, or an async
            iterator of them; or a list.
        concurrency: how many targets are at work at once.
        per_server: how many of them, each with a connection, on one server.
        canary: how many targets are migrated one at a time before all others; the first that fails stops the run.
        stop_after: after how many failures no other target is begun; None for never.
        template: the database that `provision` copies, by its name, where its targets are databases.
        migrations: an explicit list of (name, class) instead of a folder.
        config: a configuration made elsewhere; without it, one is made of `settings`, the environment and the files.
        on_event: is called with `FleetStarted`, and with the `Outcome`, `Standing`, `Planned` or `Filled` of each target.
        settings: the fields of `MigrationConfig`, by keyword; `lock_timeout` also bounds how long targets that others have
            locked are come back to after the last one that got on.

    Raises:
        SettingsError: the configuration is wrong.
    """

    async def up(
        self, *, to: str | None = None, steps: int | None = None, phase: str | None = None, force: bool = False
    ) -> FleetReport:
        """Apply what is pending on each target; what goes wrong on one is in the report, and changes nothing for the others.

        Args:
            to: the last migration to apply: its name, stem or number.
            steps: how many to apply to each target.
            phase: `expand` or `contract`, as for `Runner.up`.
            force: run outside development and test without FORCE_MIGRATION.

        Raises:
            GateClosed: the environment does not permit it.
            SettingsError: the targets, a file or the selection is wrong; nothing was run.
            DatabaseUnreachable: the database that names the targets cannot be had.
        """
        selection = applied(to=to, steps=steps, phase=phase)
        return await self._run(
            Direction.UP, selection, lambda runner: runner.up(to=to, steps=steps, phase=phase, force=force), force=force
        )

    async def down(
        self,
        *,
        to: str | None = None,
        all: bool = False,  # noqa: A002 - the command line's word
        force: bool = False,
    ) -> FleetReport:
        """Roll back on each target, newest first, down to one migration or everything.

        There are no steps and no last batch: run again after an interruption, they would roll back more where it was done.
        A target that has not come as far as the one migration has nothing to roll back.

        Args:
            to: the newest one that stays applied: its name, stem or number.
            all: roll back everything.
            force: as for `up`.

        Raises:
            SettingsError: neither or both were said; else as for `up`.
            LockgateError: as for `up`. That one has no down is the failure of the targets that have it applied.
        """
        selection = rolled_back(to=to, everything=all)

        async def run(runner: TargetRunner) -> RunReport:
            if await runner.is_below(to):
                return RunReport(Direction.DOWN)
            return await runner.down(to=to, all=all, force=force)

        return await self._run(Direction.DOWN, selection, run, force=force)

    async def plan(
        self,
        direction: Direction = Direction.UP,
        *,
        to: str | None = None,
        steps: int | None = None,
        all: bool = False,  # noqa: A002 - the command line's word
        phase: str | None = None,
    ) -> FleetPlan:
        """What `up` or `down` would do on each target now; runs nothing, and asks no gate. The listener hears of each.

        Raises:
            SettingsError: the targets, a file or the selection is wrong.
            DatabaseUnreachable: the database that names the targets cannot be had.
        """
        check_selection(Selection(to=to, steps=steps, everything=all, phase=phase), direction)
        is_up = direction is Direction.UP
        selection = applied(to=to, steps=steps, phase=phase) if is_up else rolled_back(to=to, everything=all)
        visitor, targets = await self._prepared(selection)

        async def ask(runner: TargetRunner) -> Plan:
            if not is_up and await runner.is_below(to):
                return Plan(direction)
            return await runner.plan(direction, to=to, steps=steps, all=all, phase=phase)

        async def visit(look: Look, kept: KeptConnection) -> Planned:
            return await visitor.plan(look, kept, ask)

        forecast = Forecast(self._tell, direction)
        await Dispatch(visit, forecast, **self._bounds()).run(targets)
        return forecast.plan()

    async def backfill(
        self,
        *,
        seconds: float = 0.5,
        connections: int = 1,
        max_lag: float = 10.0,
        force: bool = False,
        dry_run: bool = False,
    ) -> FleetBackfill:
        """Do on each target the backfills that migrations have left for after the deploy. The listener hears of each target.

        Args:
            seconds: how long a batch may hold its locks.
            connections: how many ranges of a table are worked at at once on PostgreSQL, besides the target's own connection.
            max_lag: how many seconds the replicas may be behind before it waits for them.
            force: as for `up`.
            dry_run: only say what there is to do, with the databases' estimates.

        Raises:
            LockgateError: as for `up`. What `Runner.backfill` raises is the failure of that target.
        """
        if not dry_run:
            self._pass_gate(force=force)
        started = time.perf_counter()
        visitor, targets = await self._prepared()

        def fill(runner: TargetRunner) -> Awaitable[BackfillReport]:
            return runner.backfill(seconds=seconds, connections=connections, max_lag=max_lag, dry_run=dry_run)

        async def visit(look: Look, kept: KeptConnection) -> Filled:
            return await visitor.backfill(look, kept, fill, dry_run=dry_run)

        fillings = Fillings(self._tell, dry_run=dry_run)
        await Dispatch(visit, fillings, **self._bounds()).run(targets)
        return fillings.report(time.perf_counter() - started)

    async def status(self) -> FleetStatus:
        """How the targets stand: how many at which migration. The listener hears of each.

        Raises:
            SettingsError: the targets or a file cannot be read.
            DatabaseUnreachable: the database that names the targets cannot be had.
        """
        visitor, targets = await self._prepared()
        survey = Survey(self._tell)
        await Dispatch(visitor.look, survey, **self._bounds()).run(targets)
        return survey.status()

    async def provision(self, name: str, *, force: bool = False) -> Provisioned:
        """Make a new tenant, with all migrations applied and on record.

        A database is a copy of the template where there is one, to which what it lacks is applied; a schema, or a database
        without a template, is made empty and gets all files. One that was begun and not finished is gone on with; what fails is
        taken away again, if this call has made it.

        Args:
            name: `schema:NAME`, or a URL; a bare name is what the fleet's first target is: a schema, or a database beside it.
            force: as for `up`.

        Raises:
            SettingsError: it is there already and no tenant, or what it is cannot be told.
            LockgateError: as for `Runner.up`.
        """
        from lockgate.fleets.provisioning import Provisioning, named_like  # noqa: PLC0415 - most runs make no tenant

        self._pass_gate(force=force)
        target = await named_like(name, self._config, self.targets)
        refuse_shared_table(self._config, [target])
        visitor = Visitor(self._config, self._migrations)
        return await Provisioning(self._config, visitor, self._kept, self._template).provision(target, force=force)
