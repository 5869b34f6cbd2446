"""The catalog's reader as a whole: what a value does not depend on, and what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate.dialects.postgresql_catalog import read_postgresql
from lockgate.dialects.seam import StatementFailed
from lockgate.nouns.schema import Name, Schema
from postgresql.catalog_bench import has_18, made, made_all, read, session_of

if TYPE_CHECKING:
    from conformance.bench import Database

pytestmark = pytest.mark.asyncio

# Names that want quotes, in an identifier and within a string.
NAMES = [
    ("app", "public2"),
    ("Mixed Case", "sélect"),
    ("select", 'dou"ble'),
    ("it's", "back\\slash"),
]
TOKENS = ("lockgate_shadow_3f2a_1", "lockgate_shadow_3f2a_11")


@pytest.mark.parametrize(("a", "b"), NAMES)
async def test_a_shadow_is_read_as_what_it_stands_for(database: Database, a: str, b: str) -> None:
    await made_all(database, a, b)
    await made_all(database, *TOKENS)
    real = await read(database, a, b)
    shadow = await read(database, *TOKENS, called=dict(zip(TOKENS, (a, b), strict=True)))
    assert len(real.tables) == 7 + 2 * has_18(database)
    assert len(real.views) == 3
    for part in ("tables", "enums", "domains", "sequences", "views", "namespaces"):
        assert getattr(shadow, part) == getattr(real, part)
    assert "lockgate_shadow" not in repr(shadow)


async def test_both_ways_leave_out_what_the_value_calls_by_that_name(database: Database) -> None:
    await made_all(database, "app", "other")
    await made_all(database, *TOKENS)
    out = [Name("app", "parent"), Name("app", "mood"), Name("app", "simple"), Name("other", "Counter's")]
    real = await read(database, "app", "other", leaving_out=out)
    shadow = await read(database, *TOKENS, called=dict(zip(TOKENS, ("app", "other"), strict=True)), leaving_out=out)
    assert shadow == real
    read_names = {*real.tables, *real.enums, *real.views, *real.sequences}
    assert not read_names & {*out, Name("app", "parent_id_seq")}
    assert Name("other", "Child of 'x'") in real.tables


@pytest.mark.parametrize("count", [1, 50])
async def test_the_number_of_queries_is_fixed(database: Database, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    await made(database, "".join(f"CREATE TABLE t{i} (id serial PRIMARY KEY, a text UNIQUE);" for i in range(count)))
    async with session_of(database) as session:
        asked: list[str] = []
        fetch = session.fetch

        async def counted(query: str) -> list[tuple[str | None, ...]]:
            asked.append(query)
            return await fetch(query)

        monkeypatch.setattr(session, "fetch", counted)
        assert len((await read_postgresql(session, ["app"])).tables) == count
        assert len(asked) == 1
        await session.begin(None)
        await session.flush()
        assert len((await read_postgresql(session, ["app"])).tables) == count
        assert len(asked) == 3


AWKWARD = {
    "search_path": "app, other, pg_catalog",
    "DateStyle": "German",
    "IntervalStyle": "iso_8601",
    "TimeZone": "Asia/Kathmandu",
    "extra_float_digits": "-3",
    "bytea_output": "escape",
    "quote_all_identifiers": "on",
}
PLANS = ("enable_hashjoin", "enable_mergejoin", "enable_nestloop", "enable_sort", "enable_indexscan", "enable_material")


async def test_the_sessions_settings_change_nothing(database: Database) -> None:
    await made_all(database, "app", "other")
    await database.execute(
        "ALTER TABLE app.base ADD f float8 DEFAULT 0.1::float8 + 0.2::float8, ADD b bytea DEFAULT '\\x00ff'"
    )
    plain = await read(database, "app", "other")
    assert (
        plain.tables[Name("app", "parent")].columns[9].default == "'2020-02-02 00:02:00+00'::timestamp with time zone"
    )
    async with session_of(database, **AWKWARD, standard_conforming_strings="off") as session:
        assert await read_postgresql(session, ["app", "other"]) == plain


@pytest.mark.parametrize("off", PLANS)
async def test_no_plan_asks_for_a_text_before_the_settings_are_made(database: Database, off: str) -> None:
    await made_all(database, "app", "other")
    plain = await read(database, "app", "other")
    parallel = {"debug_parallel_query" if has_18(database) else "force_parallel_mode": "on", "parallel_setup_cost": "0"}
    async with session_of(database, search_path="app, other", **parallel, **{off: "off"}) as session:
        assert await read_postgresql(session, ["app", "other"]) == plain
    assert "app.mood" in repr(plain)


async def settings_of(session: object) -> list[tuple[str, ...]]:
    names = ", ".join(f"'{name}'" for name in AWKWARD)
    rows: list[tuple[str, ...]] = await session.fetch(  # type: ignore[attr-defined]
        f"SELECT name, current_setting(name), source FROM pg_settings WHERE name IN ({names}) ORDER BY 1"
    )
    return rows


async def test_outside_a_transaction_no_setting_is_left_behind(database: Database) -> None:
    async with session_of(database, **AWKWARD) as session:
        before = await settings_of(session)
        await read_postgresql(session, ["public"])
        assert await settings_of(session) == before
        assert not session.in_transaction


async def test_inside_a_transaction_the_settings_come_back(database: Database) -> None:
    async with session_of(database, search_path="app") as session:
        await session.execute("CREATE SCHEMA app")
        outside = await settings_of(session)
        await session.begin(None)
        await session.submit(['SET search_path = pg_catalog, "it\'s", app', "SET LOCAL TimeZone = 'UTC'"], None)
        await session.submit(["CREATE TABLE app.t (m int DEFAULT 3)"], None)
        await session.flush()
        before = [row[:2] for row in await settings_of(session)]
        value = await read_postgresql(session, ["app"])
        assert list(value.tables) == [Name("app", "t")]
        assert [row[:2] for row in await settings_of(session)] == before
        await session.rollback()
        assert [row[:2] for row in await settings_of(session)] == [row[:2] for row in outside]


async def test_what_a_transaction_has_set_is_committed_as_it_was(database: Database) -> None:
    async with session_of(database) as session:
        await session.driver.execute("BEGIN; SET search_path = app")
        await read_postgresql(session, ["public"])
        await session.driver.execute("COMMIT")
        assert await session.fetch("SELECT current_setting('search_path')") == [("app",)]


async def test_a_failed_reading_leaves_a_transaction_that_can_go_back(database: Database) -> None:
    await made_all(database, "app", "other")
    async with session_of(database, search_path="app") as session:
        await session.driver.execute("BEGIN; SAVEPOINT here; SET LOCAL statement_timeout = '1ms'")
        with pytest.raises(StatementFailed, match="57014"):
            await read_postgresql(session, ["app", "other"])
        await session.driver.execute("ROLLBACK TO here")
        assert await session.fetch("SELECT current_setting('search_path')") == [("app",)]


async def test_a_user_without_rights_reads_the_same(database: Database) -> None:
    await made_all(database, "app", "other")
    full = await read(database, "app", "other")
    name = "nobody_" + database.url.rsplit("_", 1)[1]
    await database.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'; REVOKE ALL ON SCHEMA public FROM PUBLIC")
    try:
        async with session_of(database) as session:
            await session.driver.execute(f"SET SESSION AUTHORIZATION {name}")
            with pytest.raises(StatementFailed, match="permission denied"):
                await session.fetch("SELECT * FROM app.parent")
            assert await read_postgresql(session, ["app", "other"]) == full
    finally:
        await database.execute(f"DROP ROLE {name}")


async def test_of_several_schemas_each_table_is_read_once(database: Database) -> None:
    await database.execute(
        "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (x int); CREATE TABLE b.t (y int, z int)"
    )
    async with session_of(database, search_path="a, b, public") as session:
        value = await read_postgresql(session, ["a", "b", "a", "public"])
    assert {name: len(table.columns) for name, table in value.tables.items()} == {Name("a", "t"): 1, Name("b", "t"): 2}


async def test_only_the_namespaces_that_exist_and_were_asked_for(database: Database) -> None:
    await database.execute("CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE b.t (x int)")
    assert await read(database, "a", "missing", "it's") == Schema(namespaces=frozenset({"a"}))
    async with session_of(database) as session:
        assert await read_postgresql(session, []) == Schema()


async def test_what_belongs_to_an_extension_is_left_out(database: Database) -> None:
    await made(
        database,
        "CREATE EXTENSION citext SCHEMA app; CREATE TABLE own (c citext DEFAULT 'a', s serial);"
        "CREATE TABLE theirs (id serial, i int GENERATED ALWAYS AS IDENTITY); CREATE VIEW theirs_too AS SELECT 1 AS a;"
        "CREATE TYPE their_mood AS ENUM ('a'); CREATE DOMAIN their_code AS text; CREATE SEQUENCE their_numbers",
    )
    for what in ("TABLE theirs", "VIEW theirs_too", "TYPE their_mood", "DOMAIN their_code", "SEQUENCE their_numbers"):
        kind, name = what.split()
        await database.execute(f"ALTER EXTENSION citext ADD {kind} app.{name}")
    value = await read(database)
    assert list(value.tables) == [Name("app", "own")]
    assert list(value.sequences) == [Name("app", "own_s_seq")]
    assert (value.views, value.enums, value.domains) == ({}, {}, {})
    column = value.tables[Name("app", "own")].columns[0]
    assert (column.type, column.default) == ("app.citext", "'a'::app.citext")


async def test_temporary_and_foreign_tables_partitions_and_what_is_theirs_are_left_out(database: Database) -> None:
    async with session_of(database) as session:
        await session.driver.execute(
            "CREATE SCHEMA app; CREATE TEMP TABLE temporary (id serial PRIMARY KEY); CREATE TABLE app.kept (a int);"
            "CREATE TABLE app.parent (at int, id bigint) PARTITION BY LIST (at); CREATE TABLE app.part (at int, id bigserial);"
            "ALTER TABLE app.parent ATTACH PARTITION app.part FOR VALUES IN (1);"
            "CREATE TABLE app.below PARTITION OF app.parent FOR VALUES IN (2) PARTITION BY LIST (at);"
            "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;"
            "CREATE FOREIGN TABLE app.far (a int) SERVER nowhere; CREATE TYPE app.pair AS (a int, b int)"
        )
        own_temporary = await session.fetch("SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema()")
        value = await read_postgresql(session, ["app", own_temporary[0][0]])
    assert set(value.tables) == {Name("app", "kept"), Name("app", "parent")}
    assert not value.sequences


async def test_another_database_with_other_oids_reads_the_same(database: Database, beside: Database) -> None:
    await made_all(database, "app", "other")
    await beside.execute("CREATE TABLE moves_the_oids (id serial PRIMARY KEY)")
    await made_all(beside, "app", "other")
    assert await read(database, "app", "other") == await read(beside, "app", "other")
