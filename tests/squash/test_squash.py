"""A prefix of the files becomes one that gives the same, rows and all; databases that had the old files stay valid."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from conformance.bench import SqliteDatabase
from lockgate import HistoryError, Irreversible, LockgateError, Runner, SettingsError
from lockgate.generating.baselining import baseline
from lockgate.generating.squashing import Squash, squash
from lockgate.urls.database_url import DatabaseUrl
from servers import installed_bin, version_of
from squash.conftest import QUERIES, settings, write_history

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conformance.bench import Bench, Database
    from lockgate.settings.conclusions import Conclusions

pytestmark = pytest.mark.asyncio
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def _held(database: Database) -> list[object]:
    return [await database.catalog(), *[await database.rows(one) for one in QUERIES[database.engine.split("-")[0]]]]


def _replace(bench: Bench, made: Squash) -> None:
    for source in made.replaced:
        bench.files.remove(source.name)
    bench.files.write(made.name, made.text)


async def test_a_baseline_gives_what_the_files_gave(bench: Bench, beside: Database) -> None:
    names = write_history(bench.files, bench.database.engine)
    late = bench.files.table(5)
    await bench.up()

    made = await squash(settings(bench), "4")
    assert (made.name, [one.name for one in made.replaced]) == ("004_baseline.sql", names)
    _replace(bench, made)

    async with bench.runner() as runner:
        status = await runner.status()
    assert (status.state, status.pending, status.problems) == ("current", (), ())
    assert await bench.up() == []
    async with bench.runner(beside.url) as runner:
        assert (await runner.up()).names == ("004_baseline.sql", late)
        assert await _held(beside) == await _held(bench.database)

        # What comes later is the same for both, there and back.
        after = bench.files.table(6)
        assert (await runner.up()).names == tuple(await bench.up()) == (after,)
        assert (await runner.down(to="4")).names == (after, late)
        with pytest.raises(Irreversible):
            await runner.down(steps=1)
    assert await bench.down(to="4") == [after, late]
    with pytest.raises(Irreversible, match=r"004_baseline\.sql replaced them"):
        await bench.down(steps=1)
    assert await bench.names() == names
    assert await _held(beside) == await _held(bench.database)


@on_sqlite
async def test_pairs_that_pass_for_another_tools_are_squashed_when_they_are_said_to_be_ours(bench: Bench) -> None:
    bench.files.write("001_a.up.sql", "CREATE TABLE a (id INTEGER);")
    bench.files.write("002_b.up.sql", "CREATE TABLE b (id INTEGER);")
    await bench.up()
    with pytest.raises(SettingsError, match="the rules of golang-migrate") as refused:
        await squash(settings(bench))
    assert "--layout lockgate" in refused.value.hint
    assert (await squash(settings(bench, layout="lockgate"))).name == "002_baseline.sql"


@on_sqlite
async def test_other_tools_files_stay_or_one_begins_anew(bench: Bench) -> None:
    bench.files.write("00001_a.sql", "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n")
    bench.files.write("00002_b.go", "package migrations")
    await bench.up(to="1")
    with pytest.raises(SettingsError, match="the rules of goose") as refused:
        await squash(settings(bench))
    assert "`lockgate baseline`" in refused.value.hint
    assert "--layout" not in refused.value.hint  # Lockgate would run its Down as well
    for path in bench.files.folder.iterdir():
        path.unlink()
    await bench.database.execute("DELETE FROM schema_migrations")
    assert "CREATE TABLE a" in (await baseline(settings(bench), "anew")).text


@on_sqlite
async def test_a_database_with_some_of_them_is_told_what_to_do(bench: Bench, beside: Database) -> None:
    names = bench.files.tables(3)
    async with bench.runner(beside.url) as runner:
        await runner.up(to="2")
    await bench.up()
    _replace(bench, await squash(settings(bench)))
    async with bench.runner(beside.url) as runner:
        with pytest.raises(HistoryError, match=f"{names[2]} not") as refused:
            await runner.up()
        assert "the release before" in refused.value.hint
        assert (await runner.status()).state == "diverged"


@on_sqlite
async def test_a_baseline_is_replaced_in_its_turn(bench: Bench, beside: Database, tmp_path: Path) -> None:
    names = bench.files.tables(3)
    await bench.up()
    _replace(bench, await squash(settings(bench)))
    async with bench.runner(beside.url) as runner:  # has the first baseline and nothing that it replaced
        names.append(bench.files.table(4))
        assert (await runner.up()).names == ("003_baseline.sql", names[3])
        await bench.up()
        made = await squash(settings(bench))
        _replace(bench, made)
        assert [one.name for one in made.replaced] == ["003_baseline.sql", names[3]]
        assert (await runner.status()).state == "current"
    assert await bench.up() == []
    async with bench.runner(f"sqlite:///{tmp_path / 'new.db'}") as runner:
        assert (await runner.plan()).migrations[0].name == "004_baseline.sql"


@on_sqlite
async def test_what_cannot_be_squashed_is_refused_and_nothing_is_touched(bench: Bench) -> None:
    names = bench.files.tables(2)
    with pytest.raises(SettingsError, match="nothing to replace"):
        await squash(settings(bench))
    await bench.up(to="1")
    with pytest.raises(HistoryError, match=f"{names[1]} is not applied"):
        await squash(settings(bench), "2")
    await bench.up()
    (bench.files.folder / names[0]).write_text("SELECT 1")
    with pytest.raises(HistoryError, match="edited"):
        await squash(settings(bench))
    assert {path.name for path in bench.files.folder.iterdir()} == set(names)


async def test_a_folder_that_does_not_run_from_empty_is_said(bench: Bench) -> None:
    await bench.database.execute("CREATE TABLE stands (id integer)")
    bench.files.write("001_needs.sql", "ALTER TABLE stands ADD COLUMN said text")
    bench.files.table(2)
    await bench.up()
    with pytest.raises(LockgateError, match=r"do not run on an empty database.*stands"):
        await squash(settings(bench))


async def test_a_closed_environment_makes_no_scratch_of_its_own(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up()
    closed = settings(bench, environment="production")
    if bench.database.engine == "sqlite":
        assert (await squash(closed)).name == "002_baseline.sql"
        return
    with pytest.raises(SettingsError, match="Outside development and test"):
        await squash(closed)
    closed = settings(bench, environment="production", scratch_url=bench.database.url)
    assert (await squash(closed)).name == "002_baseline.sql"


async def test_without_a_pg_dump_that_does_it_says_what_to_install(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    if bench.database.engine == "sqlite":
        pytest.skip("SQLite needs no program")
    bench.files.tables(2)
    await bench.up()
    older = installed_bin()
    for path, said in (("", "pg_dump is not on the PATH"), (older, "server version mismatch")):
        if path is None or (path and bench.database.engine.endswith(version_of(older))):
            continue
        monkeypatch.setenv("PATH", str(path))
        with pytest.raises(SettingsError, match=said) as refused:
            await squash(settings(bench))
        assert "of the server's version or a newer one" in refused.value.hint


@on_sqlite
async def test_a_baseline_that_gives_something_else_is_not_given(bench: Bench, tmp_path: Path) -> None:
    bench.files.tables(2)
    await bench.up()
    places = iter(("first", "second"))

    @asynccontextmanager
    async def place(_config: Conclusions) -> AsyncIterator[DatabaseUrl]:
        path = tmp_path / f"{next(places)}.db"
        if path.name == "second.db":
            await SqliteDatabase(path).execute("CREATE TABLE extra (id INTEGER); INSERT INTO extra VALUES (7)")
        yield DatabaseUrl(f"sqlite:///{path}")

    with pytest.raises(LockgateError, match="nothing was written") as refused:
        await squash(settings(bench), place=place)
    for said in ("it has CREATE TABLE extra", 'it has INSERT INTO "extra"', "table main.extra: drop"):
        assert said in refused.value.message


@on_sqlite
async def test_what_cannot_be_read_back_is_refused(bench: Bench) -> None:
    bench.files.write("001_index.sql", "CREATE VIRTUAL TABLE words USING fts5(body, content='')")
    bench.files.table(2)
    await bench.up()
    with pytest.raises(SettingsError, match="rows of words cannot be written down"):
        await squash(settings(bench))


@on_sqlite
async def test_no_runner_runs_a_baseline_twice(bench: Bench) -> None:
    """One that starts while files are replaced sees both, or one of them, and never runs what is there."""
    bench.files.tables(2)
    await bench.up()
    made = await squash(settings(bench))
    bench.files.write(made.name, made.text)
    async with Runner(bench.database.url, directory=bench.files.folder) as runner:
        with pytest.raises(SettingsError, match="Two migrations have the number 2"):
            await runner.up()
