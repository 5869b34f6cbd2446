"""`create_all` over the session's own connection, for models whose creation runs code of the project's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from lockgate.authoring.overlay import Overlay
from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from lockgate.dialects.seam import Session, StatementFailed
    from lockgate.models.metadata import Models


async def create_all(session: Session, models: Models, schemas: Mapping[str | None, str]) -> None:
    """Create the models within the open transaction; what is there already is passed over.

    Raises:
        SettingsError: they cannot be created.
    """

    async def before(_statement: str) -> None:
        await session.flush()

    overlay = Overlay(session.sqlalchemy_url, session.driver, before, session.flush)
    connection = overlay.connect()
    try:
        await connection.run_sync(_create, models, schemas)
    except SQLAlchemyError as error:
        raise SettingsError(f"The models cannot be created: {error}", hint="Correct the models.") from error
    finally:
        await overlay.release(connection)


def not_created(error: StatementFailed, text: str) -> SettingsError:
    """The error for models that the database refuses; `text` is the statement."""
    return SettingsError(f"The models cannot be created: {error.message}\n{text}".strip(), hint="Correct the models.")


def _create(connection: Connection, models: Models, schemas: Mapping[str | None, str]) -> None:
    placed = connection.execution_options(schema_translate_map=dict(schemas)) if schemas else connection
    # An index of a new table can be made within the transaction; CONCURRENTLY cannot.
    placed.dialect._supports_create_index_concurrently = False  # type: ignore[attr-defined]
    chosen = {*models.tables, *models.views}
    for metadata in models.metadatas:
        metadata.create_all(placed, tables=[one for one in metadata.tables.values() if one in chosen])
