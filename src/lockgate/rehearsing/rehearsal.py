"""From a configuration to a rehearsal of what is pending: in a scratch database, or as far as it can be told without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio.to_thread

from lockgate.following.follower import own_tables
from lockgate.generating.scratch import scratch_database
from lockgate.generating.trying import Trial
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction, Order
from lockgate.nouns.rehearsals import Rehearsal
from lockgate.planning.planner import plan_down, plan_up
from lockgate.rehearsing.asked import Asked
from lockgate.rehearsing.assembling import Assembling
from lockgate.rehearsing.compiling import assumed_history, compiled
from lockgate.rehearsing.furnishing import Found
from lockgate.rehearsing.staging import Staging

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.generating.drafting import Place
    from lockgate.nouns.history import History
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.plans import Plan
    from lockgate.settings.conclusions import Conclusions

_CLOSED: Final = (
    "Outside development and test no scratch database is made on the application's server, so locks, rewrites and scans are"
    " not known. LOCKGATE_SCRATCH_URL names a server for it."
)
_MYSQL: Final = "On MySQL and MariaDB nothing is rehearsed: locks are not known, nor what migrations in Python send."


async def rehearse(
    config: Conclusions,
    asked: Asked | None = None,
    place: Place = scratch_database,
    *,
    migrations: Sequence[tuple[str, type]] | None = None,
) -> Rehearsal:
    """Run what is pending in a scratch database, and tell what was sent and what that locked; the target is only read.

    Where no scratch database may be made (a closed environment without LOCKGATE_SCRATCH_URL), or the engine has none, it tells
    what can be told without one, and what cannot.

    Args:
        place: opens an empty database to try things in.
        migrations: an explicit list of (name, class) instead of a folder.

    Raises:
        LockgateError: what would stop the run before it begins; or a migration that fails in the scratch database.
    """
    asked, flavour = asked or Asked(), Flavour(config.target_url().engine)
    async with _Target(config=config, migrations=migrations) as trial:
        sources = await trial.sources()
        is_assumed = asked.offline or asked.assumed
        history = assumed_history(sources, asked.after) if is_assumed else await trial.history()
        plan = _plan(config, asked, sources, history)
        if not plan.migrations:
            return Rehearsal(flavour, asked.direction)
        marks = {} if is_assumed else await trial.marks()
        if not is_assumed and flavour is Flavour.POSTGRESQL:
            config = await trial.settled(config)
    assembling = await anyio.to_thread.run_sync(Assembling, plan, flavour, config)
    reason = _without_scratch(config, asked, flavour)
    if reason is not None:
        return await compiled(config, history, sources, assembling, reason)
    return await Staging(config, asked, place, assembling).rehearse(Found(history, sources, marks))


class _Target(Trial):
    """The database that the migrations are for."""

    async def marks(self) -> dict[str, str]:
        """What is kept of it as a whole."""
        async with self._connection.working() as (session, patience):
            return (await patience.through(session.marks))[1]

    async def settled(self, config: Conclusions) -> Conclusions:
        """The configuration with the schema that its tracking table is in: in a scratch a search_path may lead elsewhere."""
        async with self._connection.working() as (session, _):
            (schema,) = {one.schema for one in own_tables(session.tracking.name)}
        # Of a name with dots, what is before the first one is the schema.
        return config if "." in config.table or "." in schema else config.tracked_in(schema)


def _plan(config: Conclusions, asked: Asked, sources: Sequence[Source], history: History) -> Plan:
    if asked.direction is Direction.DOWN:
        return plan_down(sources, history, asked.selection)
    return plan_up(sources, history, asked.selection, Order(config.order))


def _without_scratch(config: Conclusions, asked: Asked, flavour: Flavour) -> str | None:
    """Why there is no scratch database, "" where nobody wants one; None where there is one."""
    if flavour is Flavour.SQLITE:
        return None
    if flavour is Flavour.MYSQL:
        return _MYSQL
    if asked.offline:
        return ""
    return None if config.scratch_url is not None or config.is_open else _CLOSED
