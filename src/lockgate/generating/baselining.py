"""From a database that never had migrations to the first one, proved before anybody is given it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import anyio.to_thread

from lockgate.errors import SettingsError
from lockgate.generating.baseline_text import baseline_text
from lockgate.generating.contents.reading import contents_of, is_setting, refuse_engine
from lockgate.generating.proving import prove
from lockgate.generating.scratch import scratch_database
from lockgate.generating.trying import Trial
from lockgate.planning.namespaces import apart, own
from lockgate.sources.folders import own_folder
from lockgate.sources.naming import next_number, sentence_of, slug_of

if TYPE_CHECKING:
    from lockgate.generating.drafting import Place
    from lockgate.settings.conclusions import Conclusions


_BY_HAND: Final = (
    "mariadb-dump or mysqldump writes one, with --no-data: keep it as 001_baseline.sql in the folder, and let"
    " `lockgate stamp 001` record it in each database that has it."
)


class Baseline(NamedTuple):
    """The first migration, by its name and text."""

    name: str
    text: str


async def baseline(config: Conclusions, description: str, place: Place = scratch_database) -> Baseline:
    """Write down the schema of a database, none of its rows, as the first migration; nothing is written or recorded yet.

    It is run in a scratch database, which must have the same schema then.

    Args:
        place: opens an empty database to try it in.

    Raises:
        SettingsError: there are migrations already, on disk or on record; the database is empty; there is no
            place to try it, or a program of the engine's is missing.
        LockgateError: it gives something else.
    """
    slug = slug_of(description)
    refuse_engine(config.target_url(), _BY_HAND)
    folder = await anyio.to_thread.run_sync(own_folder, config.directory)
    await _refuse_migrations(config)
    wanted = await contents_of(config.target_url(), config, rows=False)
    if all(map(is_setting, wanted.statements)):
        raise SettingsError(
            "The database is empty, so there is nothing to begin with.", hint="`lockgate new` begins anew."
        )
    async with place(config) as url:
        before = set((await contents_of(url, config, rows=False)).statements)
    said = [one for one in wanted.statements if one not in before or is_setting(one)]
    number = await anyio.to_thread.run_sync(next_number, folder)
    head = f"-- {sentence_of(description, sql=True)}: the schema as it was before there were migrations.\n"
    made = Baseline(f"{number}_{slug}.sql", baseline_text(head, said))
    await prove(config, {made.name: made.text}, wanted, place, rows=False)
    return made


async def _refuse_migrations(config: Conclusions) -> None:
    async with Trial(config=config) as runner:
        sources, history = await runner.sources(needed=False), await runner.history()
    if own(sources):
        raise SettingsError(
            f"There are migrations at {config.directory} already: a baseline is the first one.",
            hint="`lockgate stamp NAME` records those that the database has already; `lockgate new --auto` writes the next.",
        )
    (rows,) = [part.history for part in apart(sources, history) if not part.namespace]
    if len(rows):
        raise SettingsError(
            f"The database has {len(rows)} migrations on record, whose files are not at {config.directory}.",
            hint="--directory or LOCKGATE_DIRECTORY names the folder.",
        )
