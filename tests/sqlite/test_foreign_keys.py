"""Tables that are rebuilt while others point at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from lockgate import MigrationFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

FAMILY = """
    CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
    INSERT INTO parent VALUES (1, 'a'), (2, 'b');
    INSERT INTO child VALUES (1, 1), (2, 1), (3, 2);
    """
BY_HAND = """
    CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    INSERT INTO parent_new SELECT * FROM parent;
    DROP TABLE parent;
    ALTER TABLE parent_new RENAME TO parent;
    """
REBUILDS = {
    "by hand": BY_HAND,
    "by hand within a pair": f"BEGIN; {BY_HAND} COMMIT;",
    "by hand between pragmas": f"PRAGMA foreign_keys = OFF; {BY_HAND} PRAGMA foreign_keys = ON;",
    "by hand between pragmas around a pair": f"PRAGMA foreign_keys=off; BEGIN TRANSACTION; "
    f"{BY_HAND} COMMIT; PRAGMA foreign_keys=on;",
    "by hand with a check": f"PRAGMA foreign_keys=off; BEGIN; {BY_HAND} PRAGMA "
    f"foreign_key_check; COMMIT; PRAGMA foreign_keys=on;",
    "within a pair of pragmas in the transaction": f"PRAGMA defer_foreign_keys = ON; {BY_HAND}",
    "alter_column": "",
    "drop_column and add": "",
}
VERBS = {
    "alter_column": "await self.db.alter_column('parent', 'name', nullable=False)",
    "drop_column and add": "await self.db.create_check_constraint('c', 'parent', \"name <> "
    "''\")\nawait self.db.alter_column('parent', 'name', nullable=False)",
}


@pytest_asyncio.fixture(params=["a URL", "an engine that enforces foreign keys"])
async def where(request: pytest.FixtureRequest, bench: Bench) -> AsyncIterator[str | AsyncEngine]:
    if request.param == "a URL":
        yield bench.database.url
        return
    engine = create_async_engine(bench.database.url.replace("sqlite://", "sqlite+aiosqlite://"))

    @event.listens_for(engine.sync_engine, "connect")
    def enforce(connection: object, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[attr-defined]

    yield engine
    await engine.dispose()


def write(bench: Bench, kind: str, number: int = 2) -> None:
    if kind in VERBS:
        bench.files.python(f"{number:03}_rebuild.py", VERBS[kind])
    else:
        bench.files.write(f"{number:03}_rebuild.sql", REBUILDS[kind])


async def children(bench: Bench) -> list[tuple[object, ...]]:
    return await bench.database.rows("SELECT id, parent_id FROM child ORDER BY id")


@pytest.mark.parametrize("kind", REBUILDS)
async def test_rebuilding_a_parent_loses_no_child_row(bench: Bench, where: str | AsyncEngine, kind: str) -> None:
    bench.files.write("001_family.sql", FAMILY)
    write(bench, kind)
    bench.files.table(3)
    async with bench.runner(where) as runner:
        assert len((await runner.up()).names) == 3
    assert await children(bench) == [(1, 1), (2, 1), (3, 2)]
    assert await bench.database.rows("SELECT * FROM parent ORDER BY id") == [(1, "a"), (2, "b")]
    assert await bench.database.rows("SELECT \"notnull\" FROM pragma_table_info('parent') WHERE name = 'name'") == [
        (1,)
    ]
    assert await bench.database.rows("SELECT \"table\" FROM pragma_foreign_key_list('child')") == [("parent",)]
    assert await bench.database.rows("PRAGMA foreign_key_check") == []
    assert await bench.journal() == []


@pytest.mark.parametrize("kind", REBUILDS)
async def test_views_and_triggers_that_name_a_rebuilt_table_go_on_working(bench: Bench, kind: str) -> None:
    bench.files.write(
        "001_family.sql",
        FAMILY
        + """
        CREATE VIEW named AS SELECT p.name, c.id FROM parent p JOIN child c ON c.parent_id = p.id;
        CREATE TABLE log (what TEXT);
        CREATE TRIGGER born AFTER INSERT ON child BEGIN
            INSERT INTO log SELECT name || ';' FROM parent WHERE id = new.parent_id; -- a comment;
        END;
        """,
    )
    write(bench, kind)
    await bench.up()
    await bench.database.execute("INSERT INTO child VALUES (4, 2)")
    assert await bench.database.rows("SELECT name FROM named ORDER BY id") == [("a",), ("a",), ("b",), ("b",)]
    assert await bench.database.rows("SELECT what FROM log") == [("b;",)]


@pytest.mark.parametrize("kind", ["sql", "python"])
@pytest.mark.parametrize(
    "orphan", ["DELETE FROM parent WHERE id = 1", "INSERT INTO child VALUES (9, 99)", "UPDATE child SET parent_id = 77"]
)
async def test_a_new_violation_fails_before_it_is_committed(
    bench: Bench, where: str | AsyncEngine, kind: str, orphan: str
) -> None:
    bench.files.write("001_family.sql", FAMILY)
    if kind == "sql":
        bench.files.write("002_orphans.sql", f"{orphan};")
    else:
        bench.files.python("002_orphans.py", f"await self.db.execute({orphan!r})")
    async with bench.runner(where) as runner:
        with pytest.raises(MigrationFailed, match="of child without their parent"):
            await runner.up()
        assert await children(bench) == [(1, 1), (2, 1), (3, 2)]
        assert await bench.names() == ["001_family.sql"]


async def test_a_violation_that_was_there_before_does_not_fail(bench: Bench, where: str | AsyncEngine) -> None:
    bench.files.write("001_family.sql", FAMILY)
    await bench.up()
    await bench.database.execute("INSERT INTO child VALUES (9, 99)")
    write(bench, "by hand")
    bench.files.table(3)
    async with bench.runner(where) as runner:
        assert len((await runner.up()).names) == 2
        bench.files.write("004_more.sql", "INSERT INTO child VALUES (10, 98)")
        with pytest.raises(MigrationFailed, match="1 of child without"):
            await runner.up()
    assert (9, 99) in await children(bench)


async def test_an_engines_own_enforcement_is_on_again_afterwards() -> None:
    from sqlalchemy.pool import StaticPool  # noqa: PLC0415

    from lockgate import Migration, Runner  # noqa: PLC0415

    class Family(Migration):
        async def up(self) -> None:
            await self.db.execute(FAMILY)

    class Fails(Migration):
        async def up(self) -> None:
            raise ValueError("no")

    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    async with engine.connect() as connection:
        await connection.execute(text("PRAGMA foreign_keys = ON"))
    async with Runner(engine, migrations=[("001_f", Family), ("002_f", Fails)]) as runner:
        with pytest.raises(MigrationFailed):
            await runner.up()
    async with engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar_one() == 1
        assert (await connection.execute(text("SELECT count(*) FROM child"))).scalar_one() == 3
    await engine.dispose()


@pytest.mark.parametrize(
    "pragma", ["PRAGMA foreign_keys = OFF;", "PRAGMA foreign_keys = OFF;\nPRAGMA legacy_alter_table = ON;"]
)
async def test_a_lone_pragma_in_front_is_folded_too(bench: Bench, pragma: str) -> None:
    bench.files.write("001_family.sql", FAMILY)
    bench.files.write("002_rebuild.sql", f"{pragma}\nBEGIN;\n{BY_HAND}\nCOMMIT;")
    await bench.up()
    assert len(await children(bench)) == 3
    assert await bench.journal() == []
