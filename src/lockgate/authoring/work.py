"""How the statements of a Python migration are run: within its transaction, or as steps of a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from lockgate.authoring.database import is_reading
from lockgate.errors import LockgateError
from lockgate.nouns.migrations import Direction
from lockgate.sql import split
from lockgate.sql.controls import control

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import Executable, Result

    from lockgate.authoring.backfilling import Asked
    from lockgate.authoring.overlay import MigrationConnection, Overlay
    from lockgate.authoring.verbs import Verbs
    from lockgate.dialects.seam import Record, Session
    from lockgate.nouns.schema_reports import AutoReport
    from lockgate.running.journal import Journal

    Follow = Callable[[Sequence[Any]], Awaitable[AutoReport]]

T = TypeVar("T")


class Tools:
    """What the Python migrations of one run share; SQLAlchemy and Alembic are imported by the first that needs them."""

    def __init__(self, session: Session, follow: Follow) -> None:
        self.session, self.follow = session, follow
        self.journal: Journal | None = None
        self._overlay: Overlay | None = None
        self._verbs: Verbs | None = None

    def overlay(self) -> Overlay:
        """SQLAlchemy over the session's connection."""
        if self._overlay is None:
            from lockgate.authoring.overlay import Overlay  # noqa: PLC0415 - half a second that a verb does not need

            self._overlay = self._over(Overlay)
        return self._overlay

    def _over(self, kind: type[Overlay]) -> Overlay:
        return kind(self.session.sqlalchemy_url, self.session.driver, self._before, self.session.flush)

    async def _before(self, statement: str) -> str:
        """Do what comes before a statement of SQLAlchemy's, and give it as it is to be sent."""
        if statement.startswith("ROLLBACK TO SAVEPOINT"):
            # What was submitted since is undone with it; to run it first could fail.
            self.session.discard()
        elif self.session.in_transaction or (self.journal and self.journal.owns_transactions):
            refuse_control(statement, self.session)
        if self.journal is not None:
            await self.journal.hear(statement)
        await self.session.flush()
        return f"{self.session.mark}{statement}"

    def verbs(self) -> Verbs:
        """Alembic's operations, said and not run."""
        if self._verbs is None:
            from lockgate.authoring.verbs import Verbs  # noqa: PLC0415 - a migration of plain SQL needs no Alembic

            self._verbs = Verbs(self.session.ddl_dialect())
        return self._verbs


class Work:
    """One Python migration's way to the server; with a journal, each statement is a step of it."""

    def __init__(self, tools: Tools, origin: str, journal: Journal | None, record: Record) -> None:
        self.flavour = tools.session.flavour
        self.origin = origin
        self.transactional = journal is None or journal.owns_transactions
        self._tools = tools
        self._journal = tools.journal = journal
        self._record, self._backfills = record, 0
        self._connection: MigrationConnection | None = None
        self.closing: list[str] = []
        """What is to be committed with the migration's record."""

    async def run(self, statements: Sequence[str], line: int | None, *, now: bool = False) -> None:
        """Run statements that return nothing; `line` is where the migration asks for them, `now` that they cannot wait."""
        if self._journal is None:
            await self._tools.session.submit(statements, line)
            if now:
                await self._tools.session.flush()
            return
        for statement in statements:
            await self._journal.statement(statement)

    async def say_late(self, text: str, say: Callable[[], Awaitable[Sequence[str]]]) -> None:
        """Run what `say` gives, which asks the database first, so that it is asked only where the step is to be done."""

        async def run() -> None:
            for statement in await say():
                await self._tools.session.execute(statement)

        await self.step(text, run)

    async def step(self, text: str, run: Callable[[], Awaitable[T]]) -> T | None:
        """Do what SQLAlchemy does; with a journal it is a step, and None where an earlier run has done it."""
        return await run() if self._journal is None else await self._journal.step(text, run)

    async def execute(self, statement: Executable, parameters: Any) -> Result[Any] | None:
        """Run a statement of SQLAlchemy's; None where it is a step that an earlier run has done."""

        async def run() -> Result[Any]:
            return await self.connection.execute(statement, parameters)

        text = str(statement)
        if self._journal is None or is_reading(text):
            return await run()
        return await self._journal.step(f"{text} {parameters!r}", run)

    async def open_connection(self) -> None:
        """Open SQLAlchemy's connection, so that all of it can be used at once."""
        await self.connection.run_sync(lambda connection: None)

    @property
    def connection(self) -> MigrationConnection:
        """SQLAlchemy's connection over the driver's."""
        if self._connection is None:
            self._connection = self._tools.overlay().connect()
        return self._connection

    @property
    def verbs(self) -> Verbs:
        """Says the SQL of the schema verbs."""
        return self._tools.verbs()

    async def follow(self, models: Sequence[Any]) -> AutoReport:
        """Bring the tables of some models to what they say, within the migration's transaction.

        Raises:
            LockgateError: there is none.
        """
        if not self.transactional:
            raise LockgateError(
                f"{self.origin} is not transactional, so auto_migrate() has no transaction to do its work in.",
                hint="Put it into a migration of its own.",
            )
        return await self._tools.follow(models)

    async def backfill(self, asked: Asked) -> int:
        """Fill a table batch by batch, or register that it is to be done.

        Raises:
            LockgateError: the migration is of the kind that cannot.
        """
        self._backfills += 1
        name = self._record.name if self._backfills == 1 else f"{self._record.name}#{self._backfills}"
        if asked.later:
            return await self._leave(name, asked)
        if self._journal is None or self._journal.owns_transactions:
            raise LockgateError(
                f"{self.origin} is transactional, so backfill() cannot commit its batches.",
                hint="Say `transactional = False` on the class; or later=True, and `lockgate backfill` does it afterwards.",
            )
        filler = self._tools.session.filler()
        self.closing.insert(0, filler.table.forget(self._record.name))
        return await self._journal.backfill(name, asked) or 0

    async def _leave(self, name: str, asked: Asked) -> int:
        from lockgate.backfilling.within import left_for_later  # noqa: PLC0415 - most migrations have no backfill

        if self._record.direction is Direction.DOWN:
            raise LockgateError(f"{self.origin}: down() leaves nothing for later: it is not on record then.")
        await self.driver()
        filler = self._tools.session.filler()
        statements = await left_for_later(filler, name, self._record.name, asked.backfill)
        if len(statements) > 1 and self.flavour.commits_ddl:
            await self.run([filler.table.create()], None)
        elif len(statements) > 1:
            self.closing.append(filler.table.create())
        self.closing += statements
        return 0

    async def driver(self) -> Any:
        """The driver's own connection, once all that was asked for before has run."""
        if self._journal is not None:
            await self._journal.enter()
        await self._tools.session.flush()
        return self._tools.session.driver

    @property
    def is_connected(self) -> bool:
        """Whether SQLAlchemy's part was needed."""
        return self._connection is not None

    async def release(self) -> None:
        """Take SQLAlchemy's part back."""
        if self._connection is not None:
            await self._tools.overlay().release(self._connection)


def refuse_control(text: str, session: Session) -> None:
    """Check that a migration's own statement leaves the transaction alone.

    Raises:
        LockgateError: it begins or ends it.
    """
    if text.lstrip()[:1].upper() not in set("BCERASP-/"):
        return
    for statement in split(text, session.flavour):
        if control(statement, session.flavour):
            raise LockgateError(
                f"{statement.words[0]} was said, but a migration's transaction is the runner's to begin and to end.",
                hint="Use `async with self.db.savepoint():`, or `transactional = False` on the class.",
            )
