"""Tables to fill, and migrations that fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.bench import Database

SINGLE = "CREATE TABLE items (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER, times INTEGER NOT NULL DEFAULT 0)"
COMPOSITE = (
    "CREATE TABLE items (place VARCHAR(20) NOT NULL, id INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER,"
    " times INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (place, id))"
)
SUM = "SELECT count(*), count(b), min(times), max(times), sum(CASE WHEN b = a * 2 THEN 1 ELSE 0 END) FROM items"


async def filled(database: Database, table: str, rows: int) -> None:
    """Make the table, with gaps between its keys, and a skew: half of the keys are in one stretch, or one place."""
    await database.execute(table)
    for first in range(0, rows, 1_000):
        values = [_row(table, number) for number in range(first, min(rows, first + 1_000))]
        columns = "(place, id, a)" if table == COMPOSITE else "(id, a)"
        await database.execute(f"INSERT INTO items {columns} VALUES {', '.join(values)}")


def _row(table: str, number: int) -> str:
    key = number if number % 2 else number * 977 + 1_000_000
    return f"('{_place(number)}', {key}, {number + 1})" if table == COMPOSITE else f"({key}, {number + 1})"


def _place(number: int) -> str:
    return "it''s" if number % 2 else f"p{number % 7}"


MIGRATION = """\
from lockgate import Migration

class Fill(Migration):
    {attributes}

    async def up(self):
        await self.db.backfill("items", {arguments})

    async def down(self):
        await self.db.backfill("items", set={{"b": "NULL", "times": "times - 1"}})

    async def doubled(self, rows):
        return [{{"b": row["a"] * 2, "times": row["times"] + 1}} for row in rows]

    async def moved(self, rows):
        return [{{**row, "id": row["id"] + 1_000_000_000}} for row in rows]
"""
IN_SQL = 'set={"b": "a * 2", "times": "times + 1"}'
IN_PYTHON = "compute=self.doubled"


def migration(arguments: str, *, attributes: str = "transactional = False") -> str:
    """A migration that fills the table."""
    return MIGRATION.format(arguments=arguments, attributes=attributes)
