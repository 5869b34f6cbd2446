"""From the first migrations of a folder to one baseline, proved before anybody is given it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import anyio.to_thread

from lockgate.errors import LockgateError, MigrationFailed
from lockgate.generating.baseline_text import baseline_text
from lockgate.generating.contents.reading import Contents, contents_of, is_setting, refuse_engine
from lockgate.generating.extensions import extensions_of
from lockgate.generating.providing import Providing
from lockgate.generating.proving import prove
from lockgate.generating.scratch import scratch_database
from lockgate.generating.trying import Scratch, Trial, opened
from lockgate.planning.baselines import head_of
from lockgate.planning.namespaces import own
from lockgate.planning.squashing import baseline_name, replaceable
from lockgate.settings.directories import refuse_others
from lockgate.sources.folders import own_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.generating.drafting import Place
    from lockgate.generating.extensions import Extension
    from lockgate.nouns.migrations import Source
    from lockgate.settings.conclusions import Conclusions


_BY_HAND: Final = (
    "Put what mariadb-dump or mysqldump writes of a new database in the place of the files, under the number of the last of"
    " them; then in each database `lockgate repair` forgets those, and `lockgate stamp` records the one."
)


class Squash(NamedTuple):
    """A baseline, by its name and text, and the migrations that it replaces, in their order."""

    name: str
    text: str
    replaced: tuple[Source, ...]


async def squash(config: Conclusions, to: str | None = None, place: Place = scratch_database) -> Squash:
    """Make one baseline of the first migrations of the folder, up to `to`, all of which the database has applied.

    They are run in one scratch database, and the baseline in another; what both hold afterwards, rows and all, must be the
    same. Nothing is written, neither on disk nor in the application's database.

    Args:
        place: opens an empty database to try things in.

    Raises:
        SettingsError: there is nothing to replace, no place to try it, or a program of the engine's is missing.
        HistoryError: files and history disagree.
        LockgateError: the migrations do not run on an empty database, or the baseline gives something else.
    """
    refuse_others(config.directory, to)
    await anyio.to_thread.run_sync(own_folder, config.directory)  # where it is to be written
    refuse_engine(config.target_url(), _BY_HAND)
    async with Trial(config=config) as runner:
        replaced = replaceable(own(await runner.sources()), await runner.history(), to)
    wanted, statements = await _replayed(config, replaced, place)
    name = baseline_name(replaced)
    made = Squash(name, baseline_text(head_of(replaced), statements), replaced)
    await prove(config, {made.name: made.text}, wanted, place, rows=True)
    return made


async def _replayed(config: Conclusions, replaced: Sequence[Source], place: Place) -> tuple[Contents, list[str]]:
    """What a new database holds once they have run, and the statements of it that are theirs."""
    async with place(config) as url:
        before = set((await contents_of(url, config, rows=True)).statements)
        scratch = Scratch(url, config, replaying=True, own_only=True)
        providing = Providing(scratch, lambda: _extensions(config))
        try:
            await providing.through(lambda: scratch.replay(replaced[-1].name))
        except MigrationFailed as error:
            raise LockgateError(
                f"The migrations do not run on an empty database, so there is nothing to compare with: {error.message}",
                hint=providing.advice(error),
            ) from error
        after = await contents_of(url, config, rows=True)
    return after, [one for one in after.statements if one not in before or is_setting(one)]


async def _extensions(config: Conclusions) -> list[Extension]:
    """Those of the application's database, which the migrations may need and not make."""
    async with opened(config.target_url(), config) as session:
        return await extensions_of(session)
