"""What the tests of a database work with: a database of their own, a folder of migrations, and a view of the catalog."""

from __future__ import annotations

import asyncio
import sqlite3
import textwrap
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg

from lockgate import Migration, Runner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

Rows = list[tuple[Any, ...]]


class Database(Protocol):
    """A fresh database of one test, looked at past Lockgate."""

    engine: str
    url: str

    async def rows(self, query: str) -> Rows:
        """The rows of a query, on a connection of its own."""

    async def execute(self, script: str) -> None:
        """Run a script, on a connection of its own."""

    async def tables(self) -> set[str]:
        """The names of the tables, without those of Lockgate's own."""

    async def catalog(self) -> dict[str, Rows]:
        """All that the schema holds, as values that compare; without Lockgate's own tables."""

    @property
    def is_postgresql(self) -> bool: ...

    @property
    def is_mysql(self) -> bool:
        """Whether DDL commits, so that a migration which holds any keeps steps."""

    @property
    def driver_call(self) -> str:
        """The method of the driver's connection that runs a statement."""


class SqliteDatabase:
    engine = "sqlite"
    is_postgresql = False
    is_mysql = False
    driver_call = "execute"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    async def rows(self, query: str) -> Rows:
        if not self.path.exists():
            return []
        with closing(sqlite3.connect(self.path)) as connection:
            return [tuple(row) for row in connection.execute(query).fetchall()]

    async def execute(self, script: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(script)

    async def tables(self) -> set[str]:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        return {row[0] for row in await self.rows(query) if not row[0].startswith("schema_migrations")}

    async def catalog(self) -> dict[str, Rows]:
        # Migrations rename and rebuild tables, so what counts is the text that SQLite keeps.
        objects = await self.rows(
            "SELECT type, name, tbl_name, sql FROM sqlite_master"
            " WHERE tbl_name NOT LIKE 'schema_migrations%' ORDER BY 1, 2"
        )
        columns = await self.rows(
            'SELECT m.name, c.cid, c.name, c.type, iif(c."notnull", '
            "'NOT NULL', 'NULL'), c.dflt_value, c.pk FROM sqlite_master m,"
            " pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'schema_migrations%' ORDER BY 1, 2"
        )
        return {"objects": objects, "columns": columns}


_MINE = "n.nspname !~ '^(pg_|information_schema)' AND c.relname !~ '^schema_migrations'"
_CATALOG = {
    "relations": f"SELECT n.nspname, c.relname, c.relkind::text, c.relowner::regrole::text, c.reloptions::text"
    f" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_MINE}",
    "columns": "SELECT n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
    " pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text, col_description(c.oid, a.attnum)"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)"
    f" WHERE a.attnum > 0 AND NOT a.attisdropped AND {_MINE}",
    "indexes": "SELECT n.nspname, c.relname, pg_get_indexdef(i.indexrelid), i.indisvalid FROM pg_index i"
    f" JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_MINE}",
    "constraints": "SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated"
    " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    f" WHERE {_MINE}",
    "views": "SELECT n.nspname, c.relname, pg_get_viewdef(c.oid) FROM pg_class c"
    f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {_MINE}",
    "triggers": "SELECT n.nspname, c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t"
    f" JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    f" WHERE NOT t.tgisinternal AND {_MINE}",
    "functions": "SELECT n.nspname, p.proname, pg_get_functiondef(p.oid) FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE p.prokind IN ('f', 'p') AND n.nspname !~ '^(pg_|information_schema)'",
    "enums": "SELECT n.nspname, t.typname, e.enumlabel, e.enumsortorder FROM pg_enum e"
    " JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace",
    "schemas": "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'",
    "extensions": "SELECT extname FROM pg_extension",
}


class PostgresDatabase:
    is_postgresql = True
    is_mysql = False
    driver_call = "execute"

    def __init__(self, engine: str, url: str) -> None:
        self.engine = engine
        self.url = url

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.url)
        try:
            yield connection
        finally:
            await connection.close()

    async def rows(self, query: str) -> Rows:
        async with self.connection() as connection:
            return [tuple(row) for row in await connection.fetch(query)]

    async def execute(self, script: str) -> None:
        async with self.connection() as connection:
            await connection.execute(script)

    async def tables(self) -> set[str]:
        query = "SELECT relname FROM pg_stat_user_tables WHERE relname !~ '^schema_migrations'"
        return {row[0] for row in await self.rows(query)}

    async def catalog(self) -> dict[str, Rows]:
        async with self.connection() as connection:
            return {
                name: sorted((tuple(row) for row in await connection.fetch(query)), key=repr)
                for name, query in _CATALOG.items()
            }


