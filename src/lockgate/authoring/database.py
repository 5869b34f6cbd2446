"""`self.db`: what a Python migration can do."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lockgate.authoring.schema_verbs import SchemaVerbs, line_of
from lockgate.errors import LockgateError
from lockgate.sql import split
from lockgate.sql.controls import control

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from sqlalchemy import Executable, Result

    from lockgate.authoring.backfilling import Asked
    from lockgate.authoring.overlay import MigrationConnection
    from lockgate.authoring.verbs import Verbs
    from lockgate.nouns.backfills import Compute, Lag
    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.schema_reports import AutoReport

T = TypeVar("T")

# Of these it is known that they give no rows; whatever else there is may, and goes by way of SQLAlchemy.
_NO_ROWS = frozenset(
    "ALTER ANALYZE ATTACH CLUSTER COMMENT CREATE DETACH DISCARD DO DROP GRANT IMPORT"  # noqa: SIM905 - words, not quotes
    " LISTEN LOCK NOTIFY REFRESH REINDEX"
    " RESET REVOKE SECURITY SET TRUNCATE UNLISTEN VACUUM".split(" ")
)
_ABSENT = {
    "get_bind": "self.db.connection is SQLAlchemy's AsyncConnection; its run_sync() gives the synchronous one",
    "get_context": "self.db.connection.dialect says what the engine is",
    "batch_alter_table": "the verbs rebuild SQLite's tables by themselves",
    "autocommit_block": "say transactional = False on the class",
    "inline_literal": "give execute() parameters",
    "invoke": "the verbs are methods of self.db",
}


def is_reading(text: str) -> bool:
    """Whether a statement only reads, so that a journal need not keep it."""
    return text.lstrip().upper().startswith(("SELECT", "VALUES", "TABLE", "SHOW", "EXPLAIN", "DESC", "("))


class MigrationWork(Protocol):
    """How a migration's statements are run: in its transaction, or step by step in a journal."""

    flavour: Flavour
    transactional: bool
    origin: str

    async def run(self, statements: Sequence[str], line: int | None, *, now: bool = False) -> None:
        """Run statements that return nothing; `line` is where the migration asks for them, `now` that they cannot wait."""

    async def say_late(self, text: str, say: Callable[[], Awaitable[Sequence[str]]]) -> None:
        """Run what `say` gives, which asks the database first, so that it is asked only where the step is to be done."""

    async def step(self, text: str, run: Callable[[], Awaitable[T]]) -> T | None:
        """Do what SQLAlchemy does; with a journal it is a step, and None where an earlier run has done it."""

    async def execute(self, statement: Executable, parameters: Any) -> Result[Any] | None:
        """Run a statement of SQLAlchemy's; None where it is a step that an earlier run has done."""

    @property
    def connection(self) -> MigrationConnection:
        """SQLAlchemy's connection over the driver's."""

    @property
    def verbs(self) -> Verbs:
        """Says the SQL of the schema verbs."""

    async def follow(self, models: Sequence[Any]) -> AutoReport:
        """Bring the tables of some models to what they say."""

    async def backfill(self, asked: Asked) -> int:
        """Fill a table batch by batch, or register that it is to be done."""

    async def driver(self) -> Any:
        """The driver's own connection, once all that was asked for before has run."""


