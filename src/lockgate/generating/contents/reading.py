"""Reads what a database holds, and compares two of them."""

# ruff: noqa: PLC0415 - one engine's way is enough

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from lockgate.backup.copying import CopyFailed
from lockgate.diffing.differ import diff
from lockgate.diffing.words import difference
from lockgate.errors import SettingsError
from lockgate.following.follower import engine_of
from lockgate.following.scope import Scope
from lockgate.generating.trying import opened
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.schema import Name, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.dialects.seam import Session
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl

_MOST_SAID, _LONGEST_SAID = 5, 200


class Contents(NamedTuple):
    """What a database holds, without Lockgate's own tables.

    Attributes:
        statements: what makes it.
        schema: the same as a value that another reader has read, as far as that sees.
    """

    statements: tuple[str, ...]
    schema: Schema


def refuse_engine(url: DatabaseUrl, instead: str) -> None:
    """Check that what a database of the engine holds can be written down, before anything is made.

    Args:
        instead: what to do where it cannot.

    Raises:
        SettingsError: it cannot.
    """
    if url.engine == "mysql":
        raise SettingsError("A baseline is made on PostgreSQL and SQLite only so far.", hint=instead)


async def contents_of(url: DatabaseUrl, config: Conclusions, *, rows: bool) -> Contents:
    """Read it.

    Raises:
        SettingsError: a program of the engine's is missing, too old, or fails.
        DatabaseUnreachable: no connection could be had.
    """
    async with opened(url, config) as session:
        own = _own(session)
        try:
            statements = await _statements(session, url, config, own, rows=rows)
        except CopyFailed as error:
            raise SettingsError(f"The database could not be written down: {error}.", hint=error.hint) from error
        return Contents(tuple(statements), await _schema(session, config, own))


async def _statements(
    session: Session, url: DatabaseUrl, config: Conclusions, own: list[Name], *, rows: bool
) -> list[str]:
    if session.flavour is Flavour.SQLITE:
        from lockgate.generating.contents.sqlite import contents_of_sqlite

        return await contents_of_sqlite(session, own, rows=rows)
    from lockgate.generating.contents.postgresql import contents_of_postgresql

    return await contents_of_postgresql(session, url, config, own, rows=rows)


async def _schema(session: Session, config: Conclusions, own: list[Name]) -> Schema:
    from lockgate.generating.contents.postgresql import namespaces_of

    engine = engine_of(session)
    spaces = await namespaces_of(session) if session.flavour is Flavour.POSTGRESQL else ("main",)
    return await engine.read(Scope(await engine.default_schema(), spaces, frozenset(own), config))


def is_setting(statement: str) -> bool:
    """Whether it says how others are to be run, and makes nothing."""
    return statement.startswith(("SET LOCAL ", "SELECT pg_catalog.set_config(", "PRAGMA defer_foreign_keys"))


def _own(session: Session) -> list[Name]:
    schema, name = (part.replace('""', '"') for part in session.tracking.name[1:-1].split('"."', 1))
    return [Name(schema, f"{name}{beside}") for beside in ("", "_journal", "_marks", "_lease")]


def differences(wanted: Contents, found: Contents) -> str:
    """What `found` lacks and has too much, in words; empty where both hold the same."""
    said = list(_differences(wanted, found))
    more = [f"and {len(said) - _MOST_SAID} more"] if len(said) > _MOST_SAID else []
    return "; ".join([*said[:_MOST_SAID], *more])


def _differences(wanted: Contents, found: Contents) -> Iterator[str]:
    before, after = Counter(wanted.statements), Counter(found.statements)
    yield from (f"it lacks {_short(one)}" for one in before - after)
    yield from (f"it has {_short(one)}" for one in after - before)
    for change in diff(found.schema, wanted.schema):
        one = difference(change, "")
        yield f"{one.kind} {one.name}: {one.detail}"


def _short(statement: str) -> str:
    words = " ".join(statement.split())
    return words if len(words) <= _LONGEST_SAID else f"{words[:_LONGEST_SAID]}…"
