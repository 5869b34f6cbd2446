"""MariaDB, where DDL commits: the proxy holds what is said, and a named lock, or a table, what the server does."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager, contextmanager, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from asyncmy.errors import MySQLError

from faults.cells import Cell, How, Kind
from faults.migrations import Dialect, write
from faults.places.crashing_mariadb import CrashingMariadb
from faults.places.mariadb_moments import TABLE, Gate, moment
from faults.places.mysql_proxy import MysqlProxy
from faults.proxy import Stop
from faults.running import Running, started
from faults.scene import environment, runner
from faults.waiting import PATIENCE, until
from mariadb_database import MariadbDatabase
from servers import demanded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_BASE: Final = """
CREATE TABLE log (note VARCHAR(50));
CREATE TABLE t (a integer);
CREATE TABLE ballast (filler longtext);
INSERT INTO t VALUES (1), (2), (3);
"""
# Lockgate's rows are the last that a transaction does before its COMMIT.
_REACHED: Final = """
CREATE FUNCTION reach(place TEXT) RETURNS INTEGER
BEGIN
  DO GET_LOCK(CONCAT(DATABASE(), ':', place), 600);
  DO RELEASE_LOCK(CONCAT(DATABASE(), ':', place));
  RETURN 1;
END;
CREATE PROCEDURE batch()
BEGIN
  INSERT INTO log VALUES ('batch'); COMMIT;
  DO reach('during');
  INSERT INTO log VALUES ('its second half'); COMMIT;
END;
CREATE TRIGGER reach_row AFTER INSERT ON schema_migrations FOR EACH ROW DO reach(NEW.name);
CREATE TRIGGER reach_no_row AFTER DELETE ON schema_migrations FOR EACH ROW DO reach(OLD.name);
CREATE TRIGGER reach_step AFTER INSERT ON schema_migrations_journal FOR EACH ROW
  DO reach(CONCAT_WS(' ', NEW.name, NEW.step, NEW.state));
"""
_DIALECT: Final = Dialect(
    between="SELECT reach('between')",
    long="INSERT INTO log SELECT 'long' FROM DUAL WHERE reach('during') = 1",
    alone="CREATE INDEX t_a ON t (a)",
    alone_back="DROP INDEX t_a ON t",
    ballast="INSERT INTO ballast SELECT repeat('x', 7000) FROM seq_1_to_2600",
)


class MariadbPlace:
    """A server of its own, because some cells crash it; the runner goes to the first of `nodes`, all others to the last."""

    name = "MariaDB"
    kinds: Sequence[Kind] = tuple(Kind)
    hows: Sequence[How] = tuple(How)
    times: int | None = 6
    settings: Mapping[str, Any] = MappingProxyType({})
    in_cluster = False
    server: CrashingMariadb

    @contextmanager
    def started(self) -> Iterator[Self]:
        self.server = demanded(CrashingMariadb)
        try:
            yield self
        finally:
            self.server.stop()

    @property
    def nodes(self) -> Sequence[MariadbDatabase]:
        """Its servers, without a database."""
        return [MariadbDatabase(self.server.url)]

    @asynccontextmanager
    async def scene(self, cell: Cell, folder: Path) -> AsyncIterator[MariadbScene]:
        name = f"faults_{uuid.uuid4().hex[:12]}"
        await self.nodes[-1].execute(f"CREATE DATABASE {name}")
        for node in self.nodes:  # who names it on connecting is not kept waiting until it has come there
            await node.rows("SELECT 1")
        try:
            yield await self.scene_of(cell, folder, [one.named(name) for one in self.nodes]).set()
        finally:
            await self.nodes[-1].execute(f"DROP DATABASE {name}")

    def scene_of(self, cell: Cell, folder: Path, nodes: Sequence[MariadbDatabase]) -> MariadbScene:
        """A cell on a database that the nodes have."""
        return MariadbScene(self, cell, folder, nodes)

    async def heal(self) -> None:
        """Have again what a crash has taken away for longer."""

    async def crash(self) -> None:
        """End the runner's server where it stands, and have it there again."""
        await asyncio.to_thread(self.server.crash)

    async def fill_disk(self, *, full: bool) -> None:
        """Let it find its disk full, or not any more."""
        await asyncio.to_thread(self.server.fill_disk if full else self.server.free_disk)

    def files(self, database: str) -> Iterator[str]:
        """The names of what it keeps of a database."""
        return (path.name for path in (self.server.folder / "data" / database).iterdir())


