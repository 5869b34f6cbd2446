"""One look a second, however many ask."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anyio

from lockgate.errors import LockgateError, MigrationFileError, SettingsError
from lockgate.nouns.starts import is_ready
from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from lockgate.runner import Runner

FRESH_SECONDS: Final = 1.0
LOOKING_SECONDS: Final = 5.0
"""How long a look may take; a probe has given up long before."""


class Look(NamedTuple):
    """What a look came to.

    Attributes:
        document: that of `status --json`, and `ready`. Where nothing could be seen, `state` is None and a problem says why.
        at: when it ended.
    """

    document: dict[str, Any]
    at: datetime

    @property
    def ready(self) -> bool:
        """Whether the database has all that this code needs."""
        return bool(self.document["ready"])


class Looking:
    """Looks for whoever asks, and gives what was seen for a second to all.

    Each look opens a connection of its own and closes it. One that is kept would be a slot of the server's in every worker of
    every replica, idle but for some milliseconds in ten seconds; would have to be found dead after each restart of the
    database; and the runner's own may be at work for minutes, of which a probe wants to hear. To connect costs a look some
    milliseconds, which nobody waits for but the probe.

    The first who asks looks, the others wait for it. A cancelled scope around its request does not break it off: the others
    want to know, and were each to be cancelled before it ends, nobody ever would. It has its own bound. A task that is
    cancelled by itself ends its look, and the next of the others looks again.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._turn = anyio.Lock()
        self._last: Look | None = None
        self._due = 0.0

    async def last(self) -> Look:
        """What was seen within the last second, seen now if need be."""
        async with self._turn:
            if self._last is None or anyio.current_time() >= self._due:
                self._last = None
                await anyio.sleep_until(self._due)  # where one was broken off
                self._due = anyio.current_time() + FRESH_SECONDS
                self._last = Look(await _seen(self._runner), datetime.now(UTC))
                self._due = anyio.current_time() + FRESH_SECONDS
            return self._last


async def _seen(runner: Runner) -> dict[str, Any]:
    with anyio.move_on_after(LOOKING_SECONDS, shield=True):
        return await _document(runner)
    return _unseen(runner, "unreachable", f"There was no answer within {LOOKING_SECONDS:g} s.")


async def _document(runner: Runner) -> dict[str, Any]:
    try:
        report = await runner.readiness()
    except LockgateError as error:
        name = Path(error.path).name if isinstance(error, MigrationFileError) else ""
        return _unseen(runner, error.kind, str(error), name)
    except Exception as error:
        # What it says was not written for those who may see the page.
        logging.getLogger("lockgate").exception("The status could not be read")
        return _unseen(runner, "error", f"The status could not be read ({type(error).__name__}); the log says more.")
    return {**report.as_json(), "ready": is_ready(report.state)}


def _unseen(runner: Runner, kind: str, detail: str, name: str = "") -> dict[str, Any]:
    return {
        "environment": runner.config.environment,
        "database": _database(runner),
        "state": None,
        "applied": [],
        "pending": [],
        "problems": [{"kind": kind, "name": name, "detail": mask(detail)}],
        "ready": False,
    }


def _database(runner: Runner) -> str | None:
    try:
        return runner.database
    except SettingsError:  # none is named, which the problem says
        return None
