"""Changes columns of MySQL and MariaDB, whose ALTER TABLE loses whatever of a column it does not repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text

from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lockgate.authoring.database import MigrationWork


async def alter_column(work: MigrationWork, table: str, column: str, changes: Mapping[str, Any]) -> None:
    """Change a column as Alembic's operation does, with what it does not say taken from the database.

    As a step it is known by its arguments: what is taken from the database changes while the migration runs.
    """

    async def say() -> Sequence[str]:
        existing = await work.connection.run_sync(lambda connection: _existing(connection, table, column, changes))
        _, said = work.verbs.say(lambda op: op.alter_column(table, column, **{**existing, **changes}))
        return said.statements

    given = sorted((name, value) for name, value in changes.items() if value is not None and value is not False)
    await work.say_late(f"ALTER TABLE {table} ALTER COLUMN {column} {given!r}", say)


def _existing(connection: Connection, table: str, column: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    columns = inspect(connection).get_columns(table, schema=changes["schema"])
    # SQLAlchemy gives a name's backticks as SHOW CREATE TABLE writes them.
    found = next((one for one in columns if one["name"].replace("``", "`") == column), None)
    if found is None:
        return {}
    default = found["default"]
    said = {name for name in ("server_default", "existing_server_default") if changes.get(name, False) is not False}
    # MySQL shows all that it keeps.
    if default and "?" in default and not said and getattr(connection.dialect, "is_mariadb", False):
        raise LockgateError(
            f"The default of {table}.{column} reads {default}, where the server shows a ? for what it cannot show, such as an"
            " emoji.",
            hint="Say it again: server_default=…, or existing_server_default=….",
        )
    return {
        "existing_type": found["type"],
        "existing_nullable": found["nullable"],
        "existing_server_default": text(default.replace(":", "\\:")) if default else None,
        "existing_autoincrement": found.get("autoincrement") is True or None,
        "existing_comment": found.get("comment"),
    }
