"""A database that never had migrations gets its first one, without its rows, and is on record with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import SettingsError
from lockgate.generating.baselining import baseline
from lockgate.generating.squashing import squash
from lockgate.settings.values import Settings
from squash.conftest import settings, write_history

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Bench, Database

pytestmark = pytest.mark.asyncio


async def test_it_gives_the_schema_and_no_row(bench: Bench, beside: Database, tmp_path: Path) -> None:
    write_history(bench.files, bench.database.engine)
    await bench.up()
    for name in [path.name for path in bench.files.folder.iterdir()]:
        bench.files.remove(name)
    await bench.database.execute("DROP TABLE schema_migrations")

    made = await baseline(settings(bench), "What there was")
    assert made.name == "001_what_there_was.sql"
    assert "by Python" not in made.text
    assert "setval" not in made.text
    assert "GRANT" not in made.text
    bench.files.write(made.name, made.text)
    async with bench.runner(beside.url) as runner:
        assert (await runner.up()).names == (made.name,)
    assert await beside.catalog() == await bench.database.catalog()
    assert await beside.rows("SELECT * FROM made") == []
    with pytest.raises(SettingsError, match="There are migrations"):
        await baseline(settings(bench), "again")
    with pytest.raises(SettingsError, match="migrations on record"):
        await baseline(settings(bench, database_url=beside.url, directory=tmp_path / "other"), "again")


async def test_engines_without_one_are_refused_before_anything_is_asked() -> None:
    config = Settings.of({"database_url": "mariadb://nobody@127.0.0.1:1/none"})
    for made, instead in ((squash(config), "`lockgate repair` forgets"), (baseline(config, "baseline"), "--no-data")):
        with pytest.raises(SettingsError, match="PostgreSQL and SQLite only so far") as caught:
            await made
        assert instead in caught.value.hint


async def test_an_empty_database_has_nothing_to_begin_with(bench: Bench) -> None:
    with pytest.raises(SettingsError, match="is empty"):
        await baseline(settings(bench), "baseline")
