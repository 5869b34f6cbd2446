"""What a migration sets for its session reaches neither the next one nor the tracking table."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.bench import arrived, pausing
from lockgate import LockgateError, MigrationFailed

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

LEAKS = {
    "SET search_path": "CREATE SCHEMA other; SET search_path TO other;",
    "SET search_path to nothing": "SET search_path TO '';",
    "set_config": "SELECT set_config('search_path', 'pg_catalog', false);",
    "SET LOCAL": "CREATE SCHEMA other; SET LOCAL search_path TO other;",
    "SET ROLE": "SET ROLE {role};",
    "SET SESSION AUTHORIZATION": "SET SESSION AUTHORIZATION {role};",
    "SET SESSION ROLE": "SET SESSION ROLE {role};",
    "read only by default": "SET default_transaction_read_only = on;",
    "a statement timeout": "SET statement_timeout = 1234;",
    "strings": "SET standard_conforming_strings = off;",
    "a time zone": "SET TIME ZONE 'America/New_York';",
    "several": "SET search_path TO ''; SET ROLE {role}; SET datestyle TO 'SQL, DMY';",
}
_TELL = (
    "INSERT INTO public.seen SELECT current_setting('search_path'), current_user, session_user,"
    " current_setting('statement_timeout'), current_setting('default_transaction_read_only'),"
    " current_setting('TimeZone'), current_setting('standard_conforming_strings'), current_setting('DateStyle');"
)


async def prepare(bench: Bench) -> str:
    """A role that any test may switch to, and where each migration writes down what it sees."""
    name = f"r_{bench.database.url.rsplit('/', 1)[1]}"
    await bench.database.execute(f"CREATE ROLE {name}; GRANT ALL ON SCHEMA public TO {name};")
    await bench.database.execute(
        "CREATE TABLE seen (path text, me text, us text, timeout text, ro text, zone text, strings text, style text)"
    )
    await bench.database.execute(f"GRANT ALL ON seen TO {name};")
    return name


async def clean_up(bench: Bench, role: str) -> None:
    await bench.database.execute(f"DROP OWNED BY {role}; DROP ROLE {role};")


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("kind", ["sql", "python", "steps", "fails", "fails in python"])
async def test_a_setting_does_not_reach_the_next_migration(bench: Bench, leak: str, kind: str) -> None:
    role = await prepare(bench)
    text = LEAKS[leak].format(role=role)
    bench.files.write("001_before.sql", _TELL)
    if kind.startswith("fails"):
        text += "SELECT nope;"
    if kind in {"python", "fails in python"}:
        bench.files.python("002_sets.py", f"await self.db.execute({text!r})")
    elif kind == "steps":
        bench.files.write("002_sets.sql", f"-- migrate:up transaction:false\n{text}")
    else:
        bench.files.write("002_sets.sql", text)
    bench.files.write("003_after.sql", _TELL)
    bench.files.python("004_after.py", f"await self.db.execute({_TELL!r})")
    try:
        async with bench.runner() as runner:
            if kind.startswith("fails"):
                with pytest.raises(MigrationFailed, match="nope"):
                    await runner.up()
                for name in ("002_sets.py", "002_sets.sql"):
                    (bench.files.folder / name).unlink(missing_ok=True)
            await runner.up()
            assert (await runner.status()).state == "current"
            assert (await runner.up()).migrations == ()
        seen = await bench.database.rows("SELECT * FROM seen")
        assert len(seen) == 3
        assert set(seen) == {seen[0]}
        assert (await bench.database.rows("SELECT count(*) FROM public.schema_migrations"))[0][0] >= 3
        assert (
            await bench.database.rows(
                "SELECT 1 FROM pg_class WHERE relname = 'schema_migrations' AND relnamespace <> 'public'::regnamespace"
            )
            == []
        )
    finally:
        await clean_up(bench, role)


async def test_a_dump_that_empties_the_search_path_is_recorded_in_the_right_place(bench: Bench) -> None:
    bench.files.write(
        "001_dump.sql",
        """
        SELECT pg_catalog.set_config('search_path', '', false);
        SET row_security = off;
        CREATE TABLE public.a (id integer);
        """,
    )
    bench.files.write("002_b.sql", "CREATE TABLE b (id integer);")
    assert await bench.up() == ["001_dump.sql", "002_b.sql"]
    assert await bench.database.tables() == {"a", "b"}


async def test_the_urls_search_path_says_where_everything_is(bench: Bench) -> None:
    await bench.database.execute("CREATE SCHEMA app")
    url = f"{bench.database.url}?options=-csearch_path%3Dapp"
    bench.files.tables(1)
    bench.files.write("002_sets.sql", "SET search_path TO public; CREATE TABLE elsewhere (id integer);")
    bench.files.table(3)
    async with bench.runner(url) as runner:
        assert len((await runner.up()).names) == 3
        assert (await runner.up()).migrations == ()
    where = await bench.database.rows(
        "SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid "
        "= relnamespace WHERE relkind = 'r' AND nspname IN ('app', 'public') ORDER BY 1"
    )
    assert [row[0] for row in where] == ["app.schema_migrations", "app.t1", "app.t3", "public.elsewhere"]


async def test_two_applications_in_two_schemas_of_one_database_do_not_wait_for_each_other(bench: Bench) -> None:
    await bench.database.execute("CREATE SCHEMA one; CREATE SCHEMA two;")
    pauses, reached, go = pausing()
    urls = [f"{bench.database.url}?options=-csearch_path%3D{schema}" for schema in ("one", "two")]
    async with bench.runner(urls[0], migrations=[("001_p", pauses)]) as one:
        running = asyncio.create_task(one.up())
        await arrived(reached, running)
        bench.files.tables(1)
        async with bench.runner(urls[1], lock_timeout=0.2) as two:
            assert (await two.up()).names == ("001_t1.sql",)
        go.set()
        await running


async def test_a_search_path_that_names_no_schema_is_a_clear_error(bench: Bench) -> None:
    bench.files.tables(1)
    async with bench.runner(f"{bench.database.url}?options=-csearch_path%3Dnowhere") as runner:
        with pytest.raises(LockgateError, match="names no schema that exists") as raised:
            await runner.up()
        assert "LOCKGATE_TABLE" in raised.value.hint
    assert await bench.database.tables() == set()
