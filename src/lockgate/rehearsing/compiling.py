"""What a run would send, as far as that can be told without running it anywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from lockgate.dialects.seam import Record
from lockgate.dialects.tracking import MysqlTrackingTable, quoted
from lockgate.errors import MigrationFailed
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.history import Applied, History
from lockgate.nouns.migrations import Direction
from lockgate.nouns.rehearsals import Sent
from lockgate.planning.alembic_graph import find, up_to
from lockgate.rehearsing.offline import NeedsDatabase, OfflineSession
from lockgate.rehearsing.recorder import Part, Recorder
from lockgate.rehearsing.runner import RehearsalRunner
from lockgate.sources.loading import SqlMigration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.migrations import Source
    from lockgate.nouns.rehearsals import Rehearsal
    from lockgate.rehearsing.assembling import Assembling
    from lockgate.settings.conclusions import Conclusions
    from lockgate.sources.loading import Loaded

_NEWEST: Final = (18, 0)
_UNLOCKED: Final = (
    "Which schema the tracking table is in is not known, so the script does not keep other runners out."
    " LOCKGATE_TABLE=SCHEMA.TABLE says it."
)
_PYTHON: Final = "it is Python, and on MySQL and MariaDB nothing is rehearsed"


def assumed_history(sources: Sequence[Source], after: str | None) -> History:
    """The record as if the files up to `after` were applied, in batch 1; or nothing yet.

    Raises:
        SettingsError: there is no such file.
    """
    if after is None:
        return History(exists=False)
    names = [source.name for source in sources]
    last = find(after, names, sources)
    applied = up_to(last, sources) or names[: names.index(last) + 1]
    now = datetime.now(UTC)
    rows = (one for one in sources if one.name in applied)
    return History(tuple(Applied(i, one.name, one.hash, now, 1) for i, one in enumerate(rows, 1)))


async def compiled(
    config: Conclusions, history: History, sources: Sequence[Source], assembling: Assembling, reason: str
) -> Rehearsal:
    """Each migration's statements, where they can be known; `reason` says why nothing more can be."""
    unknown = (reason,) if reason else ()
    if assembling.flavour is Flavour.MYSQL:
        return _of_files(config, assembling, unknown)
    unknown = (*unknown, *(() if "." in config.table else (_UNLOCKED,)))
    recorder, failed = Recorder(), dict[str, str]()
    for loaded in assembling.loaded:
        heard, why = await _one(config, history, sources, loaded)
        name = loaded.source.name
        if why:
            failed[name] = why
        if not recorder.migrations:
            recorder.opening, recorder.closing = heard.opening, heard.closing
        recorder.migrations[name] = heard.migrations.get(name, Part())
    return assembling.rehearsal(recorder, unknown, failed)


async def _one(
    config: Conclusions, history: History, sources: Sequence[Source], loaded: Loaded
) -> tuple[Recorder, str]:
    """What one migration sends by itself, and why that cannot be known, or ""."""
    recorder = Recorder()
    if loaded.direction is Direction.UP:
        known, names = history, {*history.names, loaded.source.name}
    else:  # it is all that there is
        known, names = History(tuple(one for one in history if one.name == loaded.source.name)), {loaded.source.name}
    those = [source for source in sources if source.name in names]
    session = OfflineSession(config.table, _NEWEST, known, recorder, config.ddl_lock_timeout)
    session.lies_in()
    async with RehearsalRunner(config.target_url(), session, config, those, recorder) as runner:
        try:
            await runner.run_alone(loaded.direction)
        except (MigrationFailed, NeedsDatabase) as error:
            cause = error.__cause__ or error
            return recorder, str(cause)
    return recorder, ""


def _of_files(config: Conclusions, assembling: Assembling, unknown: tuple[str, ...]) -> Rehearsal:
    """On MySQL, each file's own statements and its row."""
    url, recorder, failed = config.target_url(), Recorder(), dict[str, str]()
    table = MysqlTrackingTable.in_database(url.database or "", config.table)
    table = table._replace(name=quoted(config.table, "`"))
    recorder.opening.sent.append(Sent(table.create(), own=True, in_transaction=False))
    for loaded in assembling.loaded:
        part = recorder.migrations.setdefault(loaded.source.name, Part())
        if isinstance(loaded, SqlMigration):
            source = loaded.source
            row = table.record(Record(loaded.direction, source.name, source.hash, assembling.plan.batch_no or 1))
            part.sent += [Sent(one.text, in_transaction=False) for one in loaded.statements]
            part.sent.append(Sent(row, own=True, in_transaction=False))
        else:
            failed[loaded.source.name] = _PYTHON
    return assembling.rehearsal(recorder, unknown, failed)
