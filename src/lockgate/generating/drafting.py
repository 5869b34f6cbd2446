"""From the models and a folder to the next migration, tried both ways before anybody is given it."""

from __future__ import annotations

from contextlib import AsyncExitStack, nullcontext, suppress
from typing import TYPE_CHECKING, NamedTuple

import anyio.to_thread

from lockgate.dialects.connecting import connect
from lockgate.diffing.differ import diff
from lockgate.diffing.words import difference
from lockgate.errors import DatabaseUnreachable, LockgateError, MigrationFailed, SettingsError
from lockgate.following.comparing import Comparing, Comparison
from lockgate.following.follower import HINT, NO_MODELS, engine_of, own_tables
from lockgate.following.scope import Scope
from lockgate.following.undone import undone
from lockgate.generating.direction_text import Directions
from lockgate.generating.renames import Rename, probable_renames, statement_of
from lockgate.generating.scratch import scratch_database
from lockgate.generating.trying import Scratch
from lockgate.models.metadata import Models, load_models
from lockgate.nouns.changes import Kind

if TYPE_CHECKING:
    from lockgate.following.engine import Engine
    from lockgate.nouns.schema import Schema
    from lockgate.nouns.schema_reports import Difference
    from lockgate.settings.conclusions import Conclusions


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
    """

    files: dict[str, str]
    differences: tuple[Difference, ...] = ()
    probable: tuple[Rename, ...] = ()
    is_applied: bool = False


async def draft(config: Conclusions, wish: Wish) -> Draft:
    """Make the next migration of the difference between the models and what the files give, and try it.

    Raises:
        SettingsError: no models are named, they cannot be read or created, or there is no place to try them.
        LockgateError: a migration of the folder fails in the scratch database, or the draft does not do what it should.
    """
    if config.models is None:
        raise SettingsError(NO_MODELS, hint=HINT)
    models = await anyio.to_thread.run_sync(load_models, config.models)
    async with scratch_database(config) as url:
        return await _Drafting(config, wish, models, Scratch(url, config, replaying=not wish.from_database)).draft()


class _Drafting:
    def __init__(self, config: Conclusions, wish: Wish, models: Models, scratch: Scratch) -> None:
        self._config, self._wish, self._models, self._scratch = config, wish, models, scratch

    async def draft(self) -> Draft:
        if self._wish.from_database:
            await self._copy()
        else:
            await self._replay()
        async with self._scratch.engine() as engine:
            scope = await self._scope(engine)
            comparison = await self._compare(engine, scope)
        if not comparison.changes and not self._wish.renamed:
            return Draft({})
        files = await self._tried(comparison, scope)
        told = tuple(difference(change, scope.default) for change in comparison.changes)
        probable = tuple(probable_renames(comparison.changes))
        return Draft(files, told, probable, await self._is_applied(comparison, scope))

    async def _replay(self) -> None:
        try:
            await self._scratch.replay()
        except MigrationFailed as error:
            raise LockgateError(
                f"The folder's own migrations do not run on an empty database: {error.message}", hint=error.hint
            ) from error

    async def _copy(self) -> None:
        """Make the scratch database as the real one is."""
        there = await self._live()
        async with self._scratch.engine() as engine:
            scope = await self._scope(engine)
            empty = await engine.read(scope)
            async with AsyncExitStack() as stack:
                stack.push_async_callback(engine.session.rollback)
                await engine.session.begin(None)
                for statement in engine.statements(diff(empty, there), empty, there):
                    await engine.session.submit([statement.text], None)
                await engine.session.commit([])

    async def _live(self) -> Schema:
        session = await connect(self._config.target_url(), self._config.table, self._config.connect_timeout)
        try:
            await session.history()
            engine = engine_of(session)
            return await engine.read(await self._scope(engine))
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

    async def _tried(self, comparison: Comparison, scope: Scope) -> dict[str, str]:
        """The files; where the verbs do not do exactly what is wanted, with the very SQL in their place."""
        async with self._scratch.engine() as engine:
            before = await engine.read(scope)
            directions = Directions(engine, comparison, scope.default, self._wish.renamed)
        for verbs in (False,) if self._wish.sql else (True, False):
            files = directions.files(self._config.directory, self._wish.description, sql=self._wish.sql, verbs=verbs)
            if await self._holds(files, before, comparison.want, scope, last=not verbs):
                break
        return files

    async def _holds(self, files: dict[str, str], before: Schema, want: Schema, scope: Scope, *, last: bool) -> bool:
        """Run them up and down, and see each time whether the schema is the one that it should be."""
        try:
            await self._scratch.apply(files)
            left = diff(scope.cut(await self._now(scope)), want)
            await self._scratch.take_back(files)
            back = [one for one in diff(await self._now(scope), before) if one.kind is not Kind.ENUM]
        except (MigrationFailed, SettingsError):
            if last:
                raise
            return False
        if last and (left or back):
            still = "; ".join(
                f"{said.kind} {said.name}: {said.detail}"
                for said in (difference(one, scope.default) for one in (*left, *back))
            )
            raise LockgateError(
                f"The draft does not do what it should, so it was not written. What still differs: {still}.",
                hint="Write this migration by hand with `lockgate new`, and report this as a bug of Lockgate's.",
            )
        return not left and not back

    async def _now(self, scope: Scope) -> Schema:
        async with self._scratch.engine() as engine:
            return await engine.read(scope)

    async def _is_applied(self, comparison: Comparison, scope: Scope) -> bool:
        with suppress(DatabaseUnreachable):
            return not diff(scope.cut(await self._live()), comparison.want)
        return False
