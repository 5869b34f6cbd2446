"""A database is read on the connection of a session."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiosqlite
import pytest

from lockgate.dialects.sqlite import SqliteSession
from lockgate.dialects.sqlite_catalog import fingerprint_sqlite, read_sqlite
from lockgate.nouns.schema import Name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def session(script: str) -> AsyncIterator[SqliteSession]:
    async with aiosqlite.connect(":memory:") as connection:
        await connection.executescript(script)
        yield SqliteSession(connection, "schema_migrations")


async def test_a_database_and_what_is_attached_to_it() -> None:
    script = """
        ATTACH ':memory:' AS "it's"; CREATE TABLE t (a UNIQUE); CREATE TABLE "it's".u (b);
        CREATE TABLE schema_migrations (id); CREATE INDEX i ON t (a);
    """
    hidden = [Name("main", "schema_migrations")]
    async with session(script) as opened:
        made = await read_sqlite(opened, ["main", "it's", "missing"], leaving_out=hidden)
        assert made.namespaces == {"main", "it's"}
        assert set(made.tables) == {Name("main", "t"), Name("it's", "u")}
        assert made.texts[Name("main", "t")] == ("CREATE TABLE t (a UNIQUE)", "CREATE INDEX i ON t (a)")
        only = await read_sqlite(opened, ["main"], leaving_out=hidden)
        assert set(only.tables) == {Name("main", "t")}


async def test_no_namespace_holds_nothing() -> None:
    async with session("CREATE TABLE t (a)") as opened:
        assert not (await read_sqlite(opened, ["missing"])).tables


async def test_a_fingerprint_is_that_of_the_schema_alone() -> None:
    hidden = [Name("main", "Schema_Migrations")]
    async with session("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)") as opened:
        first = await fingerprint_sqlite(opened, ["main"], leaving_out=hidden)
        for same in ("INSERT INTO t (a) VALUES (1)", "ANALYZE", "CREATE TABLE schema_migrations (a UNIQUE)"):
            await opened.driver.executescript(same)
            assert await fingerprint_sqlite(opened, ["main"], leaving_out=hidden) == first
        seen = {first}
        for other in (
            "CREATE INDEX i ON t (a)",
            "CREATE VIEW v AS SELECT 1",
            "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END",
            "ALTER TABLE t ADD COLUMN b",
        ):
            await opened.driver.executescript(other)
            seen.add(await fingerprint_sqlite(opened, ["main"], leaving_out=hidden))
        assert len(seen) == 5
        await opened.driver.executescript("DROP TRIGGER tr; DROP VIEW v; DROP INDEX i; ALTER TABLE t DROP COLUMN b")
        assert await fingerprint_sqlite(opened, ["main"], leaving_out=hidden) == first
