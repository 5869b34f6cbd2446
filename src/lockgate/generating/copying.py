"""Makes an empty database like another one, without its rows."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio

from lockgate.dialects.seam import StatementFailed
from lockgate.diffing.differ import diff
from lockgate.diffing.postgresql_names import quoted, string
from lockgate.errors import LockgateError
from lockgate.generating.extensions import add, extensions_of
from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from lockgate.dialects.seam import Session
    from lockgate.following.engine import Engine
    from lockgate.following.scope import Scope

_FUNCTIONS: Final = (
    "SELECT pg_catalog.pg_get_functiondef(p.oid) FROM pg_catalog.pg_proc p"
    " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind IN ('f', 'p') AND n.nspname IN ({})"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY p.oid"
)
_UNDOING_SECONDS: Final = 10.0


async def copy_schema(there: Engine, here: Engine, scope: Scope) -> None:
    """Make `here` as `there` is, as far as `scope` looks.

    Raises:
        LockgateError: the database has something that cannot be copied.
    """
    wanted = await there.read(scope)
    if here.session.flavour is Flavour.POSTGRESQL:
        await _copy_beside(there.session, here.session, scope)
    empty = await here.read(scope)
    session = here.session
    try:
        await session.begin(None)
        for statement in here.statements(diff(empty, wanted), empty, wanted):
            await session.submit([statement.text], None)
        await session.commit([])
    except StatementFailed as error:
        raise LockgateError(
            f"The database's schema cannot be made a second time, to try the draft in: {error.message}",
            hint="Leave --from-database out: then the folder's migrations say what there is.",
        ) from error
    finally:
        with anyio.move_on_after(_UNDOING_SECONDS, shield=True):
            await session.rollback()


async def _copy_beside(there: Session, here: Session, scope: Scope) -> None:
    """Make what tables and views may use; a function that wants what is not there yet is left out."""
    for space in scope.namespaces:
        if not space.startswith("pg_"):
            await here.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(space)}")
    for extension in await extensions_of(there):
        # Without one that nothing uses the copy is the same; without one that something uses, that says so.
        with suppress(StatementFailed):
            await add(extension, here)
    await here.execute("SET check_function_bodies = off")
    for (definition,) in await there.fetch(_FUNCTIONS.format(", ".join(map(string, scope.namespaces)))):
        with suppress(StatementFailed):
            await here.execute(definition)
