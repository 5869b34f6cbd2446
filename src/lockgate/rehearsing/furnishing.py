"""Makes a scratch database as the target is: by the files that are applied there, else by a copy of its schema."""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING, NamedTuple

from lockgate.dialects.seam import Record, Unit
from lockgate.dialects.tracking import quoted
from lockgate.errors import DatabaseUnreachable, LockgateError, MigrationFailed
from lockgate.following.follower import engine_of, own_tables
from lockgate.following.scope import Scope
from lockgate.generating.copying import copy_schema
from lockgate.generating.extensions import extensions_of
from lockgate.generating.providing import Providing
from lockgate.generating.trying import Scratch, opened
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction
from lockgate.rehearsing.opening import heard_session
from lockgate.rehearsing.recorder import Recorder
from lockgate.rehearsing.runner import RehearsalRunner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lockgate.following.engine import Engine
    from lockgate.generating.extensions import Extension
    from lockgate.nouns.history import History
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.schema import Schema
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl

_NAMESPACES = (
    "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1"
)


class CannotReplay(Exception):
    """The files that are applied do not make the schema anew; the words say why."""


class Found(NamedTuple):
    """What is on record at the target, its marks, and all files."""

    history: History
    sources: tuple[Source, ...]
    marks: Mapping[str, str]

    @property
    def applied(self) -> tuple[Source, ...]:
        """The files that are on record."""
        names = set(self.history.names)
        return tuple(source for source in self.sources if source.name in names)


async def scope_of(engine: Engine, config: Conclusions) -> Scope:
    """All schemas of a database, or those that the configuration names."""
    session, default = engine.session, await engine.default_schema()
    if session.flavour is not Flavour.POSTGRESQL:
        return Scope(default, (default,), own_tables(session.tracking.name), config)
    found = [name for (name,) in await session.fetch(_NAMESPACES)]
    return Scope(default, tuple(config.schemas or found), own_tables(session.tracking.name), config)


async def schema_at(url: DatabaseUrl, config: Conclusions) -> Schema:
    """A database's schema, without Lockgate's own tables."""
    async with Scratch(url, config, replaying=False).engine() as engine:
        scope = await scope_of(engine, config)
        return scope.cut(await engine.read(scope))


async def make_place(url: DatabaseUrl, config: Conclusions) -> None:
    """Make the schema that the tracking table is to be in, which no migration makes: it is there before the first one."""
    schema, dot, _ = config.table.partition(".")
    if dot and url.engine == "postgresql":
        async with opened(url, config) as session:
            await session.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")


async def replay(url: DatabaseUrl, config: Conclusions, found: Found) -> None:
    """Run the files that are on record, and leave the record as it is there.

    Raises:
        CannotReplay: a file is gone, or they do not run on an empty database.
    """
    names = {source.name for source in found.sources}
    if gone := [row.name for row in found.history if row.name not in names]:
        raise CannotReplay(f"the file of {gone[0]} is gone")
    scratch = Scratch(url, config, replaying=True)

    async def run() -> None:
        recorder = Recorder()
        async with (
            heard_session(url, config, recorder, traces=False) as session,
            RehearsalRunner(url, session, config, found.applied, recorder) as runner,
        ):
            await runner.up(force=True)

    try:
        if found.applied:
            await Providing(scratch, lambda: _extensions(config)).through(run)
    except MigrationFailed as error:
        told = error.message.partition("\n")[0]
        raise CannotReplay(f"the files that are applied do not run on an empty database: {told}") from error
    await record(url, config, found)


async def copy(url: DatabaseUrl, config: Conclusions, found: Found) -> None:
    """Make the target's schema anew, of what its catalog says, and record what is on record there.

    Raises:
        LockgateError: it has something that cannot be copied.
    """
    async with opened(config.target_url(), config) as session, Scratch(url, config, replaying=False).engine() as here:
        there = engine_of(session)
        await copy_schema(there, here, await scope_of(there, config))
    await record(url, config, found)


async def record(url: DatabaseUrl, config: Conclusions, found: Found) -> None:
    """Have Lockgate's tables in the scratch say what the target's say."""
    if not found.history.exists:
        return
    async with opened(url, config) as session:
        await session.create_table()
        table = session.tracking
        rows = (
            table.record(Record(Direction.UP, row.name, row.hash, row.batch_no, row.applied_at))
            for row in found.history
        )
        await session.transact([Unit("", (), closing=[f"DELETE FROM {table.name}", *rows])], None)
        # A replay in a closed environment has left a mark, as a run would do that is not the target's first there.
        await session.execute(f"DROP TABLE IF EXISTS {table.marks}")
        for statement in (table.create_marks(), *starmap(table.write_mark, found.marks.items())) if found.marks else ():
            await session.note(statement)


async def _extensions(config: Conclusions) -> Sequence[Extension]:
    """Those of the target, which the migrations may need and not make."""
    try:
        async with opened(config.target_url(), config) as session:
            return await extensions_of(session)
    except (DatabaseUnreachable, LockgateError):
        return ()
