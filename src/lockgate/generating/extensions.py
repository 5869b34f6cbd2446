"""Extensions of PostgreSQL: those that a database has, and how to make one in another database."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio

from lockgate.dialects.seam import StatementFailed
from lockgate.diffing.postgresql_names import listed, quoted, string
from lockgate.errors import SettingsError
from lockgate.following.creating import create_all
from lockgate.following.undone import undone
from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from lockgate.dialects.seam import Session
    from lockgate.following.engine import Engine
    from lockgate.following.scope import Scope
    from lockgate.models.metadata import Models

_EXTENSIONS: Final = (
    "SELECT e.extname, n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
    " ORDER BY e.oid"
)
_UNDOING_SECONDS: Final = 10.0


class Extension(NamedTuple):
    """An extension, and the schema that it is in."""

    name: str
    schema: str


class Added(NamedTuple):
    """What was made for one extension.

    Attributes:
        extensions: those that were not there before: it, after what it requires.
        space: the schema that was made for it, if it was not there.
    """

    extensions: tuple[Extension, ...]
    space: str | None

    def statements(self, default: str) -> list[str]:
        """What makes it anywhere; `default` is the schema that goes without saying."""
        said = [f"CREATE SCHEMA IF NOT EXISTS {quoted(self.space)}"] if self.space else []
        for one in self.extensions:
            place = "" if one.schema in {default, "pg_catalog"} else f" SCHEMA {quoted(one.schema)}"
            said.append(f"CREATE EXTENSION IF NOT EXISTS {quoted(one.name)}{place}")
        return said

    def undoing(self) -> list[str]:
        """What takes it away again."""
        dropping = f"DROP EXTENSION {listed(one.name for one in self.extensions)}"
        return [dropping, *([f"DROP SCHEMA {quoted(self.space)}"] if self.space else [])]


async def extensions_of(session: Session) -> list[Extension]:
    """Those of a database, each after the ones that it requires; none on another engine."""
    if session.flavour is not Flavour.POSTGRESQL:
        return []
    return [Extension(*map(str, row)) for row in await session.fetch(_EXTENSIONS)]


async def extensions_by(models: Models, engine: Engine, scope: Scope) -> list[Extension]:
    """Those that the models' own listeners make when the models are created here; nothing of it stays."""
    session = engine.session
    before = await extensions_of(session)
    async with undone(session):
        with suppress(SettingsError, StatementFailed):
            spaces = [f"CREATE SCHEMA IF NOT EXISTS {quoted(one)}" for one in scope.namespaces]
            await session.submit(spaces, None)
            await session.flush()
            await create_all(session, models, {})
            return [one for one in await extensions_of(session) if one not in before]
    return []


async def add(extension: Extension, session: Session) -> Added | None:
    """Make it, and what it requires, in a database; None where it is there.

    Raises:
        StatementFailed: the server does not have it, or this user may not make it.
    """
    before = await extensions_of(session)
    if extension.name in {one.name for one in before}:
        return None
    space = extension.schema
    there = await session.fetch(f"SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = {string(space)}")
    making = [] if there else [f"CREATE SCHEMA {quoted(space)}"]
    creating = f"CREATE EXTENSION {quoted(extension.name)} SCHEMA {quoted(space)} CASCADE"
    try:
        await session.begin(None)
        await session.submit([*making, creating], None)
        await session.commit([])
    finally:
        with anyio.move_on_after(_UNDOING_SECONDS, shield=True):
            await session.rollback()
    return Added(tuple(one for one in await extensions_of(session) if one not in before), None if there else space)
