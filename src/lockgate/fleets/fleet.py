"""The face: targets and files in, all of them brought up or looked at, a report out."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.events import Configured, Decided
from lockgate.fleets.dispatch import Dispatch
from lockgate.fleets.listing import read_targets
from lockgate.fleets.outcomes import Fate, FleetStarted, Outcome
from lockgate.fleets.tally import Survey, Tally
from lockgate.fleets.visiting import Visitor
from lockgate.gate import check_versioned
from lockgate.narration import log_event
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import Selection
from lockgate.planning.planner import check_selection
from lockgate.settings.values import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypedDict, Unpack

    from lockgate.dialects.postgresql_schema import KeptConnection
    from lockgate.fleets.dispatch import Again, Look
    from lockgate.fleets.listing import Targets
    from lockgate.fleets.outcomes import FleetEvent, FleetListener, FleetReport, FleetStatus
    from lockgate.fleets.provisioning import Provisioned
    from lockgate.fleets.target_runner import TargetRunner
    from lockgate.fleets.targets import Target
    from lockgate.nouns.reports import RunReport
    from lockgate.settings.conclusions import Conclusions
    from lockgate.settings.config import Arguments

    class Bounds(TypedDict):
        """What all passes of a fleet have in common."""

        keep: Callable[[], KeptConnection]
        concurrency: int
        per_server: int
        patience: float


class Fleet:
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
        on_event: is called with `FleetStarted`, and with the `Outcome` or the `Standing` of each target.
        settings: the fields of `MigrationConfig`, by keyword; `lock_timeout` also bounds how long targets that others have
            locked are come back to after the last one that got on.

    Raises:
        SettingsError: the configuration is wrong.
    """

    def __init__(
        self,
        targets: Targets,
        *,
        concurrency: int = 16,
        per_server: int = 8,
        canary: int = 0,
        stop_after: int | None = None,
        template: str | None = None,
        migrations: Sequence[tuple[str, type]] | None = None,
        config: Conclusions | None = None,
        on_event: FleetListener | None = None,
        **settings: Unpack[Arguments],
    ) -> None:
        if config is not None and settings:
            raise SettingsError(f"Give either config or {', '.join(settings)}.")
        bounds = {"concurrency": concurrency, "per_server": per_server, "stop_after": stop_after, "canary": canary + 1}
        for name, number in bounds.items():
            if number is not None and number < 1:
                raise SettingsError(f"{name} must be {0 if name == 'canary' else 1} or more.")
        self._targets, self._migrations, self._template = targets, migrations, template
        self._concurrency, self._per_server = concurrency, per_server
        self._canary, self._stop_after = canary, stop_after
        self._config = config or Settings.of(settings)
        self._on_event = on_event

    @property
    def config(self) -> Conclusions:
        """The configuration that it runs under."""
        return self._config

    async def targets(self) -> list[Target]:
        """The targets, as they are named now.

        Raises:
            SettingsError: they cannot be read.
            DatabaseUnreachable: the database that names them cannot be had.
        """
        return await read_targets(self._targets, self._config)

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
        check_selection(Selection(to=to, steps=steps, phase=phase), Direction.UP)
        self._pass_gate(force=force)
        started = time.perf_counter()
        visitor, targets = await self._prepared()
        self._refuse_copies(targets)

        def run(runner: TargetRunner) -> Awaitable[RunReport]:
            return runner.up(to=to, steps=steps, phase=phase, force=force)

        async def visit(look: Look, kept: KeptConnection) -> Outcome | Again[Outcome]:
            return await visitor.up(look, kept, run)

        tally = Tally(self._tell, canary=self._canary, stop_after=self._stop_after)
        dispatch = Dispatch(visit, tally, **self._bounds(), stopping=tally.stopping)
        untouched = await dispatch.run(targets, alone=tally.wants_canary)
        return tally.report(untouched, time.perf_counter() - started)

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
        self._refuse_shared_table([target])
        visitor = Visitor(self._config, self._migrations)
        return await Provisioning(self._config, visitor, self._kept, self._template).provision(target, force=force)

    async def _prepared(self) -> tuple[Visitor, list[Target]]:
        """The targets, with the files read, so that what is wrong with either is found before anything is run."""
        targets = await self.targets()
        self._refuse_shared_table(targets)
        visitor = Visitor(self._config, self._migrations)
        await visitor.read_files(targets, self._kept())
        self._tell(FleetStarted(len(targets)))
        return visitor, targets

    def _bounds(self) -> Bounds:
        return {
            "keep": self._kept,
            "concurrency": self._concurrency,
            "per_server": self._per_server,
            "patience": self._config.lock_timeout,
        }

    def _kept(self) -> KeptConnection:
        from lockgate.dialects.postgresql_schema import KeptConnection  # noqa: PLC0415 - it imports asyncpg

        config = self._config
        return KeptConnection(config.table, config.connect_timeout, config.ddl_lock_timeout)

    def _pass_gate(self, *, force: bool) -> None:
        log_event(Configured(self._config.describe()))
        log_event(Decided(check_versioned(self._config, force=force)))

    def _refuse_shared_table(self, targets: Sequence[Target]) -> None:
        if "." in self._config.table and any(target.schema is not None for target in targets):
            raise SettingsError(
                f"LOCKGATE_TABLE={self._config.table} names a schema, and the targets are schemas with a table each.",
                hint="Leave the schema out of it.",
            )

    def _refuse_copies(self, targets: Sequence[Target]) -> None:
        if self._config.backup is not None and any(target.schema is not None for target in targets):
            raise SettingsError(
                "LOCKGATE_BACKUP copies whole databases, and the targets are schemas: it would do so for each of them.",
                hint="Copy the database once, and run the fleet with LOCKGATE_BACKUP= (empty).",
            )

    def _tell(self, event: FleetEvent) -> None:
        _log(event)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:
                # A listener that fails must not stop what is at work.
                logging.getLogger("lockgate").exception("A listener failed on %r", event)


def _log(event: FleetEvent) -> None:
    if not isinstance(event, Outcome):
        return
    logger = logging.getLogger("lockgate")
    match event.fate:
        case Fate.APPLIED:
            many = f"{event.migrations} migration{'s' * (event.migrations != 1)}"
            logger.info("%s: %s applied in %.2f s.", event.target, many, event.seconds)
        case Fate.CURRENT:
            logger.debug("%s: nothing to apply.", event.target)
        case Fate.FAILED:
            logger.warning("%s failed: %s", event.target, event.error)
        case Fate.LOCKED:
            logger.warning("%s is locked by %s.", event.target, event.holder or "another connection")
