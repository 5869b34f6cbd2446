"""What the tests' own thread sees of the tasks that make databases for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.testing.database import TestDatabase
from lockgate.testing.postgresql.server import Server
from lockgate.testing.postgresql.supply import Supply
from lockgate.testing.postgresql.template import Template

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

    from lockgate.settings.conclusions import Conclusions
    from lockgate.testing.postgresql.copy import Copy


class PostgresSupplier:
    """PostgreSQL's; `portal` leads to the event loop in which the databases are made."""

    def __init__(self, config: Conclusions, digest: str, portal: BlockingPortal) -> None:
        self._portal = portal
        self._server = Server(config)
        self._supply = Supply(self._server, Template(self._server, digest))
        self._served, _ = portal.start_task(self._supply.serve)
        self._copies: dict[str, Copy] = {}
        self._empty: dict[str, str] = {}

    def take(self) -> TestDatabase:
        """One that is ready, or will be."""
        copy = self._portal.call(self._supply.take)
        database = TestDatabase(copy.url)
        self._copies[database.url] = copy
        return database

    def give_back(self, database: TestDatabase) -> None:
        """Returns at once."""
        if database.url in self._empty:
            self._portal.call(self._supply.drop_empty, self._empty.pop(database.url))
        else:
            self._portal.call(self._supply.give_back, self._copies.pop(database.url))

    def make_empty(self) -> TestDatabase:
        """Made while the test waits, as the server makes them: of its template1."""
        name = self._portal.call(self._supply.make_empty)
        database = TestDatabase(self._server.url(name))
        self._empty[database.url] = name
        return database

    def close(self) -> None:
        """Wait until all is dropped."""
        self._portal.call(self._supply.end)
        self._served.result()
