"""`self.db.auto_migrate(Model)`: within the migration's transaction, for the tables that are named."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from conformance.bench import PostgresDatabase
from lockgate import Migration, MigrationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.bench import Bench
    from lockgate.nouns.reports import RunReport

pytestmark = pytest.mark.asyncio
OF_MODELS = True


def users(*columns: sa.Column[Any]) -> sa.Table:
    """A table, beside another that nobody asks for."""
    metadata = sa.MetaData()
    size = sa.Enum("small", "large", name="size")
    sa.Table("others", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("size", size))
    mood = sa.Enum("calm", "cross", name="mood")
    return sa.Table(
        "users", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("mood", mood, index=True), *columns
    )


def follows(*models: Any, then: str = "", reports: list[Any] | None = None) -> type[Migration]:
    class Follows(Migration):
        async def up(self) -> None:
            report = await self.db.auto_migrate(*models)
            if reports is not None:
                reports.append(report)
            if then:
                await self.db.execute(then)

        async def down(self) -> None:
            await self.db.drop_table("users")

    return Follows


async def up(bench: Bench, *migrations: type[Migration], **settings: Any) -> RunReport:
    named = [(f"{place:03}_follow.py", one) for place, one in enumerate(migrations, 1)]
    async with bench.runner(migrations=named, **settings) as runner:
        return await runner.up(force=True)


def added(report: Any) -> Sequence[tuple[str, str]]:
    return [(one.kind, one.name) for one in report.changes]


async def test_it_makes_the_table_that_is_named_and_no_other(bench: Bench) -> None:
    reports: list[Any] = []
    await up(bench, follows(users(), reports=reports))
    assert await bench.database.tables() == {"users"}
    if bench.database.is_postgresql:
        assert await bench.database.rows("SELECT typname FROM pg_type WHERE typtype = 'e'") == [("mood",)]
    assert ("table", "users") in added(reports[0])
    assert reports[0].left == ()
    await bench.database.execute("INSERT INTO users (mood) VALUES ('calm')")


async def test_it_adds_what_is_missing_and_keeps_the_rows(bench: Bench) -> None:
    await up(bench, follows(users()))
    await bench.database.execute("INSERT INTO users (mood) VALUES ('calm'); CREATE TABLE others (a INTEGER)")
    reports: list[Any] = []
    more = users(sa.Column("age", sa.Integer, index=True))
    await up(bench, follows(users()), follows(more, reports=reports))
    assert ("column", "users.age") in added(reports[0])
    assert await bench.database.rows("SELECT id, mood, age FROM users") == [(1, "calm", None)]
    assert await bench.database.rows("SELECT a FROM others") == []


async def test_a_second_time_it_finds_nothing(bench: Bench) -> None:
    reports: list[Any] = []
    await up(bench, follows(users()), follows(users(), reports=reports))
    assert (reports[0].changes, reports[0].statements, reports[0].left) == ((), (), ())


async def test_what_it_leaves_is_in_the_report(bench: Bench) -> None:
    reports: list[Any] = []
    wider = users(sa.Column("age", sa.Integer))
    await up(bench, follows(wider), follows(users(), reports=reports))
    assert [(one.kind, one.name) for one in reports[0].left] == [("column", "users.age")]
    assert await bench.database.rows("SELECT age FROM users") == []


@pytest.mark.parametrize("present", [False, True])
async def test_it_is_undone_with_the_migration(bench: Bench, *, present: bool) -> None:
    before: list[type[Migration]] = [follows(users())] if present else []
    if present:
        await up(bench, *before)
    catalog = await bench.database.catalog()
    more = users(sa.Column("age", sa.Integer, index=True))
    with pytest.raises(MigrationFailed):
        await up(bench, *before, follows(more, then="INSERT INTO nowhere VALUES (1)"))
    assert await bench.database.catalog() == catalog
    assert len(await bench.names()) == len(before)


async def test_within_a_savepoint_it_is_undone_with_that(bench: Bench) -> None:
    class Twice(Migration):
        async def up(self) -> None:
            with suppress(ZeroDivisionError):
                async with self.db.savepoint():
                    await self.db.auto_migrate(users(sa.Column("age", sa.Integer)))
                    raise ZeroDivisionError
            async with self.db.savepoint():
                await self.db.auto_migrate(users())
                await self.db.auto_migrate(users(sa.Column("name", sa.Text)))

        async def down(self) -> None:
            await self.db.drop_table("users")

    await up(bench, Twice)
    columns = await bench.database.rows("SELECT * FROM users LEFT JOIN (SELECT 1 AS one) o ON true")
    assert columns == []
    await bench.database.execute("INSERT INTO users (name) VALUES ('x')")
    with pytest.raises(Exception, match="age"):
        await bench.database.execute("INSERT INTO users (age) VALUES (1)")


async def test_beside_verbs_in_any_order(bench: Bench) -> None:
    class Mixed(Migration):
        async def up(self) -> None:
            await self.db.create_table("users", sa.Column("id", sa.Integer, primary_key=True))
            await self.db.auto_migrate(users())
            await self.db.add_column("users", sa.Column("extra", sa.Integer))
            await self.db.execute("INSERT INTO users (extra, mood) VALUES (1, 'calm')")

        async def down(self) -> None:
            await self.db.drop_table("users")

    await up(bench, Mixed)
    assert await bench.database.rows("SELECT extra, mood FROM users") == [(1, "calm")]


async def test_without_a_transaction_it_refuses(bench: Bench) -> None:
    class Outside(follows(users())):  # type: ignore[misc]
        transactional = False

    with pytest.raises(MigrationFailed, match="no transaction"):
        await up(bench, Outside)
    assert await bench.database.tables() == set()


async def test_a_replay_follows_the_model_of_today(bench: Bench) -> None:
    await up(bench, follows(users()))
    async with bench.runner(migrations=[("001_follow.py", follows(users()))]) as runner:
        await runner.down()
        assert await bench.database.tables() == set()
    if bench.database.is_postgresql:
        await bench.database.execute("DROP TYPE mood")
    await up(bench, follows(users(sa.Column("age", sa.Integer))))
    assert await bench.database.rows("SELECT age FROM users") == []


async def test_a_closed_environment_makes_what_is_missing_and_knows_what_is_equal(bench: Bench) -> None:
    reports: list[Any] = []
    migrations = [follows(users()), follows(users(), reports=reports)]
    await up(bench, *migrations, environment="production")
    assert reports[0].statements == ()
    assert await bench.database.tables() == {"users"}


async def test_a_closed_environment_compares_on_the_scratch_url(bench: Bench, beside: Any) -> None:
    await up(bench, follows(users()), environment="production")
    more = follows(users(sa.Column("age", sa.Integer)))
    if isinstance(bench.database, PostgresDatabase):
        with pytest.raises(MigrationFailed, match="LOCKGATE_SCRATCH_URL"):
            await up(bench, follows(users()), more, environment="production")
    await up(bench, follows(users()), more, environment="production", scratch_url=beside.url)
    assert await bench.database.rows("SELECT age FROM users") == []
    assert await beside.tables() == set()
