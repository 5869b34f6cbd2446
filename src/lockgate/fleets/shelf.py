"""The files of a fleet, read, hashed and loaded once, whatever number of targets they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from lockgate.sources.loading import SqlMigration
from lockgate.sql.remains import may_remain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.plans import Plan
    from lockgate.sources.loading import Loaded


class Shelf:
    """What the runners of one fleet share; for each engine that the fleet has, because a folder may have files for each."""

    def __init__(self) -> None:
        self._turn = anyio.Lock()
        self._sources: dict[Flavour, tuple[Source, ...]] = {}
        self._loaded: dict[tuple[Flavour, str], Loaded] = {}

    async def sources(self, flavour: Flavour, read: Callable[[], Awaitable[tuple[Source, ...]]]) -> tuple[Source, ...]:
        """The migrations, which `read` reads the first time."""
        async with self._turn:
            if flavour not in self._sources:
                self._sources[flavour] = await read()
        return self._sources[flavour]

    async def loaded(
        self, plan: Plan, flavour: Flavour, load: Callable[[Plan], Awaitable[list[Loaded]]]
    ) -> list[Loaded]:
        """The plan's migrations, of which `load` loads those that are not yet."""
        async with self._turn:
            new = tuple(source for source in plan.migrations if (flavour, source.name) not in self._loaded)
            if new:
                self._loaded |= {(flavour, one.source.name): one for one in await load(plan._replace(migrations=new))}
        return [self._loaded[flavour, source.name] for source in plan.migrations]

    def are_forgotten(self, flavour: Flavour, names: tuple[str, ...]) -> bool:
        """Whether a session on which these have run is as new once all is reset that can be."""
        return all(_is_forgotten(self._loaded[flavour, name]) for name in names)


def _is_forgotten(migration: Loaded) -> bool:
    return isinstance(migration, SqlMigration) and not any(map(may_remain, migration.statements))
