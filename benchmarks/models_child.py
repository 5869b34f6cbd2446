"""Measures how models are compared with a database, in one process: Lockgate, Alembic, and the catalog by hand, in turns.

`python -m benchmarks.models_child URL ROUNDS TABLES [CONTESTANT...]` prints the seconds of each as JSON: a list for each
contestant, of all if none is named.
"""

# ruff: noqa: PLC0415 - it is imported in the environment that has them all

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CHANGED = 20
_BY_HAND = (
    "SELECT c.oid, n.nspname, c.relname, c.relkind, obj_description(c.oid, 'pg_class') FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')",
    "SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,"
    " pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum) FROM pg_attribute a"
    " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE n.nspname = 'public'"
    " AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum",
    "SELECT k.conrelid, k.conname, k.contype::text, k.conkey, pg_get_constraintdef(k.oid) FROM pg_constraint k"
    " JOIN pg_namespace n ON n.oid = k.connamespace WHERE n.nspname = 'public' AND k.conrelid <> 0",
    "SELECT i.indrelid, c.relname, i.indisunique, i.indkey::int2[], pg_get_indexdef(i.indexrelid) FROM pg_index i"
    " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
    " AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))",
)


def models(tables: int, changed: int = 0) -> Any:
    """Tables of 10 columns, 2 indexes and a foreign key; the first `changed` have a wider column."""
    import sqlalchemy as sa

    metadata = sa.MetaData()
    for number in range(tables):
        table = sa.Table(
            f"t{number}",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("parent_id", sa.Integer, sa.ForeignKey(f"t{max(number - 1, 0)}.id")),
            sa.Column("name", sa.String(80 if number < changed else 50), nullable=False),
            sa.Column("note", sa.Text),
            sa.Column("count", sa.BigInteger),
            sa.Column("live", sa.Boolean, nullable=False, server_default=sa.text("true")),
            sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now()),
            sa.Column("price", sa.Numeric(10, 2)),
            sa.Column("kind", sa.String(20), server_default="plain"),
            sa.Column("ratio", sa.Float),
        )
        sa.Index(f"ix_t{number}_name", table.c.name)
        sa.Index(f"ix_t{number}_count_at", table.c.count, table.c.at)
    return metadata


async def _measure(url: str, rounds: int, tables: int, names: list[str]) -> dict[str, list[float]]:
    import asyncpg
    from sqlalchemy.ext.asyncio import create_async_engine

    from lockgate import Runner

    same, other = models(tables), models(tables, CHANGED)
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    plain = await asyncpg.connect(url, statement_cache_size=0)
    async with (
        Runner(url, models=same, environment="development", directory="/nonexistent") as following,
        Runner(url, models=other, environment="development", directory=".") as comparing,
        engine.connect() as connection,
    ):
        await following.auto_migrate()
        session = await following._connection.session()
        contestants: dict[str, Callable[[], Awaitable[Any]]] = {
            "unchanged": following.auto_migrate,
            "changed": lambda: _compared(comparing, min(CHANGED, tables)),
            "alembic-unchanged": lambda: connection.run_sync(_alembic, same),
            "alembic-changed": lambda: connection.run_sync(_alembic, other),
            "by-hand": lambda: _by_hand(plain),
            "reading": lambda: _read(session),
        }
        found = await in_turns({name: contestants[name] for name in names or contestants}, rounds)
    await plain.close()
    await engine.dispose()
    return found


async def _compared(runner: Any, changed: int) -> None:
    report = await runner.check()
    assert len(report.differences) == changed, report.differences


def _alembic(connection: Any, metadata: Any) -> Any:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    return compare_metadata(MigrationContext.configure(connection), metadata)


async def _by_hand(connection: Any) -> None:
    for query in _BY_HAND:
        await connection.fetch(query)


async def _read(session: Any) -> None:
    from lockgate.dialects.postgresql_catalog import read_postgresql

    await read_postgresql(session, ["public"])


async def in_turns(contestants: dict[str, Callable[[], Awaitable[Any]]], rounds: int) -> dict[str, list[float]]:
    """Run each once a round, and give the seconds of each."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            gc.collect()
            started = time.perf_counter()
            await run()
            if number:  # the first round warms up
                found[name].append(time.perf_counter() - started)
    return found


def main() -> None:
    """Measure."""
    url, rounds, tables, *names = sys.argv[1:]
    print(json.dumps(asyncio.run(_measure(url, int(rounds), int(tables), names))))


if __name__ == "__main__":
    main()
