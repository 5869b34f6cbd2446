"""Revisions run as Alembic runs them, each with its record; nothing of Alembic's own is left behind."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alembic.context
import alembic.op
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine

from alembic_layout.histories import write, write_all
from lockgate import Irreversible, MigrationFailed, Runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.bench import Bench, Database

pytestmark = pytest.mark.asyncio

_ENV = """
from alembic import context
context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
"""


@pytest.fixture(autouse=True)
def _globals_are_left_as_they_were_found() -> Any:
    before = _globals()
    yield
    assert _globals() == before


def _globals() -> list[Any]:
    modules = (alembic.op, alembic.context)
    return [vars(module).get(name) for module in modules for name in ("_proxy", "config", "script")]


async def by_alembic(database: Database, versions: Path) -> None:
    place = versions.parent / "by_alembic"
    place.mkdir()
    (place / "env.py").write_text(_ENV)
    config = Config()
    config.set_main_option("script_location", str(place))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "newline")

    def upgrade(connection: sa.Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")

    url = sa.make_url(database.url)
    drivers = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
    engine = create_async_engine(url.set(drivername=drivers.get(url.drivername, "mysql+asyncmy")))
    async with engine.connect() as connection:
        await connection.run_sync(upgrade)
        await connection.commit()
    await engine.dispose()
    await database.execute("DROP TABLE alembic_version")


async def test_a_history_gives_what_alembic_makes_of_it(bench: Bench, beside: Database) -> None:
    names = write_all(bench.files.folder)
    # SQL of several statements is psycopg2's, which Alembic here has not.
    outside = bench.files.folder / names[4]
    several = outside.read_text()
    outside.write_text(several.replace("3; UPDATE users SET age = age + 1 WHERE id = 3", "3"))
    await by_alembic(beside, bench.files.folder)
    outside.write_text(several)
    assert await bench.up() == names
    assert await bench.database.catalog() == await beside.catalog()
    people = await bench.database.rows("SELECT id, name, age, email FROM users ORDER BY id")
    assert people == [(1, "Ann", 3, "none"), (2, "Bob; \"b'", 4, "none"), (3, "Cid", 2, "none")]
    assert await bench.journal() == []
    assert await bench.up() == []
    assert await bench.down(all=True) == names[::-1]
    assert await bench.database.tables() == set()
    assert await bench.up(to="c0ffee01") == names[:2]
    assert await bench.up() == names[2:]


async def test_two_runners_at_once_each_work_on_their_own_database(
    bench: Bench, beside: Database, tmp_path: Path
) -> None:
    for folder, table in ((bench.files.folder, "mine"), (tmp_path / "other", "yours")):
        for number in range(6):
            body = f"op.create_table('{table}_{number}', sa.Column('id', sa.Integer, primary_key=True))\n"
            body += f"assert context.get_x_argument(as_dictionary=True) == {{'table': '{table}'}}\n"
            body += f"assert sa.inspect(op.get_bind()).has_table('{table}_{number}')"
            write(folder, f"{table}{number}_x", body, down_revision=f"{table}{number - 1}" if number else None)

    async def up(database: Database, folder: Path, table: str) -> list[str]:
        async with Runner(database.url, directory=folder, variables={"table": table}) as runner:
            return [one.name for one in (await runner.up()).migrations]

    found = await asyncio.gather(
        up(bench.database, bench.files.folder, "mine"), up(beside, tmp_path / "other", "yours")
    )
    assert [len(names) for names in found] == [6, 6]
    assert await bench.database.tables() == {f"mine_{number}" for number in range(6)}
    assert await beside.tables() == {f"yours_{number}" for number in range(6)}


_KEEPS_ONE = "CONFIG = context.config\nfrom _shared import make\n"
_SHARED = """
from alembic import op
import sqlalchemy as sa
from alembic.operations import Operations, MigrateOperation

def make(name):
    op.create_table(name, sa.Column("id", sa.Integer, primary_key=True))
"""
_MEANS = """
make("made")
assert CONFIG.get_main_option("script_location") and context.get_context() is op.get_context()
assert context.get_x_argument() == [] and not context.is_offline_mode()
async def count(connection, table):
    return (await connection.execute(sa.text(f"SELECT count(*) FROM {table}"))).scalar()
assert op.run_async(count, "made") == 0
from sqlalchemy.orm import Session
with Session(op.get_bind()) as session:
    session.execute(sa.text("INSERT INTO made (id) VALUES (:id)"), {"id": 1})
    session.commit()
try:
    with op.get_bind().begin_nested():
        op.execute("INSERT INTO made (id) VALUES (2)")
        op.execute("INSERT INTO made (id) VALUES (1)")
except sa.exc.IntegrityError:
    op.execute("INSERT INTO made (id) VALUES (3)")
