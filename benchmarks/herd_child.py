"""One process of a herd: `python -m benchmarks.herd_child lockgate|by-hand URL FOLDER`."""

# ruff: noqa: PLC0415 - each contestant imports what it needs

from __future__ import annotations

import asyncio
import hashlib
import sys
from pathlib import Path

_TABLE = (
    "CREATE TABLE IF NOT EXISTS schema_migrations (id SERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,"
    " applied_at TIMESTAMP WITH TIME ZONE NOT NULL, batch_no INT NOT NULL)"
)
_RECORD = "INSERT INTO schema_migrations (name, hash, applied_at, batch_no) VALUES ($1, $2, now(), 1)"


async def _by_hand(url: str, folder: Path) -> None:
    """What a careful programmer writes: one lock that the server waits for, one look, one transaction a file."""
    import asyncpg

    texts = _texts(folder)
    connection = await asyncpg.connect(url)
    await connection.execute("SELECT pg_advisory_lock(4711)")
    await connection.execute(_TABLE)
    applied = {row[0] for row in await connection.fetch("SELECT name FROM schema_migrations")}
    for name, text in texts.items():
        if name not in applied:
            async with connection.transaction():
                await connection.execute(text.partition("-- migrate:down")[0])
                await connection.execute(_RECORD, name, hashlib.sha256(text.encode()).hexdigest())
    await connection.close()


def _texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


async def _lockgate(url: str, folder: Path) -> None:
    import lockgate

    runner = lockgate.Runner(url, directory=folder, environment="production", force_migration=True)
    async with runner.gate() as gate:
        assert gate.ready


if __name__ == "__main__":
    work = {"by-hand": _by_hand, "lockgate": _lockgate}[sys.argv[1]]
    asyncio.run(work(sys.argv[2], Path(sys.argv[3])))
