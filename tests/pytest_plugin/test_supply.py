"""Copies are made ahead and used again; what goes wrong in the background is told to the test that waits."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from lockgate import LockgateError, MigrationConfig
from lockgate.testing.suppliers import Suppliers
from servers import demanded_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.bench import Files
    from lockgate.testing.suppliers import Supplier
    from servers import Servers


@pytest.fixture
def url(servers: Servers) -> str:
    return demanded_url(servers, servers.names[0])


@pytest.fixture
def suppliers(files: Files, tmp_path: Path) -> Suppliers:
    files.write("001_notes.sql", "CREATE TABLE notes (id serial PRIMARY KEY, text text)")
    return Suppliers(tmp_path, lambda: tmp_path, tmp_path)


@pytest.fixture
def supplier(url: str, suppliers: Suppliers) -> Iterator[Supplier]:
    with closing(suppliers):
        yield suppliers.of(MigrationConfig(environment="test", database_url=url))


def _ask(url: str, query: str) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(ask())


def _names(supplier: Supplier, statement: str, count: int) -> list[str]:
    """The databases of tests that are as short as can be, each of which finds its own row alone."""
    names = []
    for _ in range(count):
        database = supplier.take()
        assert _ask(database.url, "INSERT INTO notes (text) VALUES ('mine') RETURNING id") == 1
        assert _ask(database.url, "SELECT count(*) FROM notes") == 1
        _ask(database.url, statement)
        names.append(database.url)
        supplier.give_back(database)
    return names


def _take_all(supplier: Supplier) -> None:
    for _ in range(5):
        supplier.take()


def test_databases_are_used_again(supplier: Supplier) -> None:
    assert len(set(_names(supplier, "SELECT 1", 15))) <= 3


def test_a_database_is_not_used_again_after_ddl(supplier: Supplier) -> None:
    assert len(set(_names(supplier, "ALTER TABLE notes ADD COLUMN more int", 5))) == 5


def test_nothing_stays(url: str, suppliers: Suppliers, left_behind: Callable[[], list[str]]) -> None:
    with closing(suppliers):
        supplier = suppliers.of(MigrationConfig(environment="test", database_url=url))
        held, empty = supplier.take(), supplier.make_empty()
        assert _ask(empty.url, "SELECT to_regclass('notes')") is None
        assert len(left_behind()) >= 3
        supplier.give_back(empty)
        supplier.give_back(held)
    assert left_behind() == []


@pytest.mark.parametrize("what", ["take", "make_empty"])
def test_nothing_stays_of_what_is_being_made_when_the_session_is_interrupted(
    url: str, suppliers: Suppliers, left_behind: Callable[[], list[str]], what: str
) -> None:
    # Ctrl-C ends a test that waits, and not what it waits for; here a thread waits, and the session does not wait for that.
    making = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'CREATE DATABASE lockgate_test_%'"
    with ThreadPoolExecutor() as tests, closing(suppliers):
        supplier = suppliers.of(MigrationConfig(environment="test", database_url=url))
        asked = tests.submit(getattr(supplier, what))
        while not (_ask(url, making) or asked.done()):
            pass
    assert left_behind() == []


def test_what_fails_in_the_background_is_told_to_the_test_that_waits(supplier: Supplier, url: str) -> None:
    database = supplier.take()
    template = _ask(url, "SELECT datname FROM pg_database WHERE datname ~ '^lockgate_test_template_'")
    _ask(url, f"ALTER DATABASE {template} RENAME TO elsewhere")
    try:
        with pytest.raises(LockgateError, match=f'template database "{template}" does not exist'):
            _take_all(supplier)
    finally:
        _ask(url, f"ALTER DATABASE elsewhere RENAME TO {template}")
    supplier.give_back(database)
    assert re.search(r"/lockgate_test_[0-9a-f]{8}_\d+$", database.url)
