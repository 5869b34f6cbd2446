"""From a configuration and a session to auto mode's report, or to a comparison's."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from lockgate.dialects.seam import StatementFailed
from lockgate.diffing.differ import reversed_changes
from lockgate.diffing.words import difference
from lockgate.errors import GateClosed, LockgateError, SettingsError
from lockgate.following.auto import Auto, Making, Refused, refused_at_the_end
from lockgate.following.comparing import Comparing
from lockgate.following.marks import Followed, Marks, read_marks, write_followed
from lockgate.following.scope import Scope
from lockgate.models.fingerprint import fingerprint
from lockgate.models.metadata import load_models, tables_of, with_types_of
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.schema import Name
from lockgate.nouns.schema_reports import AutoReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.following.engine import Engine
    from lockgate.models.metadata import Models
    from lockgate.nouns.changes import Change
    from lockgate.nouns.schema import Schema
    from lockgate.nouns.schema_reports import CheckReport
    from lockgate.running.lock import Patience
    from lockgate.settings.conclusions import Conclusions

NO_MODELS = "No models are named: auto mode and `check` compare them with the database."
_UNDOING_SECONDS = 10.0
HINT = "Say --models module:attribute (Runner(models=…)), or set LOCKGATE_MODELS."


class Follower:
    """One database and the models that it follows; `connect_scratch` opens the database to try things in."""

    def __init__(
        self, session: Session, config: Conclusions, connect_scratch: Callable[[], Awaitable[Session]]
    ) -> None:
        self._session, self._config = session, config
        self._connect_scratch = connect_scratch
        self._engine = engine_of(session)

    async def models(self) -> tuple[Models, str]:
        """The models and their digest; another release of Lockgate, or other filters, have another one.

        Raises:
            SettingsError: none are named, or they cannot be read.
        """
        if self._config.models is None:
            raise SettingsError(NO_MODELS, hint=HINT)
        return await anyio.to_thread.run_sync(self._load)

    def _load(self) -> tuple[Models, str]:
        models, config = load_models(self._config.models), self._config
        said = (fingerprint(models, self._session.ddl_dialect()), config.schemas, config.include, config.exclude)
        return models, hashlib.sha256(repr((version("lockgate"), *said)).encode()).hexdigest()

    async def known(self, models: Models, digest: str) -> AutoReport | None:
        """What auto mode would find, where neither models nor catalog have changed since it last looked; else None.

        Raises:
            GateClosed: a closed environment has migrated the database.
        """
        marks = await read_marks(self._session)
        refuse_closed(marks, self._session)
        found = marks.followed
        if found is None or found.models != digest:
            return None
        scope = await self._scope(models, marks.default)
        same = found.catalog == await self._engine.fingerprint(scope)
        return AutoReport(left=found.left) if same else None

    async def follow(self, models: Models, digest: str, patience: Patience) -> AutoReport:
        """Bring the database to the models, in one transaction; called under the lock, with the history read.

        Raises:
            SettingsError: the models cannot be created.
        """
        scope = await self._scope(models)
        auto = Auto(self._engine, scope, await self._comparing(scope).compare(models, create=True))
        making = await auto.plan()
        while True:
            try:
                made = await self._make(auto, making, scope, digest, patience)
            except Refused as refused:
                making = await auto.without(making, refused)
            else:
                return made.report(scope.default)

    async def _make(self, auto: Auto, making: Making, scope: Scope, digest: str, patience: Patience) -> Making:
        session = self._session
        try:
            if any(one.early for one in making.statements):
                await patience.through(lambda: session.begin(None))
                await auto.run_early(making)
                await session.commit([])
            await patience.through(lambda: session.begin(None))
            made = await auto.run(making)
            await self._commit(made, await self._record(making, scope, digest))
        except BaseException:
            with anyio.move_on_after(_UNDOING_SECONDS, shield=True):
                session.interrupt()
                await session.rollback()
            raise
        return made

    async def _commit(self, made: Making, recording: list[str]) -> None:
        try:
            await self._session.commit(recording)
        except StatementFailed as failure:
            raise refused_at_the_end(made, failure) or failure from failure.__cause__

    async def _record(self, making: Making, scope: Scope, digest: str) -> list[str]:
        """What is kept, so that the next start need only see that nothing has changed."""
        catalog = await self._engine.fingerprint(scope)
        found = Followed(digest, catalog, making.report(scope.default).left)
        tracking = self._session.tracking
        return [tracking.create_marks(), write_followed(tracking, found)]

    async def apply(self, models: Any) -> AutoReport:
        """Bring the tables of some models to what they say, within the migration's own transaction.

        Raises:
            StatementFailed: the database refused a statement.
        """
        await self._session.flush()
        loaded = await anyio.to_thread.run_sync(load_models, models)
        tables = frozenset(table for one in models for table in tables_of(one))
        scope = (await self._scope(loaded)).of_tables(tables)
        loaded = with_types_of(loaded, tables)
        auto = Auto(self._engine, scope, await self._comparing(scope).compare(loaded, create=True))
        making = await auto.plan()
        try:
            await auto.run_early(making)
            made = await auto.run(making)
        except Refused as refused:
            raise refused.failure from refused.failure.__cause__
        return made.report(scope.default)

    async def built(self) -> Schema:
        """What the models make; the database stays as it is.

        Raises:
            SettingsError: none are named, they cannot be created, or there is no place to build them.
        """
        models, _ = await self.models()
        scope = await self._scope(models)
        async with self._builder() as builder:
            return scope.cut(await builder.build(scope.models(models), scope))

    def _comparing(self, scope: Scope) -> Comparing:
        return Comparing(self._engine, scope, self._builder())

    async def check(self, report: CheckReport) -> CheckReport:
        """Add to a report how models and database differ, and the statements there and back."""
        models, _ = await self.models()
        scope = await self._scope(models)
        comparison = await self._comparing(scope).compare(models, create=False)
        have, want, changes = comparison.have, comparison.want, comparison.changes
        return replace(
            report,
            compared=True,
            differences=tuple(difference(change, scope.default) for change in changes),
            up=self._said(changes, have, want),
            down=self._said(reversed_changes(changes), want, have),
        )

    def _said(self, changes: Sequence[Change], have: Schema, want: Schema) -> tuple[str, ...]:
        """The statements; where there are none that do it, a comment says why."""
        try:
            return tuple(one.text for one in self._engine.statements(changes, have, want))
        except LockgateError as error:
            return tuple(f"-- {line}" for line in str(error).splitlines())

    async def _scope(self, models: Models, default: str | None = None) -> Scope:
        tracking = self._session.tracking
        default = default or await self._engine.default_schema()
        return Scope.of(self._config, models, default, own_tables(tracking.name))

    @asynccontextmanager
    async def _builder(self) -> AsyncIterator[Engine]:
        """Where models are built: the scratch database where one is named, else beside the database's own tables."""
        if self._config.scratch_url is None:
            if not self._config.is_open and self._session.flavour is not Flavour.SQLITE:
                raise SettingsError(
                    "Outside development and test, models are not built in the database that they are compared with.",
                    hint="Name an empty database to try them in: LOCKGATE_SCRATCH_URL.",
                )
            yield self._engine
            return
        scratch = await self._connect_scratch()
        try:
            if scratch.flavour is not self._session.flavour:
                raise SettingsError("LOCKGATE_SCRATCH_URL names a database of another engine.")
            yield engine_of(scratch)
        finally:
            with anyio.CancelScope(shield=True):
                await scratch.close()


