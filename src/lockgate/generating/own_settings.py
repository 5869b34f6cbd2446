"""What an application's database gives each session that begins there: its own settings, and a schema to be in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lockgate.dialects.seam import StatementFailed
from lockgate.diffing.postgresql_names import quoted, string

if TYPE_CHECKING:
    from lockgate.dialects.seam import Session

# A role that a session takes on may do nothing in another database, and what is drafted for one that is read-only is tried
# where that is not so.
_SETTINGS: Final = (
    "SELECT pg_catalog.split_part(said, '=', 1), pg_catalog.substr(said, pg_catalog.strpos(said, '=') + 1)"
    " FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) WITH ORDINALITY one(said, place)"
    " WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
    " AND s.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user))"
    " AND said !~ '^(role|default_transaction_read_only)=' ORDER BY s.setrole, place"
)
# As the sessions have it: the options of the URL and the settings of the role may say it too, and another server knows neither.
_SEARCH_PATH: Final = "SELECT 'search_path', pg_catalog.current_setting('search_path')"


async def copy_settings(there: Session, administering: Session, name: str) -> None:
    """Give the database `name` what ALTER DATABASE … SET, and ALTER ROLE … IN DATABASE … SET, have set for `there`.

    The search_path decides what an unqualified name is, TimeZone and DateStyle what a text means, and a migration may ask
    for a setting of the application's own.
    """
    for setting, value in (*await there.fetch(_SETTINGS), *await there.fetch(_SEARCH_PATH)):
        said = ".".join(map(quoted, setting.split(".")))
        # One that only a superuser may set says nothing of a schema.
        with suppress(StatementFailed):
            await administering.execute(f"SELECT pg_catalog.set_config({string(setting)}, {string(value)}, false)")
            await administering.execute(f"ALTER DATABASE {name} SET {said} FROM CURRENT")


async def make_current_schema(there: Session, made: Session) -> None:
    """Make the schema in which sessions of `there` are, where the search_path leads to none in the new database."""
    ((has_one,),) = await made.fetch("SELECT pg_catalog.current_schema() IS NOT NULL")
    ((schema,),) = await there.fetch("SELECT pg_catalog.current_schema()")
    if has_one == "f" and schema is not None:
        await made.execute(f"CREATE SCHEMA {quoted(schema)}")