class Database(SchemaVerbs):
    """What a Python migration does its work with; every verb is awaited.

    On PostgreSQL the statements of consecutive schema verbs travel together, at the latest with the commit: what is refused is
    told when they travel, and names the line that asked for it. `execute` waits for nothing. On SQLite, what its ALTER TABLE
    cannot do is done by rebuilding the table.
    """

    @property
    def connection(self) -> MigrationConnection:
        """SQLAlchemy's AsyncConnection, within the migration's transaction; its `begin()` is a savepoint."""
        return self._work.connection

    async def driver_connection(self) -> Any:
        """The driver's own connection: asyncpg's, aiosqlite's or asyncmy's.

        Its transaction is the runner's to end; for a part of it, use `savepoint()`.
        """
        return await self._work.driver()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the migration that is undone by itself where it raises."""
        async with self.connection.begin_nested():
            yield

    def __getattr__(self, name: str) -> Any:
        instead = _ABSENT.get(name)
        raise AttributeError(f"self.db has no {name}{f': {instead}' if instead else ''}.", name=name, obj=self)

    async def execute(self, statement: str | Executable, parameters: Any = None) -> Result[Any]:
        """Run SQL: a statement of SQLAlchemy's, or text.

        Text without parameters is sent as it is: it may hold several statements, and `:name` and `%` mean nothing in it.
        Text with parameters (a mapping, or a list of them) has them as `:name`. The result's rows are those of a single
        statement; for several, and for DDL, it is empty.

        Raises:
            LockgateError: the text begins or ends the transaction, which is the runner's.
        """
        if isinstance(statement, str) and parameters is None:
            return await self._execute_text(statement, line_of(self._work.origin))
        if isinstance(statement, str):
            from sqlalchemy import text  # noqa: PLC0415 - SQL text alone needs no SQLAlchemy

            statement = text(statement)
        return await self._work.execute(statement, parameters) or _no_rows()

    async def _execute_text(self, text: str, line: int | None) -> Result[Any]:
        statements = split(text, self._work.flavour, path=self._work.origin, first_line=1)
        for statement in statements:
            if self._work.transactional and control(statement, self._work.flavour):
                raise LockgateError(
                    f"{self._work.origin}:{line} says {statement.words[0]}, but the transaction is the runner's to end.",
                    hint="Use `async with self.db.savepoint():`, or `transactional = False` on the class.",
                )
        if len(statements) == 1 and not _NO_ROWS.intersection(statements[0].words[:1]):
            return await self._execute_one(statements[0].text)
        await self._work.run([statement.text for statement in statements], line, now=True)
        return _no_rows()

    async def _execute_one(self, text: str) -> Result[Any]:
        async def run() -> Result[Any]:
            # Without parameters a driver would still look for placeholders.
            return await self.connection.exec_driver_sql(text, execution_options={"no_parameters": True})

        if is_reading(text):
            return await run()
        return await self._work.step(text, run) or _no_rows()

    async def auto_migrate(self, *models: Any) -> AutoReport:
        """Bring the tables of these models (mapped classes, tables, or metadata) to what they say, additively.

        It follows the models as they are when it runs: replayed next year, it makes next year's table. What it leaves undone
        is in the report; what the database refuses fails the migration. Outside development and test, a table that is there
        and differs is compared by way of LOCKGATE_SCRATCH_URL.

        Raises:
            LockgateError: the migration has no transaction of its own.
        """
        return await self._work.follow(models)

    async def backfill(
        self,
        table: str,
        *,
        set: Mapping[str, str] | None = None,  # noqa: A002 - SQL's word
        compute: Compute | None = None,
        where: str = "",
        key: str | Sequence[str] = (),
        columns: Sequence[str] = (),
        schema: str = "",
        later: bool = False,
        seconds: float = 0.5,
        connections: int = 1,
        max_lag: float = 10.0,
        lag: Lag | None = None,
    ) -> int:
        """Fill columns of a large table batch by batch, each committed with how far it has come; gives the rows gone through.

        Interrupted, it goes on where it was. The migration must say `transactional = False`; or `later=True`, which commits no
        more than that it is to be done, by `lockgate backfill` after the deploy. It is no more to be done on an empty table.

        Args:
            table: the table.
            set: columns, each with its SQL expression.
            compute: instead of `set`, an async function that is given a batch's rows, as mappings, and gives for each of them
                a mapping of what is to be written, or None. The rows stay locked meanwhile. With `later`, a method of the
                migration, which has no `self.db` then.
            where: a condition, in SQL, for the rows that it is for.
            key: the columns of a unique key without nulls to go by; left out, the primary key.
            columns: what `compute` reads besides the key; left out, all.
            schema: the table's schema.
            later: leave it for after the deploy.
            seconds: how long a batch may hold its locks; it is broken off there, and tried smaller.
            connections: how many ranges are worked at at once, on PostgreSQL.
            max_lag: how many seconds the replicas may be behind before it waits for them.
            lag: says how far they are; left out, pg_stat_replication does on PostgreSQL, and nobody elsewhere.

        Raises:
            LockgateError: the migration is transactional, there is no such table or key, or others are in the way for too long.
        """
        from lockgate.authoring.backfilling import asked  # noqa: PLC0415 - most migrations have no backfill
        from lockgate.nouns.backfills import Pace  # noqa: PLC0415 - as above

        pace = Pace(seconds, connections, max_lag)
        return await self._work.backfill(
            asked(
                table,
                set=set,
                compute=compute,
                where=where,
                key=key,
                columns=columns,
                schema=schema,
                later=later,
                pace=pace,
                lag=lag,
            )
        )

    async def scalar(self, statement: str | Executable, parameters: Any = None) -> Any:
        """The first column of a query's first row, or None."""
        return (await self.execute(statement, parameters)).scalar()


def _no_rows() -> Result[Any]:
    from sqlalchemy.engine import IteratorResult  # noqa: PLC0415 - SQL text alone needs no SQLAlchemy
    from sqlalchemy.engine.result import SimpleResultMetaData  # noqa: PLC0415 - as above

    return IteratorResult(SimpleResultMetaData([]), iter([]))
