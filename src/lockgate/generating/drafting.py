"""From the models and a folder to the next migration, tried both ways before anybody is given it."""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, NamedTuple

import anyio.to_thread

from lockgate.dialects.connecting import connect
from lockgate.diffing.differ import diff
from lockgate.diffing.words import difference
from lockgate.errors import DatabaseUnreachable, LockgateError, MigrationFailed, MigrationFileError, SettingsError
from lockgate.following.comparing import Comparing, Comparison
from lockgate.following.follower import HINT, NO_MODELS, engine_of, own_tables
from lockgate.following.scope import Scope
from lockgate.following.undone import undone
from lockgate.generating.copying import copy_schema
from lockgate.generating.direction_text import Directions, Manner, Said
from lockgate.generating.extensions import extensions_by, extensions_of
from lockgate.generating.providing import Providing
from lockgate.generating.renames import Rename, probable_renames, statement_of
from lockgate.generating.scratch import scratch_database
from lockgate.generating.trying import Scratch
from lockgate.models.metadata import Models, load_models
from lockgate.nouns.changes import Kind
from lockgate.sources.folders import own_folder
from lockgate.sources.naming import slug_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from lockgate.dialects.seam import Session
    from lockgate.following.engine import Engine
    from lockgate.generating.extensions import Added, Extension
    from lockgate.nouns.schema import Schema
    from lockgate.nouns.schema_reports import Difference
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl

    Place = Callable[[Conclusions], AbstractAsyncContextManager[DatabaseUrl]]


class Wish(NamedTuple):
    """What is asked for.

    Attributes:
        from_database: compare with the database as it is, and not with what the files give.
        renamed: what the user says has a new name.
    """

    description: str
    sql: bool = False
    from_database: bool = False
    renamed: tuple[Rename, ...] = ()


class Draft(NamedTuple):
    """The migrations to be written, by their names; none where there is nothing to change.

    Attributes:
        probable: what looks like a drop and an add, and was perhaps a new name.
        is_applied: whether the database is already as they would make it.
        default: the schema that goes without saying.
    """

    files: dict[str, str]
    differences: tuple[Difference, ...] = ()
    probable: tuple[Rename, ...] = ()
    is_applied: bool = False
    default: str = ""


async def draft(config: Conclusions, wish: Wish, place: Place = scratch_database) -> Draft:
    """Make the next migration of the difference between the models and what the files give, and try it.

    Args:
        place: opens an empty database to try things in.

    Raises:
        SettingsError: the description has no word, no models are named, they cannot be read or created, or there is no place
            to try them.
        LockgateError: a migration of the folder fails in the scratch database, or the draft does not do what it should.
    """
    slug_of(wish.description)
    if config.models is None:
        raise SettingsError(NO_MODELS, hint=HINT)
    models = await anyio.to_thread.run_sync(load_models, config.models)
    return await _Drafting(config, wish, models, place).draft()