def engine_of(session: Session) -> Engine:
    """The engine of a session; one's modules are enough.

    Raises:
        SettingsError: it is one on which models are not followed.
    """
    if session.flavour is Flavour.MYSQL:
        raise SettingsError(
            "MySQL and MariaDB have versioned migrations only so far: models are not followed there.",
            hint="Leave models and --models out; where an application starts, AUTO_MIGRATE=false.",
        )
    if session.flavour is Flavour.POSTGRESQL:
        from lockgate.following.postgresql import PostgresEngine  # noqa: PLC0415 - as above

        return PostgresEngine(session)
    from lockgate.following.sqlite import SqliteEngine  # noqa: PLC0415 - as above

    return SqliteEngine(session)


def own_tables(tracking: str) -> frozenset[Name]:
    """Lockgate's own, of which the quoted, qualified name of the tracking table says all."""
    schema, name = (part.replace('""', '"') for part in tracking[1:-1].split('"."', 1))
    return frozenset(Name(schema, f"{name}{beside}") for beside in ("", "_journal", "_marks"))


def refuse_closed(marks: Marks, session: Session) -> None:
    """Refuse auto mode on a database that a closed environment has migrated.

    Raises:
        GateClosed: one has.
    """
    if marks.closed is not None:
        raise GateClosed(
            f"This database was migrated with ENV={marks.closed}, so auto mode does not touch it.",
            hint=f"If it is a copy made for development, DELETE FROM {session.tracking.marks} WHERE name = 'closed'.",
        )
