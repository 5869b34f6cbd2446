"""Runs one SQL migration: whole, in one transaction with its record, or step by step with a journal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.dialects.seam import StatementFailed, Unit
from lockgate.nouns.flavours import Flavour
from lockgate.running.contention import persist
from lockgate.running.failures import ROLLED_BACK, Where, kept_steps, statement_place, stuck_words
from lockgate.running.journal import Journal, StepChanged, StepUndecided
from lockgate.sql import steps
from lockgate.sql.implicit_commits import is_setting

if TYPE_CHECKING:
    from lockgate.errors import MigrationFailed
    from lockgate.running.ledger import Ledger
    from lockgate.sources.loading import SqlMigration
    from lockgate.sql import Statement, Step


_DIRECT = "Name a connection past the pooler, LOCKGATE_DIRECT_URL; or use SET LOCAL in a transaction of the file's own."


def unit_of(migration: SqlMigration, ledger: Ledger) -> Unit:
    """A migration's text and its record, as one transaction."""
    shape = migration.shape
    texts = [statement.text for statement in shape.statements]
    # The record has to be written, whatever the file's own transaction would have read only.
    modes = re.sub(r",?\s*READ ONLY", "", shape.modes, flags=re.IGNORECASE).strip(" ,")
    return Unit(shape.script, texts, modes, [ledger.record_sql(migration)])


async def run_whole(migration: SqlMigration, ledger: Ledger) -> None:
    """Run a transactional migration.

    Raises:
        MigrationFailed: the server refused a statement; nothing of the migration is left.
    """
    unit = unit_of(migration, ledger)
    try:
        await persist(
            ledger.session,
            ledger.patience,
            ledger.record(migration),
            lambda: ledger.patience.through(lambda: ledger.session.transact([unit], ledger.known)),
        )
    except StatementFailed as error:
        await ledger.session.rollback()
        raise refused(migration, error, ledger) from error.__cause__


def refused(migration: SqlMigration, error: StatementFailed, ledger: Ledger) -> MigrationFailed:
    """The error for a transactional migration of which the server refused a statement."""
    where, words = statement_place(migration, error, migration.shape.statements, migration.shape.body[0])
    return ledger.failure(migration, error, outcome=ROLLED_BACK, where=where, words=words, hint=error.hint)


async def run_steps(migration: SqlMigration, ledger: Ledger) -> None:
    """Run a migration that is not transactional, from the step that an earlier run has reached.

    Raises:
        MigrationFailed: the server refused a step, which leaves those before it done; or what an earlier run has left
            forbids going on.
    """
    journal = await Journal.opened(ledger.session, ledger.patience, ledger.record(migration))
    step: Step | None = None
    try:
        for step in steps(migration.statements, ledger.session.flavour, path=migration.path):
            await _run_step(migration, journal, step, ledger)
        await journal.finish()
    except StatementFailed as error:
        await ledger.session.rollback()
        raise _step_refused(migration, error, step, journal, ledger) from error.__cause__
    except (StepUndecided, StepChanged) as error:
        first = step.statements[0] if step else None
        where = Where(migration.path, first.line if first else None, first.number if first else None)
        words, hint = stuck_words(migration, error)
        raise ledger.failure(
            migration, error, outcome="Nothing was run.", where=where, words=words, hint=hint
        ) from error


async def _run_step(migration: SqlMigration, journal: Journal, step: Step, ledger: Ledger) -> None:
    first, last = step.statements[0], step.statements[-1]
    if not step.block and _is_setting(first, ledger.session.flavour):
        if not await ledger.session.keeps_settings():
            raise StatementFailed(
                "behind a pooler, what is set on a session reaches whoever comes next on its connection", hint=_DIRECT
            )
        # What only the session knows is gone when a later run resumes, so it is said every time.
        await ledger.patience.through(lambda: ledger.session.execute(first.text))
    elif not step.block:
        await journal.statement(first.text)
    elif step.commit:
        text = migration.section.text[first.start : last.end]
        await journal.block(text, [statement.text for statement in step.statements], step.modes)


def _is_setting(statement: Statement, flavour: Flavour) -> bool:
    if flavour is Flavour.MYSQL:
        return is_setting(statement.text)
    words = statement.words[:1]
    return words in {("SET",), ("RESET",), ("PRAGMA",)} or (
        words == ("SELECT",) and "set_config" in statement.text.lower()
    )


def _step_refused(
    migration: SqlMigration, error: StatementFailed, step: Step | None, journal: Journal, ledger: Ledger
) -> MigrationFailed:
    statements = step.statements if step else ()
    where, words = statement_place(migration, error, statements, statements[0].start if statements else 0)
    outcome = kept_steps(journal.done)
    return ledger.failure(migration, error, outcome=outcome, where=where, words=words, hint=error.hint)