class Files:
    """A folder of migrations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return path

    def table(self, number: int, name: str | None = None) -> str:
        """A migration that creates the table `t<number>`, and drops it; returns its name."""
        file = name or f"{number:03}_t{number}.sql"
        self.write(
            file,
            f"-- migrate:up\nCREATE TABLE t{number} (id INTEGER PRIMARY KEY);\n"
            f"-- migrate:down\nDROP TABLE t{number};\n",
        )
        return file

    def tables(self, count: int) -> list[str]:
        return [self.table(number) for number in range(1, count + 1)]

    def python(self, name: str, up: str, down: str | None = None, *, head: str = "", attributes: str = "") -> Path:
        """A migration whose methods hold these statements."""
        lines = ["import asyncio", "import sqlalchemy as sa", "from lockgate import Migration", textwrap.dedent(head)]
        lines += ["", "class Change(Migration):", textwrap.indent(attributes, "    ") or "    '''A change.'''", ""]
        for direction, body in (("up", up), ("down", down)):
            if body is not None:
                lines += [
                    f"    async def {direction}(self):",
                    textwrap.indent(textwrap.dedent(body).strip(), " " * 8),
                    "",
                ]
        return self.write(name, "\n".join(lines))

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()


class Bench:
    """One test's database and folder, and runners over them."""

    is_pooled = False

    def __init__(self, database: Database, files: Files) -> None:
        self.database = database
        self.files = files

    def runner(self, database: Any = None, **settings: Any) -> Runner:
        where = self.database.url if database is None else database
        if "migrations" not in settings:
            settings.setdefault("directory", self.files.folder)
        return Runner(where, **settings)

    async def up(self, **options: Any) -> list[str]:
        """The names that a run up of a runner of its own has applied."""
        async with self.runner() as runner:
            return list((await runner.up(**options)).names)

    async def down(self, **options: Any) -> list[str]:
        async with self.runner() as runner:
            return list((await runner.down(**options)).names)

    async def recorded(self) -> list[tuple[str, int]]:
        """Names and batches of the tracking table, read past Lockgate."""
        if not await self._has("schema_migrations"):
            return []
        return [
            (row[0], row[1])
            for row in await self.database.rows("SELECT name, batch_no FROM schema_migrations ORDER BY id")
        ]

    async def names(self) -> list[str]:
        return [name for name, _ in await self.recorded()]

    def kept(self, *tables: str) -> set[str]:
        """What is left of the tables that a migration has made before it failed: all where DDL commits, else none."""
        return set(tables) if self.database.is_mysql else set()

    def outcome(self, steps: int) -> str:
        """What is said of a migration that failed after so many steps of DDL."""
        if not (self.database.is_mysql and steps):
            return "It was rolled back."
        return f"its first {f'{steps} steps are' if steps > 1 else 'step is'} kept"

    async def journal(self) -> list[tuple[Any, ...]]:
        """Name, direction, step and state of the journal's rows; empty where it has no table."""
        if not await self._has("schema_migrations_journal"):
            return []
        query = "SELECT name, direction, step, state FROM schema_migrations_journal ORDER BY name, step"
        return await self.database.rows(query)

    async def _has(self, table: str) -> bool:
        return table in await self.own_tables()

    async def own_tables(self) -> set[str]:
        """Lockgate's own tables that have been made."""
        column, catalog = "name", "sqlite_master"
        if self.database.is_postgresql:
            column, catalog = "relname", "pg_stat_user_tables"
        elif self.database.is_mysql:
            column, catalog = "table_name", "information_schema.tables"
        like = f"{column} LIKE 'schema_migrations%'" + (" AND table_schema = DATABASE()" * self.database.is_mysql)
        return {row[0] for row in await self.database.rows(f"SELECT {column} FROM {catalog} WHERE {like}")}


def pausing(table: str = "paused") -> tuple[type[Migration], asyncio.Event, asyncio.Event]:
    """A migration that makes a table, says that it has, and waits until it may go on."""
    reached, go = asyncio.Event(), asyncio.Event()

    class Pauses(Migration):
        async def up(self) -> None:
            await self.db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY)")
            await self.db.scalar("SELECT 1")
            reached.set()
            await go.wait()

        async def down(self) -> None:
            await self.db.execute(f"DROP TABLE {table}")

    return Pauses, reached, go


async def arrived(event: asyncio.Event, running: asyncio.Future[Any]) -> None:
    """Wait for what a run says on its way; one that ends without it says how it ended."""
    waiting = asyncio.ensure_future(event.wait())
    await asyncio.wait([waiting, running], timeout=30, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not event.is_set():
        assert running.done(), "It goes on and has not said it."
        raise AssertionError(f"It ended without having said it: {running.result()}")
