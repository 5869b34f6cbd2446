"""Every migration up, down and up again, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.diffing.differ import diff
from lockgate.diffing.words import difference
from lockgate.errors import Irreversible, LockgateError
from lockgate.runner import Runner
from lockgate.testing.reading import read_schema

if TYPE_CHECKING:
    from lockgate.nouns.schema import Schema
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


class Climb(NamedTuple):
    """What was found: the names of migrations without a down, and each fault in words, with its migration's name."""

    irreversible: tuple[str, ...]
    faults: tuple[str, ...]


async def climb(url: DatabaseUrl, config: Conclusions) -> Climb:
    """Apply each migration of the folder to an empty database, roll it back, and apply it again.

    Rolled back, the schema has to be what it was; applied again, what it was the first time.

    Raises:
        LockgateError: a migration cannot be applied at all, or the database not be reached.
    """
    climber = _Climber(url, config)
    async with Runner(url, config=config) as runner:
        await climber.climb(runner)
    return Climb(tuple(climber.irreversible), tuple(climber.faults))


class _Stuck(Exception):
    """A migration can be run no further."""


class _Climber:
    def __init__(self, url: DatabaseUrl, config: Conclusions) -> None:
        self._url, self._config = url, config
        self.irreversible: list[str] = []
        self.faults: list[str] = []

    async def climb(self, runner: Runner) -> None:
        before = await self._read()
        while names := (await runner.up(steps=1)).names:
            try:
                before = await self._down_and_up(runner, names[0], before, await self._read())
            except _Stuck as stuck:
                self.faults.append(str(stuck))
                return

    async def _down_and_up(self, runner: Runner, name: str, before: Schema, after: Schema) -> Schema:
        """Say what the migration's way down and its second way up make; the schema that they end with."""
        try:
            await runner.down(steps=1)
        except Irreversible:
            self.irreversible.append(name)
            return after
        except LockgateError as error:
            raise _Stuck(f"{name} cannot be rolled back: {error}") from error
        self._compare(before, await self._read(), f"{name} leaves another schema when it is rolled back")
        try:
            await runner.up(steps=1)
        except LockgateError as error:
            raise _Stuck(f"{name} cannot be applied again after it was rolled back: {error}") from error
        again = await self._read()
        self._compare(after, again, f"{name} makes another schema when it is applied again")
        return again

    async def _read(self) -> Schema:
        schema, self._default = await read_schema(self._url, self._config)
        return schema

    def _compare(self, wanted: Schema, found: Schema, what: str) -> None:
        words = [difference(change, self._default) for change in diff(found, wanted)]
        if words:
            lines = "\n".join(f"  {one.kind} {one.name}: {one.detail}" for one in words)
            self.faults.append(f"{what}. To be as it was, it would need:\n{lines}")
