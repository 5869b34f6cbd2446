"""What a test does to its database is taken back to the last row and number, or else the database is not used again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import pytest_asyncio

from lockgate import MigrationConfig
from lockgate.testing.content import content_digest
from lockgate.testing.postgresql.copy import Baseline, Copy
from lockgate.testing.postgresql.server import Server
from lockgate.testing.postgresql.template import Template
from servers import demanded_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Files
    from servers import Servers

_SCHEMA = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE people (id serial PRIMARY KEY, name text UNIQUE, boss int REFERENCES people DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE pets (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner int REFERENCES people ON DELETE CASCADE);
CREATE TABLE kinds (id serial PRIMARY KEY, name text);
INSERT INTO kinds (name) VALUES ('cat'), ('dog');
CREATE TABLE log (said text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (TG_OP); RETURN NULL; END $$;
CREATE TRIGGER noting AFTER INSERT OR DELETE ON pets EXECUTE FUNCTION note();
CREATE TABLE days (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE days_of_2024 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE UNLOGGED TABLE quick (n int);
CREATE TABLE emptied (n int);
INSERT INTO emptied VALUES (1);
DELETE FROM emptied;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM kinds;
CREATE UNIQUE INDEX ON counted (count);
CREATE SCHEMA "Odd p'lace";
CREATE TABLE "Odd p'lace"."It""s" (n serial);
ALTER TABLE kinds ENABLE ROW LEVEL SECURITY;
ALTER TABLE kinds FORCE ROW LEVEL SECURITY;
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET app.kind = ''it''''s''', current_database());
    EXECUTE format('ALTER DATABASE %I SET search_path = public, "Odd p''lace"', current_database());
END $$;
"""

