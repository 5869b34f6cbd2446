"""Tries again what others were in the way of, and in the end says who they are."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final, TypeVar

import anyio

from lockgate.dialects.seam import StatementFailed
from lockgate.events import HeldUp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lockgate.dialects.seam import Record, Session, Watch
    from lockgate.running.lock import Patience

T = TypeVar("T")

_SHORTEST, _LONGEST = 0.2, 5.0
_HINT: Final = (
    "End those sessions or wait until they are done, and run it again. LOCKGATE_DDL_LOCK_TIMEOUT bounds one try,"
    " LOCKGATE_LOCK_TIMEOUT all of them; a migration's own SET lock_timeout counts for itself."
)


async def persist(
    session: Session,
    patience: Patience,
    record: Record,
    work: Callable[[], Awaitable[T]],
    *,
    goes_on: bool = False,
    bounds: bool = False,
) -> T:
    """Do `work`, which leaves nothing where it fails, again and again while others are in its way.

    Args:
        record: says which migration it is.
        goes_on: it is a step, and what was set on the session stays set.
        bounds: it runs outside transactions, where no setting bounds how long it waits.

    Raises:
        StatementFailed: they still were when the time for waiting was over; it names them.
        Exception: whatever else `work` raises.
    """
    deadline, pause, tries = time.monotonic() + patience.seconds, _SHORTEST, 0
    while True:
        tries += 1
        async with session.watched(bounds=bounds) as watch:
            try:
                return await work()
            except Exception as error:
                if not watch.held_up(error):
                    raise
                left = deadline - time.monotonic()
                if left <= 0:
                    raise _given_up(error, watch, tries, patience.seconds) from error.__cause__
        await session.rollback(goes_on=goes_on)
        patience.emit(HeldUp(record.name, record.direction, tuple(watch.blockers)))
        await anyio.sleep(min(left, pause * random.uniform(0.5, 1.5)))
        pause = min(_LONGEST, pause * 2)


def _given_up(error: Exception, watch: Watch, tries: int, seconds: float) -> StatementFailed:
    failure = error if isinstance(error, StatementFailed) else StatementFailed(str(getattr(error, "orig", error)))
    who = f"; in the way: {', '.join(watch.blockers)}" if watch.blockers else ""
    return failure.saying(f"It was tried {tries} times in {seconds:g} s{who}.", hint=_HINT)
