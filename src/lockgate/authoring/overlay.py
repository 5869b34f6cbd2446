"""SQLAlchemy laid over the driver's own connection, for the migrations that want it; nothing here is imported before one does.

What it runs is part of the transaction that the runner began: its engine is in AUTOCOMMIT, which for SQLAlchemy means that
it says neither BEGIN nor COMMIT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec, TypeVar, cast
from uuid import uuid4

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction, create_async_engine
from sqlalchemy.pool import StaticPool
from sqlalchemy.util import await_only, greenlet_spawn

from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

P = ParamSpec("P")
T = TypeVar("T")

_OURS = "A migration's transaction is the runner's to commit and to roll back"
_HINT = "Use `async with self.db.savepoint():` for a part that may be undone; raise to undo the whole migration."


class Overlay:
    """An engine over one driver connection; `before` is awaited before each statement, and gives what is sent for it.

    Each migration gets a connection of its own, so that a savepoint which it forgets does not reach the next one.
    """

    def __init__(
        self,
        url: str,
        driver: Any,
        before: Callable[[str], Awaitable[str]],
        flush: Callable[[], Awaitable[None]],
    ) -> None:
        self._flush = flush

        async def given(*_arguments: Any, **_options: Any) -> Any:
            return _Kept(driver)

        def creator() -> Any:
            dbapi: Any = self._engine.dialect.dbapi
            return dbapi.connect(async_creator_fn=given, **caches)

        # asyncpg: SQLAlchemy's statement cache off, or a statement whose table was altered since fails with
        # InvalidCachedStatementError. aiosqlite: the connection is in autocommit already, and to say so again commits
        # (CPython, Connection.isolation_level).
        postgresql = "asyncpg" in url
        # Behind a pooler, several clients' statements meet on one connection of the server's.
        caches = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": _name} if postgresql else {}
        level: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if postgresql else {}

        self._engine: AsyncEngine = create_async_engine(
            url,
            creator=creator,
            poolclass=StaticPool,
            pool_reset_on_return=None,
            skip_autocommit_rollback=True,
            **level,
        )
        self._closing = False
        self._listen(before)

    def _listen(self, before: Callable[[str], Awaitable[str]]) -> None:
        engine = self._engine.sync_engine

        @event.listens_for(engine, "before_cursor_execute", retval=True)
        def submit_first(
            _connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any
        ) -> tuple[str, Any]:
            return await_only(before(statement)), parameters

        @event.listens_for(engine, "commit")
        @event.listens_for(engine, "rollback")
        def refuse(connection: Connection) -> None:
            if not self._closing and self._owns(connection):
                raise LockgateError(f"{_OURS}.", hint=_HINT)

    def _owns(self, connection: Connection) -> bool:
        """Whether a connection's transaction is the runner's: they all are, being one of the driver's."""
        return True

    def connect(self) -> MigrationConnection:
        """A connection for one migration, opened when it is first used."""
        return MigrationConnection(self._engine, self._flush)

    async def release(self, connection: MigrationConnection) -> None:
        """Take a migration's connection back; the driver's stays open."""
        self._closing = True
        try:
            await connection.release()
        finally:
            self._closing = False


def _name() -> str:
    return f"lockgate_{uuid4().hex}"


class _Nothing:
    """What is done when it is waited for, and also when it is not."""

    def __await__(self) -> Iterator[None]:
        return iter(())


class _Kept:
    """A driver's connection that SQLAlchemy cannot close, as it would where a statement is cancelled: it is the runner's."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def close(self, *_arguments: Any, **_options: Any) -> _Nothing:
        """Leave it open; some drivers' is waited for, and some drivers' is not."""
        return _Nothing()

    async def ensure_closed(self) -> None:
        """Leave it open: what asyncmy's close is called."""

    def get_autocommit(self) -> bool:
        """Say that SQLAlchemy, when it is done, need not roll back: MySQL's driver is asked for that."""
        return True

    def terminate(self) -> None:
        """Leave it open."""

    def stop(self) -> None:
        """Leave it open."""


class MigrationConnection(AsyncConnection):
    """SQLAlchemy's AsyncConnection within a migration's transaction.

    `begin()` is a savepoint, because the transaction around it is the runner's; `commit()` and `rollback()` raise.
    """

    __slots__ = ("flush",)

    def __init__(self, engine: AsyncEngine, flush: Callable[[], Awaitable[None]]) -> None:
        super().__init__(engine)
        self.flush = flush

    async def start(self, is_ctxmanager: bool = False) -> MigrationConnection:
        """It starts by itself; to say so, as `async with` does, is harmless."""
        await greenlet_spawn(self.opened)
        return self

    @property
    def _proxied(self) -> Any:
        return self.sync_connection if self.sync_connection is not None else _Opening(self)

    @_proxied.setter
    def _proxied(self, value: Any) -> None:
        raise AttributeError

    def opened(self) -> Connection:
        """The synchronous connection, opened if need be; called within SQLAlchemy's greenlet."""
        if self.sync_connection is None:
            await_only(self.flush())
            connection = self.sync_engine.connect()
            connection.begin()
            self.sync_connection = self._assign_proxied(connection)
        return self.sync_connection

    def begin(self) -> AsyncTransaction:
        """Begin a savepoint."""
        return self.begin_nested()

    def begin_nested(self) -> AsyncTransaction:
        """Begin a savepoint."""
        return Savepoint(self, nested=True)

    async def commit(self) -> NoReturn:
        """Refuse.

        Raises:
            LockgateError: always.
        """
        raise LockgateError(f"{_OURS}; commit() would do nothing.", hint=_HINT)

    async def rollback(self) -> NoReturn:
        """Refuse.

        Raises:
            LockgateError: always.
        """
        raise LockgateError(f"{_OURS}; rollback() would undo nothing.", hint=_HINT)

    async def close(self) -> None:
        """Leave it open: it is the runner's."""

    def in_transaction(self) -> bool:
        """Always: the runner's."""
        return True

    async def run_sync(self, fn: Callable[Concatenate[Connection, P], T], *arg: P.args, **kw: P.kwargs) -> T:
        """Call a function with SQLAlchemy's synchronous connection."""
        return await greenlet_spawn(lambda: fn(self.opened(), *arg, **kw))

    async def release(self) -> None:
        """Close SQLAlchemy's part of it."""
        if self.sync_connection is not None:
            await greenlet_spawn(self.sync_connection.close)


class Savepoint(AsyncTransaction):
    """A savepoint that ends only after all that was asked for within it has run, so that it saves from that as well."""

    __slots__ = ()

    async def commit(self) -> None:
        """Release the savepoint."""
        await cast("MigrationConnection", self.connection).flush()
        await super().commit()

    async def __aexit__(self, kind: Any, value: Any, traceback: Any) -> None:
        """Release it, or roll back to it."""
        if kind is None:
            try:
                await cast("MigrationConnection", self.connection).flush()
            except BaseException as error:
                await super().__aexit__(type(error), error, error.__traceback__)
                raise
        await super().__aexit__(kind, value, traceback)


class _Opening:
    """Stands in for a connection that is not open yet; whatever is called on it opens it first."""

    def __init__(self, connection: MigrationConnection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            return getattr(self._connection.opened(), name)(*args, **options)

        return call
