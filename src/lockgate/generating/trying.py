"""Runs the migrations of a folder, with or without a draft, in a scratch database."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from lockgate.dialects.connecting import connect
from lockgate.following.follower import engine_of
from lockgate.planning.drift import layout_of
from lockgate.runner import Runner
from lockgate.settings.directories import own_of, with_own
from lockgate.sources.folders import files_of, folder_on_disk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.events import Event
    from lockgate.following.engine import Engine
    from lockgate.nouns.directories import Directory
    from lockgate.nouns.layouts import Layout
    from lockgate.nouns.migrations import Source
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


class Trial(Runner):
    """A runner of which nobody hears: what it does is undone with its database."""

    def _emit(self, event: Event) -> None:
        pass

    async def sources(self, *, needed: bool = True) -> tuple[Source, ...]:
        """The migrations of its folder, which without `needed` need not be there."""
        return await self._sources(needed=needed)


class Scratch:
    """One scratch database, and the folder whose migrations are tried in it; without `replaying` the drafts alone are."""

    def __init__(self, url: DatabaseUrl, config: Conclusions, *, replaying: bool, own_only: bool = False) -> None:
        self._url, self._config, self._replaying = url, config, replaying
        own = own_of(config.directory)
        self._directory: Directory = own if own_only and own else config.directory

    async def replay(self, to: str | None = None) -> None:
        """Run all migrations of the folder, or those up to a name."""
        if await anyio.to_thread.run_sync(files_of(self._directory, None, lambda: None).is_there):
            async with self._runner(self._directory, self._config.layout) as runner:
                await runner.up(to=to, force=True)

    async def apply(self, files: dict[str, str]) -> None:
        """Run the drafts as well, which are `files` by their names."""
        async with self._with(files) as runner:
            await runner.up(force=True)

    async def take_back(self, files: dict[str, str]) -> None:
        """Roll the drafts back."""
        async with self._with(files) as runner:
            await runner.down(steps=len(files), force=True)

    def _runner(self, directory: Directory, layout: Layout | None) -> Trial:
        config = self._config
        return Trial(
            self._url,
            environment="test",
            directory=directory,
            layout=layout,
            variables=config.variables,
            table=config.table,
            order=config.order,
            head_file=False,
            connect_timeout=config.connect_timeout,
        )

    @asynccontextmanager
    async def _with(self, files: dict[str, str]) -> AsyncIterator[Trial]:
        """A runner of the drafts, and where `replaying` of a copy of the folder's migrations and the other directories."""
        place = folder_on_disk(self._directory) if self._replaying else None
        own = await self._sources(place) if place else ()
        with tempfile.TemporaryDirectory(prefix="lockgate-") as made:
            folder = Path(made) / "migrations"
            await anyio.to_thread.run_sync(_lay, folder, _entries(own, place), files)
            directory = with_own(self._directory, folder) if self._replaying else folder
            async with self._runner(directory, layout_of(own)) as runner:
                yield runner

    async def _sources(self, place: Path) -> tuple[Source, ...]:
        async with self._runner(place, self._config.layout) as runner:
            return await runner.sources(needed=False)

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        """A session of its own, to look with."""
        async with opened(self._url, self._config) as session:
            yield engine_of(session)


def _entries(sources: Sequence[Source], place: Path | None) -> dict[str, str]:
    """The files that migrations are read from: each one's path within their folder, and on the disk."""
    paths = [path for source in sources for path in (source.path, source.down_path) if path]
    return {os.path.relpath(path, place): path for path in paths}


def _lay(folder: Path, entries: dict[str, str], texts: dict[str, str]) -> None:
    folder.mkdir()
    for entry, path in entries.items():
        (folder / entry).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / entry)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


@asynccontextmanager
async def opened(url: DatabaseUrl, config: Conclusions) -> AsyncIterator[Session]:
    """A session that knows where the tracking table is."""
    session = await connect(url, config.table, config.connect_timeout)
    try:
        await session.history()
        yield session
    finally:
        with anyio.CancelScope(shield=True):
            await session.close()
