"""Taking a history over: what is refused, what is said, and what goes on afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio
import pytest

from adopt.tools import DBMATE, FLYWAY, GOLANG_MIGRATE, GOOSE, SQLX, engine_of, up
from lockgate import GateClosed, HistoryError, SettingsError

if TYPE_CHECKING:
    from adopt.tools import Case
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.mark.parametrize("case", [GOLANG_MIGRATE, DBMATE], ids=lambda case: case.tool)
async def test_a_clash_of_names_says_what_to_type(case: Case, bench: Bench) -> None:
    await case.set_up(bench)
    async with bench.runner() as runner:
        for call in (runner.adopt, runner.up):
            with pytest.raises(HistoryError, match="is not Lockgate's") as raised:
                await call()
            assert "`lockgate adopt --table lockgate_migrations`" in raised.value.hint
            assert "LOCKGATE_TABLE=lockgate_migrations" in raised.value.hint


@pytest.mark.parametrize(
    ("case", "spoils"),
    [
        (GOLANG_MIGRATE, "UPDATE schema_migrations SET dirty = true"),
        (FLYWAY, "UPDATE flyway_schema_history SET success = false WHERE installed_rank = 2"),
        (SQLX, "UPDATE _sqlx_migrations SET success = false WHERE version = 2"),
    ],
    ids=["golang-migrate", "flyway", "sqlx"],
)
async def test_a_migration_that_failed_half_way_is_refused(case: Case, spoils: str, bench: Bench) -> None:
    await case.set_up(bench)
    await bench.database.execute(spoils)
    async with bench.runner(table=case.into) as runner:
        with pytest.raises(HistoryError, match="has 2 as failed half-way"):
            await runner.adopt(force=True)
        assert not (await runner.history()).exists


async def test_files_that_were_edited_since_are_said_and_taken_as_they_are(bench: Bench) -> None:
    await FLYWAY.set_up(bench)
    bench.files.write("V2__t2.sql", f"{up(2)}-- edited\n")
    async with bench.runner() as runner:
        report = await runner.adopt()
        assert [(one.kind, one.name) for one in report.problems] == [("edited", "V2__t2.sql")]
        assert report.names == FLYWAY.names[:2]
        assert (await runner.status()).problems == ()


async def test_a_table_of_another_name_in_another_schema_is_named(bench: Bench) -> None:
    await GOOSE.set_up(bench)
    schema = {"postgresql": "old", "sqlite": "main"}.get(engine_of(bench))
    if schema is None:
        ((schema,),) = await bench.database.rows("SELECT DATABASE()")
    if schema == "old":
        await bench.database.execute("CREATE SCHEMA old; ALTER TABLE goose_db_version SET SCHEMA old")
    rename = 'ALTER TABLE old.goose_db_version RENAME TO "Versions"' if schema == "old" else ""
    await bench.database.execute(rename or "ALTER TABLE goose_db_version RENAME TO Versions")
    async with bench.runner() as runner:
        with pytest.raises(HistoryError, match="No history of another tool's was found"):
            await runner.adopt()
        report = await runner.adopt(table=f"{schema}.Versions")
        assert (report.tool, report.table, report.names) == ("goose", f"{schema}.Versions", GOOSE.names[:2])


async def test_what_is_half_adopted_is_taken_up(bench: Bench) -> None:
    await GOOSE.set_up(bench)
    async with bench.runner() as runner:
        await runner.adopt()
        await bench.database.execute("DELETE FROM schema_migrations WHERE name = '00001_t1.sql'")
        report = await runner.adopt()
    assert (report.names, report.batch_no) == (("00001_t1.sql",), 2)
    assert await bench.recorded() == [("00002_t2.sql", 1), ("00001_t1.sql", 2)]


async def test_two_at_once_adopt_once(bench: Bench) -> None:
    await GOOSE.set_up(bench)

    async def adopt() -> None:
        async with bench.runner() as runner:
            await runner.adopt()

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(adopt)
    assert await bench.recorded() == [("00001_t1.sql", 1), ("00002_t2.sql", 1)]


async def test_a_migration_may_go_on_to_touch_the_old_tools_table(bench: Bench) -> None:
    await GOOSE.set_up(bench)
    text = "-- +goose Up\nALTER TABLE goose_db_version ADD COLUMN note VARCHAR(9);\nDELETE FROM goose_db_version;\n"
    bench.files.write("00003_t3.sql", text)
    async with bench.runner() as runner:
        await runner.adopt()
        assert (await runner.up()).names == ("00003_t3.sql",)
        assert (await runner.status()).state == "current"
        again = await runner.adopt()
    assert (again.changed, again.problems) == (False, ())


async def test_it_needs_a_table_that_is_there_only_where_a_stub_makes_one(bench: Bench) -> None:
    """Where the old tool has never been, a stub stands for its table, and there is nothing to adopt."""
    bench.files.write("00000_stub.sql", f"-- +goose Up\n{GOOSE.made[engine_of(bench)]};\n")
    bench.files.write("00001_touches.sql", "-- +goose Up\nDELETE FROM goose_db_version;\n")
    async with bench.runner() as runner:
        assert (await runner.up()).names == ("00000_stub.sql", "00001_touches.sql")
        assert (await runner.adopt()).changed is False


@ON_SQLITE
async def test_it_is_gated_like_every_change_of_the_record(bench: Bench) -> None:
    await GOOSE.set_up(bench)
    async with bench.runner(environment="production") as runner:
        assert (await runner.adopt(dry_run=True)).names == GOOSE.names[:2]
        with pytest.raises(GateClosed):
            await runner.adopt()
        assert (await runner.adopt(force=True)).names == GOOSE.names[:2]


@ON_SQLITE
async def test_what_is_said_of_the_origin_has_to_be_so(bench: Bench) -> None:
    await GOOSE.set_up(bench)
    async with bench.runner() as runner:
        with pytest.raises(SettingsError, match="No tool 'yoyo'") as raised:
            await runner.adopt(tool="yoyo")
        assert "goose" in raised.value.hint
        with pytest.raises(HistoryError, match=re.escape("no table __diesel_schema_migrations with diesel's columns")):
            await runner.adopt(tool="diesel")
        assert (await runner.adopt(tool="GOOSE")).tool == "goose"


@ON_SQLITE
async def test_where_there_is_no_database_yet_nothing_is_made(bench: Bench) -> None:
    GOOSE.write(bench)
    async with bench.runner() as runner:
        with pytest.raises(HistoryError, match="No history of another tool's was found"):
            await runner.adopt()
    assert await bench.database.rows("SELECT 1") == []