assert op.get_bind().execute(sa.text("SELECT id FROM made WHERE 'a%b' LIKE 'a%' AND id = 1")).scalar() == 1
op.execute("UPDATE made SET id = 1 WHERE 'a%b' LIKE 'a%' AND id = 1")
op.alter_column("alembic_version", "version_num", existing_type=sa.String(32), type_=sa.String(64)) \\
    if op.get_context().dialect.name == "postgresql" else op.execute("DELETE FROM alembic_version")
"""


async def test_what_revisions_do_beside_schema_verbs(bench: Bench) -> None:
    write(bench.files.folder, "a1_x", _MEANS)
    path = bench.files.folder / "a1_x.py"
    path.write_text(f"from alembic import context\n{_KEEPS_ONE}{path.read_text()}")
    bench.files.write("_shared.py", _SHARED)
    assert await bench.up() == ["a1_x.py"]
    assert await bench.database.rows("SELECT id FROM made ORDER BY id") == [(1,), (3,)]


async def test_one_that_fails_leaves_nothing_and_names_its_line(bench: Bench) -> None:
    write(bench.files.folder, "a1_x", "op.execute('CREATE TABLE a (id INTEGER)')\nop.execute('SELECT nowhere')")
    with pytest.raises(MigrationFailed) as caught:
        await bench.up()
    assert (caught.value.line, caught.value.path) == (8, str(bench.files.folder / "a1_x.py"))
    assert bench.outcome(1) in str(caught.value)
    assert await bench.database.tables() == bench.kept("a")


async def test_one_without_a_downgrade_is_irreversible(bench: Bench) -> None:
    write(bench.files.folder, "a1_x", down=None)
    await bench.up()
    with pytest.raises(Irreversible):
        await bench.down()


_LEAVES = """
op.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
with op.get_context().autocommit_block():
    op.execute("INSERT INTO a (id) VALUES (1)")
op.execute("INSERT INTO a (id) VALUES (2)")
op.execute("{last}")
"""


@pytest.mark.parametrize("way", ["autocommit_block", "COMMIT"])
async def test_one_that_left_its_transaction_resumes_where_it_failed(bench: Bench, way: str) -> None:
    body = _LEAVES
    if way == "COMMIT":
        body = body.replace("with op.get_context().autocommit_block():\n    ", "op.execute('COMMIT')\n")
        body = body.replace('(1)")\n', '(1)")\nop.execute("BEGIN")\n')
    write(bench.files.folder, "a1_x", body.format(last="INSERT INTO nowhere (id) VALUES (3)"))
    with pytest.raises(MigrationFailed, match="its first 2 steps are kept, and skipped next time"):
        await bench.up()
    assert await bench.database.rows("SELECT id FROM a") == [(1,)]
    write(bench.files.folder, "a1_x", body.format(last="INSERT INTO a (id) VALUES (3)"))
    assert await bench.up() == ["a1_x.py"]
    assert await bench.database.rows("SELECT id FROM a ORDER BY id") == [(1,), (2,), (3,)]
    assert await bench.journal() == []


async def test_a_done_step_that_reads_otherwise_now_stops(bench: Bench) -> None:
    write(bench.files.folder, "a1_x", _LEAVES.format(last="INSERT INTO nowhere (id) VALUES (3)"))
    with pytest.raises(MigrationFailed):
        await bench.up()
    write(bench.files.folder, "a1_x", _LEAVES.format(last="SELECT 1").replace("VALUES (1)", "VALUES (7)"))
    with pytest.raises(MigrationFailed, match="step 2 was done by an earlier run, and reads otherwise now"):
        await bench.up()
    assert await bench.database.rows("SELECT id FROM a") == [(1,)]


_CALLS = """
op.execute("CREATE TABLE a (id INTEGER)")
op.execute("CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN INSERT INTO a VALUES (1); COMMIT; END'")
with op.get_context().autocommit_block():
    op.execute("CALL p()")
