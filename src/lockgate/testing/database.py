"""What a test is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.testing.rollback import rolled_back

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from lockgate.urls.database_url import DatabaseUrl

_DRIVERS = {"postgresql": "asyncpg", "sqlite": "aiosqlite"}
_ASYNC = frozenset({"asyncpg", "psycopg", "psycopg_async", "aiosqlite"})


class TestDatabase:
    """A database made for tests.

    Attributes:
        url: its URL, password and all, with the scheme and the parameters of the one in `lockgate_config`.
        sqlalchemy_url: the same for `create_async_engine`: with `asyncpg` or `aiosqlite` where it names no async driver.
        engine: `postgresql` or `sqlite`.
    """

    __test__ = False  # to pytest, a class that is called Test… holds tests

    def __init__(self, url: DatabaseUrl) -> None:
        self.url = url.secret()
        self.engine = url.engine
        driver = url.driver if url.driver in _ASYNC else _DRIVERS[url.engine]
        self.sqlalchemy_url = f"{url.engine}+{driver}{self.url[self.url.index('://') :]}"
        self._shown = url.masked

    def __repr__(self) -> str:
        return f"TestDatabase({self._shown!r})"

    def rollback(self, source: Any = None) -> AbstractAsyncContextManager[Any]:
        """A connection in a transaction that is rolled back when the block ends.

        Of an AsyncEngine (or of nothing: then one is connected for the block), it is an AsyncConnection; a session on it is
        made with `join_transaction_mode="create_savepoint"`, so that each of its commits ends a savepoint. Of an asyncpg pool,
        it is an asyncpg connection, whose `transaction()` is a savepoint.

        Args:
            source: an AsyncEngine or an asyncpg pool of this database, which lends the connection.

        Raises:
            LockgateError: the test has ended the transaction itself; what it wrote is still there.
        """
        return rolled_back(source, self.sqlalchemy_url)
