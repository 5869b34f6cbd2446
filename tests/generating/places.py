"""Where drafts are made and tried: databases that are emptied between two uses, since to make one costs what a test does."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from convergence.stage import schemas_of
from lockgate import MigrationConfig, Runner
from lockgate.generating.drafting import Draft, Wish, draft
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from convergence.stage import Rows, Stage


def created(models: sa.MetaData, url: str) -> list[str]:
    """What SQLAlchemy says to create models."""
    said = [f'CREATE SCHEMA IF NOT EXISTS "{name}"' for name in sorted(schemas_of(models))]
    name = url.partition("://")[0].replace("postgresql", "postgresql+asyncpg")
    engine = sa.create_mock_engine(f"{name}://", lambda one, *_: said.append(str(one.compile(dialect=engine.dialect))))
    models.create_all(engine, checkfirst=False)
    return said or ["SELECT 1"]


class Workshop:
    """A database, another one to try things in, and a folder of migrations."""

    def __init__(self, stage: Stage, trial: Stage, folder: Path, scenery: Sequence[str] = ()) -> None:
        self.stage, self.trial, self.folder, self.scenery = stage, trial, folder, scenery
        folder.mkdir(exist_ok=True)

    @asynccontextmanager
    async def place(self, _config: object) -> AsyncIterator[DatabaseUrl]:
        """The other database, empty but for the scenery."""
        await self.trial.empty()
        await self.trial.execute(self.scenery)
        yield DatabaseUrl(self.trial.url)

    async def draft(self, models: sa.MetaData, description: str = "change it", **wish: Any) -> Draft:
        """What `new --auto` would write."""
        config = MigrationConfig(environment="test", database_url=self.stage.url, directory=self.folder, models=models)
        return await draft(config, Wish(description, **wish), self.place)

    async def write(self, models: sa.MetaData, description: str = "change it", **wish: Any) -> dict[str, str]:
        """Draft, and write it into the folder."""
        made = await self.draft(models, description, **wish)
        for name, text in made.files.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        return made.files

    async def given(self, models: sa.MetaData, rows: Sequence[str] = ()) -> None:
        """Have the folder make these models, and the database as the folder makes it, with rows."""
        await self.stage.empty()
        await self.stage.execute(self.scenery)
        (self.folder / "001_before.sql").write_text(";\n".join(created(models, self.stage.url)), encoding="utf-8")
        await self.up()
        await self.stage.execute(rows)

    def runner(self, models: sa.MetaData | None = None) -> Runner:
        return Runner(self.stage.url, environment="test", directory=self.folder, models=models)

    async def up(self) -> None:
        async with self.runner() as runner:
            await runner.up()

    async def down(self, steps: int) -> None:
        async with self.runner() as runner:
            await runner.down(steps=steps)

    async def differences(self, models: sa.MetaData) -> list[str]:
        """What `check` finds."""
        async with self.runner(models) as runner:
            report = await runner.check()
        assert report.compared
        return [f"{one.kind} {one.name}: {one.detail}" for one in report.differences]

    async def rows(self, models: sa.MetaData) -> Rows:
        return await self.stage.rows(models)
