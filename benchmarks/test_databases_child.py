"""Measures what a test waits for its database, in one process: `python -m benchmarks.test_databases_child URL ROUNDS TABLES`.

It prints the seconds of each contestant as JSON, a list for each.
"""

# ruff: noqa: PLC0415 - it is imported in the environment that has it

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lockgate.testing.suppliers import Supplier

# How long a test takes, in milliseconds, and what it does.
TESTS = {"touching-0": 0, "touching-20": 20, "altering-20": 20, "altering-100": 100, "altering-300": 300}
_TOUCH = (
    "INSERT INTO t0 (name) VALUES ('a'); INSERT INTO t1 (name) VALUES ('b'); UPDATE t1 SET name = 'c'; DELETE FROM t0"
)
_ALTER = "CREATE TABLE more (id integer PRIMARY KEY)"


def _write(folder: Path, tables: int) -> None:
    folder.mkdir()
    for number in range(tables):
        key = "serial" if folder.name == "postgresql" else "integer"
        text = (
            f"CREATE TABLE t{number} (id {key} PRIMARY KEY, parent_id integer REFERENCES t{max(number - 1, 0)} (id),"
            " name varchar(50) NOT NULL, note text, count bigint, live boolean NOT NULL DEFAULT true, price numeric(10, 2));"
            f" CREATE INDEX ix_t{number}_name ON t{number} (name);"
        )
        (folder / f"{number + 1:03}_t{number}.sql").write_text(f"-- migrate:up\n{text}\n")


async def _test(url: str, script: str, milliseconds: int) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.execute(script)
    await asyncio.sleep(milliseconds / 1000)
    await connection.close()


def _waits(supplier: Supplier, rounds: int, test: Callable[[str], None]) -> list[float]:
    waited = []
    for number in range(rounds + 4):
        started = time.perf_counter()
        database = supplier.take()
        seconds = time.perf_counter() - started
        test(database.url)
        started = time.perf_counter()
        supplier.give_back(database)
        if number >= 4:  # by then all copies that there will be are made
            waited.append(seconds + time.perf_counter() - started)
    return waited


def _postgresql(supplier: Supplier, rounds: int) -> dict[str, list[float]]:
    found = {}
    for name, milliseconds in TESTS.items():
        script = _TOUCH if name.startswith("touching") else _ALTER
        found[name] = _waits(
            supplier,
            rounds,
            lambda url, s=script, m=milliseconds: asyncio.run(_test(url, s, m)),  # type: ignore[misc]
        )
    return found


async def _created(url: str, template: str, rounds: int) -> list[float]:
    import asyncpg

    connection = await asyncpg.connect(url)
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        await connection.execute(f"CREATE DATABASE bench_bare TEMPLATE {template}")
        seconds.append(time.perf_counter() - started)
        await connection.execute("DROP DATABASE bench_bare")
    await connection.close()
    return seconds


async def _template(url: str) -> str:
    import asyncpg

    connection = await asyncpg.connect(url)
    name = await connection.fetchval("SELECT datname FROM pg_database WHERE datname LIKE 'lockgate_test_template_%'")
    await connection.close()
    return str(name)


async def _transactions(database: Any, rounds: int) -> dict[str, list[float]]:
    import asyncpg
    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import create_async_engine

    insert = "INSERT INTO t0 (name) VALUES ('a')"
    engine = create_async_engine(database.sqlalchemy_url)

    async def bare_asyncpg() -> None:
        await bare.execute("BEGIN")
        await bare.execute(insert)
        await bare.execute("ROLLBACK")

    async def of_pool() -> None:
        async with database.rollback(pool) as connection:
            await connection.execute(insert)

    async def bare_engine() -> None:
        async with engine.connect() as connection, connection.begin() as transaction:
            await connection.execute(sa.text(insert))
            await transaction.rollback()

    async def of_engine() -> None:
        async with database.rollback(engine) as connection:
            await connection.execute(sa.text(insert))

    contestants = {
        "bare-asyncpg": bare_asyncpg,
        "pool": of_pool,
        "bare-engine": bare_engine,
        "engine": of_engine,
    }
    bare = await asyncpg.connect(database.url)
    async with asyncpg.create_pool(database.url, min_size=1) as pool:
        found = await _in_turns(contestants, rounds * 10)
    await bare.close()
    await engine.dispose()
    return found


async def _in_turns(contestants: dict[str, Callable[[], Awaitable[None]]], rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 5):
        for name, run in contestants.items():
            started = time.perf_counter()
            await run()
            if number >= 5:
                found[name].append(time.perf_counter() - started)
    return found


def _sqlite(path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO t0 (name) VALUES ('a')")
    connection.commit()
    connection.close()


def _measure(url: str, rounds: int, tables: int, home: Path) -> dict[str, list[float]]:
    from lockgate import MigrationConfig
    from lockgate.testing.suppliers import Suppliers

    suppliers = Suppliers(home, lambda: home, home)
    found: dict[str, list[float]] = {}
    try:
        for engine, where in (("sqlite", "sqlite:///x.db"), ("postgresql", url)):
            _write(home / engine, tables)
            config = MigrationConfig(environment="test", database_url=where, directory=home / engine)
            supplier = suppliers.of(config)
            if engine == "sqlite":
                found["sqlite"] = _waits(supplier, rounds, lambda said: _sqlite(Path(said.removeprefix("sqlite:///"))))
                continue
            found |= _postgresql(supplier, rounds)
            found["create"] = asyncio.run(_created(url, asyncio.run(_template(url)), rounds))
            database = supplier.take()
            found |= asyncio.run(_transactions(database, rounds))
            supplier.give_back(database)
    finally:
        suppliers.close()
    return found


def main() -> None:
    """Measure."""
    url, rounds, tables = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home:
        print(json.dumps(_measure(url, int(rounds), int(tables), Path(home))))


if __name__ == "__main__":
    main()
