"""What is done with one target of a fleet: a run up, or a look; whatever goes wrong there stays there."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, TypeVar

import anyio

from lockgate.errors import LockgateError, MigrationFailed
from lockgate.fleets.dispatch import Again
from lockgate.fleets.filled import Filled
from lockgate.fleets.outcomes import Fate, Outcome, Planned, Standing
from lockgate.fleets.selecting import check_named
from lockgate.fleets.shelf import Shelf
from lockgate.fleets.target_runner import AtWork, TargetRunner
from lockgate.narration import phrase
from lockgate.nouns.backfills import BackfillState
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lockgate.dialects.postgresql_schema import KeptConnection
    from lockgate.events import Event
    from lockgate.fleets.dispatch import Look
    from lockgate.fleets.targets import Target
    from lockgate.nouns.backfills import BackfillReport
    from lockgate.nouns.plans import Plan, Selection
    from lockgate.nouns.reports import RunReport
    from lockgate.settings.conclusions import Conclusions

T = TypeVar("T")


class Visitor:
    """Visits the targets of one pass, with files that are read once."""

    def __init__(self, config: Conclusions, migrations: Sequence[tuple[str, type]] | None) -> None:
        self._config, self._migrations = config, migrations
        self._shelf = Shelf()

    def runner(self, target: Target, kept: KeptConnection, seconds: float | None = None) -> TargetRunner:
        """A runner of one target, which waits for its lock for so many seconds; without any, as every runner does."""
        return TargetRunner(
            target, kept, self._shelf, self._config, _hear, migrations=self._migrations, seconds=seconds
        )

    async def read_files(
        self, targets: Sequence[Target], kept: KeptConnection, selection: Selection | None = None
    ) -> None:
        """Read the files for each engine, of which the selection may name one.

        Raises:
            SettingsError: one is wrong, or the one that is named is not there.
        """
        for target in {target.url.engine: target for target in targets}.values():
            sources = await self.runner(target, kept).read()
            if selection is not None:
                check_named(selection, sources)

    async def run(
        self, look: Look, kept: KeptConnection, run: Callable[[TargetRunner], Awaitable[RunReport]]
    ) -> Outcome | Again[Outcome]:
        """Run one target up or down."""
        started = time.perf_counter()
        name = look.target.name
        runner, is_forgotten = self.runner(look.target, kept, look.wait), False
        try:
            report = await run(runner)
            is_forgotten = self._shelf.are_forgotten(Flavour(look.target.url.engine), report.names)
        except AtWork as error:
            is_forgotten = True  # it has looked, and done nothing
            return Again(Outcome(name, Fate.LOCKED, holder=error.holder), error.seconds)
        except Exception as error:
            told = _told(error, name)
            before = len(told.report.migrations) if isinstance(told, MigrationFailed) and told.report else 0
            return Outcome(name, Fate.FAILED, before, time.perf_counter() - started, told)
        finally:
            await _let_go(runner, keeps=is_forgotten and look.target.schema is not None)
        done = Fate.APPLIED if report.direction is Direction.UP else Fate.ROLLED_BACK
        fate = done if report.migrations else Fate.CURRENT
        return Outcome(name, fate, len(report.migrations), time.perf_counter() - started)

    async def look(self, look: Look, kept: KeptConnection) -> Standing:
        """See how one target stands."""
        status = await self._asked(look, kept, lambda runner: runner.status())
        if isinstance(status, LockgateError):
            return Standing(look.target.name, None, error=status)
        at = status.applied[-1].name if status.applied else None
        problems = tuple(problem.detail for problem in status.problems)
        return Standing(look.target.name, status.state, at, len(status.applied), len(status.pending), problems)

    async def plan(self, look: Look, kept: KeptConnection, ask: Callable[[TargetRunner], Awaitable[Plan]]) -> Planned:
        """See what would be run on one target."""
        plan = await self._asked(look, kept, ask)
        if isinstance(plan, LockgateError):
            return Planned(look.target.name, error=plan)
        return Planned(look.target.name, tuple(source.name for source in plan.migrations), plan.batch_no)

    async def backfill(
        self,
        look: Look,
        kept: KeptConnection,
        fill: Callable[[TargetRunner], Awaitable[BackfillReport]],
        *,
        dry_run: bool,
    ) -> Filled:
        """Do the backfills of one target; of a dry run, tell those that are left."""
        started = time.perf_counter()
        report = await self._asked(look, kept, fill)
        if isinstance(report, LockgateError):
            return Filled(look.target.name, error=report)
        wanted = tuple(one for one in report.backfills if not (dry_run and one.state is BackfillState.DONE))
        return Filled(look.target.name, wanted, time.perf_counter() - started)

    async def _asked(
        self, look: Look, kept: KeptConnection, ask: Callable[[TargetRunner], Awaitable[T]]
    ) -> T | LockgateError:
        """What a runner says that runs no migration, or why it cannot."""
        runner, keeps = self.runner(look.target, kept), False
        try:
            found = await ask(runner)
            keeps = look.target.schema is not None
        except Exception as error:
            return _told(error, look.target.name)
        finally:
            await _let_go(runner, keeps=keeps)
        return found


async def _let_go(runner: TargetRunner, *, keeps: bool) -> None:
    """Close its connection, unless the worker keeps it for the next schema."""
    if not keeps:
        with anyio.CancelScope(shield=True):
            await runner.close()


def _told(error: Exception, name: str) -> LockgateError:
    """The error to report; one that nobody expected is in the log with its traceback."""
    if isinstance(error, LockgateError):
        return error
    logging.getLogger("lockgate").error("%s: an unexpected error", name, exc_info=error)
    told = LockgateError(f"{type(error).__name__}: {error}")
    told.__cause__ = error
    return told


def _hear(target: Target, event: Event) -> None:
    """Log a fact of one target's: what warns as a warning, all else as debug, for there may be thousands."""
    logger = logging.getLogger("lockgate")
    for level, text in phrase(event):
        said = level if level >= logging.WARNING else logging.DEBUG
        logger.log(said, "%s: %s", target.name, text)
