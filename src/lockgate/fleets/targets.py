"""What a fleet is made of, and how a target is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import SettingsError
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from collections.abc import Callable

_WITH_SCHEMA: Final = re.compile(r"(?:(?P<url>\S.*?)\s+)?schema:\s*(?P<schema>\S.*)")
_LONGEST_NAME: Final = 63
"""Bytes; PostgreSQL cuts off the rest: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS."""


class Target(NamedTuple):
    """A database, or a schema of a PostgreSQL database; `name` is how it is written, without a password."""

    name: str
    url: DatabaseUrl
    schema: str | None = None


def parse_target(text: str, home: Callable[[], DatabaseUrl]) -> Target:
    """Read a URL, `schema:NAME`, which is a schema of the database `home`, or both with a space between.

    Raises:
        SettingsError: it is none of them; the message does not repeat it.
    """
    text = text.strip()
    found = _WITH_SCHEMA.fullmatch(text)
    if found and found["url"]:
        return schema_target(found["schema"], DatabaseUrl(found["url"]), at_home=False)
    if found:
        return schema_target(found["schema"], home(), at_home=True)
    if "://" not in text:
        raise SettingsError("A target is a URL, or schema:NAME, or both with a space between.")
    url = DatabaseUrl(text)
    return Target(url.masked, url)


def parse_row(value: object, home: Callable[[], DatabaseUrl]) -> Target:
    """Read what a query gives: as above, or a schema's bare name.

    Raises:
        SettingsError: it is neither.
    """
    if not isinstance(value, str) or not value.strip():
        raise SettingsError("A row's first column is a schema's name or a URL.")
    return parse_target(value, home) if "://" in value else schema_target(value, home(), at_home=True)


def schema_target(name: str, url: DatabaseUrl, *, at_home: bool) -> Target:
    """A schema of a database; `at_home` where that is the one that is configured, and need not be said.

    Raises:
        SettingsError: the database has none that can be targets, or it is no name.
    """
    if url.engine != "postgresql":
        raise SettingsError(f"Only a PostgreSQL database has schemas that can be targets, and this is {url.masked}.")
    if not name.isprintable() or len(name.encode()) > _LONGEST_NAME:
        raise SettingsError(f"A schema's name is printable text of at most {_LONGEST_NAME} bytes.")
    return Target(f"schema:{name}" if at_home else f"{url.masked} schema:{name}", url, name)
