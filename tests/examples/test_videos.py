"""The example's migrations and models, on every engine: up, down to nothing, and up again, with rows to move."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.bench import Bench

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "videos" / "migrations"

pytestmark = pytest.mark.asyncio


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "migrations", dirs_exist_ok=True))


async def test_the_example_goes_up_down_and_up(bench: Bench, example: Path) -> None:
    async with bench.runner() as runner:
        assert len((await runner.up()).names) == 6
        first = await bench.database.catalog()
        assert len((await runner.down(all=True)).names) == 6
        await runner.up()
        assert await bench.database.catalog() == first
        assert (await runner.status()).state == "current"


async def test_the_data_migration_names_the_videos_after_their_files(bench: Bench, example: Path) -> None:
    async with bench.runner() as runner:
        await runner.up(to="003")
        await bench.database.execute(
            "INSERT INTO video_uploads (id, file_name, size_bytes) VALUES (7, 'my_holiday-2024.mp4', 12)"
        )
        await runner.up()
        assert await bench.database.rows("SELECT id, title, views FROM videos") == [(7, "My holiday 2024", 0)]
        await runner.down()
        assert await bench.database.rows("SELECT status FROM video_uploads") == [("received",)]


async def test_the_models_are_what_the_migrations_give(bench: Bench, example: Path) -> None:
    models = runpy.run_path(str(EXAMPLE.parent / "models.py"))["metadata"]
    async with bench.runner(models=models) as runner:
        await runner.up()
        assert (await runner.check()).differences == ()
        assert (await runner.auto_migrate()).changes == ()
        await runner.down(all=True)
        await runner.auto_migrate()
        assert (await runner.check()).differences == ()
