"""What runs outside transactions and is interrupted: the catalog tells what became of it, and nothing of it stays."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from lockgate import MigrationFailed

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

BUILD = 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "by A" ON t (a)'
_NAME = "001_step.sql"
_TABLE = "CREATE TABLE t (a integer); INSERT INTO t VALUES (1)"
_PARTED = "CREATE TABLE p (a integer) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)"


def _one_step(bench: Bench, statement: str) -> None:
    bench.files.write(_NAME, f"-- migrate:up transaction:false\n/* why */ {statement};\n")


async def _interrupted(bench: Bench, statement: str) -> None:
    """Leave the journal as a process does that is killed while a step runs."""
    bench.files.write(_NAME, "-- migrate:up transaction:false\nSELECT nope();\n")
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed):
            await runner.up()
    digest = hashlib.sha256(statement.encode()).hexdigest()
    await bench.database.execute(
        "INSERT INTO schema_migrations_journal (name, direction, step, hash, state, at)"
        f" VALUES ('001_step.sql', 'up', 1, '{digest}', 'started', now())"
    )


async def _indexes(bench: Bench) -> list[tuple[str, bool]]:
    query = "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1"
    return [(name, valid) for name, valid in await bench.database.rows(query)]


async def _make_invalid(bench: Bench) -> None:
    await bench.database.execute("INSERT INTO t VALUES (1)")
    async with bench.database.connection() as other:  # type: ignore[attr-defined]
        with pytest.raises(Exception, match="could not create unique index"):
            await other.execute(BUILD)
    await bench.database.execute("TRUNCATE t")
    assert await _indexes(bench) == [('"by A"', False)]


async def test_an_invalid_index_is_built_anew_although_it_is_there(bench: Bench) -> None:
    await bench.database.execute(_TABLE)
    await _make_invalid(bench)
    _one_step(bench, BUILD)
    assert await bench.up() == [_NAME]
    assert await _indexes(bench) == [('"by A"', True)]


async def test_a_build_that_fails_leaves_no_invalid_index(bench: Bench) -> None:
    await bench.database.execute(f"{_TABLE}; INSERT INTO t VALUES (1)")
    _one_step(bench, BUILD)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="could not create unique index"):
            await runner.up()
        assert await _indexes(bench) == []
        assert await bench.journal() == []


@pytest.mark.parametrize("state", ["absent", "invalid", "valid"])
async def test_an_interrupted_build_is_finished_by_the_next_run(bench: Bench, state: str) -> None:
    await bench.database.execute(_TABLE)
    if state == "invalid":
        await _make_invalid(bench)
    elif state == "valid":
        await bench.database.execute('CREATE UNIQUE INDEX "by A" ON t (a) WITH (fillfactor = 50)')
    await _interrupted(bench, BUILD)
    _one_step(bench, BUILD)
    assert await bench.up() == [_NAME]
    assert await _indexes(bench) == [('"by A"', True)]
    options = await bench.database.rows("SELECT reloptions IS NULL FROM pg_class WHERE relname = 'by A'")
    assert options == [(state != "valid",)]
    assert await bench.journal() == []


@pytest.mark.parametrize(
    ("statement", "before", "after", "found"),
    [
        ("DROP INDEX CONCURRENTLY i", f"{_TABLE}; CREATE INDEX i ON t (a)", "SELECT to_regclass('i') IS NULL", True),
        ("DROP INDEX CONCURRENTLY i", _TABLE, "SELECT to_regclass('i') IS NULL", True),
        ("VACUUM t", _TABLE, "SELECT count(*) FROM t", 1),
        ("REINDEX TABLE CONCURRENTLY t", f"{_TABLE}; CREATE INDEX i ON t (a)", "SELECT count(*) FROM t", 1),
        ("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", _PARTED, "SELECT count(*) FROM pg_inherits", 0),
        (
            "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY",
            f"{_PARTED}; ALTER TABLE p DETACH PARTITION p1",
            "SELECT count(*) FROM pg_inherits",
            0,
        ),
    ],
)
async def test_what_may_be_looked_up_or_done_again_needs_nobody(
    bench: Bench, statement: str, before: str, after: str, found: object
) -> None:
    await bench.database.execute(before)
    await _interrupted(bench, statement)
    _one_step(bench, statement)
    assert await bench.up() == [_NAME]
    assert await bench.database.rows(after) == [(found,)]


async def test_what_cannot_be_known_is_left_to_a_person(bench: Bench) -> None:
    call = "CALL work()"
    body = "BEGIN INSERT INTO t VALUES (2); COMMIT; END"
    await bench.database.execute(f"{_TABLE}; CREATE PROCEDURE work() LANGUAGE plpgsql AS $$ {body} $$")
    await _interrupted(bench, call)
    _one_step(bench, call)
    async with bench.runner() as runner:
        with pytest.raises(MigrationFailed, match="step 1 was running"):
            await runner.up()
    assert await bench.database.rows("SELECT count(*) FROM t") == [(1,)]


async def test_a_step_that_could_be_a_transaction_is_never_in_doubt(bench: Bench) -> None:
    """Its row is written with it, so there is no moment at which it has only started."""
    await bench.database.execute(
        f"{_TABLE}; SET check_function_bodies = off; CREATE FUNCTION seen() RETURNS bigint LANGUAGE sql AS"
        " $$ SELECT count(*) FROM schema_migrations_journal WHERE state = 'started' $$"
    )
    bench.files.write("000_first.sql", "-- migrate:up transaction:false\nSELECT 1;\nSELECT 2;\n")
    await bench.up()
    _one_step(bench, "INSERT INTO t SELECT seen()")
    await bench.up()
    assert await bench.database.rows("SELECT max(a), min(a) FROM t") == [(1, 0)]


async def test_what_a_step_sets_holds_for_the_steps_after_it(bench: Bench) -> None:
    bench.files.write(
        "001_step.sql",
        "-- migrate:up transaction:false\nCREATE SCHEMA app;\nSET search_path = app;\nCREATE TABLE a (id integer);\n"
        "CREATE INDEX CONCURRENTLY i ON a (id);\nBEGIN;\nCREATE TABLE b (id integer);\nCOMMIT;\nCREATE TABLE c (id integer);\n",
    )
    bench.files.write("002_other.sql", "CREATE TABLE d (id integer);")
    await bench.up()
    rows = await bench.database.rows("SELECT schemaname, relname FROM pg_stat_user_tables ORDER BY 1, 2")
    assert [row for row in rows if not row[1].startswith("schema_")] == [
        ("app", "a"), ("app", "b"), ("app", "c"), ("public", "d")
    ]  # fmt: skip
