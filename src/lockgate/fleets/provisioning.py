"""A new tenant: a schema or a database is made, of a template where there is one, and brought up."""

from __future__ import annotations

import re
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio

from lockgate.dialects.connecting import connect
from lockgate.dialects.postgresql_databases import read_settings, write_settings
from lockgate.dialects.seam import ConnectionLost, StatementFailed
from lockgate.dialects.tenants import (
    SQLITE_NAMES,
    Place,
    is_filled,
    mysql_database,
    postgresql_database,
    postgresql_schema,
)
from lockgate.errors import DatabaseUnreachable, LockgateError, NotCurrent, SettingsError
from lockgate.fleets.targets import Target, parse_target, schema_target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from lockgate.dialects.postgresql_schema import KeptConnection
    from lockgate.dialects.seam import Session
    from lockgate.fleets.target_runner import TargetRunner
    from lockgate.fleets.visiting import Visitor
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl

_NAME: Final = re.compile(r"[A-Za-z0-9_][\w-]{0,62}", re.ASCII)
_MAINTENANCE: Final = {"postgresql": "postgres", "mysql": "information_schema"}
_IN_USE: Final = "55006"  # object_in_use: somebody is connected to the template
_REMOVING_SECONDS: Final = 30.0


class Provisioned(NamedTuple):
    """A tenant that is ready.

    Attributes:
        target: where it is, as a line of a file of targets names it.
        url: the URL of its database, password and all when it is asked for.
        migrations: how many were applied from the files; what came with the template is not among them.
        made: whether it was made now, and not begun before.
        from_template: whether it is a copy of the template.
        seconds: how long it took.
    """

    target: str
    url: DatabaseUrl
    migrations: int
    made: bool
    from_template: bool
    seconds: float


async def named_like(name: str, config: Conclusions, others: Callable[[], Awaitable[Sequence[Target]]]) -> Target:
    """The target that is meant: as a line of a file; a bare name is of the kind of the first of the `others`.

    Raises:
        SettingsError: it is no name, or there is no other target to tell its kind.
    """
    if "://" in name or name.startswith("schema:"):
        target = parse_target(name, config.target_url)
        if not target.url.database:
            raise SettingsError(f"{target.name} names no database.", hint="Write its name behind the server's: …/NAME.")
        return target
    if not _NAME.fullmatch(name):
        raise SettingsError("A new tenant's name is of letters, digits, _ and -, at most 63.")
    first = next(iter(await others()), None)
    if first is None or first.url.engine == "sqlite":
        raise SettingsError(
            f"Whether {name} is to be a schema or a database, and where, cannot be told from the fleet's targets.",
            hint="Say schema:NAME, or the URL of the database that is to be made.",
        )
    if first.schema is not None:
        return schema_target(name, first.url, at_home=first.name.startswith("schema:"))
    url = first.url.with_database(name)
    return Target(url.masked, url)


