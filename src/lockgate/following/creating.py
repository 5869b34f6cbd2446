"""`create_all` over the session's own connection, for models whose creation runs code of the project's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from lockgate.authoring.overlay import Overlay
from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection
    from sqlalchemy.engine import ExceptionContext

    from lockgate.dialects.seam import Session, StatementFailed
    from lockgate.models.metadata import Models

_NAME: Final = "lockgate_statement"
_OF_SAVEPOINTS: Final = frozenset({"SAVEPOINT", "RELEASE", "ROLLBACK"})
# undefined_object (a type, an operator class), undefined_function (or operator), undefined_table, invalid_schema_name:
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNDEFINED: Final = frozenset({"42704", "42883", "42P01", "3F000"})
# Nobody knows the names of the schemas that the models are built in.
_SHADOW: Final = re.compile(r"lockgate_shadow_\w+\.")
_QUESTIONS: Final = _OF_SAVEPOINTS | {"SELECT", "SHOW", "WITH"}


async def create_all(session: Session, models: Models, schemas: Mapping[str | None, str]) -> list[str]:
    """Create the models within the open transaction, and return what was said; what is there already is passed over.

    Raises:
        SettingsError: they cannot be created.
    """
    guard = _Guard(session)
    overlay = Overlay(session.sqlalchemy_url, session.driver, guard.before, session.flush)
    connection = overlay.connect()
    event.listen(connection.sync_engine, "handle_error", guard.failed)
    try:
        await connection.run_sync(_create, models, schemas)
        await guard.finish()
    except SQLAlchemyError as error:
        said = _SHADOW.sub("", f"The models cannot be created: {error}")
        raise SettingsError(said, hint=_advice(error)) from error
    finally:
        await overlay.release(connection)
    return guard.said


class _Guard:
    """Puts each statement into a savepoint: code that catches an error expects to go on, as it would in autocommit."""

    def __init__(self, session: Session) -> None:
        self._session, self._open, self._failed = session, False, False
        self.said: list[str] = []

    async def before(self, statement: str) -> str:
        """End the savepoint of the statement before, and begin one for this, unless it is about savepoints itself."""
        word = statement.split(maxsplit=1)[0].upper()
        if word not in _QUESTIONS:
            self.said.append(statement.strip())
        await self.finish()
        if word not in _OF_SAVEPOINTS:
            await self._session.submit([f"SAVEPOINT {_NAME}"], None)
            self._open = True
        await self._session.flush()
        return f"{self._session.mark}{statement}"

    def failed(self, _context: ExceptionContext) -> None:
        """Take note that the statement was refused."""
        if self._open:
            self._failed = True
            self.said.pop()

    async def finish(self) -> None:
        """End the last savepoint."""
        undoing = [f"ROLLBACK TO SAVEPOINT {_NAME}"] if self._failed else []
        if self._open:
            await self._session.submit([*undoing, f"RELEASE SAVEPOINT {_NAME}"], None)
        self._open = self._failed = False


def not_created(error: StatementFailed, text: str) -> SettingsError:
    """The error for models that the database refuses; `text` is the statement."""
    said = _SHADOW.sub("", f"The models cannot be created: {error.message}\n{text}".strip())
    return SettingsError(said, hint=_advice(error))


def undefined(error: BaseException | None) -> BaseException | None:
    """The server's own error where this comes of a name that it does not know; else None."""
    while error is not None and getattr(error, "sqlstate", None) not in _UNDEFINED:
        error = error.__cause__
    return error


def _advice(error: BaseException) -> str:
    if undefined(error) is None:
        return "Correct the models."
    return (
        "If an extension brings what is missing, create it in the database first (CREATE EXTENSION …, and in that of"
        " LOCKGATE_SCRATCH_URL where it is set); else correct the models."
    )


def _create(connection: Connection, models: Models, schemas: Mapping[str | None, str]) -> None:
    placed = connection.execution_options(schema_translate_map=dict(schemas)) if schemas else connection
    # An index of a new table can be made within the transaction; CONCURRENTLY cannot.
    placed.dialect._supports_create_index_concurrently = False  # type: ignore[attr-defined]
    chosen = {*models.tables, *models.views}
    for metadata in models.metadatas:
        metadata.create_all(placed, tables=[one for one in metadata.tables.values() if one in chosen])
