"""Batches on MySQL and MariaDB: READ COMMITTED, so that no gap between keys is locked against those who insert."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import anyio
from asyncmy.errors import MySQLError

from lockgate.dialects.backfill_table import BackfillTable
from lockgate.dialects.filler import Keyed, Overtaken, TooLong
from lockgate.dialects.mysql_errors import BUSY, code_of, translated
from lockgate.dialects.seam import Unit
from lockgate.dialects.tracking import quoted
from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lockgate.dialects.filler import Change, Write
    from lockgate.dialects.mysql import MysqlSession
    from lockgate.nouns.backfills import Key

_LONG: Final = "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
_LEVEL: Final = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
_UNDOING_SECONDS: Final = 5.0


class MysqlFiller:
    """Over the session itself."""

    quote = "`"
    compares_rows = False
    locking = " FOR UPDATE"
    rest = 0.0
    is_concurrent = False

    def __init__(self, session: MysqlSession) -> None:
        self._session = session

    @property
    def table(self) -> BackfillTable:
        """Beside the tracking table."""
        return BackfillTable(self._session.tracking, _LONG)

    async def exists(self) -> bool:
        """Ask the catalog."""
        schema, name = (self.literal(part.strip("`").replace("``", "`")) for part in self.table.name.split("`.`"))
        wanted = f"table_schema = {schema} AND table_name = {name}"
        return bool(await self.fetch(f"SELECT 1 FROM information_schema.tables WHERE {wanted}"))

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Rows."""
        return await self._session.fetch(query)

    async def note(self, statements: Sequence[str]) -> None:
        """Run them in one transaction."""
        await self._session.transact([Unit("", (), closing=statements)], None)

    async def keyed(self, table: str, schema: str, key: Sequence[str]) -> Keyed:
        """Ask the catalog."""
        place = self.literal(schema) if schema else "DATABASE()"
        of = f"table_schema = {place} AND table_name = {self.literal(table)}"
        columns = await self.fetch(
            f"SELECT table_schema, column_name, column_type FROM information_schema.columns WHERE {of}"
        )
        if not columns:
            raise LockgateError(f"There is no table {table} to backfill.")
        parts = await self.fetch(
            "SELECT index_name, column_name, nullable, sub_part FROM information_schema.statistics"
            f" WHERE {of} AND non_unique = 0 ORDER BY index_name, seq_in_index"
        )
        keys: dict[str, list[str]] = {}
        for index, column, _, _ in parts:
            keys.setdefault(index, []).append(column)
        unfit = {index for index, _, nullable, length in parts if nullable == "YES" or length is not None}
        fitting = [
            of_index
            for index, of_index in keys.items()
            if index not in unfit and (set(of_index) == set(key) if key else index == "PRIMARY")
        ]
        if not fitting:
            wanted = f"unique key of {', '.join(key)} without nulls" if key else "primary key"
            raise LockgateError(f"{table} has no {wanted} to go by.", hint="Name a unique key: key=(…).")
        name = f"{quoted(columns[0][0], '`')}.{quoted(table, '`')}"
        return Keyed(name, tuple(fitting[0]), {column: str(kind) for _, column, kind in columns})

    async def estimate(self, table: str) -> int | None:
        """What InnoDB's statistics say."""
        schema, name = (self.literal(part.strip("`").replace("``", "`")) for part in table.split("`.`"))
        wanted = f"table_schema = {schema} AND table_name = {name}"
        rows = await self.fetch(f"SELECT table_rows FROM information_schema.tables WHERE {wanted}")
        return None if not rows or rows[0][0] is None else int(rows[0][0])

    async def cuts(self, keyed: Keyed, ranges: int) -> list[Key]:
        """None."""
        return []

    async def lag(self) -> float | None:
        """A primary does not know."""
        return None

    def literal(self, value: Any) -> str:
        """By its type: a number that is written as text is compared as a float."""
        if isinstance(value, bytes):
            return f"X'{value.hex()}'"
        return str(value) if isinstance(value, int | float | Decimal) else self._session.tracking.text(str(value))

    async def apply(self, advance: str, change: str, seconds: float) -> None:
        """Run one after the other."""
        async with self._transaction(advance, seconds):
            await self._session._wire.send(change)

    async def convert(self, advance: str, query: str, change: Change, keyed: Keyed, seconds: float) -> None:
        """Read and lock the rows, have them changed, and write them one by one."""
        async with self._transaction(advance, seconds):
            await self._session._wire.send(query)
            result = self._session.driver._result
            names = [field.name for field in result.fields]
            writes = await change([dict(zip(names, row, strict=True)) for row in result.rows or ()])
            cursor = self._session.driver.cursor()
            for one in writes:
                await self._session._wire.send(cursor.mogrify(_update(keyed, one), (*one.values.values(), *one.key)))

    @asynccontextmanager
    async def _transaction(self, advance: str, seconds: float) -> AsyncIterator[None]:
        wire = self._session._wire
        try:
            with anyio.fail_after(seconds):
                for statement in (_LEVEL, "START TRANSACTION", advance):
                    await wire.send(statement)
                if self._session.driver.affected_rows() != 1:
                    raise Overtaken  # noqa: TRY301 - what is open is undone below
                yield
            await wire.send("COMMIT")
        except BaseException as error:
            with anyio.move_on_after(_UNDOING_SECONDS, shield=True), suppress(MySQLError):
                await wire.send("ROLLBACK")
            if isinstance(error, TimeoutError) or code_of(error) in BUSY:
                raise TooLong from error
            if isinstance(error, MySQLError):
                raise translated(error) from error
            raise

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[MysqlFiller]:
        """Itself."""
        yield self


def _update(keyed: Keyed, write: Write) -> str:
    sets = ", ".join(f"{_named(column)} = %s" for column in write.values)
    same = " AND ".join(f"{_named(column)} = %s" for column in keyed.key)
    return f"UPDATE {keyed.name.replace('%', '%%')} SET {sets} WHERE {same}"


def _named(column: str) -> str:
    return quoted(column, "`").replace("%", "%%")