class _Drafting:
    def __init__(self, config: Conclusions, wish: Wish, models: Models, place: Place) -> None:
        self._config, self._wish, self._models, self._place = config, wish, models, place
        self._listeners: list[Added] = []

    async def draft(self) -> Draft:
        """Write it as a person would; where that does not do exactly what is wanted, with the very SQL in its place."""
        for manner in (Manner(self._wish.sql), Manner(self._wish.sql, exact=True)):
            made, doubt = await self._tried(manner)
            if not doubt:
                return made
        raise LockgateError(
            f"The draft was tried, and is not written: {doubt}",
            hint="Write this migration by hand: `lockgate new` gives it a file.",
        )

    async def _tried(self, manner: Manner) -> tuple[Draft, str]:
        """A draft, and what speaks against it; a second one where it turned out that the first needs an extension."""
        known = len(self._listeners)
        async with self._place(self._config) as url:
            scratch = Scratch(url, self._config, replaying=not self._wish.from_database)
            made, doubt = await self._attempt(scratch, manner)
        return (made, doubt) if len(self._listeners) == known else await self._tried(manner)

    async def _attempt(self, scratch: Scratch, manner: Manner) -> tuple[Draft, str]:
        await (self._copy(scratch) if self._wish.from_database else self._replay(scratch))
        needed = Providing(scratch, self._extensions)
        async with scratch.engine() as engine:
            scope = await self._scope(engine)
            await needed.again(self._listeners, engine.session)
            comparison = await self._compared(needed, engine, scope)
            if not comparison.changes and not self._wish.renamed:
                return Draft({}), ""
            before = await engine.read(scope)
            said = Said(scope.default, self._wish.renamed, needed.added)
            directions = Directions(engine, comparison, said)
        folder = await anyio.to_thread.run_sync(own_folder, self._config.directory)
        files = await anyio.to_thread.run_sync(directions.files, folder, self._wish.description, manner)
        if doubt := await self._doubt(scratch, files, before, comparison.want, scope):
            return Draft({}), doubt
        told = tuple(difference(change, scope.default) for change in comparison.changes)
        probable = tuple(probable_renames(comparison.changes))
        return Draft(files, told, probable, await self._is_applied(comparison, scope), scope.default), ""

    async def _replay(self, scratch: Scratch) -> None:
        """Run the folder; what the application's database has by an administrator's hand, the folder finds here as well."""
        providing = Providing(scratch, self._extensions)
        try:
            await providing.through(scratch.replay)
        except MigrationFailed as error:
            raise LockgateError(
                f"The folder's own migrations do not run on an empty database: {error.message}",
                hint=providing.advice(error),
            ) from error
        except MigrationFileError as error:
            error.hint += " `--from-database` compares with the database instead, and runs none of the files."
            raise

    async def _compared(self, needed: Providing, engine: Engine, scope: Scope) -> Comparison:
        try:
            return await needed.through(lambda: self._compare(engine, scope))
        except SettingsError as error:
            raise SettingsError(error.message, hint=needed.advice(error)) from error

    async def _extensions(self) -> list[Extension]:
        """Those of the application's database, if it can be asked."""
        with suppress(DatabaseUnreachable):
            async with self._session() as session:
                return await extensions_of(session)
        return []

    async def _copy(self, scratch: Scratch) -> None:
        """Make the scratch database as the real one is."""
        async with self._live() as there, scratch.engine() as engine:
            await copy_schema(there, engine, await self._scope(there))

    @asynccontextmanager
    async def _live(self) -> AsyncIterator[Engine]:
        async with self._session() as session:
            await session.history()
            yield engine_of(session)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        config = self._config
        session = await connect(config.target_url(), config.table, config.connect_timeout)
        try:
            yield session
        finally:
            with anyio.CancelScope(shield=True):
                await session.close()

    async def _scope(self, engine: Engine) -> Scope:
        default = await engine.default_schema()
        return Scope.of(self._config, self._models, default, own_tables(engine.session.tracking.name))

    async def _compare(self, engine: Engine, scope: Scope) -> Comparison:
        """Compare as if the tables and columns had their new names already: the database knows all that names them."""
        async with undone(engine.session):
            await engine.session.submit([statement_of(one) for one in self._wish.renamed], None)
            await engine.session.flush()
            return await Comparing(engine, scope, nullcontext(engine)).compare(self._models, create=False)

    async def _doubt(self, scratch: Scratch, files: dict[str, str], before: Schema, want: Schema, scope: Scope) -> str:
        """Run the files up and down, and see each time whether the schema is the one that it should be."""
        try:
            await self._apply(scratch, files, scope)
            left = diff(scope.cut(await self._now(scratch, scope)), want)
            await scratch.take_back(files)
            back = diff(await self._now(scratch, scope), before)
        except (MigrationFailed, SettingsError) as error:
            return error.message
        still = [*left, *(one for one in back if one.kind is not Kind.ENUM)]
        said = (difference(one, scope.default) for one in still)
        return "; ".join(f"{one.kind} {one.name} still differs: {one.detail}" for one in said)

    async def _apply(self, scratch: Scratch, files: dict[str, str], scope: Scope) -> None:
        """Run the files; where that fails for an extension that the models' listeners make, the next attempt says it."""

        async def made() -> list[Extension]:
            async with scratch.engine() as engine:
                return await extensions_by(self._models, engine, scope)

        providing = Providing(scratch, made)
        await providing.through(lambda: scratch.apply(files))
        self._listeners += providing.added

    async def _now(self, scratch: Scratch, scope: Scope) -> Schema:
        async with scratch.engine() as engine:
            return await engine.read(scope)

    async def _is_applied(self, comparison: Comparison, scope: Scope) -> bool:
        """Whether the database is already as the draft would make it; one that cannot be asked is not."""
        with suppress(DatabaseUnreachable):
            async with self._live() as there:
                return not diff(scope.cut(await there.read(scope)), comparison.want)
        return False
