"""What all that a fleet does has in common: its targets, its files, its bounds, who is told."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.events import Configured, Decided
from lockgate.fleets.dispatch import Dispatch
from lockgate.fleets.listing import read_targets
from lockgate.fleets.outcome_log import log_outcome
from lockgate.fleets.outcomes import FleetStarted
from lockgate.fleets.settings_of_schemas import refuse_copies, refuse_shared_table
from lockgate.fleets.tally import Tally
from lockgate.fleets.visiting import Visitor
from lockgate.gate import check_versioned
from lockgate.narration import log_event
from lockgate.nouns.migrations import Direction
from lockgate.settings.values import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypedDict, Unpack

    from lockgate.dialects.postgresql_schema import KeptConnection
    from lockgate.fleets.dispatch import Again, Look
    from lockgate.fleets.listing import Targets
    from lockgate.fleets.outcomes import FleetEvent, FleetListener, FleetReport, Outcome
    from lockgate.fleets.target_runner import TargetRunner
    from lockgate.fleets.targets import Target
    from lockgate.nouns.plans import Selection
    from lockgate.nouns.reports import RunReport
    from lockgate.settings.conclusions import Conclusions
    from lockgate.settings.config import Arguments

    class Bounds(TypedDict):
        """What all passes of a fleet have in common."""

        keep: Callable[[], KeptConnection]
        concurrency: int
        per_server: int
        patience: float


class BaseFleet:
    """What `Fleet` is made of; the arguments are explained there."""

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
        """The targets, as they are named now; one that is named twice is one.

        Raises:
            SettingsError: they cannot be read.
            DatabaseUnreachable: the database that names them cannot be had.
        """
        named = await read_targets(self._targets, self._config)
        return list({(one.url, one.schema): one for one in named}.values())

    async def _run(
        self,
        direction: Direction,
        selection: Selection,
        run: Callable[[TargetRunner], Awaitable[RunReport]],
        *,
        force: bool,
    ) -> FleetReport:
        self._pass_gate(force=force)
        started = time.perf_counter()
        visitor, targets = await self._prepared(selection)
        if direction is Direction.UP:
            refuse_copies(self._config, targets)

        async def visit(look: Look, kept: KeptConnection) -> Outcome | Again[Outcome]:
            return await visitor.run(look, kept, run)

        tally = Tally(self._tell, direction, canary=self._canary, stop_after=self._stop_after)
        dispatch = Dispatch(visit, tally, **self._bounds(), stopping=tally.stopping)
        untouched = await dispatch.run(targets, alone=tally.wants_canary)
        return tally.report(untouched, time.perf_counter() - started)

    async def _prepared(self, selection: Selection | None = None) -> tuple[Visitor, list[Target]]:
        """The targets, with the files read, so that what is wrong with either is found before anything is run."""
        targets = await self.targets()
        refuse_shared_table(self._config, targets)
        visitor = Visitor(self._config, self._migrations)
        await visitor.read_files(targets, self._kept(), selection)
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

    def _tell(self, event: FleetEvent) -> None:
        log_outcome(event)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:
                # A listener that fails must not stop what is at work.
                logging.getLogger("lockgate").exception("A listener failed on %r", event)