class MariadbScene:
    def __init__(self, place: MariadbPlace, cell: Cell, folder: Path, nodes: Sequence[MariadbDatabase]) -> None:
        self.place, self.cell, self.folder, self.settings = place, cell, folder, place.settings
        self._near, self._database = nodes[0], nodes[-1]
        self.url, self._name = self._database.url, urlsplit(self._database.url).path[1:]
        self._stop = moment(cell.kind, cell.where, in_cluster=place.in_cluster)
        self._proxy = MysqlProxy(self._near.url, self._stop if isinstance(self._stop, Stop) else None)
        self._gate: Any = None
        self._migrations = folder / "migrations"
        self.names: list[str] = []

    async def set(self) -> MariadbScene:
        """Write the migrations, and run the base, so that the tables of the rows are there to be watched."""
        self._migrations.mkdir(parents=True)
        (self._migrations / "001_base.sql").write_text(_BASE, encoding="utf-8")
        async with runner(self) as first:
            await first.up()
        await self.execute(_REACHED)
        self.names = ["001_base.sql", *write(self._migrations, self.cell, _DIALECT)]
        return self

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Running]:
        async with self._proxy.listening() as proxy:
            if isinstance(self._stop, Gate):
                self._gate = await self._close_gate(self._stop)
            # No wait of the runner's for a lock ends before the cell does.
            patient = {"LOCKGATE_DDL_LOCK_TIMEOUT": str(PATIENCE * 2)}
            env = {"DATABASE_URL": proxy.url, **environment(self), **patient}
            async with started(self.folder, env, arguments=self.cell.kind.arguments) as running:
                await running.reached(self._waits if self._gate else proxy.reached.wait)
                try:
                    yield running
                finally:
                    await self.free()
                    if self.cell.how is How.DISK_FULL:
                        await self.place.fill_disk(full=False)

    async def _close_gate(self, gate: Gate) -> Any:
        # Without a database, so that it is not taken for a session of the runner's.
        connection = await self.place.nodes[0].opened()
        if gate is TABLE:
            await connection.autocommit(False)
            await connection.query(f"SELECT * FROM {self._name}.t")
        else:
            await connection.query(f"DO GET_LOCK('{self._name}:{gate.lock}', 0)")
        return connection

    async def _waits(self) -> None:
        await self._until(self._near, "state IN ('User lock', 'Waiting for table metadata lock')")

    async def _until(self, node: MariadbDatabase, seen: str, *, there: bool = True) -> None:
        """Wait for sessions of the database other than this one."""
        query = f"SELECT 1 FROM information_schema.processlist WHERE {_OTHERS} AND {seen}"
        async with node.connection() as connection:

            async def is_so() -> bool:
                await connection.query(query)
                return bool(connection._result.rows) is there

            await until(is_so)

    def pass_on(self) -> None:
        self._proxy.let_go()

    def drop(self) -> None:
        self._proxy.cut()

    async def free(self) -> None:
        if self._gate is not None:
            self._gate.close()
            self._gate = None

    async def left_alone(self, running: Running) -> None:
        """The server goes on with what it is at, and so the lock is held."""

    async def hit(self, how: How, running: Running) -> None:
        await self._hits[how]()

    @property
    def _hits(self) -> dict[How, Callable[[], Awaitable[None]]]:
        return {
            How.TERMINATED: self._terminate,
            How.CRASH: self._crash,
            How.CUT: self._cut,
            How.DISK_FULL: self._fill,
        }

    async def _terminate(self) -> None:
        for (number,) in await self._near.rows(f"SELECT id FROM information_schema.processlist WHERE {_OTHERS}"):
            with suppress(MySQLError):  # it has ended by itself
                await self._near.execute(f"KILL {number}")
        await self._until(self._near, "true", there=False)

    async def _crash(self) -> None:
        await self.place.crash()

    async def _cut(self) -> None:
        self._proxy.cut()

    async def _fill(self) -> None:
        await self.place.fill_disk(full=True)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        return await self._database.rows(query)

    async def execute(self, script: str) -> None:
        await self._database.execute(script)

    async def catalog(self) -> dict[str, Any]:
        return await self._database.catalog()

    async def tables(self) -> set[str]:
        return await self._database.tables()

    async def own_tables(self) -> set[str]:
        mine = "table_schema = DATABASE() AND table_name LIKE 'schema\\_migrations%'"
        return {name for (name,) in await self.rows(f"SELECT table_name FROM information_schema.tables WHERE {mine}")}

    async def leftovers(self) -> list[str]:
        """A lock goes with its session; half a table is a file, which the server takes away behind a dropped one's commit."""
        for node in self.place.nodes:
            await self._until(node.named(self._name), "true", there=False)
        with suppress(TimeoutError):
            await until(self._is_tidy)
        return self._halves()

    async def _is_tidy(self) -> bool:
        return not self._halves()

    def _halves(self) -> list[str]:
        return [name for name in self.place.files(self._name) if name.startswith("#")]


_OTHERS: Final = "db = DATABASE() AND id <> CONNECTION_ID()"