_TAKEN_BACK = {
    "nothing": "SELECT count(*) FROM kinds",
    "rows": "INSERT INTO people (name) VALUES ('a'), ('b')",
    "rows-that-refer": "INSERT INTO people (name, boss) VALUES ('a', 1), ('b', 1); INSERT INTO pets (owner) VALUES (1), (2)",
    "rows-undone": "BEGIN; INSERT INTO people (name) VALUES ('a'); ROLLBACK",
    "rows-changed-and-deleted": "INSERT INTO people (name) VALUES ('a'), ('b'); UPDATE people SET name = 'c' WHERE id = 2;"
    " DELETE FROM people WHERE id = 1",
    "rows-beside-others": "INSERT INTO kinds (name) VALUES ('bird')",
    "rows-that-cascade": "INSERT INTO people (name) VALUES ('a'); INSERT INTO pets (owner) VALUES (1); DELETE FROM people",
    "rows-of-partitions": "INSERT INTO days VALUES ('2024-05-01', 1), ('2024-06-01', 2)",
    "rows-of-an-unlogged-table": "INSERT INTO quick VALUES (1)",
    "rows-where-some-were": "INSERT INTO emptied VALUES (2)",
    "rows-locked": "BEGIN; SELECT * FROM kinds FOR UPDATE; COMMIT",
    "many-rows": "INSERT INTO people (name) SELECT 'n' || n FROM generate_series(1, 5000) n",
    "an-odd-name": """INSERT INTO "Odd p'lace"."It""s" DEFAULT VALUES""",
    "numbers-given-out": "SELECT nextval('people_id_seq'), nextval('kinds_id_seq')",
    "numbers-set": "SELECT setval('kinds_id_seq', 1, false), setval('people_id_seq', 40, false)",
    "a-temporary-table": "CREATE TEMPORARY TABLE t (n int); INSERT INTO t VALUES (1)",
    "settings-of-the-session": "SET search_path = 'nowhere'; SELECT pg_advisory_lock(7)",
    "statistics": "ANALYZE; INSERT INTO log VALUES ('x'); ANALYZE log",
    "a-vacuum": "VACUUM kinds, people",
    "ddl-undone": "BEGIN; DROP TABLE people CASCADE; ROLLBACK",
}
_ON_DATABASE = "DO $$ BEGIN EXECUTE format('{}', current_database()); END $$"
_NOT_USED_AGAIN = {
    "a-row-changed": "UPDATE kinds SET name = 'cow' WHERE id = 1",
    "a-row-changed-and-back": "UPDATE kinds SET name = name",
    "a-row-deleted": "DELETE FROM kinds WHERE id = 1",
    "a-row-replaced": "DELETE FROM kinds WHERE id = 2; INSERT INTO kinds VALUES (2, 'dog')",
    "truncate": "TRUNCATE kinds",
    "truncate-of-nothing": "TRUNCATE log",
    "a-table": "CREATE TABLE more (n int)",
    "a-column": "ALTER TABLE people ADD COLUMN age int",
    "a-column-and-back": "ALTER TABLE people ADD COLUMN height int; ALTER TABLE people DROP COLUMN height",
    "a-default": "ALTER TABLE people ALTER COLUMN name SET DEFAULT 'x'",
    "an-index": "CREATE INDEX ON people (boss)",
    "a-function": "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "a-trigger-off": "ALTER TABLE pets DISABLE TRIGGER noting",
    "a-policy": "CREATE POLICY all_of_it ON kinds USING (true)",
    "a-comment": "COMMENT ON TABLE people IS 'x'",
    "a-grant": "GRANT SELECT ON people TO PUBLIC",
    "a-label": "ALTER TYPE mood ADD VALUE 'fair'",
    "a-sequence-altered": "ALTER SEQUENCE people_id_seq INCREMENT 5",
    "a-schema": "CREATE SCHEMA more",
    "statistics-wanted": "CREATE STATISTICS both_of_them ON name, boss FROM people",
    "a-large-object": "SELECT lo_from_bytea(0, 'abc')",
    "a-view-refreshed": "INSERT INTO kinds (name) VALUES ('x'); REFRESH MATERIALIZED VIEW counted",
    "a-view-refreshed-row-by-row": "INSERT INTO kinds (name) VALUES ('x'); REFRESH MATERIALIZED VIEW CONCURRENTLY counted",
    "settings-of-the-database": _ON_DATABASE.format("ALTER DATABASE %I SET work_mem = ''1MB''"),
    "a-comment-on-the-database": _ON_DATABASE.format("COMMENT ON DATABASE %I IS ''x''"),
    "rights-on-the-database": _ON_DATABASE.format("REVOKE ALL ON DATABASE %I FROM PUBLIC"),
}
_STORED = """
SELECT format('%I.%I', n.nspname, c.relname), c.relname IN ('pg_class', 'pg_namespace') OR c.relkind = 'S'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'S') AND NOT c.relisshared AND c.relpersistence <> 't' AND c.relname !~ '^pg_statistic'
    AND (n.nspname <> 'pg_catalog' OR $1) ORDER BY 1"""
# What VACUUM and ANALYZE count, and what a sequence has written ahead.
_UNSEEN = "ARRAY['relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid', 'log_cnt']"
_WITHOUT_TEMPORARY = r"WHERE coalesce(to_jsonb(t) ->> 'nspname', '') !~ '^pg_(toast_)?temp_'"


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def _content(copy: Copy, *, catalog: bool) -> dict[str, Any]:
    """Every row of every table and every sequence; read by values, not by versions."""
    async with _connected(copy.url.secret()) as connection:
        await connection.execute("SET row_security = off")
        found = {}
        for name, loose in await connection.fetch(_STORED, catalog):
            row = f"(to_jsonb(t) - {_UNSEEN})::text" if loose else "t::text"
            rows = f"(SELECT * FROM {name}) t {_WITHOUT_TEMPORARY if loose else ''}"
            query = f"SELECT md5(string_agg(r, '|' ORDER BY r)) FROM (SELECT {row} AS r FROM {rows}) one"
            found[name] = await connection.fetchval(query)
        return found


