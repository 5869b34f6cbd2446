"""The worked rename of the documentation, while old and new code read and write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from docs.snippets import ALL
from lockgate import NotCurrent

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio
_ROWS = 20_000


class Code:
    """A release that is running: it reads and writes one of the two columns, and notes what it was told was written."""

    def __init__(self, database: Any, column: str, written: dict[int, str]) -> None:
        self._database, self._column, self._written = database, column, written
        self.turns = 0

    async def serve(self) -> None:
        column = self._column
        async with self._database.connection() as connection:
            while True:
                self.turns += 1
                name = f"{column} {self.turns}"
                number = await connection.fetchval(f"INSERT INTO users ({column}) VALUES ($1) RETURNING id", name)
                assert await connection.fetchval(f"SELECT {column} FROM users WHERE id = $1", number) == name
                with anyio.CancelScope(shield=True):
                    # Each release has rows of its own to change, so that what stands there in the end is known.
                    number = 2 * self.turns + (column == "name")
                    await connection.execute(f"UPDATE users SET {column} = $1 WHERE id = $2", name, number)
                    self._written[number] = name
                await anyio.sleep(0.001)


@pytest.mark.parametrize("engine", ["postgresql-18"], indirect=True)
async def test_a_column_is_renamed_and_nobody_notices(bench: Bench) -> None:
    for one in ALL:
        if one.page == "expand-contract.md" and "file" in one.said:
            bench.files.write(one.said["file"], one.text)
    database, written = bench.database, dict[int, str]()
    old, new = Code(database, "name", written), Code(database, "full_name", written)
    async with bench.runner() as runner, anyio.create_task_group() as servers:
        await runner.up(to="1")
        await database.execute(f"INSERT INTO users (name) SELECT 'n' || i FROM generate_series(1, {_ROWS}) i")
        with anyio.CancelScope() as old_ones:
            async with anyio.create_task_group() as group:
                group.start_soon(old.serve)
                await runner.up(phase="expand")
                with pytest.raises(NotCurrent):
                    await runner.up(phase="contract")
                await runner.backfill(seconds=0.05)
                servers.start_soon(new.serve)
                await anyio.sleep(0.3)
                old_ones.cancel()
        assert (await runner.up(phase="contract")).names == ("003_drop_name.sql",)
        turns = new.turns
        await anyio.sleep(0.2)
        assert new.turns > turns
        assert old.turns > 10
        servers.cancel_scope.cancel()
    names = dict(await database.rows(f"SELECT id, full_name FROM users WHERE id <= {_ROWS}"))
    assert {number: names[number] for number in written} == written
    assert all(name == f"n{number}" for number, name in names.items() if number not in written)
