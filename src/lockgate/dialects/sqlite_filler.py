"""Batches on SQLite: one hop to the driver's thread each, and a rest for those who wait to write."""

from __future__ import annotations

import random
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio

from lockgate.dialects.backfill_table import BackfillTable
from lockgate.dialects.filler import Keyed, Overtaken, TooLong, alike
from lockgate.dialects.seam import LockBusy, Unit
from lockgate.dialects.sqlite_work import translated
from lockgate.dialects.tracking import quoted
from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from lockgate.dialects.filler import Change, Write
    from lockgate.dialects.sqlite import SqliteSession
    from lockgate.nouns.backfills import Key

T = TypeVar("T")

_READING_SECONDS: Final = 5.0
_PAUSE: Final = 0.005


class SqliteFiller:
    """Over the session itself: there is one writer at a time."""

    quote = '"'
    compares_rows = True
    locking = ""
    rest = 0.5
    is_concurrent = False

    def __init__(self, session: SqliteSession) -> None:
        self._session = session

    @property
    def table(self) -> BackfillTable:
        """Beside the tracking table."""
        return BackfillTable(self._session.tracking)

    async def exists(self) -> bool:
        """Ask sqlite_master."""
        return await _patiently(lambda: self._session._has(self.table.name), _READING_SECONDS)

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Rows; a commit of somebody else's is waited for."""
        return await _patiently(lambda: self._session.fetch(query), _READING_SECONDS)

    async def note(self, statements: Sequence[str]) -> None:
        """Run them in one transaction."""
        unit = Unit("", (), closing=statements)
        await _patiently(lambda: self._session.transact([unit], None), _READING_SECONDS)

    async def keyed(self, table: str, schema: str, key: Sequence[str]) -> Keyed:
        """Ask the pragmas."""
        place = quoted(schema or "main")
        columns = await self.fetch(f"PRAGMA {place}.table_info({quoted(table)})")
        if not columns:
            raise LockgateError(f"There is no table {table} to backfill.")
        types = {name: str(kind) for _, name, kind, *_ in columns}
        # A primary key may hold nulls, but for an INTEGER PRIMARY KEY: https://www.sqlite.org/lang_createtable.html
        primary = [name for _, name, *_, at in sorted(columns, key=lambda one: one[5]) if at]
        is_rowid = len(primary) == 1 and types[primary[0]].upper() == "INTEGER"
        whole = {name for _, name, _, required, _, at in columns if required or (at and is_rowid)}
        keys = [primary] if primary else []
        for _, index, unique, _, partial in await self.fetch(f"PRAGMA {place}.index_list({quoted(table)})"):
            named = [name for _, _, name in await self.fetch(f"PRAGMA {place}.index_info({quoted(index)})")]
            keys += [named] if unique and not partial and all(named) else []
        fitting = [of for of in keys if (set(of) == set(key) if key else of == primary) and whole.issuperset(of)]
        if not fitting:
            wanted = f"unique key of {', '.join(key)} without nulls" if key else "primary key without nulls"
            raise LockgateError(f"{table} has no {wanted} to go by.", hint="Name a unique key: key=(…).")
        return Keyed(f"{place}.{quoted(table)}", tuple(fitting[0]), types)

    async def estimate(self, table: str) -> int | None:
        """Counted: that reads an index, and holds up nobody."""
        ((rows,),) = await self.fetch(f"SELECT count(*) FROM {table}")
        return int(rows)

    async def cuts(self, keyed: Keyed, ranges: int) -> list[Key]:
        """None."""
        return []

    async def lag(self) -> float | None:
        """There are no replicas."""
        return None

    def literal(self, value: Any) -> str:
        """By its type, which an index compares by."""
        if isinstance(value, bytes):
            return f"X'{value.hex()}'"
        return repr(value) if isinstance(value, int | float) else self._session.tracking.text(str(value))

    async def apply(self, advance: str, change: str, seconds: float) -> None:
        """Do it all in one hop."""

        def work(raw: sqlite3.Connection) -> None:
            _move(raw, advance)
            raw.execute(change)
            _commit(raw, seconds)

        await self._begin(seconds)
        await self._bounded(work, seconds)

    async def convert(self, advance: str, query: str, change: Change, keyed: Keyed, seconds: float) -> None:
        """Read in one hop and write in another; nobody else writes in between."""

        def read(raw: sqlite3.Connection) -> list[dict[str, Any]]:
            _move(raw, advance)
            found = raw.execute(query)
            names = [column[0] for column in found.description]
            return [dict(zip(names, tuple(row), strict=True)) for row in found]

        same = " AND ".join(f"{quoted(column)} = ?" for column in keyed.key)

        def write(raw: sqlite3.Connection, writes: Sequence[Write]) -> None:
            for columns, group in alike(writes):
                sets = ", ".join(f"{quoted(column)} = ?" for column in columns)
                rows = [(*one.values.values(), *one.key) for one in group]
                raw.executemany(f"UPDATE {keyed.name} SET {sets} WHERE {same}", rows)
            _commit(raw, seconds)

        await self._begin(seconds)
        began = anyio.current_time()
        rows = await self._bounded(read, seconds)
        try:
            with anyio.fail_after(seconds):
                writes = await change(rows)
        except TimeoutError:
            await self._undo()
            raise TooLong from None
        except BaseException:
            await self._undo()
            raise
        await self._bounded(lambda raw: write(raw, writes), max(0.01, began + seconds - anyio.current_time()))

    async def _begin(self, seconds: float) -> None:
        def begin() -> None:
            self._session._work.raw.execute("BEGIN IMMEDIATE")

        try:
            await _patiently(lambda: self._session._hop(begin), seconds)
        except LockBusy as error:
            raise TooLong from error

    async def _bounded(self, work: Callable[[sqlite3.Connection], T], seconds: float) -> T:
        try:
            with anyio.fail_after(seconds):
                return await self._session._hop(lambda: work(self._session._work.raw))
        except (TimeoutError, LockBusy) as error:
            await self._undo()
            raise TooLong from error
        except sqlite3.Error as error:
            await self._undo()
            raise translated(error) from error
        except BaseException:
            await self._undo()
            raise

    async def _undo(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._session.rollback(goes_on=True)

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[SqliteFiller]:
        """Itself."""
        yield self


async def _patiently(work: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Do it again and again while the file is locked, for so long."""
    until = anyio.current_time() + seconds
    while True:
        try:
            return await work()
        except LockBusy:
            if anyio.current_time() >= until:
                raise
        await anyio.sleep(_PAUSE * random.uniform(0.5, 1.5))


def _move(raw: sqlite3.Connection, advance: str) -> None:
    if raw.execute(advance).rowcount != 1:
        raise Overtaken


def _commit(raw: sqlite3.Connection, seconds: float) -> None:
    """Commit, once those who read have ended."""
    raw.execute(f"PRAGMA busy_timeout = {1000 * seconds:.0f}")
    try:
        raw.execute("COMMIT")
    finally:
        raw.execute("PRAGMA busy_timeout = 0")
