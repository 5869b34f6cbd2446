"""The script of a rehearsal, run by sqlite3, leaves what a run itself leaves: schema, rows and history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from corpora.clients import by_the_client
from lockgate import LockgateError, MigrationConfig
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import Selection
from lockgate.rehearsing import Asked, rehearse
from lockgate.rehearsing.script import script

if TYPE_CHECKING:
    from conformance.bench import Bench, Database

pytestmark = pytest.mark.asyncio

_FIRST: Final = r"""
-- migrate:up
CREATE TABLE owners (id INTEGER PRIMARY KEY, word TEXT NOT NULL);
CREATE TABLE pets (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES owners (id) ON DELETE CASCADE, name TEXT);
CREATE TABLE log (what TEXT, n REAL);
CREATE TRIGGER noted AFTER INSERT ON pets BEGIN INSERT INTO log VALUES ('it''s; ' || new.name, 1); SELECT 1; END;
INSERT INTO owners VALUES (1, ':x ?1 \ %s'), (2, 'two
lines; -- no comment'), (3, 'é 🙂');
INSERT INTO pets VALUES (1, 1, 'a'), (2, 2, 'b'); -- at the end; a comment
CREATE VIEW seen AS SELECT * FROM pets /* at the end */;
CREATE INDEX pets_name ON pets (name) WHERE name <> '-- x';
-- migrate:down
DROP VIEW seen;
DROP TABLE log;
DROP TABLE pets;
DROP TABLE owners;
"""
_REBUILD: Final = """
await self.db.alter_column("owners", "word", type_=sa.String(40), nullable=True)
await self.db.add_column("pets", sa.Column("born", sa.Date))
await self.db.create_check_constraint("named", "pets", "name <> ':x'")
"""
_KINDS: Final = """
await self.db.create_table("kinds", sa.Column("t", sa.Text), sa.Column("i", sa.Integer), sa.Column("f", sa.Float),
    sa.Column("b", sa.LargeBinary), sa.Column("d", sa.Date), sa.Column("at", sa.DateTime), sa.Column("ok", sa.Boolean),
    sa.Column("j", sa.JSON), sa.Column("u", sa.Uuid), sa.Column("n", sa.Numeric(10, 2)))
kinds = sa.table("kinds", sa.column("t", sa.Text), sa.column("i", sa.Integer), sa.column("f", sa.Float),
    sa.column("b", sa.LargeBinary), sa.column("d", sa.Date), sa.column("at", sa.DateTime), sa.column("ok", sa.Boolean),
    sa.column("j", sa.JSON), sa.column("u", sa.Uuid), sa.column("n", sa.Numeric(10, 2)))
await self.db.execute(sa.insert(kinds).values(t="it's ? :x \\\\ \\n é", i=-(2**63), f=0.1 + 0.2, b=bytes(range(256)), ok=True,
    d=datetime.date(2024, 2, 29), at=datetime.datetime(2024, 5, 1, 1, 2, 3, 4), j={"k": ["v'", None]}, u=uuid.UUID(int=7), n=1))
await self.db.execute(sa.insert(kinds).values(t=None, f=float("inf")))
await self.db.execute(sa.insert(kinds), [{"t": "many", "i": 1}, {"t": "many", "i": -2}])
await self.db.execute(sa.update(kinds).where(kinds.c.t == "many").values(i=kinds.c.i - 5))
driver = await self.db.driver_connection()
await driver.execute("INSERT INTO kinds (t, f) VALUES (?, ?)", ("raw '?'", 1e300))
await driver.execute("INSERT INTO kinds (t, i) VALUES (:t, :i)", {"t": "named", "i": 3})
await driver.executemany("INSERT INTO kinds (t, i) VALUES (?2, ?1)", [(1, "many"), (2, "more")])
await driver.executemany("INSERT INTO pets (owner, name) VALUES (1, ?)", [("c",), ("d",)])
try:
    async with self.db.savepoint():
        await self.db.execute("INSERT INTO owners VALUES (1, 'twice')")
except Exception:
    await self.db.execute("INSERT INTO owners VALUES (4, 'once')")
"""


async def left(database: Database) -> dict[str, Any]:
    tables = sorted(await database.tables())
    rows = {name: await database.rows(f"SELECT * FROM {name} ORDER BY rowid") for name in tables}
    own = await database.rows("SELECT name FROM sqlite_master WHERE name LIKE 'schema_migrations%' ORDER BY 1")
    history = await database.rows("SELECT id, name, hash, batch_no FROM schema_migrations ORDER BY id")
    return {**await database.catalog(), "rows": rows, "history": history, "own": own}


def config(bench: Bench, **settings: Any) -> MigrationConfig:
    return MigrationConfig(
        database_url=bench.database.url, environment="development", directory=str(bench.files.folder), **settings
    )


def _bytes(bench: Bench) -> bytes:
    return Path(bench.database.url.removeprefix("sqlite:///")).read_bytes()


async def test_sqlite3_leaves_what_a_run_leaves(bench: Bench, beside: Database) -> None:
    bench.files.write("001_first.sql", _FIRST)
    bench.files.python(
        "002_rebuild.py",
        _REBUILD,
        'await self.db.drop_constraint("named", "pets")\nawait self.db.drop_column("pets", "born")',
    )
    bench.files.python("003_kinds.py", _KINDS, 'await self.db.drop_table("kinds")', head="import datetime, uuid")
    bench.files.write(
        "004_outside.sql",
        "-- migrate:up transaction:false\nVACUUM;\nCREATE TABLE o (id INT);\n-- migrate:down\nDROP TABLE o;\n",
    )
    for steps in (1, None):
        rehearsal = await rehearse(config(bench), Asked(selection=Selection(steps=steps)))
        assert all((one.seconds or 0) > 0 for one in rehearsal.migrations)
        text = script(rehearsal)
        by_the_client(bench.database.url, text, name="up")
        async with bench.runner(beside.url) as runner:
            await runner.up(steps=steps)
        assert await left(bench.database) == await left(beside)
    assert await bench.database.rows("PRAGMA foreign_key_check") == []
    before = _bytes(bench)
    text = script(await rehearse(config(bench), Asked(Direction.DOWN, Selection(everything=True))))
    assert _bytes(bench) == before
    by_the_client(bench.database.url, text, name="down")
    async with bench.runner(beside.url) as runner:
        await runner.down(all=True)
    assert await left(bench.database) == await left(beside)


async def test_a_migration_that_fails_leaves_no_file(bench: Bench) -> None:
    bench.files.write("001_wrong.sql", "-- migrate:up\nCREATE TABLE t (id INT);\nINSERT INTO absent VALUES (1);\n")
    with pytest.raises(LockgateError, match=r"(?s)001_wrong\.sql.*absent.*Nothing was sent to the target"):
        await rehearse(config(bench))
    assert await bench.database.tables() == set()


async def test_a_backfill_stops_the_script(bench: Bench) -> None:
    bench.files.write("001_t1.sql", "-- migrate:up\nCREATE TABLE t1 (id INTEGER PRIMARY KEY, n INTEGER);\n")
    bench.files.python("002_later.py", 'await self.db.backfill("t1", set={"n": "id * 3"}, later=True)')
    text = script(await rehearse(config(bench)))
    with pytest.raises(AssertionError, match="those rows"):
        by_the_client(bench.database.url, text, name="up")
    assert await bench.names() == ["001_t1.sql"]
