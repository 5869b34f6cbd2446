"""Runs the migrations of a folder, with or without a draft, in a scratch database."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from lockgate.dialects.connecting import connect
from lockgate.following.follower import engine_of
from lockgate.runner import Runner
from lockgate.settings.directories import own_of, with_own
from lockgate.sources.folders import files_of, folder_on_disk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lockgate.dialects.seam import Session
    from lockgate.events import Event
    from lockgate.following.engine import Engine
    from lockgate.nouns.directories import Directory
    from lockgate.nouns.migrations import Source
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


_SUFFIXES: Final = frozenset({".py", ".sql"})


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
            await self._up(self._directory, to)

    async def apply(self, files: dict[str, str]) -> None:
        """Run the drafts as well, which are `files` by their names."""
        async with self._with(files) as folder:
            await self._up(self._with_drafts(folder))

    async def take_back(self, files: dict[str, str]) -> None:
        """Roll the drafts back."""
        async with self._with(files) as folder, self._runner(self._with_drafts(folder)) as runner:
            await runner.down(steps=len(files), force=True)

    def _with_drafts(self, folder: Path) -> Directory:
        """The folder, and the other directories where they are run as well."""
        return with_own(self._directory, folder) if self._replaying else folder

    async def _up(self, directory: Directory, to: str | None = None) -> None:
        async with self._runner(directory) as runner:
            await runner.up(to=to, force=True)

    def _runner(self, directory: Directory) -> Trial:
        config = self._config
        return Trial(
            self._url,
            environment="test",
            directory=directory,
            table=config.table,
            order=config.order,
            head_file=False,
            connect_timeout=config.connect_timeout,
        )

    @asynccontextmanager
    async def _with(self, files: dict[str, str]) -> AsyncIterator[Path]:
        """A copy of the folder with the drafts in it."""
        with tempfile.TemporaryDirectory(prefix="lockgate-") as made:
            folder = Path(made) / "migrations"
            await anyio.to_thread.run_sync(self._copy, folder, files)
            yield folder

    def _copy(self, folder: Path, files: dict[str, str]) -> None:
        folder.mkdir()
        own = folder_on_disk(self._directory) if self._replaying else None
        if own and own.is_dir():
            for path in own.iterdir():
                if path.suffix in _SUFFIXES and path.is_file():
                    shutil.copyfile(path, folder / path.name)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        """A session of its own, to look with."""
        async with opened(self._url, self._config) as session:
            yield engine_of(session)


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
