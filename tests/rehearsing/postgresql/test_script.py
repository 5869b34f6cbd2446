"""The script of a rehearsal, run by psql, leaves what a run itself leaves: catalog, rows and history."""

from __future__ import annotations

import asyncio
import os
import subprocess
from typing import TYPE_CHECKING, Any, Final

import pytest

from lockgate import MigrationConfig
from lockgate.nouns.migrations import Direction
from lockgate.nouns.plans import Selection
from lockgate.rehearsing import Asked, rehearse
from lockgate.rehearsing.script import script
from servers import psql

if TYPE_CHECKING:
    from conformance.bench import Bench, Database, Files

pytestmark = pytest.mark.asyncio

_TRAPS: Final = r"""
-- migrate:up
CREATE TABLE traps (id serial PRIMARY KEY, word text NOT NULL);
INSERT INTO traps (word) VALUES (':name'), (':"name"'), (':''x'), ('a \ b'), ('ends in \'), (E'tab\there'),
    ('50 % off'), ('a;b'), ('é 🙂');
INSERT INTO traps (word) VALUES ('two
lines; -- no comment'), ($$dollar ' quoted \ :x$$), ($tag$ $$ inside $tag$), (U&'\0041');
INSERT INTO traps (word) SELECT w[1:2]::text FROM (SELECT ARRAY['x', 'y', 'z'] AS w) AS one;
INSERT INTO traps (word) SELECT w[lo:hi]::text || ':hi' FROM (SELECT ARRAY['x', 'y', 'z'] AS w, 1 AS lo, 2 AS hi) AS one;
CREATE TABLE ":odd ""n" (":col" int DEFAULT 1); -- a comment at the end; with a semicolon
CREATE FUNCTION counted(n int) RETURNS int LANGUAGE plpgsql AS $body$
BEGIN
    -- a comment; it's fine
    IF n > 0 THEN RETURN n + 1; END IF;
    RETURN 0;
END $body$;
CREATE FUNCTION atomically(n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n + 1; SELECT n + 2; END;
COMMENT ON TABLE traps IS 'a
b \ c :d';
/* a comment /* within */ a comment; */ CREATE VIEW seen AS SELECT id, word FROM traps /* at the end */;
SET search_path = public;
-- migrate:down
DROP VIEW seen;
DROP FUNCTION counted(int);
DROP FUNCTION atomically(int);
DROP TABLE ":odd ""n";
DROP TABLE traps;
"""
_OUTSIDE: Final = """
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY traps_word ON traps (word);
ALTER TABLE traps ADD COLUMN n int;
-- a comment before it
VACUUM traps;
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY traps_word;
ALTER TABLE traps DROP COLUMN n;
"""
_VERBS: Final = """
await self.db.create_table(
    "people",
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, server_default="it's :me \\\\ 50%"),
    sa.Column("mood", sa.Enum("good", "so'so", name="mood")),
    sa.Column("born", sa.DateTime(timezone=True), comment="when; \\n really"),
    sa.Column("trap", sa.Integer, sa.ForeignKey("traps.id", ondelete="SET NULL")),
    sa.CheckConstraint("name <> ':x'", name="named"),
)
await self.db.create_index("people_name", "people", ["name"], unique=True)
await self.db.add_column("people", sa.Column("tags", sa.ARRAY(sa.Text)))
await self.db.execute("INSERT INTO people (id, name) VALUES (1, 'one'); INSERT INTO people (id, name) VALUES (2, 'two')")
"""
_HEAD: Final = """
import datetime, uuid, decimal
from sqlalchemy.dialects import postgresql as pg
zone = datetime.timezone(datetime.timedelta(hours=5, minutes=45))
values = sa.table(
    "kinds", sa.column("what", sa.Text), sa.column("t", sa.Text), sa.column("i", sa.BigInteger), sa.column("f", sa.Float),
    sa.column("n", sa.Numeric), sa.column("d", sa.Date), sa.column("at", sa.DateTime(timezone=True)),
    sa.column("ts", sa.DateTime), sa.column("tm", sa.Time), sa.column("iv", sa.Interval), sa.column("b", sa.LargeBinary),
    sa.column("u", sa.Uuid), sa.column("a", pg.ARRAY(sa.Text)), sa.column("ai", pg.ARRAY(sa.Integer)), sa.column("j", sa.JSON),
    sa.column("jb", pg.JSONB), sa.column("ok", sa.Boolean), sa.column("mood", sa.Enum("good", "so'so", name="mood")),
)
"""
_KINDS: Final = """
await self.db.execute(
    "CREATE TABLE kinds (what text, t text, i bigint, f float8, n numeric, d date, at timestamptz, ts timestamp, tm time,"
    " iv interval, b bytea, u uuid, a text[], ai int[], j json, jb jsonb, ok bool, mood mood)"
)
one = dict(
    what="all", t="it's \\\\ \\n %s %(x)s :name $1 é 🙂", i=-(2**62), f=0.1, n=decimal.Decimal("-12345678901234567890.123"),
    d=datetime.date(2024, 2, 29), at=datetime.datetime(2024, 5, 1, 12, 30, 1, 5, zone),
    ts=datetime.datetime(1999, 1, 1, 1, 2, 3), tm=datetime.time(23, 59, 58, 7),
    iv=datetime.timedelta(days=-3, seconds=5, microseconds=7),
    b=bytes(range(256)),
    u=uuid.UUID(int=7), a=["a'b", 'q"uo\\\\te', "", "NULL", "{x,y}", None], ai=[1, None, -3], j={"k": ["v'", 1.5, None, True]},
    jb={"deep": {"q": '"\\\\'}}, ok=True, mood="so'so",
)
await self.db.execute(sa.insert(values).values(**one))
await self.db.execute(sa.insert(values).values(what="none", t=None, ok=None, j=sa.null()))
await self.db.execute(sa.insert(values).values(what="json null", j=None, jb=[1, "two"]))
for number in (float("nan"), float("inf"), float("-inf"), 1e-300, -0.0):
    await self.db.execute(sa.insert(values).values(what="float", f=number))
await self.db.execute(sa.insert(values).values(what="nan", n=decimal.Decimal("NaN")))
await self.db.execute(sa.insert(values), [{"what": "many", "i": 1}, {"what": "many", "i": -2}])
await self.db.execute(sa.text("UPDATE kinds SET i = i - :by WHERE what = :what").bindparams(by=-5, what="many"))
await self.db.execute(sa.update(values).where(values.c.u == uuid.UUID(int=7)).values(t=values.c.t + " :x"))
await self.db.execute(sa.delete(values).where(values.c.i.in_([4, 99])))
"""
_DRIVER: Final = """
driver = await self.db.driver_connection()
await driver.execute("CREATE TABLE raw (a int, b text, c jsonb, at timestamptz); CREATE INDEX raw_a ON raw (a)")
await driver.execute("INSERT INTO raw VALUES ($1, $2, $3, $4)", -1, "it's $1", '{"a": 1}',
    datetime.datetime(2020, 1, 1, tzinfo=zone))
await driver.executemany("INSERT INTO raw (a, b) VALUES ($1, $2)", [(2, "two"), (3, None)])
prepared = await driver.prepare("INSERT INTO raw (a, b) SELECT $1::int + 1, $2 || '$2'")
await prepared.fetch(7, "seven")
async with self.db.savepoint():
    await driver.execute("INSERT INTO raw (a) VALUES (9)")
try:
    async with self.db.savepoint():
        await driver.execute("INSERT INTO raw (a) VALUES (10)")
        raise ValueError
except ValueError:
    pass
assert await driver.fetchval("SELECT count(*) FROM raw") == 5
await self.db.connection.execute(sa.text("INSERT INTO raw (a) VALUES (11)"))
"""


