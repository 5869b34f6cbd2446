"""Says how a PostgreSQL database gets the settings of another, which CREATE DATABASE … TEMPLATE leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.postgresql_names import quoted, string

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def read_settings(database: str) -> str:
    """Say the query for what ALTER DATABASE … SET has set: names and values."""
    return (
        "SELECT pg_catalog.split_part(said, '=', 1), pg_catalog.substr(said, pg_catalog.strpos(said, '=') + 1)"
        " FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) WITH ORDINALITY one(said, place)"
        f" WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = {string(database)})"
        " AND s.setrole = 0 ORDER BY place"
    )


def write_settings(database: str, settings: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Say the statements that give them to a database, to be run one by one on one session, which has them afterwards."""
    for setting, value in settings:
        said = ".".join(map(quoted, setting.split(".")))
        yield f"SELECT set_config({string(setting)}, {string(value)}, false)"
        yield f"ALTER DATABASE {quoted(database)} SET {said} FROM CURRENT"
