"""What only SQLite can do to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import MigrationFailed, SettingsError

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


async def test_a_rename_that_sqlite_refuses_stays_refused(bench: Bench) -> None:
    """To rename in the legacy way would leave the child and the view pointing at a table that is gone."""
    bench.files.write(
        "001_a.sql",
        "CREATE TABLE u (id INTEGER); CREATE VIEW v AS SELECT * FROM u; DROP TABLE u;"
        " CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (p INTEGER REFERENCES parent);",
    )
    bench.files.write("002_b.sql", "ALTER TABLE parent RENAME TO parent2;")
    with pytest.raises(MigrationFailed, match="error in view v"):
        await bench.up()
    assert "parent" in await bench.database.tables()


async def test_a_table_that_takes_its_old_name_again_keeps_its_view(bench: Bench) -> None:
    bench.files.write(
        "001_a.sql", "CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT id FROM t;"
    )
    bench.files.write(
        "002_b.sql",
        'CREATE TABLE "new t" (id INTEGER NOT NULL); INSERT INTO "new t" SELECT * FROM t; DROP TABLE t;'
        ' ALTER TABLE "new t" RENAME TO t;',
    )
    await bench.up()
    assert await bench.database.rows("SELECT id FROM v") == [(1,)]


async def test_a_violation_that_steps_have_left_does_not_fail_the_next_migration(bench: Bench) -> None:
    bench.files.write("001_a.sql", "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p);")
    bench.files.write("002_b.sql", "-- migrate:up transaction:false\nINSERT INTO c VALUES (7);\n")
    bench.files.write("003_c.sql", "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);")
    assert len(await bench.up()) == 3
    bench.files.write("004_d.sql", "INSERT INTO c VALUES (8);")
    with pytest.raises(MigrationFailed, match="1 of c without their p"):
        await bench.up()


async def test_a_key_that_cannot_be_checked_does_not_hide_one_that_can(bench: Bench) -> None:
    bench.files.write(
        "001_a.sql",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER); CREATE TABLE odd (n INTEGER REFERENCES p (n));"
        " CREATE TABLE c (p INTEGER REFERENCES p); INSERT INTO odd VALUES (1);",
    )
    bench.files.write("002_b.sql", "INSERT INTO c VALUES (8);")
    with pytest.raises(MigrationFailed, match="1 of c without their p"):
        await bench.up()


async def test_a_name_that_is_unknown_makes_no_database(bench: Bench) -> None:
    bench.files.tables(1)
    async with bench.runner() as runner:
        with pytest.raises(SettingsError, match="no migration 'zzz'"):
            await runner.stamp("zzz")
    assert not bench.database.path.exists()  # type: ignore[attr-defined]


async def test_nothing_is_left_beside_the_database(bench: Bench) -> None:
    bench.files.tables(2)
    await bench.up()
    await bench.down()
    left = {path.name for path in bench.database.path.parent.iterdir()}  # type: ignore[attr-defined]
    assert left == {"app.db", "migrations"}