def write(files: Files) -> None:
    files.write("001_traps.sql", _TRAPS)
    files.write("002_outside.sql", _OUTSIDE)
    files.python("003_verbs.py", _VERBS, 'await self.db.drop_table("people")\nawait self.db.execute("DROP TYPE mood")')
    files.python("004_kinds.py", _KINDS, 'await self.db.drop_table("kinds")', head=_HEAD)
    files.python("005_driver.py", _DRIVER, 'await self.db.drop_table("raw")', head=_HEAD)
    files.python(
        "006_outside.py",
        'await self.db.execute("CREATE INDEX CONCURRENTLY people_born ON people (born)")',
        'await self.db.execute("DROP INDEX CONCURRENTLY people_born")',
        attributes="transactional = False",
    )


def config(bench: Bench, **settings: Any) -> MigrationConfig:
    return MigrationConfig(
        database_url=bench.database.url, environment="development", directory=str(bench.files.folder), **settings
    )


def run(url: str, text: str) -> str:
    """What psql says to the script."""
    # A client that reads files otherwise by default, and has variables of its own.
    command = [psql(), "-X", "-q", "-v", "hi=3", "-v", "name=4", "-d", url, "-f", "-"]
    environment = {**os.environ, "PGCLIENTENCODING": "LATIN1"}
    done = subprocess.run(command, capture_output=True, check=False, input=text.encode(), env=environment)
    assert done.returncode == 0, f"{done.stderr.decode('latin-1')}\n{text}"
    return done.stderr.decode("latin-1")


async def left(database: Database) -> dict[str, Any]:
    """All that there is: catalog, rows, and the history but its times."""
    tables = await database.rows(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname !~ '^schema_migrations' ORDER BY 1"
    )
    rows = {name: await database.rows(f"SELECT x::text FROM {name} x ORDER BY 1") for (name,) in tables}
    history = await database.rows("SELECT id, name, hash, batch_no FROM schema_migrations ORDER BY id")
    own = await database.rows(
        "SELECT relname, relkind::text FROM pg_class WHERE relname ~ '^schema_migrations' ORDER BY 1"
    )
    return {**await database.catalog(), "rows": rows, "history": history, "own": own}


async def test_psql_leaves_what_a_run_leaves(bench: Bench, beside: Database) -> None:
    write(bench.files)
    for steps in (2, None):
        text = script(await rehearse(config(bench), Asked(selection=Selection(steps=steps))))
        await asyncio.to_thread(run, bench.database.url, text)
        async with bench.runner(beside.url) as runner:
            await runner.up(steps=steps)
        assert await left(bench.database) == await left(beside)
    async with bench.runner() as runner:
        assert (await runner.status()).state == "current"
    for steps in (3, 3):
        asked = Asked(Direction.DOWN, Selection(steps=steps))
        await asyncio.to_thread(run, bench.database.url, script(await rehearse(config(bench), asked)))
        async with bench.runner(beside.url) as runner:
            await runner.down(steps=steps)
        assert await left(bench.database) == await left(beside)