class Provisioning:
    """Makes tenants."""

    def __init__(
        self, config: Conclusions, visitor: Visitor, keep: Callable[[], KeptConnection], template: str | None
    ) -> None:
        self._config, self._visitor, self._keep = config, visitor, keep
        self._template = template

    async def provision(self, target: Target, *, force: bool) -> Provisioned:
        """Make it and bring it up.

        Raises:
            LockgateError: that did not work; what this call has made is gone again.
        """
        started = time.perf_counter()
        await self._visitor.read_files([target], self._keep())
        made, copied = await self._make(target)
        try:
            migrations = await self._bring_up(target, made=made, copied=copied, force=force)
        except BaseException:
            if made:
                with anyio.move_on_after(_REMOVING_SECONDS, shield=True):
                    await self._remove(target)
            raise
        return Provisioned(target.name, target.url, migrations, made, copied, time.perf_counter() - started)

    async def _bring_up(self, target: Target, *, made: bool, copied: bool, force: bool) -> int:
        kept = self._keep()
        runner = self._visitor.runner(target, kept)
        try:
            if not made:
                await self._refuse_strangers(target, runner)
            before = 0 if made and not copied else len((await runner.history()).rows)
            try:
                return len((await runner.up(force=force)).migrations)
            except NotCurrent:
                await _backfilled(runner, force=force)
                return len((await runner.history()).rows) - before
        finally:
            with anyio.CancelScope(shield=True):
                await runner.close()

    async def _refuse_strangers(self, target: Target, runner: TargetRunner) -> None:
        place, session = _place(target), await runner.session()
        filled = await session.fetch(is_filled(place.names if place else SQLITE_NAMES, self._config.table))
        # Asked in this order: another process that is making it makes the history before all that is not Lockgate's own.
        if filled and not (await runner.history()).exists:
            raise SettingsError(
                f"{target.name} is there already, with something in it and no history of Lockgate's. It was not touched.",
                hint="`lockgate stamp` records what is applied, where it is a tenant all the same.",
            )

    async def _make(self, target: Target) -> tuple[bool, bool]:
        """Make it empty, or as a copy; whether it was made, and whether it is a copy."""
        place = _place(target)
        if place is None:
            return not await anyio.Path(target.url.sqlite_path()).exists(), False
        async with self._beside(target) as session:
            if await session.fetch(place.exists):
                return False, False
            if self._template is not None and target.schema is None and target.url.engine == "postgresql":
                copied = await self._copied(session, place, target.url.database, self._template)
                if copied is not None:
                    return copied, copied
            return await _made(session, place, place.make), False

    async def _copied(self, session: Session, place: Place, name: str, template: str) -> bool | None:
        """Copy the template with its settings; None where somebody is connected to it, so that it cannot be copied."""
        settings = await session.fetch(read_settings(template))
        try:
            made = await _made(session, place, postgresql_database(name, template).make)
        except StatementFailed as error:
            if _IN_USE in error.message:
                return None
            raise
        for statement in write_settings(name, settings) if made else ():
            await session.execute(statement)
        return made

    async def _remove(self, target: Target) -> None:
        place = _place(target)
        with suppress(LockgateError, OSError):
            if place is None:
                await anyio.Path(target.url.sqlite_path()).unlink(missing_ok=True)
                return
            async with self._beside(target) as session:
                await session.execute(place.remove)

    @asynccontextmanager
    async def _beside(self, target: Target) -> AsyncIterator[Session]:
        """A session of the schema's database; or of another database on the same server, by the configured URL if it is there.

        Raises:
            LockgateError: the server refuses what is asked for within.
        """
        url = target.url if target.schema is not None else self._elsewhere(target.url)
        session = await connect(url, self._config.table, self._config.connect_timeout)
        try:
            yield session
        except StatementFailed as error:
            raise LockgateError(f"{target.name} could not be made: {error.message}", hint=error.hint) from error
        except ConnectionLost as error:
            raise DatabaseUnreachable(f"The connection to {url.masked} was lost: {error}") from error
        finally:
            with anyio.CancelScope(shield=True):
                await session.close()

    def _elsewhere(self, url: DatabaseUrl) -> DatabaseUrl:
        home = self._config.direct_url or self._config.database_url
        if home is not None and home.server == url.server and home.database not in {url.database, self._template}:
            return home
        return url.with_database(_MAINTENANCE[url.engine])


async def _backfilled(runner: TargetRunner, *, force: bool) -> None:
    """Do the backfills that what contracts waits for, and go on: nobody has to be let through in a tenant that is new."""
    while True:
        filled = await runner.backfill(force=force)
        try:
            await runner.up(force=force)
        except NotCurrent:
            if not filled.backfills:
                raise
        else:
            return


async def _made(session: Session, place: Place, make: str) -> bool:
    """Make it; False where another process has done so since it was looked for."""
    try:
        await session.execute(make)
    except StatementFailed:
        if await session.fetch(place.exists):
            return False
        raise
    return True


def _place(target: Target) -> Place | None:
    """How it is said; None for SQLite, where a file is made by writing to it."""
    if target.schema is not None:
        return postgresql_schema(target.schema)
    if target.url.engine == "sqlite":
        return None
    if target.url.engine == "mysql":
        return mysql_database(target.url.database)
    return postgresql_database(target.url.database)
