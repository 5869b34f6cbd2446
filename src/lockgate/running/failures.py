"""Phrases a migration's failure: what happened, where, what was undone, what was kept, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.errors import LockgateError, MigrationFailed
from lockgate.nouns.migrations import Direction
from lockgate.nouns.reports import Failure, RunReport
from lockgate.running.journal import StepChanged
from lockgate.sources.loading import SqlMigration
from lockgate.sql import excerpt, place
from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.seam import StatementFailed
    from lockgate.nouns.reports import Ran
    from lockgate.running.journal import StepUndecided
    from lockgate.sources.loading import Loaded
    from lockgate.sql import Statement


ROLLED_BACK = "It was rolled back."
UNDOING_SECONDS = 5.0
"""How long a cancelled run may take to undo its migration, before its connection is cut instead."""


class Where(NamedTuple):
    """The path, line and statement (both from 1) of a failure, as far as they are known."""

    path: str | None = None
    line: int | None = None
    statement: int | None = None


def failed(
    migration: Loaded,
    error: BaseException,
    *,
    outcome: str,
    batch_no: int,
    ran: Sequence[Ran],
    where: Where | None = None,
    words: str | None = None,
    hint: str = "",
) -> MigrationFailed:
    """The error for a migration that ended a run; `where` is its path, line and statement, as far as they are known."""
    path, line, statement = where or Where()
    place_words = _place_words(path, line, statement)
    own = error.message if isinstance(error, LockgateError) else str(error)  # its hint is told at the end
    said = mask(words if words is not None else f"{type(error).__name__}: {own}")
    told = "\n".join(filter(None, (outcome, kept_names(migration.direction, ran))))
    return MigrationFailed(
        f"{migration.source.name} failed{place_words}: {said}\n{told}",
        name=migration.source.name,
        hint=hint or (error.hint if isinstance(error, LockgateError) else ""),
        path=path,
        line=line,
        statement=statement,
        report=RunReport(migration.direction, batch_no, tuple(ran), Failure(migration.source.name, said)),
    )


def _place_words(path: str | None, line: int | None, statement: int | None) -> str:
    ordinal = f" in statement {statement}" if statement else ""
    return f"{ordinal} at {path}:{line}" if path and line else ordinal


def kept_names(direction: Direction, ran: Sequence[Ran]) -> str:
    """What a run has done before its end, in words; empty for nothing."""
    if not ran:
        return ""
    names = ", ".join(one.name for one in ran[:5]) + (f" and {len(ran) - 5} more" if len(ran) > 5 else "")
    return f"Kept from this run: {names} ({'applied' if direction is Direction.UP else 'rolled back'})."


def kept_steps(done: int) -> str:
    """What a migration that is not transactional has left."""
    if not done:
        return "It does not run in a transaction; none of its steps was done."
    steps_are = f"{done} steps are" if done > 1 else "step is"
    return f"It does not run in a transaction: its first {steps_are} kept, and skipped next time."


def stuck_words(migration: Loaded, error: StepUndecided | StepChanged) -> tuple[str, str]:
    """What an earlier run has left that forbids going on, and what to do."""
    number = error.step.number
    if isinstance(error, StepChanged):
        words = f"step {number} was done by an earlier run, and reads otherwise now"
        return words, f"Give step {number} its former text back; what comes after the steps that are done may change."
    words = f"an earlier run ended while step {number} was running, so whether it was done is not known"
    repair = f"lockgate repair {migration.source.name} --step"
    return words, f"Look at the database, then say `{repair} done` or `{repair} undone`, and run `lockgate up` again."


def line_in(error: BaseException, origin: str) -> int | None:
    """The last line of a migration's own file that an error's traceback passes through."""
    traceback, line = error.__traceback__, None
    while traceback:
        line = traceback.tb_lineno if traceback.tb_frame.f_code.co_filename == origin else line
        traceback = traceback.tb_next
    return line


def statement_place(
    migration: Loaded, error: StatementFailed, statements: Sequence[Statement], base: int
) -> tuple[Where, str]:
    """Where a refused statement stands, and the server's words with the source line and a caret under its position.

    `statements` are those that the unit held, and `base` is where its body begins in the migration's text.
    """
    if not isinstance(migration, SqlMigration):
        return Where(migration.source.origin, error.line), error.message
    offset = None if error.offset is None else base + error.offset
    statement = _statement(statements, error, offset)
    if offset is None:
        offset = statement.start if statement else None
    if offset is None:
        return Where(migration.path), error.message
    text = migration.section.text
    line = place(text, offset, first_line=migration.section.first_line).line
    return Where(
        migration.path, line, statement.number if statement else None
    ), f"{error.message}\n{excerpt(text, offset)}"


def _statement(statements: Sequence[Statement], error: StatementFailed, offset: int | None) -> Statement | None:
    if offset is not None:
        return next((one for one in statements if one.start <= offset <= one.end), None)
    if error.statement is not None and 1 <= error.statement <= len(statements):
        return statements[error.statement - 1]
    return None
