"""Following the models on PostgreSQL: they are built in schemas of their own, in a transaction that is rolled back."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from lockgate.dialects.postgresql_catalog import fingerprint_postgresql, read_postgresql
from lockgate.dialects.seam import StatementFailed
from lockgate.diffing.postgresql import statements
from lockgate.diffing.postgresql_names import qualified
from lockgate.errors import SettingsError
from lockgate.following.creating import create_all, not_created
from lockgate.following.shadowing import in_shadow
from lockgate.following.stubs import stubs
from lockgate.following.undone import undone
from lockgate.models.creation import NeedsConnection, create_statements
from lockgate.models.expectation import surely_equal
from lockgate.nouns.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.following.scope import Scope
    from lockgate.models.metadata import Models
    from lockgate.nouns.changes import Change, Statement
    from lockgate.nouns.schema import Name

# Each table, index and toast table of a transaction holds a lock, of which a server has some 6,400 by default:
# https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION
_AT_ONCE = 200


class PostgresEngine:
    """PostgreSQL's."""

    creates = True

    def __init__(self, session: Session) -> None:
        self.session = session

    async def default_schema(self) -> str:
        """The first schema of the search_path that exists."""
        ((schema,),) = await self.session.fetch("SELECT coalesce(pg_catalog.current_schema(), 'public')")
        return str(schema)

    async def read(self, scope: Scope) -> Schema:
        """Read the catalog."""
        return await read_postgresql(self.session, scope.namespaces, leaving_out=scope.own)

    async def fingerprint(self, scope: Scope) -> str:
        """Let the server add up the identities of the catalog's rows."""
        return await fingerprint_postgresql(self.session, scope.namespaces, leaving_out=scope.own)

    def doubtful(self, models: Models, have: Schema, scope: Scope) -> set[Name]:
        """Compare spellings; what is not the very one is in doubt."""
        names = {scope.name(table) for table in models.tables} & set(have.tables)
        return names - surely_equal(models, self.session.ddl_dialect(), have, default_schema=scope.default)

    async def build(self, models: Models, scope: Scope) -> Schema:
        """Build them in as many transactions as the server's lock table wants."""
        built = Schema()
        names = [scope.name(table) for table in (*models.tables, *models.views)]
        for start in range(0, max(len(names), 1), _AT_ONCE):
            part = set(names[start : start + _AT_ONCE])
            built = _joined(built, await self._build(models, scope, part), part)
        return built

    async def _build(self, models: Models, scope: Scope, part: Collection[Name]) -> Schema:
        token = f"lockgate_shadow_{secrets.token_hex(4)}"
        schemas = dict.fromkeys((scope.default, *scope.namespaces))
        shadows = {schema: f"{token}_{place}" for place, schema in enumerate(schemas)}
        chosen = models.only(lambda schema, name: (schema or scope.default, name) in part)
        async with undone(self.session):
            await self._prepare(shadows, scope)
            await self._create(models, chosen, shadows, scope)
            called = {shadow: schema for schema, shadow in shadows.items()}
            built = await read_postgresql(self.session, list(called), called=called)
        return replace(built, namespaces=built.namespaces & set(scope.namespaces))

    async def _prepare(self, shadows: dict[str, str], scope: Scope) -> None:
        ((path,),) = await self.session.fetch("SELECT pg_catalog.current_setting('search_path')")
        creating = [f"CREATE SCHEMA {shadow}" for shadow in shadows.values()]
        first = shadows[scope.default]
        try:
            await self._submit([*creating, f"SET LOCAL search_path = {', '.join(filter(None, (first, path)))}"])
        except StatementFailed as error:
            raise _refused(error) from error

    async def _create(self, models: Models, chosen: Models, shadows: dict[str, str], scope: Scope) -> None:
        schemas: dict[str | None, str] = dict(shadows) | {None: shadows[scope.default]}
        dialect = self.session.ddl_dialect()
        await self._run(stubs(chosen, dialect, schemas))
        try:
            texts = create_statements(chosen, dialect, schemas=schemas)
        except NeedsConnection:
            await create_all(self.session, chosen, schemas)
            return
        made = {scope.name(one) for one in (*chosen.tables, *chosen.views, *models.types, *models.sequences)}
        await self._run([in_shadow(text, shadows, made) for text in texts])

    async def _run(self, texts: Sequence[str]) -> None:
        try:
            await self._submit(texts)
        except StatementFailed as error:
            raise not_created(error, texts[error.line] if error.line is not None else "") from error

    async def _submit(self, texts: Sequence[str]) -> None:
        for place, text in enumerate(texts):
            await self.session.submit([text], place)
        await self.session.flush()

    async def creation(self, models: Models, there: Collection[Name], scope: Scope) -> list[str] | None:
        """Say what SQLAlchemy says, of types and sequences what is not there."""
        try:
            return create_statements(models, self.session.ddl_dialect(), schemas={None: scope.default}, there=there)
        except NeedsConnection:
            return None

    def statements(self, changes: Sequence[Change], have: Schema, want: Schema) -> list[Statement]:
        """Say them in phases."""
        return statements(changes, have, want)

    async def with_rows(self, tables: Collection[Name]) -> set[Name]:
        """Look for one row of each, in one query."""
        if not tables:
            return set()
        ordered = sorted(tables)
        looks = [f"SELECT {place} WHERE EXISTS (SELECT FROM {qualified(name)})" for place, name in enumerate(ordered)]
        return {ordered[int(place)] for (place,) in await self.session.fetch(" UNION ALL ".join(looks))}


def _joined(one: Schema, other: Schema, part: Collection[Name]) -> Schema:
    """Both, without the stubs of the other."""
    tables = {name: table for name, table in other.tables.items() if name in part}
    return Schema(
        tables={**one.tables, **tables},
        enums={**one.enums, **other.enums},
        domains={**one.domains, **other.domains},
        sequences={**one.sequences, **other.sequences},
        views={**one.views, **other.views},
        namespaces=one.namespaces | other.namespaces,
    )


def _refused(error: StatementFailed) -> SettingsError:
    return SettingsError(
        f"The models cannot be built beside the database's own tables: {error.message}.",
        hint="GRANT CREATE ON DATABASE … TO this user, or name a database to try things in: LOCKGATE_SCRATCH_URL.",
    )
