"""A rehearsal in a scratch database: furnished as the target is, run, looked at, and rolled back."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lockgate.diffing.differ import diff
from lockgate.diffing.words import difference
from lockgate.errors import Irreversible, LockgateError, MigrationFailed
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction
from lockgate.rehearsing.furnishing import CannotReplay, copy, make_place, replay, schema_at
from lockgate.rehearsing.live import live_facts, reading
from lockgate.rehearsing.opening import heard_session
from lockgate.rehearsing.recorder import Recorder
from lockgate.rehearsing.runner import RehearsalRunner
from lockgate.rehearsing.verdicts import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.generating.drafting import Place
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.rehearsals import LiveFacts, Rehearsal
    from lockgate.nouns.schema import Schema
    from lockgate.nouns.schema_reports import Difference
    from lockgate.rehearsing.asked import Asked
    from lockgate.rehearsing.assembling import Assembling
    from lockgate.rehearsing.furnishing import Found
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


class Staging:
    """One rehearsal of a plan."""

    def __init__(self, config: Conclusions, asked: Asked, place: Place, assembling: Assembling) -> None:
        self._config, self._asked, self._place, self._assembling = config, asked, place, assembling
        self._sources: tuple[Source, ...] = ()
        self._unknown: list[str] = []

    async def rehearse(self, found: Found) -> Rehearsal:
        """Do it, on what the applied files make; where they do not run, or it fails there, on a copy of the target's schema."""
        self._sources = found.sources
        began = time.perf_counter()
        try:
            return await self._on_files(found, began)
        except (CannotReplay, _Elsewhere) as reason:
            if self._asked.offline:
                raise LockgateError(f"Without a database nothing can be rehearsed: {reason}.") from reason
            self._unknown = [f"The scratch is a copy of what the target's catalog says, because {reason}."]
        async with self._place(self._config) as url:
            await make_place(url, self._config)
            await copy(url, self._config, found)
            return await self._on(url, "database", began)

    async def _on_files(self, found: Found, began: float) -> Rehearsal:
        async with self._place(self._config) as url:
            await make_place(url, self._config)
            await replay(url, self._config, found)
            return await self._on(url, "files", began)

    async def _on(self, url: DatabaseUrl, place: str, began: float) -> Rehearsal:
        before = await schema_at(url, self._config)
        building = time.perf_counter() - began
        try:
            recorder, version = await self._run(url)
        except MigrationFailed as error:
            raise await self._refusal(error, place, before) from error
        after = await schema_at(url, self._config)
        unrestored = await self._unrestored(url, before) if self._asked.restores else None
        rehearsal = self._assembling.rehearsal(recorder, tuple(self._unknown))
        live, differs = await self._compared(rehearsal, before)
        return replace(
            rehearsal,
            place=place,
            before=before,
            after=after,
            unrestored=unrestored,
            live=live,
            differs=differs,
            building=building,
            version=version,
        )

    async def _run(self, url: DatabaseUrl) -> tuple[Recorder, str]:
        recorder = Recorder()
        async with heard_session(url, self._config, recorder) as session:
            async with RehearsalRunner(url, session, self._config, self._sources, recorder) as runner:
                await runner.run(self._asked)
            skipped: Sequence[tuple[str, str]] = getattr(session, "skipped", ())
            self._unknown += [f"Not run in the scratch, because {why}: {shortened(one)}" for one, why in skipped]
            return recorder, await _version(session)

    async def _refusal(self, error: MigrationFailed, place: str, before: Schema) -> Exception:
        """What a failure means: where the target is not what the files make, it may be none there."""
        if place == "files" and not self._asked.offline and _differences(await self._there(), before):
            return _Elsewhere(f"on what the applied files make, {error.message.partition(chr(10))[0]}")
        # What was kept before it, the scratch has kept.
        words = error.message.partition("\nKept from this run: ")[0]
        return LockgateError(
            f"Rehearsed in a scratch database: {words}\nNothing was sent to the target.", hint=error.hint
        )

    async def _unrestored(self, url: DatabaseUrl, before: Schema) -> tuple[Difference, ...] | None:
        """What rolling the run back leaves otherwise than it was; None where that was an up that cannot be rolled back."""
        if self._asked.direction is Direction.DOWN:
            return None
        recorder = Recorder()
        try:
            async with (
                heard_session(url, self._config, recorder, traces=False) as session,
                RehearsalRunner(url, session, self._config, self._sources, recorder) as runner,
            ):
                await runner.down(steps=self._assembling.count, force=True)
        except Irreversible:
            return None
        except MigrationFailed as error:
            self._unknown.append(f"Rolled back in the scratch database: {error.message}")
            return None
        return _differences(await schema_at(url, self._config), before)

    async def _compared(self, rehearsal: Rehearsal, before: Schema) -> tuple[LiveFacts | None, tuple[Difference, ...]]:
        if self._asked.offline or not self._asked.facts:
            return None, ()
        async with reading(self._config) as session:
            live = await live_facts(session, rehearsal.touched | set(before.tables))
        return live, _differences(await self._there(), before)

    async def _there(self) -> Schema:
        """The target's schema."""
        return await schema_at(self._config.target_url(), self._config)


class _Elsewhere(Exception):
    """What is pending fails on what the files make, and the target is otherwise; the words say how."""


def _differences(have: Schema, want: Schema) -> tuple[Difference, ...]:
    """What a schema has otherwise than another one."""
    return tuple(difference(change, "") for change in diff(want, have))


async def _version(session: Any) -> str:
    if session.flavour is Flavour.POSTGRESQL:
        ((version,),) = await session.fetch("SELECT pg_catalog.current_setting('server_version')")
    else:
        ((version,),) = await session.fetch("SELECT sqlite_version()")
    return str(version)
