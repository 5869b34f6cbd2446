"""Migrations given as a list of names and classes."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import textwrap
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lockgate import HistoryError, Irreversible, Migration, MigrationFileError, Runner, SettingsError

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


class CreateA(Migration):
    async def up(self) -> None:
        await self.db.create_table("a", sa.Column("id", sa.Integer, primary_key=True))

    async def down(self) -> None:
        await self.db.drop_table("a")


class CreateB(Migration):
    async def up(self) -> None:
        await self.db.execute("CREATE TABLE b (id INTEGER)")


class NotOurs:
    """A class that only follows the protocol."""

    done: tuple[str, ...] = ()

    async def up(self) -> None:
        type(self).done += ("up",)

    async def down(self) -> None:
        type(self).done += ("down",)


class TakesDatabase:
    def __init__(self, db: object) -> None:
        self.db = db

    async def up(self) -> None:
        await self.db.execute("CREATE TABLE c (id INTEGER)")  # type: ignore[attr-defined]


async def test_a_list_is_run_in_the_order_of_its_numbers_and_its_names_are_kept(bench: Bench) -> None:
    listed = [("002_create_b", CreateB), ("001_create_a.py", CreateA)]
    async with bench.runner(migrations=listed) as runner:
        assert (await runner.up()).names == ("001_create_a.py", "002_create_b")
        assert (await runner.up()).migrations == ()
        with pytest.raises(Irreversible, match="002_create_b"):
            await runner.down()
        hashes = [row.hash for row in (await runner.history()).rows]
    text = textwrap.dedent(inspect.getsource(CreateA))
    assert hashes[0] == hashlib.sha256(text.encode()).hexdigest()
    assert await bench.database.tables() == {"a", "b"}
    async with bench.runner(migrations=listed[1:]) as runner:
        assert (await runner.status()).state == "ahead"


async def test_a_class_that_changed_is_an_edited_migration(bench: Bench) -> None:
    async with bench.runner(migrations=[("001_a.py", CreateA)]) as runner:
        await runner.up()
    async with bench.runner(migrations=[("001_a.py", CreateB)]) as runner:
        with pytest.raises(HistoryError, match="edited"):
            await runner.up()


async def test_a_class_need_not_be_a_subclass(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NotOurs, "done", ())
    async with bench.runner(migrations=[("001_a", NotOurs), ("002_b", TakesDatabase)]) as runner:
        await runner.up()
        await runner.status()
    async with bench.runner(migrations=[("001_a", NotOurs)]) as runner:
        await bench.database.execute("DELETE FROM schema_migrations WHERE name = '002_b'")
        await runner.down()
    assert NotOurs.done == ("up", "down")
    assert await bench.database.tables() == {"c"}


@pytest.mark.parametrize(
    "name", ["001_" + "x" * 296, "001_" + "ä" * 296, "001_☃_日本語_🚀.py", "001", "1-a b.py", "0" * 99 + "1"]
)
async def test_long_and_foreign_names_are_kept_whole(bench: Bench, name: str) -> None:
    async with bench.runner(migrations=[(name, CreateA)]) as runner:
        assert (await runner.up()).names == (name,)
        assert (await runner.status()).state == "current"
        assert await bench.names() == [name]
        assert (await runner.down()).names == (name,)


@pytest.mark.parametrize("length", [300, 512])
async def test_a_long_name_in_a_migration_that_keeps_steps(bench: Bench, length: int) -> None:
    class Stepwise(Migration):
        transactional = False

        async def up(self) -> None:
            await self.db.execute("CREATE TABLE a (id INTEGER)")

    name = "1_" + "x" * (length - 2)
    async with bench.runner(migrations=[(name, Stepwise)]) as runner:
        assert (await runner.up()).names == (name,)


@pytest.mark.parametrize(
    ("migrations", "error"),
    [
        ([("no_number", CreateA)], MigrationFileError),
        ([("001_a", CreateA), ("1_b", CreateB)], MigrationFileError),
        ([("1_" + "x" * 511, CreateA)], MigrationFileError),
        ([CreateA], SettingsError),
        ([("001_a", "CreateA")], SettingsError),
        ([("001_a", type("Made", (Migration,), {}))], SettingsError),
    ],
)
async def test_a_bad_list_is_refused(bench: Bench, migrations: list[object], error: type[Exception]) -> None:
    async with bench.runner(migrations=migrations) as runner:
        with pytest.raises(error):
            await runner.up()
    assert await bench.recorded() == []


async def test_an_empty_list_is_nothing_to_do(bench: Bench) -> None:
    async with bench.runner(migrations=[]) as runner:
        assert (await runner.up()).migrations == ()


async def test_two_runners_of_one_process_work_on_two_databases_at_once(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    met = asyncio.Barrier(2)

    class Meets(Migration):
        async def up(self) -> None:
            await self.db.execute("CREATE TABLE met (id INTEGER)")
            await self.db.scalar("SELECT 1")
            await met.wait()

    other = tmp_path_factory.mktemp("other") / "other.db"
    async with (
        bench.runner(migrations=[("001_m", Meets)]) as one,
        Runner(f"sqlite:///{other}", migrations=[("001_m", Meets)]) as two,
    ):
        reports = await asyncio.wait_for(asyncio.gather(one.up(), two.up()), 20)
        assert [report.names for report in reports] == [("001_m",)] * 2
        assert (await two.status()).state == "current"
    assert await bench.database.tables() == {"met"}
