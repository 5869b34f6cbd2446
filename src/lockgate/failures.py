"""Phrases a migration's failure: what happened, where, what was undone, what was kept, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import LockgateError, MigrationFailed
from lockgate.nouns.migrations import Direction
from lockgate.nouns.reports import Failure, RunReport
from lockgate.sources.loading import SqlMigration
from lockgate.sql import excerpt, place
from lockgate.url import mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.dialects.seam import StatementFailed
    from lockgate.nouns.reports import Ran
    from lockgate.sources.loading import Loaded
    from lockgate.sql import Statement


def failed(
    migration: Loaded,
    error: BaseException,
    *,
    outcome: str,
    batch_no: int,
    ran: Sequence[Ran],
    where: tuple[str | None, int | None, int | None] = (None, None, None),
    words: str | None = None,
    hint: str = "",
) -> MigrationFailed:
    """The error for a migration that ended a run; `where` is its path, line and statement, as far as they are known."""
    path, line, statement = where
    place_words = _place_words(path, line, statement)
    said = mask(words if words is not None else f"{type(error).__name__}: {error}")
    kept = f"\n{_kept(migration.direction, ran)}" if ran else ""
    return MigrationFailed(
        f"{migration.source.name} failed{place_words}: {said}\n{outcome}{kept}",
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


def _kept(direction: Direction, ran: Sequence[Ran]) -> str:
    names = ", ".join(one.name for one in ran[:5]) + (f" and {len(ran) - 5} more" if len(ran) > 5 else "")
    return f"Kept from this run: {names} ({'applied' if direction is Direction.UP else 'rolled back'})."


def statement_place(
    migration: Loaded, error: StatementFailed, statements: Sequence[Statement], base: int
) -> tuple[tuple[str | None, int | None, int | None], str]:
    """Where a refused statement stands, and the server's words with the source line and a caret under its position.

    `statements` are those that the unit held, and `base` is where its body begins in the migration's text.
    """
    if not isinstance(migration, SqlMigration):
        return (migration.source.origin, error.line, None), error.message
    offset = None if error.offset is None else base + error.offset
    statement = _statement(statements, error, offset)
    if offset is None:
        offset = statement.start if statement else None
    if offset is None:
        return (migration.path, None, None), error.message
    text = migration.section.text
    line = place(text, offset, first_line=migration.section.first_line).line
    return (migration.path, line, statement.number if statement else None), f"{error.message}\n{excerpt(text, offset)}"


def _statement(statements: Sequence[Statement], error: StatementFailed, offset: int | None) -> Statement | None:
    if offset is not None:
        return next((one for one in statements if one.start <= offset <= one.end), None)
    if error.statement is not None and 1 <= error.statement <= len(statements):
        return statements[error.statement - 1]
    return None
