"""Runs one Python migration: in one transaction with its record, or with a journal of its statements."""

from __future__ import annotations

import asyncio
import inspect
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from lockgate.authoring.database import Database
from lockgate.authoring.migration import Migration
from lockgate.authoring.work import Work
from lockgate.dialects.seam import ConnectionLost, HistoryMoved, LockBusy, StatementFailed
from lockgate.errors import LockTimeout
from lockgate.running.contention import persist
from lockgate.running.failures import (
    ROLLED_BACK,
    UNDOING_SECONDS,
    Where,
    kept_steps,
    line_in,
    statement_place,
    stuck_words,
)
from lockgate.running.journal import Journal, StepChanged, StepUndecided, TransactionClosed
from lockgate.running.parts import Parts
from lockgate.running.revision_steps import RevisionSteps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lockgate.authoring.work import Tools
    from lockgate.errors import MigrationFailed
    from lockgate.running.ledger import Ledger
    from lockgate.sources.loading import PythonMigration

_CLOSED = "What it had done until then is committed and kept; it is not recorded as applied."
_CLOSED_WORDS = "it ended the transaction that it was given, by a COMMIT or ROLLBACK of its own"
_OWN_CANCELLATION = "it let a cancellation through that nobody had asked for"


async def run_python(migration: PythonMigration, ledger: Ledger, tools: Tools) -> None:
    """Run a Python migration.

    Raises:
        MigrationFailed: it raised, or a statement of it was refused; a transactional one leaves nothing.
    """
    session, record = ledger.session, ledger.record(migration)
    journal = await _journal(migration, ledger)
    attempt = partial(_attempt, migration, journal, ledger, tools)
    is_whole = journal is None or isinstance(journal, RevisionSteps)
    try:
        # One that keeps steps persists in each of them.
        await (persist(session, ledger.patience, record, attempt) if is_whole else attempt())
    except (HistoryMoved, LockTimeout, ConnectionLost):
        raise
    except (Exception, SystemExit) as error:
        cause = error.__cause__ if isinstance(error, StatementFailed) else error
        raise _failure(migration, error, journal, ledger) from cause


async def _journal(migration: PythonMigration, ledger: Ledger) -> Journal | None:
    session, record = ledger.session, ledger.record(migration)
    if migration.source.revision:
        return RevisionSteps(session, ledger.patience, record, migration.migrator)
    kind = Parts if migration.in_parts else Journal
    return None if migration.transactional else await kind.opened(session, ledger.patience, record)


async def _attempt(migration: PythonMigration, journal: Journal | None, ledger: Ledger, tools: Tools) -> None:
    """Run it, and undo it where it does not come to its end."""
    session, work = ledger.session, Work(tools, migration.source.origin, journal, ledger.record(migration))
    try:
        if journal is None:
            await ledger.patience.through(lambda: session.begin(ledger.known))
        elif isinstance(journal, RevisionSteps):
            await journal.begin(ledger.known)
        if "connection" in migration.source.text:
            await work.open_connection()
        await _call(migration, work, journal)
        await _close(migration, journal, ledger, work.closing)
    except anyio.get_cancelled_exc_class() as error:
        if not _is_cancelled():
            await session.rollback()
            raise RuntimeError(_OWN_CANCELLATION) from error
        with anyio.move_on_after(UNDOING_SECONDS, shield=True):
            session.interrupt()
            await session.rollback()
        raise
    except (HistoryMoved, LockTimeout, ConnectionLost):
        raise
    except (Exception, SystemExit):
        await session.rollback()
        raise
    finally:
        if work.is_connected:
            with anyio.move_on_after(UNDOING_SECONDS, shield=True):
                await work.release()


async def _call(migration: PythonMigration, work: Work, journal: Journal | None) -> None:
    if isinstance(journal, RevisionSteps):
        migrator = migration.migrator(work.connection, journal)
    else:
        migrator = _instance(migration.migrator, Database(work))
    await getattr(migrator, migration.direction.value)()


def _instance(migrator: Callable[..., Any], database: Database) -> Any:
    """A class is given its database if its constructor takes one, as Migration's does."""
    if _is_plain(migrator):
        return migrator(database)
    kinds = {parameter.kind for parameter in inspect.signature(migrator).parameters.values()}
    takes_one = kinds & {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    return migrator(database) if takes_one else migrator()


def _is_plain(migrator: Any) -> bool:
    """Whether it is made as Migration is; to ask `inspect` costs as much as a statement."""
    own = migrator.__init__ is not Migration.__init__ or migrator.__new__ is not object.__new__
    return type(migrator) is type and not own


async def _close(migration: PythonMigration, journal: Journal | None, ledger: Ledger, closing: Sequence[str]) -> None:
    if journal is not None:
        await journal.finish(closing)
    elif ledger.session.in_transaction:
        await ledger.session.commit([ledger.record_sql(migration), *closing])
    else:
        raise TransactionClosed


def _is_cancelled() -> bool:
    """Whether it is the run that is cancelled, and not the migration that has let a cancellation of its own through."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _failure(
    migration: PythonMigration, error: BaseException, journal: Journal | None, ledger: Ledger
) -> MigrationFailed:
    origin = migration.source.origin
    outcome = _outcome(journal)
    if isinstance(error, StepUndecided | StepChanged):
        words, hint = stuck_words(migration, error)
        return ledger.failure(migration, error, outcome=outcome, where=Where(origin), words=words, hint=hint)
    if isinstance(error, TransactionClosed):
        return ledger.failure(migration, error, outcome=_CLOSED, words=_CLOSED_WORDS)
    if isinstance(error, StatementFailed):
        where, words = statement_place(migration, error, (), 0)
        where = where._replace(line=where.line or line_in(error, origin))
        return ledger.failure(migration, error, outcome=outcome, where=where, words=words, hint=error.hint)
    busy = f"it could not be committed: {error}" if isinstance(error, LockBusy) else None
    return ledger.failure(migration, error, outcome=outcome, where=Where(origin, line_in(error, origin)), words=busy)


def _outcome(journal: Journal | None) -> str:
    undone = journal is None or (isinstance(journal, Parts) and not journal.done and not journal.passes_ddl)
    if undone or journal is None:
        return ROLLED_BACK
    filled = " What its backfill has done is kept, and gone on with next time." if journal.fills else ""
    return f"{kept_steps(journal.done)}{filled}"
