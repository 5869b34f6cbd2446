"""What is done with one target of a fleet: a run up, or a look; whatever goes wrong there stays there."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import anyio

from lockgate.errors import LockgateError, MigrationFailed
from lockgate.fleets.dispatch import Again
from lockgate.fleets.outcomes import Fate, Outcome, Standing
from lockgate.fleets.shelf import Shelf
from lockgate.fleets.target_runner import AtWork, TargetRunner
from lockgate.narration import phrase
from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lockgate.dialects.postgresql_schema import KeptConnection
    from lockgate.events import Event
    from lockgate.fleets.dispatch import Look
    from lockgate.fleets.targets import Target
    from lockgate.nouns.reports import RunReport
    from lockgate.settings.conclusions import Conclusions


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

    async def read_files(self, targets: Sequence[Target], kept: KeptConnection) -> None:
        """Read the files for each engine.

        Raises:
            SettingsError: one is wrong.
        """
        for target in {target.url.engine: target for target in targets}.values():
            await self.runner(target, kept).read()

    async def up(
        self, look: Look, kept: KeptConnection, run: Callable[[TargetRunner], Awaitable[RunReport]]
    ) -> Outcome | Again[Outcome]:
        """Run one target up."""
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
            done = len(told.report.migrations) if isinstance(told, MigrationFailed) and told.report else 0
            return Outcome(name, Fate.FAILED, done, time.perf_counter() - started, told)
        finally:
            await _let_go(runner, keeps=is_forgotten and look.target.schema is not None)
        fate = Fate.APPLIED if report.migrations else Fate.CURRENT
        return Outcome(name, fate, len(report.migrations), time.perf_counter() - started)

    async def look(self, look: Look, kept: KeptConnection) -> Standing:
        """See how one target stands."""
        runner, keeps = self.runner(look.target, kept), False
        name = look.target.name
        try:
            status = await runner.status()
            keeps = look.target.schema is not None
        except Exception as error:
            return Standing(name, None, error=_told(error, name))
        finally:
            await _let_go(runner, keeps=keeps)
        at = status.applied[-1].name if status.applied else None
        problems = tuple(problem.detail for problem in status.problems)
        return Standing(name, status.state, at, len(status.applied), len(status.pending), problems)


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
