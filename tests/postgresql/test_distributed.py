"""CockroachDB and YugabyteDB, as far as PostgreSQL can stand in for them: what is said to them, and that it does its work."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from lockgate.dialects.lease_table import LeaseTable
from lockgate.dialects.message import COCKROACHDB, Message
from lockgate.dialects.postgresql import PostgresSession
from lockgate.dialects.seam import Record, StatementFailed, Unit
from lockgate.nouns.migrations import Direction

if TYPE_CHECKING:
    from conformance.bench import Bench

_COCKROACHDB = SimpleNamespace(server_version="18.0.0", crdb_version="CockroachDB CCL v26.2.0")
_YUGABYTEDB = SimpleNamespace(server_version="15.12-YB-2025.1.0.0-b0")


class _Introduced:
    """A connection to PostgreSQL that introduces itself as another server would."""

    def __init__(self, connection: Any, settings: Any) -> None:
        self._connection, self._settings = connection, settings
        self.said: list[str] = []

    def get_settings(self) -> Any:
        return self._settings

    async def execute(self, text: str) -> None:
        self.said.append(text)
        await self._connection.execute(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def test_cockroachdb_is_told_nothing_that_it_does_not_know() -> None:
    message = Message(COCKROACHDB.resets, 30, "/* mark */ ", ("FENCE",), grammar=COCKROACHDB)
    for goes_on in (False, True):
        message.open("", ("SET LOCAL lock_timeout = 5000",))
        message.body("CALL p()", 1)
        message.close(("RECORD",), goes_on=goes_on)
    own = "SET LOCAL lock_timeout = 30000;\nRECORD;\nFENCE;\nCOMMIT;\n"
    began = "BEGIN;\nSET LOCAL lock_timeout = 5000;\nCALL p()\n;\n"
    assert message.text == f"/* mark */ {began}RESET ALL;\nRESET ROLE;\n{own}{began}SET LOCAL ROLE NONE;\n{own}"


@pytest.mark.asyncio
async def test_a_migration_runs_by_what_cockroachdb_is_told_and_who_has_lost_the_lease_commits_nothing(
    bench: Bench,
) -> None:
    connection = await asyncpg.connect(bench.database.url, statement_cache_size=0)
    driver = _Introduced(connection, _COCKROACHDB)
    session = PostgresSession(driver, "schema_migrations", 30)
    try:
        await session.history()
        await session.create_table()
        lease = LeaseTable(session.tracking)
        await session.note(lease.create())
        await session.note(lease.fill())
        session.fence(lease, 0, "mark", lambda: True)
        record = session.tracking.record(Record(Direction.UP, "001_a.sql", "0" * 64, 1))
        body = "CREATE TABLE a (id integer); INSERT INTO a VALUES (1)"
        await session.transact([Unit(body, body.split(";"), "", [record])], None)
        await bench.database.execute("UPDATE schema_migrations_lease SET fence = 1")
        with pytest.raises(StatementFailed, match="the lease was lost to another runner"):
            await session.transact([Unit("INSERT INTO a VALUES (2)", ["INSERT INTO a VALUES (2)"])], None)
        await session.rollback()
    finally:
        await connection.close()
    assert await bench.names() == ["001_a.sql"]
    assert await bench.database.rows("SELECT id FROM a") == [(1,)]
    said = "\n".join(driver.said)
    assert not [one for one in ("CONSTRAINTS", "AUTHORIZATION", "client_connection", "DO $") if one in said]


@pytest.mark.asyncio
@pytest.mark.parametrize(("settings", "has"), [(_COCKROACHDB, False), (_YUGABYTEDB, False), (None, True)])
async def test_by_its_name_a_distributed_server_is_given_the_lease(bench: Bench, settings: Any, has: bool) -> None:
    connection = await asyncpg.connect(bench.database.url, statement_cache_size=0)
    try:
        driver = _Introduced(connection, settings or connection.get_settings())
        session = PostgresSession(driver, "schema_migrations", 30)
        await session.history()
        assert await session.try_lock() is (True if has else None)
        assert session.has_own_lock is has
        assert await session.keeps_settings()
    finally:
        await connection.close()
