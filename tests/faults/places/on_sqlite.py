"""SQLite: the first migration of the run holds the process, wherever it is told to (see `probe`)."""

from __future__ import annotations

import asyncio
import fcntl
import json
import resource
import socket
import sqlite3
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from conformance.bench import SqliteDatabase
from faults.cells import FORTH, Cell, How, Kind, Where
from faults.migrations import Dialect, write
from faults.running import Running, started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

_LONG: Final = (
    "INSERT INTO log WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
    " SELECT 'long' FROM n WHERE i = 20000"
)
_DIALECT: Final = Dialect(
    between="SELECT 'between'",
    long=_LONG,
    alone="VACUUM",
    ballast="INSERT INTO ballast VALUES (zeroblob(1000000))",
)
# What the hooks tell, in the order in which it comes; the place is where the last of them begins.
_PLACES: Final = {
    Where.BEFORE_LOCK: ["flock"],
    Where.LOCKED: ["locked"],
    Where.BEFORE_STATEMENT: ["CREATE TABLE a "],
    Where.BETWEEN: ["SELECT 'between'"],
    Where.DURING: ["RECURSIVE", "progress"],
    Where.BEFORE_COMMIT: ["RECURSIVE", "COMMIT"],
    Where.COMMITTED: ["RECURSIVE", "COMMIT", ""],  # whatever comes next
    Where.RELEASING: ["remove"],
}
_OF_STEPS: Final = {
    Where.BEFORE_STATEMENT: ["VACUUM", "VACUUM"],
    Where.BETWEEN: ["VACUUM", "VACUUM", "'done'"],
}


class SqlitePlace:
    """A file of its own for each cell."""

    name = "SQLite"
    kinds = tuple(kind for kind in FORTH if kind is not Kind.CALL)
    hows = (How.SIGKILL, How.SIGSTOP, How.SIGTERM, How.DISK_FULL)
    times = None

    @contextmanager
    def started(self) -> Iterator[Self]:
        yield self

    @asynccontextmanager
    async def scene(self, cell: Cell, folder: Path) -> AsyncIterator[SqliteScene]:
        yield SqliteScene(cell, folder)


class SqliteScene:
    settings: Final[Mapping[str, Any]] = {}

    def __init__(self, cell: Cell, folder: Path) -> None:
        self.cell, self.folder = cell, folder
        self._path = folder / "app.db"
        self._database = SqliteDatabase(self._path)
        self.url = self._database.url
        self._channel: socket.socket | None = None
        migrations = folder / "migrations"
        migrations.mkdir(parents=True)
        probe = (Path(__file__).parents[1] / "probe.py").read_text(encoding="utf-8")
        (migrations / "001_base.py").write_text(probe, encoding="utf-8")
        self.names = ["001_base.py", *write(migrations, cell, _DIALECT)]

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Running]:
        own = _OF_STEPS if self.cell.kind.keeps_steps else {}
        markers = json.dumps(own.get(self.cell.where) or _PLACES[self.cell.where])
        self._channel, theirs = socket.socketpair()
        self._channel.setblocking(False)
        channel = theirs.fileno()
        env = {"DATABASE_URL": self.url, "FAULTS_MARKERS": markers, "FAULTS_CHANNEL": str(channel)}
        with self._channel, theirs:
            async with started(self.folder, env, [channel]) as running:
                await running.reached(self._heard)
                yield running

    async def _heard(self) -> None:
        assert self._channel is not None
        await asyncio.get_running_loop().sock_recv(self._channel, 1)

    def pass_on(self) -> None:
        assert self._channel is not None
        self._channel.send(b"!")

    def drop(self) -> None:
        """What a dead process has not written is nowhere."""

    async def free(self) -> None:
        """Nobody but the process holds anything."""

    async def left_alone(self, running: Running) -> None:
        """The system takes its locks away with the process."""

    async def hit(self, how: How, running: Running) -> None:
        """Let no file grow over the size that the database has: no page can be added, as on a full disk."""
        assert how is How.DISK_FULL
        size = max(self._path.stat().st_size if self._path.exists() else 0, 65536)
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size, size))

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        return await self._database.rows(query)

    async def execute(self, script: str) -> None:
        await self._database.execute(script)

    async def catalog(self) -> dict[str, Any]:
        return await self._database.catalog()

    async def tables(self) -> set[str]:
        return await self._database.tables()

    async def own_tables(self) -> set[str]:
        rows = await self.rows("SELECT name FROM sqlite_master WHERE name LIKE 'schema_migrations%'")
        return {name for (name,) in rows}

    async def leftovers(self) -> list[str]:
        found = [path.name for path in self.folder.glob("app.db*") if path != self._path and _is_in_use(path)]
        with closing(sqlite3.connect(self._path)) as connection:
            checked = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        return found + [one for one in checked if one != "ok"]


def _is_in_use(path: Path) -> bool:
    """Whether it is more than the empty claim of a process that was killed, which the next to claim it takes over."""
    if not path.name.endswith("-lockgate"):
        return True
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
