"""Runs statements on a PostgreSQL server, one by one: `python -m benchmarks.admin URL STATEMENT...` in the limit's environment.

The first column of the last one's first row is printed, if it has one. A statement that begins with `?` may fail.
"""

from __future__ import annotations

import asyncio
import sys

import asyncpg


async def main(url: str, statements: list[str]) -> None:
    """Run them."""
    connection = await asyncpg.connect(url)
    value = None
    for statement in statements:
        try:
            value = await connection.fetchval(statement.removeprefix("?"))
        except asyncpg.PostgresError:
            if not statement.startswith("?"):
                raise
    await connection.close()
    print(value if value is not None else "")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