"""


async def test_a_step_of_which_nobody_knows_whether_it_was_done_stops(bench: Bench, engine: str) -> None:
    _only(["postgresql"], engine)
    write(bench.files.folder, "a1a1_x", f"{_CALLS}op.execute('SELECT nowhere')")
    with pytest.raises(MigrationFailed):
        await bench.up()
    await bench.database.execute("UPDATE schema_migrations_journal SET state = 'started' WHERE step = 3")
    write(bench.files.folder, "a1a1_x", _CALLS)
    with pytest.raises(MigrationFailed, match="ended while step 3 was running") as caught:
        await bench.up()
    assert "lockgate repair a1a1_x.py --step done" in str(caught.value)
    async with bench.runner() as runner:
        await runner.repair("a1a1", step="done")
    assert await bench.up() == ["a1a1_x.py"]
    assert await bench.database.rows("SELECT id FROM a") == [(1,)]


async def test_a_check_imports_no_alembic_and_executes_nothing(bench: Bench, database: Database) -> None:
    write(bench.files.folder, "a1_x")
    await bench.up()
    path = bench.files.folder / "a1_x.py"
    code = (
        "import asyncio, sys\nfrom lockgate import Runner\n"
        "async def main():\n"
        f"    async with Runner({database.url!r}, directory={str(bench.files.folder)!r}) as runner:\n"
        "        print((await runner.status()).state, (await runner.up()).migrations)\n"
        "asyncio.run(main())\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'alembic', 'sqlalchemy'}, 'a1_x' in sys.modules)"
    )
    run = partial(subprocess.run, capture_output=True, text=True, check=True)
    said = (await asyncio.to_thread(run, [sys.executable, "-c", code])).stdout
    assert said.split("\n") == ["current ()", "set() False", ""]
    assert path.exists()


def _only(names: Sequence[str], engine: str) -> None:
    if not engine.startswith(tuple(names)):
        pytest.skip(f"{engine} has no such thing")


_TYPED = """
op.execute("CREATE TYPE mood AS ENUM ('ok', 'sad')")
op.execute("CREATE TABLE v (n INTEGER, j JSONB, m mood, t TIMESTAMPTZ, s TEXT)")
bind = op.get_bind()
v = sa.table("v", *(sa.column(name, sa.String) for name in "njmts"))
op.execute(v.insert().values(n="1", j='{"a": 1}', m="sad", t="2020-01-01 00:00+00", s="it's $1 :x %s \\\\n"))
import datetime, uuid, decimal
plain = "INSERT INTO v VALUES (:n, json_build_object('k', :j), :m, :t, :s)"
bind.execute(sa.text(plain), {"n": 2, "j": "x", "m": "ok", "t": datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC), "s": None})
bind.execute(sa.text("UPDATE v SET n = :n WHERE s = :s"), {"n": "-5", "s": "it's $1 :x %s \\\\n"})
found = bind.execute(sa.text("SELECT :b, :d, :f, :u, :l"), {
    "b": b"\\x00'", "d": decimal.Decimal("-1.5"), "f": -2.5, "u": uuid.UUID(int=7), "l": [1, 2]
}).one()
assert tuple(found) == (b"\\x00'", decimal.Decimal("-1.5"), decimal.Decimal("-2.5"), uuid.UUID(int=7), [1, 2]), found
assert bind.execute(sa.select(v.c.n).where(v.c.m.in_(["sad", "ok"]))).all() == [(2,), (-5,)]
"""


async def test_values_fit_as_psycopg2_would_make_them(bench: Bench, engine: str) -> None:
    _only(["postgresql"], engine)
    write(bench.files.folder, "a1_x", _TYPED)
    assert await bench.up() == ["a1_x.py"]
    rows = await bench.database.rows("SELECT n, j::text, m::text, s FROM v ORDER BY n")
    assert rows == [(-5, '{"a": 1}', "sad", "it's $1 :x %s \\n"), (2, '{"k": "x"}', "ok", None)]


async def test_an_enum_of_an_earlier_revision_is_not_made_again(bench: Bench) -> None:
    enum = "op.create_table('{0}', sa.Column('m', sa.Enum('ok', 'sad', name='mood')))"
    write(bench.files.folder, "a1_x", enum.format("a"))
    write(bench.files.folder, "b1_x", enum.format("b"), down_revision="a1")
    assert await bench.up() == ["a1_x.py", "b1_x.py"]


async def test_several_statements_outside_a_transaction(bench: Bench, engine: str) -> None:
    _only(["postgresql"], engine)
    body = "op.execute('CREATE TABLE a (id INTEGER)')\nop.execute('COMMIT')\n"
    body += "op.execute('CREATE INDEX CONCURRENTLY i ON a (id)')\nop.execute('VACUUM a')"
    write(bench.files.folder, "a1_x", body)
    engine_of_its_own = "with op.get_bind().engine.connect().execution_options(isolation_level='AUTOCOMMIT') as c:\n"
    write(
        bench.files.folder,
        "b1_x",
        f"{engine_of_its_own}    c.execute(sa.text('CREATE INDEX CONCURRENTLY j ON a (id)'))",
        down_revision="a1",
    )
    assert await bench.up() == ["a1_x.py", "b1_x.py"]
    assert await bench.journal() == []


_WAITS = """
import asyncio
op.execute("CREATE TABLE a (id INTEGER)")
async def wait(connection):
    open("called", "w").close()
    await asyncio.sleep(30)
op.run_async(wait)
"""


async def test_a_cancelled_one_is_undone(bench: Bench) -> None:
    write(bench.files.folder, "a1_x", _WAITS)
    async with bench.runner() as runner:
        running = asyncio.create_task(runner.up())
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(Path("called").exists):  # noqa: ASYNC110 - the revision tells by a file
                await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert await bench.database.tables() == bench.kept("a")
    assert await bench.names() == []