class _Stage:
    """One template, and a copy of it that is used until it has to go."""

    def __init__(self, server: Server, template: Template) -> None:
        self._server, self._template = server, template
        self._copies: list[Copy] = []
        self._baseline: Baseline | None = None

    async def copy(self) -> Copy:
        if not self._copies:
            copy = await Copy.make(self._server, await self._template.acquired())
            copy.baseline = self._baseline = self._baseline or await copy.learn()
            self._copies.append(copy)
            assert copy.baseline
        return self._copies[-1]

    async def drop(self) -> None:
        while self._copies:
            copy = self._copies.pop()
            await copy.close()
            await self._server.drop(copy.name)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stages() -> AsyncIterator[dict[str, _Stage]]:
    made: dict[str, _Stage] = {}
    yield made
    for stage in made.values():
        await stage.drop()
        await stage._template.release()
        await stage._server.close()


@pytest_asyncio.fixture(loop_scope="module")
async def stage(stages: dict[str, _Stage], engine: str, servers: Servers, files: Files) -> _Stage:
    if engine not in stages:
        files.write("001_all.sql", f"-- migrate:up\n{_SCHEMA}")
        url = demanded_url(servers, engine)
        config = MigrationConfig(environment="test", database_url=url, directory=files.folder)
        server = Server(config)
        await server.open()
        stages[engine] = _Stage(server, Template(server, content_digest(config)))
        await stages[engine].copy()
    return stages[engine]


async def _do(copy: Copy, script: str) -> None:
    async with _connected(copy.url.secret()) as connection:
        for statement in script.split("; ") if "$$" not in script else [script]:
            await connection.execute(statement)


@pytest.mark.asyncio(loop_scope="module")
async def test_it_is_taken_back(stage: _Stage) -> None:
    copy = await stage.copy()
    rows, all_of_it = await _content(copy, catalog=False), await _content(copy, catalog=True)
    assert rows.items() < all_of_it.items()
    for name, script in _TAKEN_BACK.items():
        await _do(copy, script)
        assert await copy.renew(), name
        assert await _content(copy, catalog=False) == rows, name
    assert await _content(copy, catalog=True) == all_of_it


@pytest.mark.asyncio(loop_scope="module")
async def test_it_is_not_used_again(stage: _Stage) -> None:
    copy = await stage.copy()
    for name, script in _NOT_USED_AGAIN.items():
        assert await copy.renew(), name
        await _do(copy, script)
        assert not await copy.renew(), name
        copy.baseline = await copy.learn()
    await stage.drop()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_copy_has_the_settings_of_the_template(stage: _Stage) -> None:
    copy = await stage.copy()
    async with _connected(copy.url.secret()) as connection:
        assert await connection.fetchval("SHOW app.kind") == "it's"
        assert await connection.fetchval("SHOW search_path") == 'public, "Odd p\'lace"'


@pytest.mark.asyncio(loop_scope="module")
async def test_rows_come_in_order_again(stage: _Stage) -> None:
    copy = await stage.copy()
    for _ in range(2):
        await _do(copy, "INSERT INTO people (name) SELECT 'n' || n FROM generate_series(1, 2000) n")
        async with _connected(copy.url.secret()) as connection:
            rows = await connection.fetch("SELECT id FROM people")
        assert [row[0] for row in rows] == list(range(1, 2001))
        assert await copy.renew()


@pytest.mark.asyncio(loop_scope="module")
async def test_one_that_a_test_is_still_connected_to_is_not_used_again(stage: _Stage) -> None:
    copy = await stage.copy()
    async with _connected(copy.url.secret()):
        assert not await copy.renew()
    await stage.drop()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "addition",
    [
        "ALTER TABLE pets ENABLE ALWAYS TRIGGER noting",
        "CREATE RULE kept AS ON DELETE TO log DO INSTEAD NOTHING; ALTER TABLE log ENABLE ALWAYS RULE kept",
    ],
)
async def test_what_would_fire_on_taking_back_keeps_from_it(stage: _Stage, addition: str) -> None:
    copy = await stage.copy()
    await _do(copy, addition)
    assert await copy.learn() is None
    await stage.drop()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_user_who_may_not_silence_triggers_gets_new_copies(stage: _Stage) -> None:
    copy = await stage.copy()
    async with _connected(copy.url.secret()) as connection:
        await connection.execute("DROP ROLE IF EXISTS plain; CREATE ROLE plain")
    await copy._driver.execute("SET SESSION AUTHORIZATION plain")
    assert await copy.learn() is None
    await stage.drop()
