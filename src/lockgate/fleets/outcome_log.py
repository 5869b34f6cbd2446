"""Tells the log what became of each target."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lockgate.fleets.filled import Filled
from lockgate.fleets.outcomes import Fate, Outcome

if TYPE_CHECKING:
    from lockgate.fleets.outcomes import FleetEvent


def log_outcome(event: FleetEvent) -> None:
    """Log it, where something was done; of looks there is a report."""
    logger = logging.getLogger("lockgate")
    if isinstance(event, Filled) and event.error:
        logger.warning("%s failed: %s", event.target, event.error)
    if not isinstance(event, Outcome):
        return
    match event.fate:
        case Fate.APPLIED | Fate.ROLLED_BACK as fate:
            many = f"{event.migrations} migration{'s' * (event.migrations != 1)}"
            done = "applied" if fate is Fate.APPLIED else "rolled back"
            logger.info("%s: %s %s in %.2f s.", event.target, many, done, event.seconds)
        case Fate.CURRENT:
            logger.debug("%s: nothing to do.", event.target)
        case Fate.FAILED:
            logger.warning("%s failed: %s", event.target, event.error)
        case Fate.LOCKED:
            logger.warning("%s is locked by %s.", event.target, event.holder or "another connection")
